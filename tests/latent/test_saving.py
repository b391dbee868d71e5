"""A saved run goes on to the bit where it was, and refuses what it does not belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.errors import SavedRunError
from rex_widgets.latent import procedure
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.run_file import read_run, write_run
from tests.latent.runs import SIZE, Decoder, Judge, bits, explained, latents, started

METHODS = [name for name in SETTINGS if name != "is"]


def saved_at(folder: Path, step: int, method: str, **options: Any) -> Path:
    run = started(method, **options)
    iter(run)
    for _ in range(step):
        next(run, None)
    path: Path = run.save(folder / "saved.run")
    return path


def loaded(path: Path, model: Any = None, **options: Any) -> Any:
    given = {"generator": Decoder().eval(), **options}
    return rw.load_run(path, model or Judge().eval(), **given)


@pytest.mark.parametrize("step", [0, 1, 3, 7, 100])
@pytest.mark.parametrize("method", METHODS)
def test_it_goes_on_to_the_bit(tmp_path: Path, method: str, step: int) -> None:
    run = loaded(saved_at(tmp_path, step, method))
    straight = explained(method)
    result = run.wait()
    assert bits(result) == bits(straight)
    assert result.evaluations.breakdown == straight.evaluations.breakdown
    assert result.settings.seed == straight.seed
    assert result.diagnosis == straight.diagnosis


@pytest.mark.parametrize("step", [2, 9, 16, 25])
def test_groups_go_on_too(tmp_path: Path, step: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(procedure, "AT_ONCE", 6)
    options: dict[str, Any] = {"image": latents(5), "num_iters": 6}
    for method in ("dive", "growing_spheres"):
        given = options if method == "dive" else {"image": options["image"]}
        path = saved_at(tmp_path, step, method, **given)
        assert bits(loaded(path).wait()) == bits(explained(method, **given))


def test_ten_steps_and_ten_more_over_a_file(tmp_path: Path) -> None:
    run = started("dice", num_iters=10)
    run.wait()
    run.extend(steps=4)
    path = run.save(tmp_path / "a.run")
    again = loaded(path)
    again.extend(steps=6)
    assert bits(again.wait()) == bits(explained("dice", num_iters=20))


def test_what_is_known_of_the_latent_space_is_kept(tmp_path: Path) -> None:
    training = np.random.default_rng(0).normal(1, 2, (40, SIZE)).astype(np.float32)
    statistics = LatentStatistics.of(torch.tensor(training), torch.tensor(training))
    for given in ({"latents": training}, {"statistics": statistics}):
        path = saved_at(tmp_path, 4, "dive", **given)
        result = loaded(path).wait()
        assert bits(result) == bits(explained("dive", **given))
        np.testing.assert_array_equal(result.mean, statistics.mean)


def test_labels_and_normalising_are_given_again(tmp_path: Path) -> None:
    options = {"mean": (0.5, 0.5, 0.5), "std": (0.4, 0.4, 0.4)}
    path = saved_at(tmp_path, 4, "lcf", **options)
    assert bits(loaded(path, **options).wait()) == bits(explained("lcf", **options))
    with pytest.raises(SavedRunError, match="belongs to another classifier"):
        loaded(path)


@pytest.mark.parametrize(
    ("model", "options", "words"),
    [
        (Judge(slope=6.1), {}, r"another classifier: .* differ by 0\.\d+; at most 0.0001"),
        (Judge(classes=3), {}, r"another classifier: .* shape \(2,\), and .* \(3,\)"),
        (Judge(), {"generator": torch.nn.Linear(SIZE, 3)}, "belongs to other models: The gener"),
        (Judge(), {"generator": None}, "made with Decoder as generator, which a file cannot hold"),
        (Judge(), {"generator": "world"}, "made with Decoder as generator"),
    ],
)
def test_other_models_are_refused(
    tmp_path: Path, model: Any, options: dict[str, Any], words: str
) -> None:
    path = saved_at(tmp_path, 4, "dice")
    given = {n: o.eval() if hasattr(o, "eval") else o for n, o in options.items()}
    with pytest.raises(SavedRunError, match=words):
        loaded(path, model.eval(), **given)


def test_another_generator_is_refused(tmp_path: Path) -> None:
    other = Decoder().eval()
    other.gain.data += 1e-3
    with pytest.raises(SavedRunError, match="belongs to another generator"):
        loaded(saved_at(tmp_path, 4, "dice"), generator=other)


@pytest.mark.parametrize(
    "damage",
    ["searches", "look_logits", "answers_after", "layout", "checked", "method", "dtype"],
)
def test_forged_files_are_told(tmp_path: Path, damage: str) -> None:
    path = saved_at(tmp_path, 5, "dice")
    document, arrays = read_run(path)
    state = document["state"]
    if damage in arrays:
        arrays[damage] = arrays[damage][:-1]
    elif damage == "layout":
        state["searches"][0][0][2] = [10**9]
    elif damage == "checked":
        state["checked"] = 10**6
    elif damage == "method":
        state["settings"]["method"] = "os"
    else:
        state["searches"][0][0][1] = "object"
    write_run(path, document, arrays)
    with pytest.raises(SavedRunError):
        loaded(path)
