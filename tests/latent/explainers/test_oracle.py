"""The oracle: which fonts it gives."""

from __future__ import annotations

from collections import Counter

import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.explainers.oracle import IS
from rex_widgets.latent.problem import CorrelatedAttribute, Problem
from tests.latent.explainers.linear_world import HalfSpaces, finished, problem_of, seeded

VALUES = ((4, 0, 2), (1, 5))


def fonts(samples: int = 6, correlated: CorrelatedAttribute | None = None) -> Problem:
    """Latents of a character, a font, and one more; classes alternate."""
    latents = torch.randn(samples, 5, generator=seeded(1))
    latents[:, 0] = latents[:, 0].abs() * torch.tensor([1.0, -1.0]).repeat(samples)[:samples]
    embeddings = torch.arange(12.0).reshape(6, 2) + 100
    known = correlated or CorrelatedAttribute(slice(2, 4), embeddings, VALUES)
    normal = torch.tensor([1.0, 0.0, 0.0, 0.0, 0.0])
    return problem_of(latents, HalfSpaces.of_two(normal, 0.0), correlated=known)


def given_fonts(problem: Problem, found: torch.Tensor) -> list[list[int]]:
    known = problem.context.correlated
    assert known is not None
    distances = (found[..., None, known.part] - known.embeddings).abs().sum(-1)
    assert (distances.amin(-1) == 0).all()
    return distances.argmin(-1).tolist()


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_all_fonts_of_the_class_come_before_one_comes_again(count: int) -> None:
    problem = fonts()
    search = finished(IS(count).begin(problem, seeded()))
    for row, target in zip(
        given_fonts(problem, search.counterfactuals), problem.targets.tolist(), strict=True
    ):
        times = Counter(row)
        assert set(times) <= set(VALUES[target])
        all_times = [times[font] for font in VALUES[target]]
        assert max(all_times) - min(all_times) <= 1


def test_nothing_but_the_font_is_exchanged() -> None:
    problem = fonts()
    found = finished(IS(3).begin(problem, seeded())).counterfactuals
    rest = [0, 1, 4]
    assert torch.equal(found[..., rest], problem.latents[:, None, rest].expand(-1, 3, -1))


def test_the_classifier_is_not_asked() -> None:
    problem = fonts()
    classifier = problem.classifier
    assert isinstance(classifier, HalfSpaces)
    before = classifier.seen
    finished(IS().begin(problem, seeded()))
    assert classifier.seen == before


def test_the_release_draws_every_font_by_itself() -> None:
    problem = fonts(4000)
    found = finished(IS(2, release_compatible=True).begin(problem, seeded())).counterfactuals
    drawn = given_fonts(problem, found)
    for target, values in enumerate(VALUES):
        pairs = Counter(
            tuple(row)
            for row, asked in zip(drawn, problem.targets.tolist(), strict=True)
            if asked == target
        )
        share = 1 / len(values) ** 2
        for first in values:
            for second in values:
                error = (share * (1 - share) / 2000) ** 0.5
                assert abs(pairs[first, second] / 2000 - share) < 4 * error


def test_a_state_is_taken_over() -> None:
    problem, explainer = fonts(), IS(4)
    search = explainer.begin(problem, seeded(3))
    other = explainer.begin(problem, seeded(8))
    other.restore(search.state())
    assert torch.equal(finished(other).counterfactuals, finished(search).counterfactuals)
    again = explainer.begin(problem, seeded(8))
    again.restore(search.state())
    assert again.done and torch.equal(again.counterfactuals, search.counterfactuals)
    with pytest.raises(SettingsError, match="nothing to extend"):
        search.extend(1)


def test_a_context_that_knows_of_no_such_attribute_is_told() -> None:
    problem = problem_of(torch.ones(1, 2), HalfSpaces.of_two(torch.ones(2), 0.0))
    with pytest.raises(SettingsError, match=r"Context\.correlated"):
        IS().begin(problem, seeded())
    nothing = CorrelatedAttribute(slice(2, 4), torch.zeros(2, 2), ((0, 1), ()))
    with pytest.raises(SettingsError, match="class 1"):
        IS().begin(fonts(correlated=nothing), seeded())
