"""Discs, intervals and balls, and the explanation inside one."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given as examples
from hypothesis import strategies as st

from rex_widgets.causal.disc import disc, growing_discs, uphill, value_of_disc
from tests.causal.strategy_help import cells, explained, given
from tests.synthetic import AlwaysFirst
from tests.synthetic_kinds import BallModel, RowRule, SpikeModel, TwoPatches

shapes = st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple)


@st.composite
def places(draw: Any) -> tuple[tuple[int, ...], tuple[int, ...]]:
    shape = draw(shapes)
    return shape, tuple(draw(st.integers(0, n - 1)) for n in shape)


@examples(places(), st.floats(0.5, 12))
def test_a_disc_is_what_is_near(where: Any, radius: float) -> None:
    shape, centre = where
    found = disc(centre, radius, shape)
    for place in np.ndindex(*shape):
        away = np.linalg.norm(np.subtract(place, centre))
        if abs(away - radius) > 1e-9:
            assert found[place] == (away < radius)


@examples(places(), st.floats(1, 5), st.floats(0.1, 2))
def test_discs_grow_to_the_whole_input(where: Any, first: float, eta: float) -> None:
    shape, centre = where
    masks = [mask.array() for mask in growing_discs(centre, first, eta, shape)]
    np.testing.assert_array_equal(masks[0], disc(centre, first, shape))
    assert masks[-1].all()
    for small, large in pairwise(masks):
        assert (small <= large).all() and small.sum() < large.sum()
    radii = first * (1 + eta) ** np.arange(60)
    wanted = {disc(centre, r, shape).tobytes() for r in radii}
    assert {mask.tobytes() for mask in masks} == wanted


def test_the_number_of_radii_is_bounded() -> None:
    masks = list(growing_discs((20, 20), 3, 0.2, (41, 41), count=4))
    areas = [int(disc((20, 20), 3 * 1.2**n, (41, 41)).sum()) for n in range(4)]
    assert [mask.area for mask in masks] == areas


@examples(places(), st.integers(1, 3), st.sampled_from(["mean", "max"]), st.integers(0, 50))
def test_uphill_is_the_best_diagonal_neighbour(
    where: Any, step: int, objective: str, seed: int
) -> None:
    shape, centre = where
    values = np.random.default_rng(seed).random(shape)

    def worth(place: tuple[int, ...]) -> float:
        inside = values[disc(place, 2.0, shape)]
        return float(inside.max() if objective == "max" else inside.mean())

    assert value_of_disc(values, centre, 2.0, objective) == pytest.approx(worth(centre))
    corners = np.stack(np.meshgrid(*[[-step, step]] * len(shape), indexing="ij"), -1)
    there = np.clip(corners.reshape(-1, len(shape)) + centre, 0, np.array(shape) - 1)
    best = max(worth(tuple(map(int, place))) for place in there)
    found = uphill(values, centre, 2.0, step, objective)
    if best <= worth(centre) + 1e-12:
        assert found is None or worth(found) == pytest.approx(best)
    else:
        assert found is not None and worth(found) == pytest.approx(best)


def test_on_a_plateau_nothing_is_uphill() -> None:
    assert uphill(np.zeros((20, 20)), (10, 10), 4, 3, "mean") is None


@pytest.mark.parametrize(
    ("model", "first"),
    [(TwoPatches(), 3), (SpikeModel(), 5), (BallModel(), 3), (RowRule(), 1)],
)
def test_in_every_kind_of_input(model: Any, first: float) -> None:
    data = model.data()
    # min_box_size 1: a table has few features, and a box of four of them would not be split
    result = explained(
        model, data, "spatial", spatial_initial_radius=first, minimise_budget=2000, min_box_size=1
    )
    assert result.strategy == "spatial" and result.stage == "verified" and result.verified
    assert given(model, data, result.mask)[0] == 1
    assert result.parts == ()
    top = np.argwhere(result.map == result.map.max())
    around = [
        disc(tuple(map(int, place)), first * 1.2**n, result.map.shape)
        for place in top
        for n in range(40)
    ]
    around = [area for area in around if given(model, data, area)[0] == 1]
    smallest = [a for a in around if (result.mask <= a).all()]
    assert smallest, "not inside any passing disc around a highest place"
    assert result.certificate is not None and result.certificate.irreducible
    for rest in cells(result.mask, result.certificate.cell):
        assert given(model, data, rest)[0] != 1


def test_the_words_of_the_certificate_fit_the_input() -> None:
    texts = []
    for model, budget in ((SpikeModel(), 25), (BallModel(), 40), (TwoPatches(), 25)):
        found = explained(model, model.data(), "spatial", minimise_budget=budget)
        assert found.certificate is not None and found.certificate.irreducible
        assert found.certificate.cell > 1
        texts.append((found.certificate.text, found.certificate.cell))
    (signal, s), (volume, v), (picture, p) = texts
    assert f"runs of {s} samples" in signal
    assert f"{v}×{v}×{v} cells of voxels" in volume
    assert f"in {p}×{p} cells:" in picture


def test_outside_the_disc_nothing_is_revealed() -> None:
    """One patch is enough; the other, bright as well, is outside the disc."""
    model = TwoPatches()
    result = explained(model, model.data(), "spatial")
    one, two = model.truth()
    assert (result.mask & one).any() != (result.mask & two).any()


def test_patches_far_apart_need_a_large_disc() -> None:
    model = TwoPatches(both=True)
    result = explained(model, model.data(), "spatial", minimise_budget=3000)
    assert result.verified
    assert all((result.mask & patch).any() for patch in model.truth())


def test_a_class_that_nothing_gives() -> None:
    result = explained(AlwaysFirst((8, 8)), np.ones((1, 8, 8), np.float32), "spatial", target=1)
    assert result.stage == "none found"
    assert not result.verified and not result.mask.any()
    assert "No part" in result.message
