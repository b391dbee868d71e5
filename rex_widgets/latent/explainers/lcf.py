"""Latent-CF: descend until the sample's own class has become improbable (arXiv 2012.09301)."""

from __future__ import annotations

import torch

from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.explainers.checks import (
    check_counts,
    check_positive,
    check_probability,
    check_two_classes,
    check_weights,
)
from rex_widgets.latent.explainers.descent import Descent, Look, beside
from rex_widgets.latent.explainers.margins import margin
from rex_widgets.latent.explainers.rules import Plain, some
from rex_widgets.latent.problem import Problem


class LCF(ExplainerBase):
    """Latent-CF: plain gradient descent, every counterfactual by itself.

    Minimised is |q - p|, where q is the probability of the sample's own class against the class
    asked for: σ of minus the margin. A counterfactual is finished when that is no more than the
    tolerance and it is of the class asked for; it stays where it was found to be so.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample; they start at z + 0.01 i.
    lr, num_iters
        Step length, and steps at most.
    p
        The probability that the own class shall have, in [0, 1].
    tolerance
        How near to that is near enough.
    release_compatible
        As BEX 0.5.2 computes it: q is the sigmoid of the own class's logit alone, the loss is the
        mean over the batch, which also makes the steps shorter the larger the batch is, and the
        whole batch stops when that mean is within the tolerance, whatever the classes are.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    draws = False

    def __init__(
        self,
        num_explanations: int = 10,
        lr: float = 0.1,
        num_iters: int = 50,
        p: float = 0.1,
        tolerance: float = 0.5,
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        check_counts(num_explanations=num_explanations, num_iters=num_iters)
        check_positive(lr=lr)
        check_probability(p=p)
        check_weights(tolerance=tolerance)
        self.num_explanations = num_explanations
        self.lr, self.num_iters = lr, num_iters
        self.p, self.tolerance = p, tolerance
        self.release_compatible, self.target = release_compatible, target

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search; nothing in it is random."""
        if self.release_compatible:
            check_two_classes(problem, "LCF")
            return _ReleasedSearch(self, problem)
        return _LCFSearch(self, problem)


class _LCFSearch(Descent):
    def __init__(self, explainer: LCF, problem: Problem) -> None:
        count = explainer.num_explanations
        points = beside(problem.latents, count).flatten(0, 1)[:, None]
        self._explainer = explainer
        self._targets = problem.targets.repeat_interleave(count)[:, None]
        self._classes = problem.classes.repeat_interleave(count)[:, None]
        super().__init__(problem, points, count, Plain(explainer.lr), explainer.num_iters)

    def _look(self, points: torch.Tensor, rows: torch.Tensor) -> Look:
        logits = self._answers(self._problem.generator(points.flatten(0, 1)), len(rows))
        margins = margin(logits, some(self._targets, rows))
        losses = (torch.sigmoid(-margins) - self._explainer.p).abs().squeeze(1)
        return Look(losses.sum(), losses, margins.detach().squeeze(1) > 0)

    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        return (look.losses.detach() <= self._explainer.tolerance) & look.arrived


class _ReleasedSearch(_LCFSearch):
    coupled = True
    moves_when_settled = True

    def _look(self, points: torch.Tensor, rows: torch.Tensor) -> Look:
        logits = self._answers(self._problem.generator(points.flatten(0, 1)), len(rows))
        own = logits.gather(-1, some(self._classes, rows)[..., None]).flatten()
        losses = (torch.sigmoid(own) - self._explainer.p).abs()
        return Look(losses.mean(), losses, torch.zeros_like(losses, dtype=torch.bool))

    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        stops = bool(look.total.detach() <= self._explainer.tolerance)
        return torch.full_like(look.arrived, stops)
