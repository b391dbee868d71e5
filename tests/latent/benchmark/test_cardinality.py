from __future__ import annotations

import math
from itertools import chain

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.latent.benchmark.cardinality import orthogonal
from rex_widgets.latent.benchmark.space import Space
from tests.latent.benchmark.small_world import toy_space


def far_space() -> Space:
    """Three characters and three fonts, so far apart that every mixture is of one alone."""
    corners = 40 * torch.eye(3)
    return Space(corners, corners)


def latent(character: int, font: int, *continuous: float) -> list[float]:
    places = 40 * torch.eye(3)
    return [*places[character].tolist(), *places[font].tolist(), *continuous]


def kept(
    own: list[float],
    others: list[list[float]],
    successful: list[bool] | None = None,
    released: bool = False,
) -> list[bool]:
    chosen = [True] * len(others) if successful is None else successful
    found = orthogonal(
        torch.tensor([own]),
        torch.tensor([others]),
        torch.tensor([chosen]),
        far_space(),
        released=released,
    )
    return found[0].tolist()


OWN = latent(0, 0, 0, 0)


def test_described_is_a_softmax_of_distances() -> None:
    mixture, continuous = toy_space().described(torch.tensor([[1.0, 0.0, 7.0]]))
    weights = [math.exp(-3 * distance) for distance in (1, 0, 1, 2)]
    expected = [weight / sum(weights) for weight in weights]
    assert mixture[0, :4].tolist() == pytest.approx(expected, rel=1e-5)
    assert mixture[0, 4:].tolist() == pytest.approx([1, math.exp(-30)], abs=1e-6)
    assert continuous.tolist() == [[7.0]]


def test_another_character_and_another_font_are_orthogonal() -> None:
    assert kept(OWN, [latent(1, 0, 0, 0), latent(0, 1, 0, 0), latent(2, 0, 0, 0)]) == [True] * 3


def test_the_same_again_is_not() -> None:
    assert kept(OWN, [latent(1, 0, 0, 0)] * 3) == [True, False, False]


def test_opposite_shifts_are_both_kept() -> None:
    assert kept(OWN, [latent(0, 0, 0.5, 0), latent(0, 0, -0.6, 0)]) == [True, True]
    assert kept(OWN, [latent(0, 0, 0.5, 0), latent(0, 0, 0.6, 0.1)]) == [True, False]
    assert kept(OWN, [latent(0, 0, 0.5, 0), latent(0, 0, 0, 0.6)]) == [True, True]


def test_opposite_to_one_is_enough() -> None:
    # The third is opposite to the first, though it goes the same way as the second (cosine 0.9).
    first, second, third = (0.2, 0), (-0.3, 0), (-0.4, 0.01)
    others = [latent(0, 0, *shift) for shift in (first, second, third)]
    assert kept(OWN, others) == [True, True, True]


def test_the_nearest_comes_first() -> None:
    # 45 degrees apart from each of two that are orthogonal: only first, if it is the nearest.
    others = [latent(0, 0, 0.3, 0), latent(0, 0, 0.1, 0.1), latent(0, 0, 0, 0.3)]
    assert kept(OWN, others) == [False, True, False]
    others[1] = latent(0, 0, 0.4, 0.4)
    assert kept(OWN, others) == [True, False, True]


def test_only_successes_are_counted() -> None:
    others = [latent(1, 0, 0, 0), latent(0, 1, 0, 0), latent(1, 0, 0, 0)]
    assert kept(OWN, others, [False, False, True]) == [False, False, True]
    assert kept(OWN, others, [False] * 3) == [False] * 3


def test_the_release_looks_up_its_order_among_all() -> None:
    # Two successes, the third and fourth; the release compares the first two, which are alike.
    others = [latent(1, 0, 0, 0), latent(1, 0, 0, 0), latent(1, 0, 0, 0), latent(0, 1, 0, 0)]
    successful = [False, False, True, True]
    assert kept(OWN, others, successful) == [False, False, True, True]
    assert sum(kept(OWN, others, successful, released=True)) == 1


@given(st.integers(0, 2**32 - 1), st.booleans())
def test_agrees_with_one_pair_at_a_time(seed: int, released: bool) -> None:
    random = torch.Generator().manual_seed(seed)
    space = Space(2 * torch.randn(5, 2, generator=random), 2 * torch.randn(4, 2, generator=random))
    latents = torch.randn(3, 6, generator=random)
    near = latents[:, None] + torch.randn(3, 7, 6, generator=random)
    successful = torch.rand(3, 7, generator=random) < 0.6
    found = orthogonal(latents, near, successful, space, released=released)
    for row in range(3):
        expected = slow(latents[row], near[row], successful[row], space, released)
        assert set(found[row].nonzero().flatten().tolist()) == expected


def slow(
    own: torch.Tensor, near: torch.Tensor, successful: torch.Tensor, space: Space, released: bool
) -> set[int]:
    """The same, written as the paper says it: one explanation, one cosine after the other."""

    def shares(z: torch.Tensor) -> tuple[list[float], list[float]]:
        found = []
        for part, known in ((space.character, space.characters), (space.font, space.fonts)):
            weights = [math.exp(-3 * math.dist(z[part], place)) for place in known]
            found.append([weight / sum(weights) for weight in weights])
        return found[0], found[1]

    one_hot = [[float(v == max(half)) for v in half] for half in shares(own)]
    rest = own[space.continuous].tolist()

    def cosine(a: list[float], b: list[float]) -> float:
        size = math.hypot(*a) * math.hypot(*b)
        return sum(x * y for x, y in zip(a, b, strict=True)) / size if size else 0.0

    told, distances = [], []
    for z in near:
        mixture, continuous = [*chain(*shares(z))], z[space.continuous].tolist()
        flat = [*chain(*one_hot)]
        moved = [a - b for a, b in zip(rest, continuous, strict=True)]
        distances.append(
            sum(abs(a - b) for a, b in zip(flat, mixture, strict=True)) + sum(map(abs, moved))
        )
        told.append(([m * (1 - o) for m, o in zip(mixture, flat, strict=True)], moved))
    successes = [index for index, yes in enumerate(successful.tolist()) if yes]
    order = sorted(range(len(successes)), key=lambda place: distances[successes[place]])
    chosen: list[int] = []
    read: list[int] = []
    for place in order:
        candidate = place if released else successes[place]
        cosines = [
            cosine(told[candidate][0], told[other][0]) + cosine(told[candidate][1], told[other][1])
            for other in read
        ]
        if all(abs(value) < 0.15 for value in cosines) or any(value < -0.85 for value in cosines):
            chosen.append(successes[place])
            read.append(candidate)
    return set(chosen)
