"""The largest sets of masks that hardly overlap, against brute force and networkx."""

from __future__ import annotations

import sys
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets import separate as module
from rex_widgets.errors import SettingsError
from rex_widgets.separate import Separated, conflicts, independent_sets, separate


def dice(a: np.ndarray, b: np.ndarray) -> float:
    total = int(a.sum()) + int(b.sum())
    return 2 * int((a & b).sum()) / total if total else 0.0


def brute_force(masks: list[np.ndarray], overlap: float) -> list[tuple[int, ...]]:
    """All largest sets, by trying all sets."""
    for size in range(len(masks), 0, -1):
        found = [
            chosen
            for chosen in combinations(range(len(masks)), size)
            if all(dice(masks[a], masks[b]) <= overlap for a, b in combinations(chosen, 2))
        ]
        if found:
            return sorted(found, key=lambda c: (sum(int(masks[i].sum()) for i in c), c))
    return []


def graph_of(count: int, edges: list[tuple[int, int]]) -> list[int]:
    graph = [0] * count
    for a, b in edges:
        graph[a] |= 1 << b
        graph[b] |= 1 << a
    return graph


@settings(max_examples=150)
@given(
    st.integers(0, 12),
    st.integers(0, 10_000),
    st.sampled_from([0.05, 0.15, 0.3, 0.6]),
    st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.5, 1.0]),
)
def test_exactly_what_brute_force_finds(
    count: int, seed: int, share: float, overlap: float
) -> None:
    generator = np.random.default_rng(seed)
    masks = [generator.random((4, 5)) < share for _ in range(count)]
    expected = brute_force(masks, overlap)
    found = separate(masks, overlap, limit=5000)
    assert list(found.sets) == expected
    assert not found.more and found.exact
    fewer = separate(masks, overlap, limit=3)
    assert fewer.more == (len(expected) > 3)
    areas = [sum(int(masks[i].sum()) for i in chosen) for chosen in fewer.sets]
    best = [sum(int(masks[i].sum()) for i in chosen) for chosen in expected[:3]]
    assert areas == best, "the sets shown are those of smallest area"
    assert set(fewer.sets) <= set(expected)


def test_a_hand_made_case() -> None:
    row = np.zeros((4, 12), bool)
    masks = []
    for start, stop in ((0, 4), (3, 7), (6, 12), (8, 11)):
        mask = row.copy()
        mask[0, start:stop] = True
        masks.append(mask)
    # 0 and 1 share one pixel of eight, 1 and 2 one of ten, 2 and 3 three of nine
    assert separate(masks, 0.0).sets == ((0, 3), (1, 3), (0, 2))
    assert separate(masks, 0.25).sets == ((0, 1, 3), (0, 1, 2))
    assert separate(masks, 1.0).sets == ((0, 1, 2, 3),)


def test_nothing_and_empty_masks() -> None:
    assert separate([], 0.0) == Separated((), False)
    nothing = np.zeros((3, 3), bool)
    assert separate([nothing, nothing], 0.0).sets == ((0, 1),)


@pytest.mark.parametrize(("overlap", "limit"), [(-0.1, 5), (1.5, 5), (float("nan"), 5), (0.5, 0)])
def test_wrong_values_are_told(overlap: float, limit: int) -> None:
    with pytest.raises(SettingsError, match="expected"):
        separate([np.ones((2, 2), bool)], overlap, limit)


def test_conflicts_are_those_above_the_permitted_overlap() -> None:
    a, b = np.zeros((2, 8), bool)
    a[:4], b[3:7] = True, True
    assert conflicts([a, b], 0.25) == [0, 0]
    assert conflicts([a, b], 0.2499) == [2, 1]


FIFTY: dict[str, list[tuple[int, int]]] = {
    "no conflict": [],
    "all in conflict": list(combinations(range(50), 2)),
    "pairs": [(2 * i, 2 * i + 1) for i in range(25)],
    "triples": [e for i in range(16) for e in combinations(range(3 * i, 3 * i + 3), 2)],
    "rings of five": [(5 * i + a, 5 * i + (a + 1) % 5) for i in range(10) for a in range(5)],
    "a path": [(i, i + 1) for i in range(49)],
    "a ring": [(i, (i + 1) % 50) for i in range(50)],
    "a grid": [(i, i + 1) for i in range(49) if i % 10 != 9] + [(i, i + 10) for i in range(40)],
    "two halves": [(a, b) for a in range(25) for b in range(25, 50)],
}


