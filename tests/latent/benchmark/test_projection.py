from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.latent.benchmark.projection import project
from rex_widgets.latent.benchmark.space import Space
from tests.latent.benchmark.small_world import toy_space


def projected(delta: list[float], released: bool = False) -> list[float]:
    """Project one perturbation of a sample at (1, 1, 1, 1)."""
    latents = torch.ones(1, 4)
    moved = latents[:, None] + torch.tensor([[delta]])
    near = project(moved, latents, toy_space(), released=released)
    return (near - latents[:, None])[0, 0].tolist()


def test_radii_are_the_largest_distances_between_embeddings() -> None:
    space = toy_space()
    assert (space.character_radius, space.font_radius) == (3, 10)
    square = Space(torch.tensor([[0.0, 0.0], [1.0, 2.0], [1.0, 0.0]]), torch.zeros(1, 1))
    assert square.character_radius == 3


def test_short_perturbations_stay() -> None:
    assert projected([3, -10, 0.5, -0.5]) == pytest.approx([3, -10, 0.5, -0.5])


def test_every_part_is_shortened_by_itself() -> None:
    assert projected([-6, 20, 3, -1]) == pytest.approx([-3, 10, 0.75, -0.25])
    assert projected([1, 2, 3, -1]) == pytest.approx([1, 2, 0.75, -0.25])


def test_the_release_shortens_all_by_the_continuous_norm_once_more() -> None:
    # The continuous norm is 4: the factor is 1/4, taken twice for the continuous part.
    assert projected([1, 2, 3, -1], released=True) == pytest.approx(
        [0.25, 0.5, 3 / 16, -1 / 16], abs=1e-5
    )
    # Then the character is short enough already: 6 / 4 < 3.
    assert projected([6, 2, 3, -1], released=True)[0] == pytest.approx(1.5, abs=1e-5)


def test_nothing_moved_is_nothing_projected() -> None:
    for released in (False, True):
        assert projected([0, 0, 0, 0], released) == [0, 0, 0, 0]


@given(st.lists(st.floats(-50, 50, width=32), min_size=4, max_size=4), st.booleans())
def test_parts_end_within_their_radii_and_keep_their_signs(
    delta: list[float], released: bool
) -> None:
    near = projected(delta, released)
    assert abs(near[0]) <= 3 + 1e-4
    assert abs(near[1]) <= 10 + 1e-4
    assert abs(near[2]) + abs(near[3]) <= 1 + 1e-4
    for before, after in zip(delta, near, strict=True):
        # 1 + tiny is 1 in float32, hence the tolerance.
        assert before * after >= -1e-4
