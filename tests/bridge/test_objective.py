"""The gradient of the objective against finite differences, and what the classifier sees."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from rex_widgets.bridge.objective import Times, looked_with_gradient, rescaled
from rex_widgets.bridge.terms import TERMS
from rex_widgets.errors import InputError, ModelError
from tests.bridge.toys import FEW, SIDE, Bent, Classifier, drawn, problem

FEATURES = drawn(SIDE * SIDE, 5, seed=9)
WEIGHTS = {name: 0.1 * place for place, name in enumerate(TERMS, 1)}


def perceived(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """A distance in the shape that the package lpips gives."""
    return ((first - second).flatten(1) @ FEATURES).square().mean(1)[:, None, None, None]


@pytest.mark.parametrize("rescale", ["fixed", "min_max"])
@pytest.mark.parametrize("weights", [{}, WEIGHTS, *({name: 1.0} for name in TERMS)])
def test_the_gradient_is_that_of_finite_differences(rescale: str, weights: dict[str, float]):
    asked = problem(lpips=perceived)
    how = replace(FEW, rescale=rescale, weights=weights)
    x, x1, step = 0.5 * drawn(2, 1, SIDE, SIDE, seed=6), drawn(2, 1, SIDE, SIDE, seed=7), 40
    times = Times()

    def objective(point: torch.Tensor) -> torch.Tensor:
        with torch.no_grad():
            sigma = float(asked.network.schedule.forward[step])
            estimate = point - sigma * asked.network(point, step, x1)
            value = asked.log_probabilities(rescaled(estimate, rescale))[:, asked.target]
            for name, weight in weights.items():
                value = value - weight * TERMS[name].term.value(estimate, asked)
        return value

    gradient = looked_with_gradient(asked, how, x, x1, step, times).gradient
    assert gradient is not None
    change = 1e-6
    numbers = torch.zeros_like(x)
    for place in torch.cartesian_prod(torch.arange(SIDE), torch.arange(SIDE)).tolist():
        moved = torch.zeros_like(x)
        moved[:, 0, place[0], place[1]] = change
        slope = (objective(x + moved) - objective(x - moved)) / (2 * change)
        numbers[:, 0, place[0], place[1]] = slope
    torch.testing.assert_close(gradient, numbers, rtol=1e-5, atol=1e-7)
    assert times.backwards.calls == 1


def test_what_the_classifier_sees():
    estimate = torch.tensor([[-1.0, 0.0, 1.2], [0.5, 0.0, -0.5]])[:, None, None]
    assert rescaled(estimate, "fixed").flatten(1).tolist() == [
        pytest.approx([0, 0.5, 1.1]),
        pytest.approx([0.75, 0.5, 0.25]),
    ]
    assert rescaled(estimate, "min_max").flatten(1).tolist() == [
        pytest.approx([0, 1 / 2.2, 1]),
        pytest.approx([1, 0.5, 0]),
    ]
    flat = torch.full((1, 1, 2, 2), 0.3)
    assert torch.equal(rescaled(flat, "min_max"), torch.zeros_like(flat))


def _asked(**changes: object) -> None:
    x = drawn(2, 1, SIDE, SIDE)
    looked_with_gradient(problem(**changes), FEW, x, x, 40, Times())


def test_a_wrong_answer_of_a_model_is_told():
    with pytest.raises(ModelError, match=r"classifier returned shape \(2,\) for 2 pictures"):
        _asked(classifier=lambda pictures: pictures.sum((1, 2, 3)))
    with pytest.raises(InputError, match="the classifier has 2, 0 to 1"):
        _asked(classifier=Classifier(classes=2))
    with pytest.raises(ModelError, match=r"'bent' returned shape \(2, 1, 3, 6\)"):

        class Half(Bent):
            def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
                return super().forward(x, step, x1)[:, :, :3]

        _asked(network=Half())
