from __future__ import annotations

import random
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.benchmark import Benchmark
from rex_widgets.latent.benchmark.evaluation import Progress
from rex_widgets.latent.benchmark.outcomes import Verdict
from rex_widgets.latent.benchmark.summary import METRICS, scores
from rex_widgets.latent.fisher import FisherEstimate
from tests.latent.benchmark.small_world import Shaken, benchmark, same, small_world


class Still(ExplainerBase):
    def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
        return latents[:, None].repeat(1, 3, 1)


class DummyExplainer(ExplainerBase):
    """As in the documentation of the BEX release."""

    def __init__(self, num_explanations: int) -> None:
        super().__init__()
        self.num_explanations = num_explanations

    def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
        b = latents.shape[0]
        z = latents[:, None, :].repeat(1, self.num_explanations, 1)
        z_perturbed = z + random.random()
        return z_perturbed.view(b, self.num_explanations, -1)


def test_an_explainer_of_your_own() -> None:
    bench = benchmark()
    found = bench.run(DummyExplainer, num_explanations=5)
    assert found.counterfactuals.shape == (16, 5, 11)
    assert found.explainer == "DummyExplainer"
    # One number for a whole batch was added, and the parts were projected.
    moved = found.counterfactuals - found.latents[:, None]
    assert np.ptp(moved[:6, :, 0]) < 1e-5
    assert np.abs(moved[..., 6:]).sum(-1).max() <= 1 + 1e-5


class OwnNumber(ExplainerBase):
    """As in the documentation: nothing but a batch."""

    def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
        return latents[:, None].repeat(1, self.num_explanations, 1) + 0.1


def test_how_many_is_told_to_an_explainer_that_has_only_a_batch() -> None:
    found = benchmark().run(OwnNumber, num_explanations=4)
    assert found.counterfactuals.shape == (16, 4, 11)
    assert OwnNumber().num_explanations == 10
    for wrong in (0, 2.5, True):
        with pytest.raises(SettingsError, match="expected a whole number of at least 1"):
            benchmark().run(OwnNumber, num_explanations=wrong)


def test_an_evaluation_is_told_in_a_line() -> None:
    assert len(repr(benchmark().run(Still))) < 300


def test_what_does_not_move_is_unchanged() -> None:
    found = benchmark().run(Still)
    assert (found.verdicts == Verdict.UNCHANGED).all()
    assert list(found.scores.named.values()) == [0.0] * 5


def test_samples_images_and_logits_fit_together() -> None:
    world = small_world()
    seen = []

    class Watching(Still):
        def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
            torch.testing.assert_close(generator(latents), images)
            torch.testing.assert_close(classifier(images), logits, atol=1e-4, rtol=1e-4)
            assert self.context is not None
            assert self.context.training.shape == (300, 11)
            assert self.context.correlated.values == world.correlated
            seen.append(len(latents))
            latents[:] = torch.nan  # what an explainer does to its arguments is its own affair
            return super().explain_batch(
                torch.zeros_like(latents), logits, images, classifier, generator
            )

    found = benchmark().run(Watching)
    assert seen == [6, 6, 4]
    np.testing.assert_array_equal(found.latents, world.latents()[found.indices])


def test_the_same_twice_and_another_seed() -> None:
    first, second = benchmark().run(Shaken), benchmark().run(Shaken)
    assert same(first, second)
    assert first.scores.sce > 0
    assert not same(first, benchmark(seed=1).run(Shaken))
    moved = first.counterfactuals - first.latents[:, None]
    assert np.abs(moved[:4] - moved[6:10]).max() > 0.1  # each batch draws anew


def test_projection_is_as_in_the_release_where_asked() -> None:
    class Far(ExplainerBase):
        def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
            step = torch.zeros(11)
            step[0], step[-1] = 1, 4
            return (latents + step)[:, None]

    for released, expected in ((False, [1, 1]), (True, [0.25, 0.25])):
        found = benchmark(release_compatible=released).run(Far)
        moved = (found.counterfactuals - found.latents[:, None])[:, 0, [0, -1]]
        np.testing.assert_allclose(moved, np.broadcast_to(expected, (16, 2)), atol=1e-5)


