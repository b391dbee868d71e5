"""What a tree follows: queue styles, their order, and the bounds on a queue."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal import search as search_module
from rex_widgets.causal import tree as tree_module
from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.tree import SUBSETS, Tree
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.occlusion import background_of
from tests.causal.any_net import AnyNet


def answers(passing: Callable[[int], bool], count: int) -> list[Entry]:
    """Class 1 for the mutants that pass, 0 for the others."""
    return [
        Entry(b"", int(passing(i)), (int(passing(i)),), (0.9,), 0.9 if passing(i) else 0.1)
        for i in range(count)
    ]


def children_of(tree: Tree, subset: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(tree._children[0][child] for child in subset)


def first_queue(subsets: list[tuple[int, ...]], **options: Any) -> list[tuple[int, ...]]:
    """What is queued, as numbers of children, when just these mutants of the root pass."""
    tree = Tree(0, (40, 40), CausalSettings(**options), 3)
    tree.propose()
    tree.absorb(answers(lambda i: SUBSETS[i] in subsets, len(SUBSETS)), 1, 0.0)
    number = {box: child for child, box in enumerate(tree._children[0])}
    return [tuple(number[box] for box in job) for job in tree._queue]


def test_intersection_keeps_what_is_around_the_first_common_boxes() -> None:
    style: dict[str, Any] = {"queue_style": "intersection", "queue_len": "all"}
    # 0 is in all that follow (0,): all of them are kept
    assert set(first_queue([(0,), (0, 1), (0, 2, 3)], **style)) == {(0,), (0, 1), (0, 2, 3)}
    # (0,) shares nothing with (1, 2); (1, 2) shares 1 with both later ones: those with 1 stay
    found = first_queue([(0,), (1, 2), (0, 1, 2), (0, 1, 3)], **style)
    assert set(found) == {(1, 2), (0, 1, 2), (0, 1, 3)}
    # (0, 1) shares nothing with (2, 3): only the last one is left, which has none after it
    assert first_queue([(0, 1), (2, 3)], **style) == [(2, 3)]
    assert first_queue([(2,)], **style) == [(2,)]
    one = first_queue([(0,), (1, 2), (0, 1, 2), (0, 1, 3)], **{**style, "queue_len": 1})
    assert one == [(1, 2)], "the smallest of them"


def test_all_keeps_everything_in_the_order_made() -> None:
    kept = [(3,), (0, 1), (0, 2, 3)]
    for style in ("all", "dc"):
        assert first_queue(kept, queue_style=style) == kept
    assert len(first_queue(kept)) == 1
    assert len(first_queue(kept, queue_len=2)) == 2
    assert len(first_queue(kept, queue_len="all")) == 3


def test_dc_follows_the_newest_first_and_keeps_the_others_waiting() -> None:
    for style, expected in (("dc", [5, 6, 2]), ("all", [2, 5, 6])):
        tree = Tree(0, (40, 40), CausalSettings(queue_style=style, min_box_size=1), 3)
        tree.propose()
        tree.absorb(answers(lambda i: SUBSETS[i] in [(0,), (1,)], 14), 1, 0.0)
        assert tree._queue == [(1,), (2,)], "children 0 and 1 of the root"
        if style == "all":
            tree._queue = [(1,)]
        proposed = tree.propose()
        assert len(proposed) == 14, "one job"
        if style == "all":
            tree._queue = [(2,)]
        tree.absorb(answers(lambda i: SUBSETS[i] in [(0,), (1,)], 14), 1, 0.0)
        assert [job[0] for job in tree._queue] == expected


@pytest.mark.parametrize("style", ["area", "intersection", "all", "dc"])
@pytest.mark.parametrize("limit", [1, 14, 15, 60, 300])
def test_a_tree_ends_with_the_job_that_reaches_the_limit(style: str, limit: int) -> None:
    options = {"queue_style": style, "queue_len": "all", "search_limit": limit, "min_box_size": 1}
    tree = Tree(0, (64, 64), CausalSettings(**options), 0)
    made = 0
    while masks := tree.propose():
        assert made < limit
        made += len(masks)
        tree.absorb(answers(lambda i: True, len(masks)), 1, 0.0)
    assert limit <= made < limit + 3 * len(SUBSETS)
    assert tree.passing == made


def test_a_level_is_taken_in_steps_without_changing_anything(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def grown() -> tuple[Any, ...]:
        net = AnyNet((12, 12), classes=2, seed=5)
        data = net.picture()
        evaluator = Evaluator(net, data, background_of(0.0, data))
        evaluator.target = 1
        settings = CausalSettings(iters=3, queue_len="all", tree_depth=3, min_box_size=4)
        search = Search(evaluator, settings, 0, 1, 0.5)
        for _ in search.work():
            pass
        return search.passing, search.failing, search.maps.map(1).tobytes(), search.depth_reached

    whole = grown()
    monkeypatch.setattr(tree_module, "STEP_BYTES", 1)
    monkeypatch.setattr(search_module, "STEP_BYTES", 1)
    assert grown() == whole
    assert whole[0] > 150


def test_a_full_queue_drops_the_last_jobs_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree_module, "MAX_JOBS", 10)
    monkeypatch.setattr(search_module, "MAX_JOBS", 10)
    net = AnyNet((16, 16), classes=2, seed=5)
    data = net.picture()
    evaluator = Evaluator(net, data, background_of(0.0, data))
    evaluator.target = 1
    settings = CausalSettings(iters=6, queue_style="all", tree_depth=4)
    search = Search(evaluator, settings, 0, 1, 0.5)
    for _ in search.work():
        assert all(len(tree._queue) <= 10 for tree in search._trees)
    assert search.dropped > 0
    assert len([note for note in evaluator.notes if "queue was full at 10 jobs" in note]) == 1
    again = Search(evaluator, settings, 0, 1, 0.5)
    again.restore(search.state(), search.arrays())
    assert again.dropped == search.dropped


def test_a_tree_is_saved_in_the_middle_of_a_level() -> None:
    """JSON and back between two steps of a long queue: the same masks, the same queue."""
    import json

    settings = CausalSettings(queue_style="dc", min_box_size=4, tree_depth=3)
    one = Tree(0, (30, 30), settings, 0)
    generator = np.random.default_rng(0)
    for _ in range(12):
        masks = one.propose()
        passed = generator.random(len(masks)) < 0.5
        entries = answers(lambda i, passed=passed: bool(passed[i]), len(masks))  # type: ignore[misc]
        other = Tree(0, (30, 30), settings, 0)
        other.restore(json.loads(json.dumps(one.state())))
        assert [m.digest for m in other.propose()] == [m.digest for m in masks]
        one.absorb(entries, 1, 0.0)
        other.absorb(entries, 1, 0.0)
        assert other._queue == one._queue
        assert len(one._queue) > 1
