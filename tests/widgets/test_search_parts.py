"""Where boxes are drawn, which moment is on show, and how often it is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.causal.trace import MUTANTS, SearchTrace
from rex_widgets.causal.tree import SUBSETS, SUBSETS_OF, OpenSplit
from rex_widgets.evaluation_log import Entry
from rex_widgets.inputs import Sample
from rex_widgets.masks import box_of
from rex_widgets.widgets._search_frame import hatching, passing_parts
from rex_widgets.widgets._search_pace import FRAMES_PER_SECOND, SHARE, Pace
from rex_widgets.widgets._search_replay import Replay
from rex_widgets.widgets._search_stage import LONG_SIDE, Stage
from rex_widgets.widgets._search_words import clipped, full_note, summary_of
from tests.synthetic import sample_from

KINDS = {1: "signal", 2: "image", 3: "volume"}


def stage_of(*shape: int) -> Stage:
    data = np.linspace(0, 1, int(np.prod(shape)), dtype=np.float32).reshape(1, *shape)
    if len(shape) == 2:
        return Stage(sample_from(data))
    picture = np.zeros((4, 4, 3), np.uint8)
    return Stage(Sample(data, picture, "array", (), KINDS[len(shape)], None, data))


def trace_of(*splits: tuple[int, Any, bool], shape: tuple[int, ...] = (64, 64)) -> SearchTrace:
    """Splits as (tree, box, whether all pass), each into four quarters."""
    trace = SearchTrace(shape, target=1)
    for tree, (r0, r1, c0, c1), passing in splits:
        r, c = (r0 + r1) // 2, (c0 + c1) // 2
        children = ((r0, r, c0, c), (r0, r, c, c1), (r, r1, c0, c), (r, r1, c, c1))
        entry = Entry(b"", 1 if passing else 0, (1, 0), (0.8, 0.2), 0.8)
        split = OpenSplit((r0, r1, c0, c1), 0, children, ())
        trace.note(tree, [split], [entry] * MUTANTS, 0.5, 2)
    return trace


WHOLE = (0, 64, 0, 64)


# ------------------------------------------------------------------------------------ pace


def test_frames_are_at_most_twenty_a_second() -> None:
    pace = Pace()
    assert pace.wait(True) == pace.wait(False) == 1 / FRAMES_PER_SECOND
    pace.note(1e-6)
    assert pace.wait(True) == 1 / FRAMES_PER_SECOND


@given(st.lists(st.floats(1e-5, 0.5), min_size=1, max_size=30))
def test_drawing_takes_its_share_of_the_time_and_no_more(costs: list[float]) -> None:
    pace = Pace()
    for _ in range(40):
        pace.note(costs[0])
    wait = pace.wait(computing=True)
    assert costs[0] / (costs[0] + wait) <= SHARE + 1e-9
    for cost in costs:
        pace.note(cost)
    assert min(costs) - 1e-12 <= pace.cost <= max(costs) + 1e-12
    assert pace.wait(computing=False) == 1 / FRAMES_PER_SECOND


# ----------------------------------------------------------------------------------- stage


@pytest.mark.parametrize("shape", [(1,), (7,), (5000,), (9, 30), (224, 224), (3, 400), (9, 30, 20)])
def test_the_whole_input_fills_its_planes_and_boxes_lie_inside(shape: tuple[int, ...]) -> None:
    stage = stage_of(*shape)
    left, top, width, height = stage.rects(np.array(box_of(shape))).T
    assert (left >= 0).all() and (top >= 0).all()
    assert (left + width <= stage.width + 0.5).all()
    assert (top + height <= stage.height + 0.5).all()
    assert len(left) == max(1, len(shape) if len(shape) == 3 else 1)
    assert stage.picture.dtype == np.uint8 and stage.picture.shape[2] == 3
    assert stage.width <= 700 and stage.height <= LONG_SIDE
    if len(shape) != 2:
        assert stage.picture.shape[:2] == (stage.height, stage.width)


def test_a_box_of_a_picture_is_where_its_pixels_are() -> None:
    stage = stage_of(32, 64)
    assert stage.rects(np.array([8, 16, 32, 64])).tolist() == [[224.0, 56.0, 224.0, 56.0]]
    boxes = np.array([[8, 16, 32, 64], [0, 8, 0, 64]])
    assert stage.inside(boxes, 230, 60).tolist() == [True, False]
    assert stage.inside(boxes, 230, 50).tolist() == [False, True]
    assert stage.inside(boxes, 230, 120).tolist() == [False, False]


def test_a_volume_is_seen_along_each_axis_and_up_is_up() -> None:
    stage = stage_of(10, 20, 30)
    first, second, third = stage.planes
    assert (first.across, first.along) == (1, 2)
    assert (second.across, second.along) == (0, 2)
    assert (third.across, third.along) == (0, 1)
    box = np.array([[0, 10, 0, 20, 20, 30]])  # the last third of the last axis: on top
    rect = first.rects(box)[0]
    assert rect[1] == pytest.approx(first.top)
    assert rect[3] == pytest.approx(first.height / 3)
    # the brightest voxel of the data is the last one: top right in the first projection
    corner = stage.picture[1, round(first.left + first.width) - 2]
    assert corner.min() > 200


def test_values_that_are_not_finite_can_be_drawn() -> None:
    data = np.full((1, 40), np.nan, np.float32)
    data[0, 3] = 1
    values = np.nan_to_num(data)
    sample = Sample(values, np.zeros((1, 40, 3), np.uint8), "a", (), "signal", None, values)
    assert Stage(sample).picture_of(data).shape == (160, 640, 3)


# ---------------------------------------------------------------------------------- frames


@given(
    st.lists(
        st.tuples(st.floats(0, 400), st.floats(0, 400), st.floats(0.5, 300), st.floats(0.5, 300)),
        max_size=4,
    )
)
def test_hatching_stays_inside(rects: list[tuple[float, ...]]) -> None:
    array = np.array(rects, np.float64).reshape(-1, 4)
    for rect in array:
        lines = hatching(rect[None], 9.0)
        x, y = lines[..., 0], lines[..., 1]
        left, top, width, height = rect
        assert (x >= left - 1e-6).all() and (x <= left + width + 1e-6).all()
        assert (y >= top - 1e-6).all() and (y <= top + height + 1e-6).all()
        np.testing.assert_allclose((x + y) % 9.0 % 9.0, np.round((x + y) / 9) * 9 % 9, atol=1e-6)
    assert len(hatching(array, 9.0)) == sum(len(hatching(rect[None], 9.0)) for rect in array)


@given(st.lists(st.tuples(st.integers(1, 4), st.integers(0, 2**14 - 1)), max_size=20))
def test_passing_parts_are_counted_child_by_child(splits: list[tuple[int, int]]) -> None:
    parts = np.array([p for p, _ in splits], np.uint8)
    bits = np.array([b % (1 << len(SUBSETS_OF[p])) for p, b in splits], np.uint16)
    found = passing_parts(bits, parts)
    for row, (number, packed) in enumerate(zip(parts.tolist(), bits.tolist(), strict=True)):
        for child in range(4):
            expected = sum(
                child in kept for i, kept in enumerate(SUBSETS_OF[number]) if packed >> i & 1
            )
            assert found[row, child] == expected


# ---------------------------------------------------------------------------------- replay


def replay_of(live: bool = False) -> Replay:
    return Replay(stage_of(64, 64), live=live)


def test_the_live_view_catches_up_and_stays() -> None:
    trace = trace_of(*[(0, WHOLE, True)] * 40)
    replay = replay_of(live=True)
    positions = []
    while replay.advance(trace, 0.05, True):
        positions.append(replay.position)
    assert positions[-1] == 40 and positions[0] == 10
    assert positions == sorted(set(positions))
    assert replay.live


def test_a_replay_goes_at_its_speed_to_the_end_and_starts_again() -> None:
    trace = trace_of(*[(0, WHOLE, True)] * 12)
    replay = replay_of()
    replay.wish(("speed", 10.0), trace)
    replay.wish(("play", 1.0), trace)
    for _ in range(5):
        assert replay.advance(trace, 0.1, False)
    assert replay.position == 5
    for _ in range(8):
        replay.advance(trace, 0.1, False)
    assert replay.position == 12 and not replay.playing
    replay.wish(("play", 1.0), trace)
    assert replay.position == 0 and replay.playing
    replay.advance(trace, 9.9, True)
    assert replay.playing, "a run that goes on may add more"


def test_seeking_and_stepping_stop_what_moves_and_keep_to_the_trace() -> None:
    trace = trace_of(*[(0, WHOLE, True)] * 5)
    replay = replay_of(live=True)
    for wish, expected in (
        (("seek", 3.0), 3), (("step", 1.0), 4), (("step", 1.0), 5), (("step", 1.0), 5),
        (("seek", 99.0), 5), (("seek", 0.0), 1), (("step", -1.0), 1),
    ):  # fmt: skip
        replay.wish(wish, trace)
        assert replay.position == expected
        assert not replay.live and not replay.playing
    replay.wish(("choose", 13.0), trace)
    assert replay.chosen == 13
    replay.wish(("step", 1.0), trace)
    assert replay.chosen == -1, "another split has other mutants"
    replay.wish(("live", 1.0), trace)
    assert (replay.position, replay.live) == (5, True)


def test_nothing_can_go_wrong_without_a_trace() -> None:
    for trace in (None, SearchTrace((64, 64))):
        replay = replay_of(live=True)
        for wish in (("seek", 3.0), ("play", 1.0), ("choose", 2.0), ("step", -1.0), ("live", 1.0)):
            replay.wish(wish, trace)
            replay.press(10, 10, trace)
            assert not replay.advance(trace, 1.0, True)
            assert (replay.position, replay.chosen, replay.playing) == (0, -1, False)


def test_a_press_chooses_the_part_alone_and_then_every_mutant_that_keeps_it() -> None:
    trace = trace_of((0, WHOLE, True))
    replay = replay_of()
    replay.wish(("seek", 1.0), trace)
    keeping = [mutant for mutant, kept in enumerate(SUBSETS) if 1 in kept]
    chosen = []
    for _ in range(8):
        replay.press(0.75 * LONG_SIDE, 0.25 * LONG_SIDE, trace)
        chosen.append(replay.chosen)
    assert chosen == [*keeping, keeping[0]]
    replay.press(0.25 * LONG_SIDE, 0.75 * LONG_SIDE, trace)
    assert replay.chosen == 2


def test_a_press_beside_the_split_goes_to_the_newest_split_of_the_tree_there() -> None:
    trace = trace_of(
        (0, WHOLE, True), (1, WHOLE, True), (0, (0, 32, 0, 32), True), (0, (0, 16, 0, 16), True)
    )
    replay = replay_of()
    replay.wish(("seek", 4.0), trace)
    replay.press(0.4 * LONG_SIDE, 0.4 * LONG_SIDE, trace)
    assert (replay.position, replay.chosen) == (3, 3)
    replay.press(0.9 * LONG_SIDE, 0.9 * LONG_SIDE, trace)
    assert (replay.position, replay.chosen) == (1, 3), "not the other tree's"
    replay.wish(("seek", 3.0), trace)
    replay.press(2 * LONG_SIDE, 0, trace)
    assert (replay.position, replay.chosen) == (3, -1)


# ----------------------------------------------------------------------------------- words


def test_the_counters_are_those_of_the_moment() -> None:
    trace = trace_of((0, WHOLE, True), (6, WHOLE, False))
    assert summary_of(trace, 0, 20) == summary_of(None, 0, 20) == "No box has been split yet."
    assert summary_of(trace, 1, 20) == "Tree 1 of 20 · depth 1 · queue 2 · 14 mutants, 100% passed"
    assert summary_of(trace, 2, 20) == "Tree 7 of 20 · depth 1 · queue 2 · 28 mutants, 50% passed"
    assert full_note(trace) == ""
    trace.dropped = 1234
    assert "1,234" in full_note(trace)


def test_long_names_are_clipped_and_stay_on_one_line() -> None:
    assert clipped("tabby\n cat") == "tabby cat"
    assert len(clipped("x" * 500)) == 80