def test_global_generators_stay_as_they_were() -> None:
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    expected = random.random(), np.random.rand(), torch.rand(1)  # noqa: NPY002
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(3)
    benchmark().run(Shaken)
    assert (random.random(), np.random.rand(), torch.rand(1)) == expected  # noqa: NPY002


class Halving(Search):
    """Draws one step after the other from the search's generator."""

    def __init__(self, problem: Any, generator: torch.Generator) -> None:
        self.counterfactuals, self._random = problem.latents[:, None].repeat(1, 2, 1), generator
        self.steps = 0

    @property
    def fraction(self) -> float:
        return self.steps / 4

    def advance(self) -> None:
        shape = self.counterfactuals.shape
        self.counterfactuals = self.counterfactuals + torch.randn(shape, generator=self._random)
        self.steps += 1
        self.done = self.steps == 4

    def extend(self, steps: int) -> None: ...
    def state(self) -> dict[str, torch.Tensor]: ...  # type: ignore[empty-body]
    def restore(self, state: dict[str, torch.Tensor]) -> None: ...


class Searching(ExplainerBase):
    def begin(self, problem: Any, random: torch.Generator) -> Search:
        return Halving(problem, random)


def test_a_search_is_driven_and_told_step_by_step() -> None:
    told: list[Progress] = []
    first = benchmark(progress=told.append).run(Searching)
    fractions = [progress.fraction for progress in told]
    assert fractions == sorted(fractions)
    assert fractions[:2] == pytest.approx([1 / 12, 2 / 12])
    assert (fractions[-1], told[-1].batch, told[-1].batches) == (1, 2, 3)
    assert same(first, benchmark().run(Searching))
    assert not same(first, benchmark(seed=1).run(Searching))


def test_an_overridden_batch_of_a_search_is_what_runs() -> None:
    class Mine(Searching):
        def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
            return latents[:, None].repeat(1, 7, 1)

    assert benchmark().run(Mine).verdicts.shape == (16, 7)


def test_the_release_averages_batches() -> None:
    ours, theirs = (benchmark(release_compatible=kind).run(Shaken) for kind in (False, True))
    assert ours.scores == scores(ours.verdicts, ours.kept)
    batches = [scores(theirs.verdicts[i : i + 6], theirs.kept[i : i + 6]) for i in (0, 6, 12)]
    assert theirs.scores.sce == pytest.approx(np.mean([batch.sce for batch in batches]))
    assert theirs.scores.sce != pytest.approx(scores(theirs.verdicts, theirs.kept).sce)


def test_release_compatible_reaches_explainers_that_know_it() -> None:
    class Knowing(Still):
        def __init__(self, release_compatible: bool = False) -> None:
            self.release_compatible = release_compatible
            made.append(release_compatible)

    made: list[bool] = []
    bench = benchmark(release_compatible=True)
    bench.run(Knowing)
    bench.run(Knowing, release_compatible=False)
    benchmark().run(Knowing)
    assert made == [True, False, False]


def test_runs_and_summary(tmp_path: Path) -> None:
    bench = benchmark()
    found = bench.runs(
        [{"explainer": Shaken, "size": 0.1}, {"explainer": Shaken}, Still],
        tmp_path,
    )
    assert [run.path.name for run in found if run.path] == ["00-Shaken", "01-Shaken", "02-Still"]
    table = bench.summarize()
    assert list(table.columns) == ["explainer", *METRICS]
    assert table["explainer"].tolist() == ["Shaken", "Shaken", "Still"]
    assert table["SCE"].tolist() == [run.scores.sce for run in found]
    assert table["SCE"][0] != table["SCE"][1]


def test_built_in_explainers_by_name() -> None:
    bench = benchmark(n_samples=1)
    found = bench.run("lcf", num_explanations=2, num_iters=2)
    assert found.counterfactuals.shape == (8, 2, 11)
    assert bench.results[0]["explainer"] == "lcf"


