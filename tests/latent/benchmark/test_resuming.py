from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
import torch

from rex_widgets.errors import SavedRunError
from rex_widgets.latent.base import ExplainerBase
from rex_widgets.latent.benchmark.configuration import _source_digest
from rex_widgets.latent.benchmark.evaluation import Progress
from rex_widgets.run_file import read_run
from tests.latent.benchmark.small_world import Shaken, benchmark, same


class StopAfter:
    """Kills the run when a number of batches is done."""

    def __init__(self, batches: int) -> None:
        self.batches = batches

    def __call__(self, progress: Progress) -> None:
        if progress.fraction * progress.batches >= self.batches:
            raise KeyboardInterrupt


@pytest.mark.parametrize("batches", [1, 2])
@pytest.mark.parametrize("released", [False, True])
def test_a_run_that_was_killed_goes_on(tmp_path: Path, batches: int, released: bool) -> None:
    whole = benchmark(release_compatible=released).run(Shaken)
    Shaken.calls = 0
    with pytest.raises(KeyboardInterrupt):
        benchmark(release_compatible=released, progress=StopAfter(batches)).run(Shaken, tmp_path)
    assert Shaken.calls == batches
    resumed = benchmark(release_compatible=released).run(Shaken, tmp_path)
    assert Shaken.calls == 3
    assert same(whole, resumed)
    assert same(whole, benchmark(release_compatible=released).run(Shaken, tmp_path))
    assert Shaken.calls == 3
    benchmark(release_compatible=released, resume=False).run(Shaken, tmp_path)
    assert Shaken.calls == 6


def test_another_configuration_does_not_go_on(tmp_path: Path) -> None:
    benchmark().run(Shaken, tmp_path)
    Shaken.calls = 0
    for options, arguments in (
        ({"seed": 4}, {}),
        ({"batch_size": 8}, {}),
        ({"release_compatible": True}, {}),
        ({"n_samples": 3}, {}),
        ({}, {"size": 2.0}),
    ):
        before = Shaken.calls
        benchmark(**options).run(Shaken, tmp_path, **arguments)
        assert Shaken.calls > before


TYPED = """
class Typed(ExplainerBase):
    step = {step}

    @property
    def half(self):
        return {half}

    def explain_batch(self, latents, logits, images, classifier, generator, *, far={far}):
        return latents[:, None] + sum(self.step * far * part for part in (1, {part}))
"""


def typed(**changes: float) -> type[ExplainerBase]:
    """A class as a notebook makes it: its text is in no file."""
    names: dict[str, Any] = {"ExplainerBase": ExplainerBase, "__name__": "__main__"}
    exec(TYPED.format(**{"step": 1, "half": 0.5, "far": 1, "part": 2, **changes}), names)
    found: type[ExplainerBase] = names["Typed"]
    return found


def test_an_explainer_that_was_edited_in_a_notebook_is_run_anew(tmp_path: Path) -> None:
    first = benchmark().run(typed(), tmp_path)
    assert same(first, benchmark().run(typed(), tmp_path))
    edited = benchmark().run(typed(step=0.25), tmp_path)
    assert not same(first, edited)
    assert same(edited, benchmark(resume=False).run(typed(step=0.25), tmp_path))
    changes = ({}, {"step": 2}, {"half": 0.25}, {"far": 2}, {"part": 3})
    assert len({_source_digest(typed(**change)) for change in changes}) == len(changes)
    assert _source_digest(typed()) == _source_digest(typed())


def test_options_that_the_explainer_hides_count_too(tmp_path: Path) -> None:
    class Hiding(ExplainerBase):
        def __init__(self, step: torch.Tensor) -> None:
            self._step = step

        def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
            return (latents + self._step)[:, None]

    near, far = (
        benchmark().run(Hiding, tmp_path, step=torch.full((11,), size)) for size in (0.0, 0.1)
    )
    assert not same(near, far)


def test_the_file_of_another_run_is_told(tmp_path: Path) -> None:
    benchmark().run(Shaken, tmp_path / "first")
    benchmark(seed=1).run(Shaken, tmp_path / "second")
    (first,), (second,) = (list((tmp_path / name).glob("*.run")) for name in ("first", "second"))
    second.write_bytes(first.read_bytes())
    with pytest.raises(SavedRunError, match="another run"):
        benchmark(seed=1).run(Shaken, tmp_path / "second")


def test_a_damaged_file_is_told(tmp_path: Path) -> None:
    benchmark().run(Shaken, tmp_path)
    (file,) = tmp_path.glob("batches-*.run")
    file.write_bytes(file.read_bytes()[:-200])
    with pytest.raises(SavedRunError, match="resume=False"):
        benchmark().run(Shaken, tmp_path)


def test_batches_are_on_the_disk_while_the_run_goes_on(tmp_path: Path) -> None:
    seen: list[int] = []

    class Slow(Shaken):
        def explain_batch(self, *given):  # type: ignore[no-untyped-def]
            for file in tmp_path.glob("batches-*.run"):
                seen.append(read_run(file)[0]["batches"])
            time.sleep(1)  # longer than the rest after a write
            return super().explain_batch(*given)

    benchmark().run(Slow, tmp_path)
    assert seen == [1, 2]
