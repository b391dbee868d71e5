"""Every strategy is a run like any other: anytime, extended, saved, repeated to the last bit."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.api import Run, load_run, start
from rex_widgets.axes import Axes
from rex_widgets.causal.settings import STRATEGIES
from rex_widgets.errors import SavedRunError
from rex_widgets.results import Explanation
from rex_widgets.run_file import read_run, write_run
from tests.causal.strategy_help import FAST, all_bits, given, run_on
from tests.synthetic import RandomNet, run_of
from tests.synthetic_kinds import SpikeModel, TwoPatches, sample_of_kind

MORE = [name for name in STRATEGIES if name != "global"]
STAGES = {
    "spatial": "explaining inside a disc",
    "multi": "spotlights",
    "contrastive": "sufficient and necessary",
    "complete": "sufficient, necessary, complete",
}


def net() -> RandomNet:
    return RandomNet((12, 12), classes=4, seed=3, gain=3.0, bias=5.0)


def net_run(strategy: str, **options: Any) -> Run:
    given = {**FAST, "spotlight_size": 5, "iters": 5, "minimise_budget": 120}
    return run_of(net(), net().picture(3), **{**given, "strategy": strategy, **options})


def drive(run: Run) -> Explanation:
    for _ in run:
        pass
    return run.result()


@pytest.mark.parametrize("strategy", MORE)
def test_any_batch_size_gives_the_same_bits(strategy: str) -> None:
    first, *others = (drive(net_run(strategy, batch_size=n)) for n in (1, 5, 64))
    assert first.stage == "verified" and first.strategy == strategy
    for other in others:
        assert all_bits(other) == all_bits(first)


@pytest.mark.parametrize("strategy", MORE)
def test_extending_equals_one_long_run(strategy: str) -> None:
    expected = all_bits(drive(net_run(strategy, iters=20)))
    run = net_run(strategy, iters=10)
    drive(run)
    run.extend(iters=10)
    assert all_bits(drive(run)) == expected


@pytest.mark.parametrize("strategy", MORE)
def test_extending_while_it_explains(strategy: str) -> None:
    expected = all_bits(drive(net_run(strategy, iters=9)))
    run = net_run(strategy, iters=4)
    seen = 0
    for progress in run:
        seen += progress.stage == STAGES[strategy]
        if seen == 5:
            run.extend(iters=5)
            seen = 10**6
    assert seen >= 10**6, "it never explained"
    assert all_bits(run.result()) == expected


@pytest.mark.parametrize("strategy", MORE)
def test_saved_in_the_middle_and_finished(strategy: str, tmp_path: Path) -> None:
    run = net_run(strategy)
    paths = []
    for number, progress in enumerate(run):
        if number % 4 == 0 or progress.stage == "finished":
            paths.append((run.save(tmp_path / f"{number}.run"), run.result()))
    paths.append((run.save(tmp_path / "end.run"), run.result()))
    expected = all_bits(run.result())
    for path, before in paths:
        again = load_run(path, net())
        if not np.isnan(before.confidence):
            assert all_bits(again.result()) == all_bits(before), "as it was saved"
        assert all_bits(drive(again)) == expected, path.name


@pytest.mark.parametrize("strategy", MORE)
def test_cancelled_at_any_moment_it_is_honest(strategy: str) -> None:
    model = TwoPatches()
    data = model.data()
    borders = sum(1 for _ in run_on(model, data, strategy, iters=3))
    shown = set()
    for at in (*range(1, borders, 5), borders - 1, borders):
        run = run_on(model, data, strategy, iters=3)
        for number, _ in enumerate(run, 1):
            if number == at:
                run.cancel()
        assert run.status in ("cancelled", "finished")
        result = run.result()
        shown.add(result.stage)
        if result.verified:
            assert given(model, data, result.mask)[0] == 1
        named = {part.name: part for part in result.parts}
        if result.verified and strategy in ("contrastive", "complete"):
            assert given(model, data, ~named["contrastive"].mask)[0] != 1
        for part in result.parts:
            assert part.verified
            assert given(model, data, part.mask) == (1, part.confidence)
    assert "verified" in shown and len(shown) > 2


@pytest.mark.parametrize("strategy", MORE)
def test_pause_and_resume_change_nothing(strategy: str) -> None:
    expected = all_bits(drive(net_run(strategy)))
    run = net_run(strategy)
    pauses = 0
    while run.status != "finished":
        for number, _ in enumerate(run):
            if number == 3:
                run.pause()
        pauses += run.status == "paused"
    assert pauses > 3
    assert all_bits(run.result()) == expected


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_progress_only_grows(strategy: str) -> None:
    run = net_run(strategy)
    fractions = [progress.fraction for progress in run]
    assert all(a <= b for a, b in pairwise(fractions))
    assert fractions[0] >= 0 and fractions[-1] == 1.0
    run.extend(iters=3)
    assert run.progress.fraction < 1
    assert drive(run).stage == "verified" and run.progress.fraction == 1.0


@pytest.mark.parametrize("strategy", MORE)
def test_the_stage_is_named(strategy: str) -> None:
    stages = list(dict.fromkeys(p.stage for p in net_run(strategy)))
    assert stages == ["preparing the model", "looking", "searching", STAGES[strategy], "finished"]


@pytest.mark.parametrize("strategy", ["multi", "contrastive", "complete"])
def test_a_finished_answer_stays_while_an_extension_is_made(strategy: str) -> None:
    run = net_run(strategy)
    before = drive(run)
    run.extend(iters=3)
    sizes = []
    for progress in run:
        if progress.stage not in ("finished",):
            result = run.result()
            assert result.stage == "verified"
            sizes.append(len(result.parts))
    assert set(sizes[:-1]) == {len(before.parts)}


@pytest.mark.parametrize("strategy", ["contrastive", "complete"])
def test_an_early_contrastive_answer_shows_after_the_first_wave(strategy: str) -> None:
    model = TwoPatches()
    run = run_on(model, model.data(), strategy, iters=12)
    seen = set()
    for progress in run:
        if progress.stage == "searching" and run.result().verified:
            result = run.result()
            seen.add(result.stage)
            assert [part.name for part in result.parts] == ["contrastive"]
            assert given(model, model.data(), ~result.mask)[0] != 1
    assert seen == {"ranked prefix"}


def test_other_questions_to_a_run() -> None:
    model = TwoPatches()
    run = run_on(model, model.data(), "contrastive")
    result = drive(run)
    np.testing.assert_array_equal(run.map_for(1), result.map)
    assert run.what_if(result.mask)[0].index == 1
    assert run.what_if(~result.mask)[0].index == 0
    other = drive(run.for_target(0))
    assert other.strategy == "contrastive"
    assert other.stage in ("none found", "meaningless")


@pytest.mark.parametrize("size", [0, 3, 10**6])
def test_masks_of_the_wrong_size_are_refused(size: int, tmp_path: Path) -> None:
    run = net_run("multi")
    drive(run)
    document, arrays = read_run(run.save(tmp_path / "multi.run"))
    arrays["part_masks"] = np.zeros(size, np.uint8)
    forged = write_run(tmp_path / "forged.run", document, arrays)
    with pytest.raises(SavedRunError, match="wrong size"):
        load_run(forged, net())


def test_the_name_spotlight_means_multi() -> None:
    model = TwoPatches()
    one, other = (drive(run_on(model, model.data(), name)) for name in ("multi", "spotlight"))
    assert one.strategy == other.strategy == "multi"
    assert all_bits(one) == all_bits(other)


def test_kind_axes_and_values_are_in_the_answer_and_are_saved(tmp_path: Path) -> None:
    model = SpikeModel()
    positions = np.linspace(4000, 400, 200)
    axes = Axes(("wavenumber",), ("1/cm",), (-18.0,), positions, labels=("a", "b"))
    sample = sample_of_kind(model.data(), "signal", axes)
    run = start(sample, model, **{**FAST, "strategy": "multi"})
    result = drive(run)
    loaded = load_run(run.save(tmp_path / "spike.run"), model)
    for found in (result, loaded.result()):
        assert found.kind == "signal" and found.values is not None and found.axes is not None
        np.testing.assert_array_equal(found.values, model.data())
        assert (found.axes.names, found.axes.units) == (("wavenumber",), ("1/cm",))
        np.testing.assert_array_equal(found.axes.positions, positions)
        assert found.axes.labels == ("a", "b")
    assert loaded.sample.kind == "signal"
    assert all_bits(loaded.result()) == all_bits(result)
