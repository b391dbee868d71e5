"""What a person is told when a run cannot give what was asked; and known answers where it can."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets import errors
from rex_widgets.api import start
from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.masks import mask_of
from tests.causal.asking_help import passes, without_cell
from tests.synthetic import (
    AlwaysFirst,
    OnlyInCompany,
    RegionClassifier,
    drive,
    fail_at,
    out_of_memory_above,
    run_of,
)

SHAPE = (24, 24)


def test_every_error_is_a_value_error() -> None:
    for name in ("InputError", "ModelError", "SettingsError", "SavedRunError"):
        kind = getattr(errors, name)
        assert issubclass(kind, errors.RexWidgetsError)
        assert issubclass(kind, ValueError)


# ------------------------------------------------------------------------------- known answers


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("need", [0.3, 0.7])
def test_the_evidence_is_found_and_nothing_else(seed: int, need: float) -> None:
    """Evidence is a known rectangle: the explanation lies inside it, and is just enough of it."""
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)], [(16, 22, 3, 9)]], need=need)
    result = drive(run_of(model, model.picture(), seed=seed, iters=8, minimise_budget=3000))
    inside = np.zeros(SHAPE, bool)
    inside[5:11, 8:15] = True
    assert result.target.index == 1
    assert result.stage == "verified"
    assert result.verified
    assert not (result.mask & ~inside).any()
    assert result.pixels == int(need * 42) + 1
    assert result.certificate is not None
    assert result.certificate.irreducible
    assert result.certificate.cell == 1
    for row, column in np.argwhere(result.mask):
        assert not passes(model, model.picture(), without_cell(result.mask, row, column, 1))
    shown = np.where(result.mask, model.picture(), 0).astype(np.float64)
    assert result.confidence == float(model.row(shown).astype(np.float32)[1])
    assert result.area == result.pixels / 576
    assert result.message == ""
    # the map points at the evidence
    assert result.map[inside].mean() > 1.8 * result.map[~inside].mean()
    assert inside.reshape(-1)[result.map.argmax()]
    assert set(result.occlusions) == {"0", "mean", "blur"}
    assert result.occlusions["0"]


def test_both_parts_of_the_evidence_are_covered() -> None:
    model = RegionClassifier(SHAPE, [[(2, 6, 2, 6), (17, 22, 15, 20)]], need=0.5)
    result = drive(run_of(model, model.picture(), iters=10, minimise_budget=3000))
    assert result.verified
    assert result.mask[2:6, 2:6].sum() == 9
    assert result.mask[17:22, 15:20].sum() == 13
    assert result.pixels == 22


@pytest.mark.parametrize("threshold", [0.5, 0.8, 1.0])
def test_the_confidence_asked_for_holds_in_the_answer(threshold: float) -> None:
    model = RegionClassifier(SHAPE, [[(5, 13, 8, 16)]], need=0.5)
    options: dict[str, Any] = {"iters": 6, "minimise_budget": 2000}
    result = drive(
        run_of(model, model.picture(), **options, minimum_confidence_threshold=threshold)
    )
    assert result.verified
    assert result.confidence >= threshold * result.target.confidence
    loose = drive(run_of(model, model.picture(), **options))
    assert result.confidence >= loose.confidence
    if threshold >= 0.8:
        assert result.pixels > loose.pixels


def test_a_class_that_is_not_the_models_answer() -> None:
    """Class 2 is behind class 1 on the whole input, but wins where class 1 is hidden."""
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)], [(16, 22, 3, 9)]], need=0.4)
    picture = model.picture()
    picture[0, 16:22, 3:9] = 0.9
    result = drive(run_of(model, picture, iters=8, target=2))
    assert result.top[0].index == 1
    assert result.target.index == 2
    assert result.target.confidence < result.top[0].confidence
    assert result.verified
    assert result.mask[16:22, 3:9].sum() == result.pixels > 0
    assert passes(model, picture, result.mask, target=2)


def test_a_non_monotone_model_still_gets_a_true_certificate() -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]], need=0.4, spoiler=(16, 22, 3, 9), gain=6.0)
    picture = model.picture(dim=0.1)
    result = drive(run_of(model, picture, iters=8, minimise_budget=3000))
    assert result.verified
    assert result.certificate is not None
    cell = result.certificate.cell
    for row in range(24 // cell):
        for column in range(24 // cell):
            rest = without_cell(result.mask, row, column, cell)
            if rest.sum() < result.pixels:
                assert not passes(model, picture, rest)


# ----------------------------------------------------------------------- no meaningful answer


def test_hidden_and_still_the_class() -> None:
    model = AlwaysFirst(SHAPE)
    run = run_of(model, np.ones((1, *SHAPE), np.float32), iters=5)
    result = drive(run)
    assert result.stage == "meaningless"
    assert not result.verified
    assert not result.mask.any()
    assert "still answers 'class 0' when everything is hidden" in result.message
    assert "mask_value" in result.message
    assert result.evaluations == 2
    assert run.status == "finished"
    assert run.progress.fraction == 1.0


def test_hidden_and_still_the_class_but_below_the_threshold() -> None:
    """Class and confidence: an answer that hiding weakens enough can be explained."""
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]], need=-0.1, gain=4.0)
    picture = model.picture()
    assert drive(run_of(model, picture, iters=3)).stage == "meaningless"
    result = drive(run_of(model, picture, iters=3, minimum_confidence_threshold=0.9))
    assert result.stage == "verified"
    assert result.confidence >= 0.9 * result.target.confidence


def test_nothing_passes_at_depth_one() -> None:
    """Evidence in all four corners: no box alone, no three of four, ever has all of it."""
    corners = [(0, 2, 0, 2), (0, 2, 22, 24), (22, 24, 0, 2), (22, 24, 22, 24)]
    model = RegionClassifier(SHAPE, [corners], need=0.8)
    result = drive(run_of(model, model.picture(), iters=6, minimise_budget=2000))
    assert not result.map.any()
    assert result.statistics["total_passing"] == 0
    assert result.verified
    assert result.pixels == 16
    assert all(result.mask[r0:r1, c0:c1].all() for r0, r1, c0, c1 in corners)
    assert "nothing passed at depth 1" in result.message


def test_what_passes_in_a_batch_alone_is_not_shown() -> None:
    """The whole input is the only part that gives the class alone as well."""
    model = OnlyInCompany(SHAPE, [[(5, 11, 8, 15)]], need=0.4)
    result = drive(run_of(model, model.picture(), iters=4))
    assert result.verified
    assert result.mask.all()
    assert result.certificate is None, "nothing was proven of the whole input's size"


def test_an_answer_that_depends_on_the_batch_is_never_called_verified() -> None:
    model = OnlyInCompany(SHAPE, [[(5, 11, 8, 15)]], need=0.4, spare_whole=False)
    result = drive(run_of(model, model.picture(), iters=4, target=1))
    assert not result.verified
    assert "depends on what else is in the batch" in result.message


def test_a_budget_of_nothing_leaves_the_ranked_prefix() -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]], need=0.4)
    result = drive(run_of(model, model.picture(), iters=4, minimise_budget=0))
    assert result.verified
    assert result.certificate is None
    assert "minimise" not in result.evaluations.breakdown


# ------------------------------------------------------------------------------------ mistakes


@pytest.mark.parametrize("target", [2, 999])
def test_a_target_out_of_range(target: int) -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]])
    run = run_of(model, model.picture(), target=target)
    with pytest.raises(
        SettingsError, match=rf"The target was class {target}; the model has classes 0 to 1\."
    ):
        drive(run)
    assert run.status == "failed"
    assert isinstance(run.error, SettingsError)
    assert not run.result().verified


def test_a_model_that_gives_nan_in_the_middle() -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]])
    calls = 0

    def scores(batch: np.ndarray) -> np.ndarray:
        nonlocal calls
        calls += 1
        rows = np.stack([model.row(one.astype(np.float64)) for one in batch])
        return rows * np.nan if calls == 8 else rows

    run = start(
        model.picture(), scores, processed=True, input_shape=(1, *SHAPE), seed=0, batch_size=8
    )
    with pytest.raises(ModelError, match="returned NaN for 8 of 8 inputs"):
        drive(run)
    assert run.status == "failed"
    assert run.result().verified, "what was found before is kept"
    assert run.result().stage == "smallest passing mutant"
    assert drive(run).stage == "verified"


@pytest.mark.parametrize(
    ("scores", "words"),
    [
        (lambda batch: np.zeros((len(batch), 3, 4)), "shape"),
        (lambda batch: np.zeros((len(batch) + 1, 3)), "3 rows for a batch of 2"),
        (lambda batch: "cat", "expected"),
        (lambda batch: np.full((len(batch), 3), np.nan), "NaN"),
    ],
)
def test_a_model_that_gives_no_scores(scores: Any, words: str) -> None:
    with pytest.raises(ModelError, match=words):
        drive(start(np.ones((1, 8, 8), np.float32), scores, processed=True, input_shape=(1, 8, 8)))


def test_a_model_that_raises_keeps_its_own_error() -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]])
    model.before_call = fail_at(6, ZeroDivisionError)
    run = run_of(model, model.picture(), batch_size=8)
    with pytest.raises(ZeroDivisionError, match="broke at call 6"):
        drive(run)
    assert isinstance(run.error, ZeroDivisionError)
    assert run.error.__traceback__ is not None


def test_out_of_memory_is_survived_and_told() -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]])
    expected = drive(run_of(model, model.picture(), iters=4))
    poor = RegionClassifier(SHAPE, [[(5, 11, 8, 15)]])
    poor.before_call = out_of_memory_above(10)
    result = drive(run_of(poor, poor.picture(), iters=4))
    np.testing.assert_array_equal(result.mask, expected.mask)
    np.testing.assert_array_equal(result.map, expected.map)
    assert max(poor.batches) <= 10
    assert any("ran out of memory" in choice for choice in result.choices)
    poor.before_call = out_of_memory_above(0)
    with pytest.raises(ModelError, match="Free memory, use a smaller model"):
        drive(run_of(poor, poor.picture(), iters=4))


def test_nothing_is_evaluated_twice_but_to_verify() -> None:
    model = RegionClassifier(SHAPE, [[(5, 11, 8, 15)], [(16, 22, 3, 9)]], need=0.4)
    data = model.picture()
    data += np.random.default_rng(0).uniform(0, 0.001, data.shape).astype(np.float32)
    result = drive(run_of(model, data, iters=10))
    counts = result.evaluations.breakdown
    twice = sum(model.seen.values()) - len(model.seen)
    assert sum(model.seen.values()) == result.evaluations == sum(counts.values())
    assert twice <= counts["verify"] + counts["look"]
    assert counts["search"] + counts["extract"] + counts["minimise"] <= len(model.seen)


def test_a_picture_that_cannot_be_split() -> None:
    """One row of pixels: there is nothing to search, and still an explanation."""
    model = RegionClassifier((1, 12), [[(0, 1, 4, 8)]], need=0.5)
    result = drive(run_of(model, model.picture(), iters=3))
    assert result.verified
    assert result.pixels == 3
    assert mask_of(result.mask).area == 3
