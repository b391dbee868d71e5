"""Intervals and cuboids: splitting, summing, ranking and minimising beyond pictures."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, product
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.causal.contrast import HALF, ContrastMap
from rex_widgets.causal.extract import rank_pixels, ranked_prefix
from rex_widgets.causal.minimise import cells_of, first_cell, minimise
from rex_widgets.causal.partition import area_of, can_split, root_box, split
from rex_widgets.causal.procedure import CausalProcedure
from rex_widgets.causal.responsibility import FRACTION, SCALE, ResponsibilityMaps, Update
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.inputs import Sample
from rex_widgets.masks import Box, Shape, box_of, full_mask, mask_of_boxes, slices_of
from tests.causal.any_net import AnyNet, AnyRegions
from tests.causal.asking_help import asker_for, finish, passes
from tests.causal.test_partition import DISTRIBUTIONS

SPACE = {1: (30,), 3: (8, 9, 7)}


@st.composite
def boxes(draw: st.DrawFn, dimensions: int, shortest: int = 1) -> Box:
    """A box inside `SPACE`."""
    edges = []
    for length in SPACE[dimensions]:
        first = draw(st.integers(0, length - shortest))
        edges += [first, draw(st.integers(first + shortest, length))]
    return tuple(edges)


# ------------------------------------------------------------------------------------ splitting


@given(st.data(), st.sampled_from([1, 3]), st.sampled_from(DISTRIBUTIONS), st.booleans())
def test_four_children_tile_the_box(
    data: st.DataObject, dimensions: int, options: dict[str, Any], mapped: bool
) -> None:
    box = data.draw(boxes(dimensions))
    generator = np.random.default_rng(data.draw(st.integers(0, 1000)))
    weight = np.floor(generator.uniform(0, 2.5, SPACE[dimensions])) if mapped else None
    rules = CausalSettings(min_box_size=1, **options)
    if not can_split(box, 0, rules):
        sides = [end - first for first, end in zip(box[::2], box[1::2], strict=True)]
        assert sides[0] < 4 if dimensions == 1 else sum(side >= 2 for side in sides) < 2
        return
    children = split(box, generator, rules, weight)
    count = np.zeros(SPACE[dimensions], int)
    for child in children:
        assert area_of(child) == count[slices_of(child)].size > 0
        count[slices_of(child)] += 1
    expected = np.zeros_like(count)
    expected[slices_of(box)] = 1
    np.testing.assert_array_equal(count, expected)
    assert list(children) == sorted(children), "in the order of the input"


def test_the_three_cuts_of_an_interval_are_any_three() -> None:
    generator = np.random.default_rng(0)
    found = {split((2, 8), generator, CausalSettings())[1:] for _ in range(400)}
    cuts = {(a[0], b[0], c[0]) for a, b, c in found}
    expected = {c for c in product(range(3, 8), repeat=3) if c[0] < c[1] < c[2]}
    assert cuts == expected


def test_adaptive_cuts_of_an_interval_follow_the_map() -> None:
    weight = np.zeros(30)
    weight[[7, 11, 20]] = 1.0
    generator = np.random.default_rng(0)
    rules = CausalSettings(distribution="adaptive")
    children = split((0, 30), generator, rules, weight)
    assert [child[0] for child in children] == [0, 7, 11, 20]
    weight[20] = 0  # two places have a weight: the third cut is anywhere
    thirds = {split((0, 30), generator, rules, weight) for _ in range(60)}
    assert all({7, 11} < {child[0] for child in children} for children in thirds)
    assert len(thirds) > 10


def test_a_cuboid_is_cut_across_two_axes_picked_at_random() -> None:
    generator = np.random.default_rng(0)
    box, uncut = (0, 8, 2, 9, 1, 7), []
    for _ in range(600):
        children = split(box, generator, CausalSettings())
        whole = [a for a in range(3) if children[0][2 * a : 2 * a + 2] == box[2 * a : 2 * a + 2]]
        uncut += whole
        assert len(whole) == 1
    assert np.bincount(uncut).min() > 150
    flat = split((0, 8, 4, 5, 1, 7), generator, CausalSettings())
    assert all(child[2:4] == (4, 5) for child in flat)


def test_adaptive_cuts_of_a_cuboid_follow_the_map() -> None:
    weight = np.zeros((8, 9, 7))
    weight[3, 5, 2] = 1.0
    generator = np.random.default_rng(0)
    rules = CausalSettings(distribution="adaptive")
    for _ in range(20):
        last = split((0, 8, 0, 9, 0, 7), generator, rules, weight)[3]
        assert sum(last[2 * a] == cut for a, cut in enumerate((3, 5, 2))) == 2


@pytest.mark.parametrize(
    ("box", "able"),
    [
        ((5, 15), True),
        ((5, 14), False),  # 9 samples, min_box_size 10
        ((0, 5, 0, 2, 0, 1), True),
        ((0, 3, 0, 3, 0, 1), False),  # 9 voxels
        ((0, 1, 0, 50, 0, 1), False),  # one axis cannot be cut twice
    ],
)
def test_which_boxes_are_split(box: Box, able: bool) -> None:
    assert can_split(box, 1, CausalSettings(min_box_size=10)) is able
    assert not can_split((0, 3), 0, CausalSettings(min_box_size=1)), "three samples, four children"
    assert can_split((0, 4), 0, CausalSettings(min_box_size=1))
    assert can_split((0, 9), 0, CausalSettings(min_box_size=10)), "a whole row of few features"


@pytest.mark.parametrize(
    ("shape", "box"), [((30,), (4, 31)), ((30,), (0, 5, 0, 5)), ((8, 9, 7), (0, 8, 0, 9, 0, 8))]
)
def test_a_bounding_box_that_does_not_fit(shape: Shape, box: Box) -> None:
    with pytest.raises(SettingsError, match=r"bounding_box was .*; expected a box inside \(0, "):
        root_box(shape, CausalSettings(bounding_box=box))
    assert root_box(shape, CausalSettings()) == box_of(shape)


def test_use_bounding_box_without_a_box() -> None:
    with pytest.raises(SettingsError, match="use_bounding_box was given, but there is no box"):
        root_box((30,), CausalSettings(use_bounding_box=True))
    both = CausalSettings(use_bounding_box=True, bounding_box=(3, 9))
    assert root_box((30,), both) == (3, 9)


# ---------------------------------------------------------------------------------------- maps


@given(st.data(), st.sampled_from([1, 3]))
def test_corner_updates_equal_sums_over_places(data: st.DataObject, dimensions: int) -> None:
    shape = SPACE[dimensions]
    drawn = data.draw(st.lists(st.tuples(boxes(dimensions), st.integers(-5, 5)), max_size=6))
    maps = ResponsibilityMaps(shape, CausalSettings(), 0)
    contrast = ContrastMap(shape)
    expected = np.zeros(shape, np.int64)
    for box, units in drawn:
        expected[slices_of(box)] += units
        maps.add([Update(0, (box,), (units * SCALE,))])
        contrast.add([box], [units * HALF * FRACTION])
    np.testing.assert_array_equal(maps.map(0), expected)
    np.testing.assert_array_equal(contrast.map(), expected)


@given(st.sampled_from([(11,), (3, 4, 3)]), st.integers(0, 999), st.integers(1, 4))
def test_places_are_ranked_by_value_then_distance(shape: Shape, seed: int, levels: int) -> None:
    values = np.random.default_rng(seed).integers(0, levels, shape).astype(float)
    weights = values if values.any() else np.ones_like(values)
    places = list(product(*map(range, shape)))
    total = Fraction(weights.sum())
    centre = [sum(Fraction(weights[p]) * p[a] for p in places) / total for a in range(len(shape))]
    order = rank_pixels(values).tolist()
    assert sorted(order) == list(range(values.size))
    for first, second in pairwise(order):
        one, two = places[first], places[second]
        near, far = (sum((x - c) ** 2 for x, c in zip(p, centre, strict=True)) for p in (one, two))
        assert (-values[one], float(near)) <= (-values[two], float(far) + 1e-9)


# ---------------------------------------------------------------------------------- minimising


@given(st.sampled_from([(23,), (5, 6, 4)]), st.integers(1, 6), st.integers(0, 99))
def test_cells_are_those_of_a_fixed_grid(shape: Shape, cell: int, seed: int) -> None:
    mask = np.random.default_rng(seed).random(shape) < 0.5
    expected: dict[tuple[int, ...], list[int]] = {}
    for flat in np.flatnonzero(mask).tolist():
        place = tuple(int(x) // cell for x in np.unravel_index(flat, shape))
        expected.setdefault(place, []).append(flat)
    found = [part.tolist() for part in cells_of(mask, cell)]
    assert found == [expected[place] for place in sorted(expected)]


def test_the_first_cell_leaves_about_a_dozen() -> None:
    for dimensions, side in ((1, 4096), (2, 224), (3, 64)):
        cells = (side / first_cell(side**dimensions, dimensions)) ** dimensions
        assert 1 <= cells <= 12 * 2**dimensions or first_cell(side**dimensions, dimensions) == 64


@settings(max_examples=25)
@given(st.sampled_from([(40,), (5, 6, 4)]), st.integers(0, 400), st.sampled_from([None, 60]))
def test_the_certificate_is_true(shape: Shape, seed: int, budget: int | None) -> None:
    net = AnyNet(shape, classes=3, seed=seed)
    data = net.picture()
    target = int(net.row(data.astype(np.float64)).argmax())
    asker = asker_for(net, data, target=target, budget=budget)
    found = finish(minimise([full_mask(shape)], asker))
    mask = found.mask.array()
    assert passes(net, data, mask, target)
    if found.certificate.irreducible:
        for cell in cells_of(mask, found.certificate.cell):
            rest = mask.copy()
            rest.reshape(-1)[cell] = False
            assert not passes(net, data, rest, target)


def test_the_prefix_is_found_in_a_volume() -> None:
    shape, box = (12, 10, 11), (3, 6, 4, 8, 2, 5)
    net = AnyRegions(shape, [box])
    order = rank_pixels(mask_of_boxes([box], shape).array().astype(float))
    prefix = finish(ranked_prefix(order, shape, 1, asker_for(net, net.picture())))
    assert prefix is not None
    assert prefix.area == area_of(box) / 2 + 1, "class 1 where more than half is visible"


# ------------------------------------------------------------------------------- the whole way


@pytest.mark.parametrize(
    ("shape", "box"),
    [((300,), (120, 160)), ((20, 24, 18), (4, 9, 12, 18, 6, 11))],
    ids=["signal", "volume"],
)
@pytest.mark.parametrize("mask_value", [0.0, "mean", "spectral"])
def test_a_planted_part_is_explained(shape: Shape, box: Box, mask_value: Any) -> None:
    """The explanation lies inside the part, is about half of it, and is verified."""
    net = AnyRegions(shape, [box])
    sample = Sample(net.picture(), np.zeros((4, 4, 3), np.uint8), "array")
    rules = CausalSettings(iters=12, mask_value=mask_value, minimise_budget=300)
    procedure = CausalProcedure(net, sample, rules, seed=1)
    for _ in procedure.work():
        pass
    found = procedure.answer(0.0)
    planted = mask_of_boxes([box], shape).array()
    assert found.verified
    assert found.mask.shape == found.map.shape == shape
    if mask_value == 0.0:
        assert (found.mask & ~planted).sum() == 0
        assert found.mask.sum() <= planted.sum() * 0.6
        assert found.map[planted].mean() > 2 * found.map[~planted].mean()
    else:
        assert found.area < 0.2


@pytest.mark.parametrize("features", [4, 9, 13, 30])
def test_a_row_of_few_features_has_a_map(features: int) -> None:
    """Boxes too small to be split again: what passed at the first level counts."""
    net = AnyRegions((features,), [(1, 3)])
    sample = Sample(net.picture(), np.zeros((4, 4, 3), np.uint8), "array")
    procedure = CausalProcedure(net, sample, CausalSettings(iters=20), seed=1)
    for _ in procedure.work():
        pass
    found = procedure.answer(0.0)
    assert found.verified
    assert found.mask[1:3].all()
    assert found.mask.sum() == 2
    assert found.map[1:3].mean() > found.map[3:].mean()


def test_a_bounding_box_is_where_the_search_stays() -> None:
    shape, box = (20, 24, 18), (4, 9, 12, 18, 6, 11)
    inside = (2, 12, 10, 20, 4, 14)
    net = AnyRegions(shape, [box])
    sample = Sample(net.picture(), np.zeros((4, 4, 3), np.uint8), "array")
    rules = CausalSettings(iters=6, bounding_box=inside, minimise_budget=0)
    procedure = CausalProcedure(net, sample, rules, seed=1)
    for _ in procedure.work():
        pass
    found = procedure.answer(0.0)
    outside = ~mask_of_boxes([inside], shape).array()
    assert found.verified
    assert not found.map[outside].any()
    assert found.map.any()
    with pytest.raises(SettingsError, match="expected a box inside"):
        CausalProcedure(net, sample, CausalSettings(bounding_box=(0, 21, 0, 5, 0, 5)), seed=1)
