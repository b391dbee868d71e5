"""Stabilisation against ADAM itself, normalisation by hand."""

from __future__ import annotations

import pytest
import torch

from rex_widgets.bridge.guidance import GuidanceState, guided, normalised, stabilised
from tests.bridge.toys import drawn

ADAM = (0.9, 0.999, 1e-8)


def test_the_direction_is_that_of_adam():
    place = torch.zeros(3, 1, 4, 4, dtype=torch.float64, requires_grad=True)
    optimiser = torch.optim.Adam([place], lr=1.0, betas=ADAM[:2], eps=ADAM[2], maximize=True)
    state = GuidanceState.fresh(place.detach())
    for step in range(12):
        before = place.detach().clone()
        place.grad = drawn(3, 1, 4, 4, seed=step) * 10.0 ** (step - 6)
        direction, state = stabilised(place.grad, state, ADAM)
        optimiser.step()
        torch.testing.assert_close(direction, place.detach() - before)
    assert state.count == 12


def test_the_first_direction_is_the_sign():
    gradient = drawn(2, 1, 3, 3)
    direction, _ = stabilised(gradient, GuidanceState.fresh(gradient), ADAM)
    torch.testing.assert_close(direction, gradient.sign(), rtol=1e-6, atol=0)


def test_a_state_is_never_written_into():
    state = GuidanceState.fresh(drawn(2, 1, 3, 3))
    _, after = guided(drawn(2, 1, 3, 3), state, ADAM, True)
    assert not state.first.any()
    assert not state.second.any()
    assert not state.lengths.any()
    assert after.lengths.tolist() == pytest.approx([3, 3])


def test_every_sample_is_divided_by_its_own_first_length():
    first = torch.tensor([[3.0, 4.0], [0.0, 2.0]])[:, None, None]
    found, lengths = normalised(first, torch.zeros(2))
    assert lengths.tolist() == [5, 2]
    assert found.flatten(1).tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 1]]
    found, lengths = normalised(10 * first, lengths)
    assert lengths.tolist() == [5, 2]
    assert found.flatten(1).tolist() == [[6, 8], [0, 10]]


def test_a_gradient_of_0_moves_nothing_and_waits_for_the_first_that_is_not():
    state = GuidanceState.fresh(torch.zeros(1, 1, 1, 2))
    still, state = guided(torch.zeros(1, 1, 1, 2), state, None, True)
    assert still.tolist() == [[[[0, 0]]]]
    moved, state = guided(torch.tensor([[[[0.0, 7.0]]]]), state, None, True)
    assert moved.tolist() == [[[[0, 1]]]]
    assert state.lengths.tolist() == [7]
    assert state.count == 2