def test_nothing_is_written_without_logger_and_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert benchmark().run(Still).path is None
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"batch_size": 0}, "batch_size"),
        ({"n_samples": -1}, "n_samples"),
        ({"n_samples": 2.5}, "n_samples"),
        ({"seed": True}, "seed"),
        ({"num_workers": -1}, "num_workers"),
        ({"logger": "basic"}, "BasicLogger"),
    ],
)
def test_settings_out_of_range(options: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        benchmark(**options)


def test_the_world_of_the_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rex_widgets.latent import release

    asked: list[Any] = []

    def load(*given: Any) -> Any:
        asked.append(given)
        return small_world()

    monkeypatch.setattr(release, "load_release_world", load)
    found = Benchmark(n_samples=1, data_path=tmp_path, logger=None, progress=False).run(Still)
    assert len(found.indices) == 8
    Benchmark(n_corr=6, corr_level=0.5, download=True)
    Benchmark(data_path=tmp_path / "absent", download=True)
    assert asked == [
        (tmp_path, 10, 0.95, False),
        (None, 6, 0.5, True),
        (tmp_path / "absent", 10, 0.95, True),
    ]


class Cached:
    """The small world with pictures and a cache of its own."""

    def __init__(self, logits: torch.Tensor) -> None:
        self.cache = SimpleNamespace(logits=logits, fisher="known")
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(small_world(), name)

    def images(self, indices: list[int]) -> torch.Tensor:
        self.asked += indices
        return torch.full((len(indices), 3, 32, 32), 0.25)


class Looking(Still):
    def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
        assert bool((images == 0.25).all())
        self.seen = self.context.fisher
        return super().explain_batch(latents, logits, images, classifier, generator)


def test_a_world_with_pictures_and_a_cache() -> None:
    answers = small_world().logits(small_world().latents())
    plain = benchmark().run(Still)
    for logits, fisher in ((answers, "known"), (answers + torch.tensor([0.0, 1.0]), None)):
        world, looking = Cached(logits), Looking()
        bench = Benchmark(world=world, n_samples=2, logger=None, progress=False)
        found = bench.run(looking)
        assert looking.seen == fisher
        assert world.asked == found.indices.tolist() == plain.indices.tolist()


def test_fisher_information_is_computed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    advanced = []
    advance = FisherEstimate.advance

    def counting(self: FisherEstimate) -> None:
        advanced.append(self)
        advance(self)

    monkeypatch.setattr(FisherEstimate, "advance", counting)
    asked = {"num_explanations": 2, "num_iters": 1}
    bench = benchmark(n_samples=1)
    first, second = bench.run("dive", **asked), bench.run("dive", **asked)
    assert len(advanced) == 1
    assert same(first, second)
    bench.run("dive", release_compatible=True, **asked)
    assert len(advanced) == 2


def test_worlds_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no folder"):
        Benchmark(data_path=tmp_path / "absent")
    with pytest.raises(SettingsError, match="corr_level"):
        Benchmark(corr_level=0.7)


@pytest.mark.parametrize(
    ("explainer", "arguments", "words"),
    [
        ("nonesuch", {}, "nonesuch"),
        (Still, {"lr": 3}, "lr"),
        (Still(), {"lr": 3}, "already"),
        (dict, {}, "explain_batch"),
    ],
)
def test_explainers_that_cannot_be_made(
    explainer: Any, arguments: dict[str, Any], words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        benchmark().run(explainer, **arguments)


def test_an_unknown_device() -> None:
    with pytest.raises(SettingsError, match="abacus"):
        benchmark().run(Still, device="abacus")


def test_an_entry_without_explainer() -> None:
    with pytest.raises(SettingsError, match="'explainer'"):
        benchmark().runs([{"lr": 1}])


@pytest.mark.parametrize("kind", ["shape", "flat", "nan", "count", "none"])
def test_answers_that_are_no_counterfactuals(kind: str) -> None:
    class Wrong(ExplainerBase):
        def explain_batch(self, latents, logits, images, classifier, generator):  # type: ignore[no-untyped-def]
            good = latents[:, None]
            return {
                "shape": good[..., :-1],
                "flat": latents,
                "nan": good / 0 * 0,
                "count": good.repeat(1, len(latents), 1),
                "none": None,
            }[kind]

    with pytest.raises(ModelError, match=r"Wrong gave"):
        benchmark().run(Wrong)


def test_an_explainer_that_overrides_nothing() -> None:
    with pytest.raises(NotImplementedError, match="explain_batch"):
        benchmark().run(ExplainerBase)
