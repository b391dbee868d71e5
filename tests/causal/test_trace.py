"""The record of a search: what it holds, that it is bounded, and that it lasts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.api import Run
from rex_widgets.causal import trace as tracing
from rex_widgets.causal.trace import MAX_SPLITS, MUTANTS, SearchTrace, Split
from rex_widgets.causal.tree import SUBSETS, OpenSplit
from rex_widgets.errors import InputError, SavedRunError
from rex_widgets.evaluation_log import Entry
from rex_widgets.inputs import Sample
from rex_widgets.masks import mask_of_boxes, slices_of
from rex_widgets.run_file import read_run, write_run
from tests.synthetic import RegionClassifier, drive, run_of
from tests.synthetic_kinds import BallModel, SpikeModel

MODEL = RegionClassifier((24, 32), [[(4, 12, 6, 20)]], gain=12.0)
OPTIONS: dict[str, Any] = {"iters": 6, "min_box_size": 4, "minimise_budget": 0}


def region_run(**options: Any) -> Run:
    return run_of(MODEL, MODEL.picture(), **{**OPTIONS, **options})


def run_of_kind(dimensions: int, **options: Any) -> Run:
    if dimensions == 2:
        return region_run(**options)
    model: Any = SpikeModel() if dimensions == 1 else BallModel()
    kind = "signal" if dimensions == 1 else "volume"
    data = model.data()
    sample = Sample(data, np.zeros((4, 4, 3), np.uint8), "array", (), kind, None, data)
    return rw.start(sample, model, **{"seed": 0, **OPTIONS, **options})


def by_tree(trace: SearchTrace) -> dict[int, list[tuple[Any, ...]]]:
    """The splits of every tree in their order, without what depends on the other trees."""
    found: dict[int, list[tuple[Any, ...]]] = {}
    for split in trace:
        rest = [v for k, v in vars(split).items() if k not in ("number",) and "before" not in k]
        found.setdefault(split.tree, []).append(tuple(rest))
    return found


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_every_mutant_stands_in_the_trace_as_the_model_answered_it(dimensions: int) -> None:
    run = run_of_kind(dimensions)
    result = drive(run)
    trace = run.trace
    log = run._procedure._evaluator.log
    assert len(trace) > 5
    needed = run.settings.confidence_filter * result.target.confidence
    for split in trace:
        assert len(split.passed) == MUTANTS
        for mutant in range(MUTANTS):
            mask = mask_of_boxes(split.kept(mutant), trace.shape)
            entry = log.get(mask.digest)
            assert entry is not None
            assert split.given[mutant] == entry.given
            assert split.confidence[mutant] == np.float32(entry.confidence)
            assert split.target[mutant] == np.float32(entry.target)
            passes = entry.given == result.target.index and entry.target >= needed
            assert split.passed[mutant] == passes


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_children_fill_their_box_and_boxes_come_from_passing_mutants(dimensions: int) -> None:
    run = run_of_kind(dimensions)
    drive(run)
    made: dict[int, set[Any]] = {}
    for split in run.trace:
        count = np.zeros(run.trace.shape, int)
        for child in split.children:
            count[slices_of(child)] += 1
        assert (count[slices_of(split.box)] == 1).all()
        assert count.sum() == count[slices_of(split.box)].sum()
        if split.depth == 0:
            assert split.beside == ()
        else:
            assert frozenset((split.box, *split.beside)) in made[split.tree]
        passing = made.setdefault(split.tree, set())
        for mutant, passed in enumerate(split.passed):
            kept = [split.children[child] for child in SUBSETS[mutant]]
            if passed:
                passing.add(frozenset(kept))


def test_the_counts_are_those_of_the_run() -> None:
    run = region_run()
    drive(run)
    last = run.trace[-1]
    statistics = run.result().statistics
    passed = last.passed_before + sum(last.passed)
    assert passed == statistics["total_passing"]
    made = last.mutants_before + MUTANTS
    assert made - passed == statistics["total_failing"]
    assert {split.tree for split in run.trace} == set(range(6))
    rows = run.trace.rows()
    assert rows["made"].tolist() == [MUTANTS * (i + 1) for i in range(len(rows))]
    assert all(split.queue >= 0 for split in run.trace)


@pytest.mark.parametrize("batch_size", [1, 5, 64])
def test_the_order_does_not_depend_on_the_batch_size(batch_size: int) -> None:
    expected, run = region_run(), region_run(batch_size=batch_size)
    drive(expected)
    drive(run)
    assert run.trace.rows().tobytes() == expected.trace.rows().tobytes()


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_the_trace_lasts_through_a_file_and_an_extension(dimensions: int, tmp_path: Path) -> None:
    whole = run_of_kind(dimensions, iters=9)
    drive(whole)
    run = run_of_kind(dimensions, iters=5)
    for progress in run:
        if progress.evaluations > 60:
            break
    path = run.save(tmp_path / "half.run")
    before = run.trace.rows()
    again = rw.load_run(path, run.classifier)
    assert again.trace.rows().tobytes() == before.tobytes()
    drive(again)
    again.extend(iters=4)
    drive(again)
    assert by_tree(again.trace) == by_tree(whole.trace)
    assert again.trace[-1].mutants_before == whole.trace[-1].mutants_before


def test_a_region_leaves_fewer_parts_and_their_mutants_are_made_again_exactly() -> None:
    region = np.zeros((24, 32), np.bool_)
    region[3:15, 5:18] = True
    region[10:20, 14:22] = True
    run = region_run(region=region, outside="visible", iters=12)
    drive(run)
    log = run._procedure._evaluator.log
    parts = {len(split.children) for split in run.trace}
    assert parts - {4}, "no split at the border"
    for split in run.trace:
        assert (
            len(split.passed)
            == len(split.subsets)
            == {1: 0, 2: 2, 3: 6, 4: 14}[len(split.children)]
        )
        for mutant in range(len(split.passed)):
            seen = run.mutant(split.number, mutant)
            assert (seen[0][~region] == run.sample.data[0][~region]).all()
    rows = run.trace.rows()
    assert rows["made"][-1] == sum(len(split.passed) for split in run.trace)
    assert len(log) >= 1


def test_a_mutant_is_what_the_model_saw() -> None:
    run = region_run(mask_value="random")
    drive(run)
    seen = MODEL.seen
    for number in (0, len(run.trace) - 1):
        for mutant in (0, 13):
            assert run.mutant(number, mutant).tobytes() in seen
    with pytest.raises(InputError, match="Mutant 14 of split 0"):
        run.mutant(0, 14)
    with pytest.raises(InputError, match="the trace holds"):
        run.mutant(len(run.trace), 0)
    with pytest.raises(InputError):
        run.mutant(-1, 0)


def note(trace: SearchTrace, splits: int, passing: bool = False) -> None:
    box = (0, 4, 0, 4)
    children = ((0, 2, 0, 2), (0, 2, 2, 4), (2, 4, 0, 2), (2, 4, 2, 4))
    entry = Entry(b"", 1, (1, 0), (0.75, 0.25), 0.75 if passing else 0.1)
    for _ in range(splits):
        trace.note(0, [OpenSplit(box, 0, children, ())], [entry] * MUTANTS, 0.5, 3)


def test_a_trace_is_bounded_and_says_what_is_missing() -> None:
    trace = SearchTrace((8, 8, 8), target=1)
    row = OpenSplit((0, 8) * 3, 0, ((0, 8) * 3,) * 4, ((0, 8) * 3,) * 2)
    entry = Entry(b"", 1, (1, 0), (0.75, 0.25), 0.75)
    for _ in range(MAX_SPLITS + 3):
        trace.note(7, [row], [entry] * MUTANTS, 0.5, 0)
    trace.note(8, [row, row], [entry] * 2 * MUTANTS, 0.5, 0)
    assert len(trace) == MAX_SPLITS and trace.full
    assert trace.dropped == 5
    assert trace.nbytes <= 12e6
    assert trace[-1].tree == 7
    assert trace[-1].passed_before == (MAX_SPLITS - 1) * MUTANTS


def test_rows_are_a_copy_across_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_CHUNK", 4)
    trace = SearchTrace((4, 4), target=1)
    note(trace, 11)
    assert [len(trace.rows(a, b)) for a, b in ((0, 11), (3, 9), (4, 8), (10, 99), (5, 5))] == [
        11, 6, 4, 1, 0,
    ]  # fmt: skip
    rows = trace.rows(3, 9)
    assert rows["made"].tolist() == [MUTANTS * n for n in range(4, 10)]
    rows["tree"] = 99
    assert trace[5].tree == 0
    with pytest.raises(IndexError, match="holds 11 splits"):
        trace[11]


def test_readers_see_whole_rows_only() -> None:
    trace = SearchTrace((4, 4), target=1)
    note(trace, 3, passing=True)
    assert trace[2] == Split(
        2, 0, 0, 3, (0, 4, 0, 4),
        ((0, 2, 0, 2), (0, 2, 2, 4), (2, 4, 0, 2), (2, 4, 2, 4)), (),
        (True,) * MUTANTS, (1,) * MUTANTS, (0.75,) * MUTANTS, (0.75,) * MUTANTS,
        2 * MUTANTS, 2 * MUTANTS,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        ("box", lambda a: np.full_like(a, 99)),
        ("children", lambda a: -a),
        ("passing", lambda a: a + 1),
        ("made", lambda a: a[::-1].copy()),
        ("parts", lambda a: a + 5),
        ("besides", lambda a: a + 9),
        ("passed", lambda a: a | 0x8000),
        ("given", lambda a: a.astype(np.float64)),
        ("target", lambda a: a[:, :3]),
    ],
)
def test_a_forged_trace_is_refused(name: str, damage: Any, tmp_path: Path) -> None:
    run = region_run(iters=2)
    drive(run)
    document, arrays = read_run(run.save(tmp_path / "good.run"))
    key = f"search_trace_{name}"
    arrays[key] = damage(arrays[key])
    path = write_run(tmp_path / "bad.run", document, arrays)
    with pytest.raises(SavedRunError):
        rw.load_run(path, MODEL)


def test_a_run_saved_without_a_trace_loads_with_an_empty_one(tmp_path: Path) -> None:
    run = region_run(iters=2)
    drive(run)
    document, arrays = read_run(run.save(tmp_path / "new.run"))
    old = {name: array for name, array in arrays.items() if "trace_" not in name}
    again = rw.load_run(write_run(tmp_path / "old.run", document, old), MODEL)
    assert len(again.trace) == 0
    again.extend(iters=1)
    drive(again)
    assert len(again.trace) > 0


def test_before_the_search_the_trace_is_empty() -> None:
    run = region_run()
    assert len(run.trace) == 0 and run.trace.shape == (24, 32)


def test_a_method_without_a_search_has_no_trace() -> None:
    run = region_run()

    class Other:
        method = "other"

    assert Run(Other()).trace is None  # type: ignore[arg-type]
    with pytest.raises(InputError, match="keeps no trace"):
        Run(Other()).mutant(0, 0)  # type: ignore[arg-type]
    assert run.trace is not None
