"""DiCE: counterfactuals that are close to the sample and far from each other (arXiv 1905.07697)."""

from __future__ import annotations

import torch

from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.explainers.checks import (
    check_counts,
    check_positive,
    check_two_classes,
    check_weights,
)
from rex_widgets.latent.explainers.descent import Descent, Look, beside
from rex_widgets.latent.explainers.margins import margin
from rex_widgets.latent.explainers.rules import Adam, put, some
from rex_widgets.latent.problem import Problem

SETTLED = 1e-3
"""A loss that changes by no more has settled."""

RIDGE = 1e-4
"""Added to the diagonal of the kernel, so that two equal counterfactuals do no harm."""

PATIENCE = 10
"""How often the release lets the loss settle before it gives up."""


class Dice(ExplainerBase):
    """DiCE: Adam on all counterfactuals of a sample together.

    Minimised, for each sample by itself, is (paper, equation 4)

        mean over i of max(0, 1 - margin_i) + proximity_weight * mean |z_i - z| / MAD
        - diversity_weight * det K,      K_ij = 1 / (1 + mean |z_i - z_j| / MAD),

    where margin_i is the log-odds of the class asked for (its logit minus the best other one), the
    MAD is that of the standardised training latents, and the means of distances are over the
    coordinates. A sample is finished when its loss changes by no more than 1e-3 and all of its
    counterfactuals are of the class asked for.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample; they start at z + 0.01 i.
    lr, num_iters
        Step length of Adam, and steps at most.
    proximity_weight, diversity_weight
        λ₁ and λ₂ of the paper.
    release_compatible
        As BEX 0.5.2 computes it: the largest logit goes through a log-odds as if it were a
        probability, the MAD is that of the latents as they are, distances in K are summed over the
        batch, which makes one determinant, and the batch stops as one.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    draws = False

    def __init__(
        self,
        num_explanations: int = 10,
        lr: float = 0.1,
        num_iters: int = 50,
        proximity_weight: float = 1,
        diversity_weight: float = 1,
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        check_counts(num_explanations=num_explanations, num_iters=num_iters)
        check_positive(lr=lr)
        check_weights(proximity_weight=proximity_weight, diversity_weight=diversity_weight)
        self.num_explanations = num_explanations
        self.lr, self.num_iters = lr, num_iters
        self.proximity_weight, self.diversity_weight = proximity_weight, diversity_weight
        self.release_compatible, self.target = release_compatible, target

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search; nothing in it is random."""
        if self.release_compatible:
            check_two_classes(problem, "Dice")
            return _ReleasedSearch(self, problem)
        return _DiceSearch(self, problem)


