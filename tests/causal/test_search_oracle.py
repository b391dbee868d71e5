"""The search against its slow re-implementation, on small random inputs and random settings."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.causal.responsibility import SCALE
from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Box, Shape, box_of, mask_of
from rex_widgets.occlusion import background_of
from tests.causal.any_net import AnyNet, AnyRegions
from tests.oracles.slow_search import Found, Pixel, Rules, SlowSearch, Visible
from tests.synthetic import RandomNet

DISTRIBUTIONS: tuple[dict[str, Any], ...] = (
    {"distribution": "uniform"},
    {"distribution": "binom"},
    {"distribution": "binom", "distribution_args": (0.2,)},
    {"distribution": "betabinom", "distribution_args": (0.7, 2.0)},
    {"distribution": "adaptive"},
    {"distribution": "adaptive", "blend": 0.4},
)


SHAPES = {1: (6, 40), 2: (3, 10), 3: (1, 6)}
"""Shortest and longest axis (exclusive) by the number of dimensions."""

Case = tuple[Any, int, int, dict[str, Any]]


def case_of(number: int) -> Case:
    """A random network, the rank of the class to explain, a batch size, and settings.

    Drawn from one number rather than one by one, since trees that go deep need several settings
    to fall right together, which draws that favour small values hardly ever give.
    """
    generator = np.random.default_rng([9, number])

    def one_of(*values: Any) -> Any:
        return values[generator.integers(len(values))]

    dimensions = number % 3 + 1
    shape = tuple(int(n) for n in generator.integers(*SHAPES[dimensions], size=dimensions))
    net: Any = AnyNet(
        shape,
        classes=int(generator.integers(2, 6)),
        seed=int(generator.integers(1000)),
        gain=3.0,
        bias=float(generator.integers(6)),
    )
    inner = inside_of(shape, generator)
    if number % 2:
        net = AnyRegions(shape, [inner, box_of(shape)], need=0.3, gain=4.0)
    queue_style = one_of("area", "area", "area", "intersection", "intersection", "all", "dc")
    queue_len = one_of(1, 1, 1, 1, 2, 3, "all")
    long = queue_len != 1 or queue_style in ("all", "dc")
    options: dict[str, Any] = {
        "iters": int(generator.integers(1, 3 if long else 15)),
        "seed": int(generator.integers(2**40)),
        "tree_depth": int(generator.integers(1, 4 if long else 9)),
        "min_box_size": int(generator.integers(1, 12)),
        "confidence_filter": one_of(0.0, 0.0, 0.5, 0.95),
        "weighted": one_of(False, False, True),
        "concentrate": one_of(False, False, "area", "depth"),
        "queue_len": queue_len,
        "queue_style": queue_style,
        "search_limit": one_of(None, None, 15, 40, 100),
        "responsibility_style": one_of("additive", "additive", "multiplicative"),
        "negative_responsibility": one_of(False, False, True),
        "bounding_box": one_of(None, None, inside_of(shape, generator)),
        **one_of(*DISTRIBUTIONS),
    }
    return net, one_of(0, 0, 0, 1), one_of(1, 7, 64), options


def inside_of(shape: Shape, generator: np.random.Generator) -> Box:
    """A random box of an input."""
    edges = (sorted(generator.choice(n + 1, 2, replace=False).tolist()) for n in shape)
    return tuple(edge for pair in edges for edge in pair)


def both(
    net: Any, rank: int, batch_size: int, options: dict[str, Any]
) -> tuple[Search, Found, int, SlowSearch]:
    """Search with the library and with the oracle for the class of a given rank."""
    data = net.picture()
    whole = net.row(data.astype(np.float64)).astype(np.float32)
    target = int(np.argsort(-whole, kind="stable")[rank])
    confidence = float(whole[target])
    evaluator = Evaluator(net, data, background_of(0.0, data), batch_size=batch_size)
    evaluator.target = target
    # a ranking that evaluates nothing of its own: the oracle counts what the search asks
    given = CausalSettings(**options, ranking="contrast")
    search = Search(evaluator, given, options["seed"], target, confidence)
    for _ in search.work():
        pass

    def ask(visible: Visible) -> list[float]:
        shown = np.zeros_like(data)
        for pixel in visible:
            shown[(slice(None), *pixel)] = data[(slice(None), *pixel)]
        return [float(p) for p in net.row(shown.astype(np.float64)).astype(np.float32)]

    slow = SlowSearch(data.shape[1:], ask, target, confidence, Rules(**options))
    return search, slow.search(), target, slow


def as_array(values: dict[Pixel, Fraction], shape: Shape) -> np.ndarray:
    array = np.zeros(shape, dtype=object)
    for pixel, value in values.items():
        array[pixel] = value
    return array


@settings(max_examples=150)
@given(st.integers(0, 2**32))
def test_search_equals_the_oracle(number: int) -> None:
    net, rank, batch_size, options = case_of(number)
    search, found, target, slow = both(net, rank, batch_size, options)

    assert search.passing == found.passing
    assert search.failing == found.failing
    assert search.depth_reached == found.deepest
    assert search._evaluator.evaluations == len(found.asked)
    assert search.statistics()["avg_box_size"] == pytest.approx(
        sum(found.box_areas) / len(found.box_areas)
    )

    smallest = found.smallest_area(target, 0.0)
    assert (search.smallest.area if search.smallest else None) == smallest
    if search.smallest is not None:
        visible = frozenset(map(tuple, np.argwhere(search.smallest.array()).tolist()))
        assert search.smallest_confidence == found.asked[visible][target]

    assert set(search.maps.classes) == set(found.maps)
    exact = not options["weighted"] and options["concentrate"] != "area"
    for index in found.maps:
        expected = as_array(found.maps[index], search.shape)
        if exact and options["responsibility_style"] == "additive":
            units = search.maps.exact(index)
            for pixel, value in np.ndenumerate(expected):
                assert Fraction(int(units[pixel]), SCALE) == value
        shown = as_array(slow.map(index), search.shape).astype(np.float64)
        np.testing.assert_allclose(search.maps.map(index), shown, rtol=1e-7, atol=1e-7)


def test_the_oracle_is_not_idle() -> None:
    """The cases above would prove nothing if no mutant ever passed or failed."""
    net = RandomNet((8, 8), classes=3, seed=1)
    options = {"iters": 6, "seed": 3, "tree_depth": 6, "min_box_size": 2}
    search, found, target, _ = both(net, 0, 64, options)
    assert found.passing > 50
    assert found.failing > 50
    assert found.deepest >= 3
    assert len(set(found.maps[target].values())) > 10
    assert search.passing == found.passing


@pytest.mark.parametrize("queue_len", [2, 3, "all"])
def test_longer_queues_are_pruned_per_box(queue_len: int | str) -> None:
    """Every box of every job keeps its own best mutants: what is kept multiplies by level."""
    net = RandomNet((9, 9), classes=2, seed=4)
    options: dict[str, Any] = {"iters": 2, "seed": 5, "tree_depth": 3, "min_box_size": 2}
    search, found, _, _ = both(net, 0, 64, {**options, "queue_len": queue_len})
    assert (search.passing, search.failing) == (found.passing, found.failing)
    assert found.passing > 80


def test_the_smallest_mutant_does_not_depend_on_the_order() -> None:
    """Of equally small passing mutants one is chosen by content, whichever came first."""
    net = RandomNet((6, 6))
    evaluator = Evaluator(net, net.picture(), background_of(0.0, net.picture()))
    masks = [mask_of(np.arange(36).reshape(6, 6) % 6 == column) for column in range(6)]
    entries = [evaluator.classify_alone(mask, "test") for mask in masks]
    chosen = set()
    for order in (range(6), reversed(range(6)), (3, 0, 5, 1, 4, 2)):
        search = Search(evaluator, CausalSettings(), 0, 1, 0.5)
        for index in order:
            search._consider(masks[index], entries[index])
        assert search.smallest is not None
        chosen.add(search.smallest.digest)
    assert len(chosen) == 1