def of_work(graph: list[int], areas: list[int]) -> int:
    """Subproblems that the exact answer takes."""
    solver = module._Solver(graph, areas, 101, module.WORK)
    solver.best((1 << len(graph)) - 1)
    return module.WORK - solver._work


@pytest.mark.parametrize("name", FIFTY)
def test_fifty_explanations_with_bad_conflicts(name: str) -> None:
    """Counted in subproblems; 40,000 of them take half a second."""
    graph = graph_of(50, FIFTY[name])
    areas = [10 + (7 * i) % 13 for i in range(50)]
    assert of_work(graph, areas) < 5_000
    found = independent_sets(graph, areas, 100)
    assert found.exact
    totals = [sum(areas[i] for i in chosen) for chosen in found.sets]
    assert totals == sorted(totals)
    sizes = {"no conflict": 50, "all in conflict": 1, "pairs": 25, "triples": 18}
    sizes |= {"rings of five": 20, "a path": 25, "a ring": 25, "a grid": 25, "two halves": 25}
    for chosen in found.sets:
        assert len(chosen) == sizes[name]
        assert not any(graph[a] >> b & 1 for a, b in combinations(chosen, 2))
    assert len(set(found.sets)) == len(found.sets)


def test_of_2_to_the_25_sets_the_hundred_smallest() -> None:
    """Of every pair one is taken: the best sets are those that take few of the larger ones."""
    extra = [1 << i for i in range(25)]
    areas = [a for i in range(25) for a in (100, 100 + extra[i])]
    found = independent_sets(graph_of(50, FIFTY["pairs"]), areas, 100)
    assert found.more and len(found.sets) == 100
    totals = [sum(areas[i] for i in chosen) for chosen in found.sets]
    assert totals == [2500 + n for n in range(100)]


@pytest.mark.parametrize("share", [0.03, 0.06, 0.1, 0.15, 0.25, 0.5, 0.8])
@pytest.mark.parametrize("seed", [0, 1])
def test_fifty_at_random_against_networkx(share: float, seed: int) -> None:
    import networkx as nx

    random = nx.gnp_random_graph(50, share, seed=seed)
    graph = graph_of(50, list(random.edges))
    areas = np.random.default_rng(seed).integers(10, 500, 50).tolist()
    found = independent_sets(graph, areas, 100)
    other = nx.complement(random)
    for node in other:
        # the most masks first, the least area among equals
        other.nodes[node]["weight"] = 10**6 - areas[node]
    best, _ = nx.max_weight_clique(other, weight="weight")
    assert len(found.sets[0]) == len(best)
    assert sum(areas[i] for i in found.sets[0]) == sum(areas[i] for i in best)
    assert of_work(graph, areas) < 40_000


def test_regular_conflicts_stay_within_the_work() -> None:
    import networkx as nx

    for degree in (3, 4, 5, 6, 8):
        random = nx.random_regular_graph(degree, 50, seed=degree)
        assert of_work(graph_of(50, list(random.edges)), [1] * 50) < 80_000


def test_too_entangled_is_said() -> None:
    import networkx as nx

    graph = graph_of(60, list(nx.gnp_random_graph(60, 0.1, seed=1).edges))
    found = independent_sets(graph, [1] * 60, 100, work=50)
    assert not found.exact and found.more
    (chosen,) = found.sets
    assert not any(graph[a] >> b & 1 for a, b in combinations(chosen, 2))
    for vertex in set(range(60)) - set(chosen):
        assert any(graph[vertex] >> other & 1 for other in chosen), "it could be larger"


def test_a_thousand_masks_are_no_error() -> None:
    # deeper than Python recurses: given up like what is too entangled, and said
    chain = [(1 << i - 1 if i else 0) | (1 << i + 1 if i < 999 else 0) for i in range(1000)]
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(1000)
    try:
        found = independent_sets(chain, [1] * 1000, 100)
    finally:
        sys.setrecursionlimit(before)
    assert not found.exact and len(found.sets) == 1 and len(found.sets[0]) == 500