class _DiceSearch(Descent):
    def __init__(self, explainer: Dice, problem: Problem) -> None:
        points = beside(problem.latents, explainer.num_explanations)
        self._explainer = explainer
        self._weights = self._of_distances(problem).to(points)
        self._previous = torch.zeros_like(points[:, 0, 0])
        self._calm = torch.zeros_like(points[..., 0], dtype=torch.bool)
        super().__init__(
            problem,
            points,
            explainer.num_explanations,
            Adam(explainer.lr, points),
            explainer.num_iters,
        )

    def _of_distances(self, problem: Problem) -> torch.Tensor:
        return 1 / problem.context.statistics.mad

    def _look(self, points: torch.Tensor, rows: torch.Tensor) -> Look:
        problem, explainer = self._problem, self._explainer
        margins = self._margins(points, rows)
        losses = torch.relu(1 - margins).mean(1)
        if explainer.proximity_weight:
            away = (points - some(problem.latents, rows)[:, None]).abs() * self._weights
            losses = losses + explainer.proximity_weight * away.mean((1, 2))
        if explainer.diversity_weight and points.shape[1] > 1:
            losses = losses - explainer.diversity_weight * diversity(points, self._weights)
        return Look(losses.sum(), losses, (margins.detach() > 0).all(1))

    def _margins(self, points: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return the margins ``(A, n)``, without gradients where the hinge has none.

        That is where a margin is 1 or more. Those that were so at the last look are first looked at
        without gradients, which costs half, and again only if they no longer are.
        """
        flat = points.flatten(0, 1)
        targets = some(self._problem.targets, rows).repeat_interleave(points.shape[1])
        calm = some(self._calm, rows).flatten().clone()
        found = flat.new_zeros(len(flat))
        places = torch.nonzero(calm).flatten()
        if len(places):
            with torch.no_grad():
                margins = margin(self._problem.answers(flat[places]), targets[places])
            found = found.index_copy(0, places, margins)
            calm[places] = margins >= 1
        places = torch.nonzero(~calm).flatten()
        if len(places):
            pictures = self._problem.generator(some(flat, places))
            logits = self._answers(pictures, len(places)).squeeze(1)
            found = put(found, places, margin(logits, some(targets, places)))
        found = found.reshape(points.shape[:2])
        self._calm = put(self._calm, rows, found.detach() >= 1)
        return found

    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        losses = look.losses.detach()
        still = (losses - some(self._previous, rows)).abs() <= SETTLED
        self._previous = put(self._previous, rows, losses)
        return still & look.arrived

    def state(self) -> dict[str, torch.Tensor]:
        return {**super().state(), "previous": self._previous, "calm": self._calm}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        self._previous, self._calm = state["previous"], state["calm"]
        super().restore(state)


class _ReleasedSearch(_DiceSearch):
    """What BEX 0.5.2 computes; `Dice` says how that differs."""

    coupled = True
    moves_when_settled = True

    def __init__(self, explainer: Dice, problem: Problem) -> None:
        self._patience = PATIENCE
        super().__init__(explainer, problem)

    def _of_distances(self, problem: Problem) -> torch.Tensor:
        return 1 / problem.context.statistics.mad_released

    def _look(self, points: torch.Tensor, rows: torch.Tensor) -> Look:
        problem, explainer = self._problem, self._explainer
        logits = self._answers(problem.generator(points.flatten(0, 1)), len(rows))
        targets = 1 - some(problem.classes, rows)
        largest = logits.amax(-1)
        odds = torch.log((largest - 1e-6).abs() / (1 - largest - 1e-6).abs())
        losses = torch.relu(1 - (2 * targets - 1)[:, None] * odds).mean(1)
        total = losses.mean()
        if explainer.proximity_weight:
            away = (points - some(problem.latents, rows)[:, None]).abs() * self._weights
            total = total + explainer.proximity_weight * away.mean()
        if explainer.diversity_weight and points.shape[1] > 1:
            distances = _distances(points, self._weights).sum(0)
            total = total - explainer.diversity_weight * _determinant(distances)
        asked = logits.detach().gather(-1, targets[:, None, None].expand(*logits.shape[:2], 1))
        return Look(total, losses, (asked > 0).flatten(1).all(1))

    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        total = look.total.detach()
        still = bool((total - self._previous[0]).abs() <= SETTLED)
        self._previous = total.expand_as(self._previous)
        self._patience -= still
        stops = (still and bool(look.arrived.all())) or self._patience == 0
        return torch.full_like(look.arrived, stops)

    def state(self) -> dict[str, torch.Tensor]:
        return {**super().state(), "patience": torch.tensor(self._patience)}

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        self._patience = int(state["patience"])
        super().restore(state)


def diversity(points: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the determinant of the kernel of each group (paper, section 3.2).

    Parameters
    ----------
    points
        ``(A, n, Z)``.
    weights
        Of the coordinates in a distance, ``(Z,)``.

    Returns
    -------
    Tensor
        ``(A,)``, from 0 (two are equal) to about 1 (all far from each other).
    """
    return _determinant(_distances(points, weights))


def _distances(points: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    scaled = points * (weights / len(weights))
    return torch.cdist(scaled, scaled, p=1)


def _determinant(distances: torch.Tensor) -> torch.Tensor:
    ridge = RIDGE * torch.eye(distances.shape[-1]).to(distances)
    found: torch.Tensor = torch.linalg.det(1 / (1 + distances) + ridge)
    return found
