"""Trees inside a region: tight boxes, no empty ones, no mutant twice, exact responsibility."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds, bounds_of
from rex_widgets.causal.contrast import HALF, contrast_units
from rex_widgets.causal.disc import growing_discs
from rex_widgets.causal.partition import root_box
from rex_widgets.causal.responsibility import FRACTION, SCALE
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.tree import SUBSETS_OF, VISIBLE_OF, Tree
from rex_widgets.errors import SettingsError
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, box_of, full_mask, mask_of, mask_of_boxes, slices_of

SHAPES = ((40,), (14, 15), (8, 7, 9))
SMALL = CausalSettings(min_box_size=2)


def entry(mask: Mask, passes: bool) -> Entry:
    given = int(passes)
    return Entry(mask.digest, given, (given, 1 - given), (0.75, 0.25), 0.75 if passes else 0.25)


@st.composite
def regions(draw: st.DrawFn) -> NDArray[np.bool_]:
    shape = draw(st.sampled_from(SHAPES))
    region = draw(arrays(np.bool_, shape))
    assume(region.any() and not region.all())
    return np.asarray(region)


@given(region=regions(), seed=st.integers(0, 50))
def test_boxes_are_tight_and_partition_the_region(region: NDArray[np.bool_], seed: int) -> None:
    bounds = bounds_of(region, region.shape)
    tree = Tree(0, region.shape, SMALL, seed, bounds=bounds)
    generator = np.random.default_rng(seed)
    for _ in range(4):
        masks = tree.propose()
        if not masks:
            break
        start = 0
        for split in tree.splits():
            cover = np.zeros(region.shape, np.int64)
            for child in split.children:
                part = region[slices_of(child)]
                assert bounds.fitted(child) == child, "the box could be smaller"
                assert bounds.places(child) == part.sum() > 0
                cover[slices_of(child)] += 1
            inside = np.zeros(region.shape, np.bool_)
            inside[slices_of(split.box)] = True
            assert (cover[region & inside] == 1).all(), "every place is in one child"
            assert not cover[~inside].any() and len(split.children) >= 2
            subsets = SUBSETS_OF[len(split.children)]
            own = masks[start : start + len(subsets)]
            start += len(subsets)
            for subset, mask in zip(subsets, own, strict=True):
                kept = (*(split.children[i] for i in subset), *split.beside)
                expected = mask_of_boxes(kept, region.shape).array() & region
                assert np.array_equal(mask.array(), expected)
            assert len({mask.digest for mask in own}) == len(own), "a mutant was made twice"
        assert start == len(masks)
        tree.absorb([entry(m, generator.random() < 0.6) for m in masks], 1, 0.0)


@given(region=regions(), seed=st.integers(0, 20))
def test_responsibility_is_shared_by_what_is_there(region: NDArray[np.bool_], seed: int) -> None:
    bounds = bounds_of(region, region.shape)
    settings = CausalSettings(min_box_size=2, concentrate="area", tree_depth=1)
    tree = Tree(0, region.shape, settings, seed, bounds=bounds)
    masks = tree.propose()
    assume(masks)
    (split,) = tree.splits()
    updates = tree.absorb([entry(mask, True) for mask in masks], 1, 0.0)
    assert len(updates) == len(SUBSETS_OF[len(split.children)]) == len(masks)
    for update in updates:
        for box, units in zip(update.boxes, update.units, strict=True):
            assert units == SCALE // len(update.boxes) // region[slices_of(box)].sum()


@pytest.mark.parametrize("number", [2, 3, 4])
def test_contrast_is_a_difference_of_means(number: int) -> None:
    generator = np.random.default_rng(number)
    confidences = generator.random(2**number - 2)
    units = contrast_units(VISIBLE_OF[number], confidences.tolist())
    for child, value in enumerate(units):
        kept = np.array([child in subset for subset in SUBSETS_OF[number]])
        difference = confidences[kept].mean() - confidences[~kept].mean()
        assert value / (HALF * FRACTION) == pytest.approx(difference, abs=1e-8)


@given(region=regions())
def test_what_is_shown(region: NDArray[np.bool_]) -> None:
    generator = np.random.default_rng(0)
    mask = mask_of(generator.random(region.shape) < 0.5)
    hidden, visible = (Bounds(region.shape, region, outside) for outside in ("hidden", "visible"))
    assert np.array_equal(hidden.shown(mask).array(), mask.array() & region)
    assert np.array_equal(visible.shown(mask).array(), mask.array() | ~region)
    assert visible.shown(visible.everything).digest == full_mask(region.shape).digest
    part = hidden.part(mask)
    assert visible.shown(part).digest == visible.shown(mask).digest, "one mutant, one log entry"
    assert part.area == (mask.array() & region).sum()


@given(region=regions(), seed=st.integers(0, 9))
def test_orders_and_places(region: NDArray[np.bool_], seed: int) -> None:
    bounds = Bounds(region.shape, region)
    generator = np.random.default_rng(seed)
    ranking = bounds.ranked(generator.normal(size=region.shape))
    order = bounds.order(ranking)
    assert sorted(order.tolist()) == np.flatnonzero(region).tolist()
    assert (np.diff(ranking.ravel()[order]) <= 0).all()
    assert sorted(bounds.numbered(order).tolist()) == list(range(int(region.sum())))
    assert ranking[~region].max() <= ranking[region].min()
    assert region[bounds.random_place(generator)]
    local = mask_of(generator.random(bounds.cropped(region).shape) < 0.5)
    placed = bounds.within(local).array()
    assert not placed[~region].any()
    expected = local.array() & bounds.cropped(region)
    assert np.array_equal(bounds.cropped(placed), expected) and placed.sum() == expected.sum()


def test_the_root_is_the_box_of_the_region() -> None:
    region = np.zeros((20, 30), np.bool_)
    region[4, 7], region[15, 22] = True, True
    bounds = bounds_of(region, region.shape)
    assert root_box(region.shape, CausalSettings(), bounds) == (4, 16, 7, 23) == bounds.box
    inside = CausalSettings(bounding_box=(0, 10, 0, 30))
    assert root_box(region.shape, inside, bounds) == (4, 5, 7, 8)
    beside = CausalSettings(bounding_box=(5, 10, 0, 30))
    with pytest.raises(SettingsError, match=r"\(5, 10, 0, 30\), which holds no place of the re"):
        root_box(region.shape, beside, bounds)
    assert root_box(region.shape, CausalSettings(), Bounds(region.shape)) == box_of(region.shape)


@given(region=regions(), seed=st.integers(0, 9))
def test_discs_are_cut_off(region: NDArray[np.bool_], seed: int) -> None:
    bounds = Bounds(region.shape, region)
    centre = bounds.random_place(np.random.default_rng(seed))
    discs = list(growing_discs(centre, 1, 0.5, region.shape, bounds=bounds))
    areas = [mask.area for mask in discs]
    assert areas == sorted(set(areas)) and areas[-1] == region.sum()
    assert all(not (mask.array() & ~region).any() for mask in discs)
