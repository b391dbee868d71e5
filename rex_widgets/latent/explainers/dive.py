"""DiVE: perturbations of different groups of coordinates (arXiv 2103.10226)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.nn import functional

from rex_widgets.errors import InputError
from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.explainers.checks import (
    check_choice,
    check_counts,
    check_positive,
    check_two_classes,
    check_weights,
)
from rex_widgets.latent.explainers.descent import Descent, Look
from rex_widgets.latent.explainers.margins import margin
from rex_widgets.latent.explainers.masks import (
    MASK_METHODS,
    MaskMethod,
    movable,
    movable_released,
    needs_fisher,
)
from rex_widgets.latent.explainers.rules import Adam, put, some
from rex_widgets.latent.fisher import FisherEstimate, FisherInformation
from rex_widgets.latent.problem import Classify, Generate, Problem

START = 0.01
"""Standard deviation of the perturbations at first."""

STALLED, PROGRESS = 10, 1e-3
"""An explanation whose best loss has not fallen by more than the second number in as many looks as
the first is given up: it swings about its optimum, or its coordinates move nothing."""

PRIOR_SAMPLES = 2048
"""Latents drawn from the prior where no training latents are known."""


class Dive(ExplainerBase):
    """DiVE: Adam on a perturbation ε of every explanation, masked by groups of coordinates.

    Minimised, for each sample by itself, is

        mean over i of BCE(margin_i, 1)
        + (reconstruction_weight * Σ |x - G(z + ε_i)| + lasso_weight * Σ |ε_i|
        + diversity_weight * Σ_{i≠j} cos²(ε_i, ε_j)) / (coordinates that may move, over all i),

    where the margin is the logit of the class asked for minus the best other one. What each
    explanation may move is said by `rex_widgets.latent.explainers.masks.movable`. An explanation
    that is of the class asked for stays where it was found to be so, and costs no more calls; the
    authors' own program stops in the same way, once nine tenths of a batch are. One whose loss has
    not fallen by 0.001 in ten looks stops as well.

    The Fisher information comes from the context; where that has none, it is computed over the
    context's training latents in the first steps of a search, and kept for later ones with the same
    models. Without training latents it is computed over a standard normal sample, which `message`
    then says.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample; they start at z + 0.01 N(0, 1).
    lr, num_iters
        Step length of Adam, and steps at most.
    diversity_weight, lasso_weight, reconstruction_weight
        Of the terms above.
    method
        One of ``fisher_chunk``, ``fisher_range``, ``fisher_spectral``, ``fisher_spectral_inv``,
        ``random``, ``none``.
    release_compatible
        As BEX 0.5.2 computes it: BCE of both logits by themselves, toward one minus the sample's
        own probabilities, all steps for all, the Fisher information of the last chunk, masks dealt
        by a sample's place in the batch, listed coordinates frozen in ``fisher_chunk``,
        ``fisher_range`` and ``random``, and the last step's result left out.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    def __init__(
        self,
        num_explanations: int = 10,
        lr: float = 0.1,
        num_iters: int = 50,
        diversity_weight: float = 0.001,
        lasso_weight: float = 0.1,
        reconstruction_weight: float = 0.0001,
        method: MaskMethod = "fisher_spectral",
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        check_counts(num_explanations=num_explanations, num_iters=num_iters)
        check_positive(lr=lr)
        check_weights(
            diversity_weight=diversity_weight,
            lasso_weight=lasso_weight,
            reconstruction_weight=reconstruction_weight,
        )
        check_choice("method", method, MASK_METHODS)
        self.num_explanations = num_explanations
        self.lr, self.num_iters = lr, num_iters
        self.diversity_weight, self.lasso_weight = diversity_weight, lasso_weight
        self.reconstruction_weight = reconstruction_weight
        self.method = method
        self.release_compatible, self.target = release_compatible, target
        self._computed: _Computed | None = None

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search; its start, and random masks, are drawn from the generator."""
        if self.release_compatible:
            check_two_classes(problem, type(self).__name__)
            return _ReleasedSearch(self, problem, random)
        return _DiveSearch(self, problem, random)

    def known(self, problem: Problem) -> FisherInformation | None:
        """Return the Fisher information where it is known already.

        Raises
        ------
        InputError
            That of the context is of other classes or coordinates than the problem's.
        """
        given, computed = problem.context.fisher, self._computed
        if given is not None:
            shape = (problem.logits.shape[1], *problem.latents.shape[1:] * 2)
            if tuple(given.matrices.shape) != shape:
                raise InputError(
                    f"The context's Fisher information has shape {tuple(given.matrices.shape)}; "
                    f"expected {shape}: classes, coordinates, coordinates. Compute it anew with "
                    "FisherInformation.of."
                )
        if given is not None and given.released == self.release_compatible:
            return given
        return computed.fisher if computed and computed.holds_for(problem) else None

    def keep(self, problem: Problem, fisher: FisherInformation) -> None:
        """Keep what was computed for later problems with the same models and training latents."""
        self._computed = _Computed(
            problem.classifier, problem.generator, problem.context.training, fisher
        )


@dataclass(frozen=True, eq=False)
class _Computed:
    classifier: Classify
    generator: Generate
    training: torch.Tensor | None
    fisher: FisherInformation

    def holds_for(self, problem: Problem) -> bool:
        return (
            # Equality, since a bound method is another object each time it is looked up.
            self.classifier == problem.classifier
            and self.generator == problem.generator
            and self.training is problem.context.training
            and self.fisher.matrices.shape[-1] == problem.latents.shape[1]
        )


class _DiveSearch(Descent):
    """First the Fisher information, if it has to be computed; then the descent of ε."""

    def __init__(self, explainer: Dive, problem: Problem, random: torch.Generator) -> None:
        self._explainer, self._random = explainer, random
        samples, size = problem.latents.shape
        shape = (samples * explainer.num_explanations, 1, size)
        noise = torch.randn(shape, generator=random, device=random.device).to(problem.latents)
        self._mask: torch.Tensor | None = None
        self._estimate: FisherEstimate | None = None
        self._drawn: torch.Tensor | None = None
        points = START * noise
        self._best = torch.full_like(points[:, 0, 0], torch.inf)
        self._since = torch.zeros_like(self._best)
        super().__init__(
            problem,
            points,
            explainer.num_explanations,
            Adam(explainer.lr, points),
            explainer.num_iters,
        )
        needed = needs_fisher(explainer.method)
        fisher = explainer.known(problem) if needed else None
        if needed and fisher is None:
            self._estimate = self._begin_estimate(problem)
            self._publish()
        else:
            self._set_mask(fisher)

    def _begin_estimate(self, problem: Problem) -> FisherEstimate:
        latents = problem.context.training
        if latents is None:
            shape = (PRIOR_SAMPLES, problem.latents.shape[1])
            drawn = torch.randn(shape, generator=self._random, device=self._random.device)
            self._drawn = latents = drawn.to(problem.latents)
            self._note = (
                "No training latents are known: the Fisher information is that of a standard "
                "normal sample."
            )
        return self._estimate_over(latents.to(problem.latents.device))

    def _estimate_over(self, latents: torch.Tensor) -> FisherEstimate:
        return FisherEstimate(
            latents,
            self._problem.classifier,
            self._problem.generator,
            released=self._explainer.release_compatible,
        )

    def _masks(self, fisher: FisherInformation | None) -> torch.Tensor:
        return movable(self._explainer.method, fisher, self._problem.classes, *self._sizes)

    @property
    def _sizes(self) -> tuple[int, int, torch.Generator]:
        return self._explainer.num_explanations, self._points.shape[2], self._random

    def _set_mask(self, fisher: FisherInformation | None) -> None:
        self._mask = self._masks(fisher).to(self._points).flatten(0, 1)[:, None]
        self._points = self._good = self._points * self._mask
        self._publish()

    @property
    def fraction(self) -> float:
        """Share of the work that is done, that for the Fisher information included."""
        if self._estimate is None:
            return super().fraction
        return self._estimate.fraction / (1 + self._limit)

    def advance(self) -> None:
        """Take a batch for the Fisher information, or do a step."""
        if self._estimate is None:
            super().advance()
            return
        self._estimate.advance()
        if self._estimate.done:
            fisher = self._estimate.result()
            self._explainer.keep(self._problem, fisher)
            self._estimate = None
            self._set_mask(fisher)

    def _latents(self, points: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return self._problem.latents[self._samples(rows)][:, None] + points

    def _look(self, points: torch.Tensor, rows: torch.Tensor) -> Look:
        explainer, problem, mask = self._explainer, self._problem, self._moves
        points = points * some(mask, rows)
        pictures = problem.generator(self._latents(points, rows).flatten(0, 1))
        logits = self._answers(pictures, len(rows)).squeeze(1)
        owners = self._samples(rows)
        pushes, arrived = self._pushes(logits, owners)
        extra = torch.zeros_like(pushes)
        if explainer.reconstruction_weight:
            extra = extra + explainer.reconstruction_weight * self._away(pictures, owners)
        if explainer.lasso_weight:
            extra = extra + explainer.lasso_weight * points.abs().sum((1, 2))
        alike = torch.zeros_like(problem.latents[:, 0])
        if explainer.diversity_weight and explainer.num_explanations > 1:
            every = put(self._points, rows, points).reshape(len(alike), -1, points.shape[2])
            alike = explainer.diversity_weight * alikeness(every)
        free = mask.reshape(len(alike), -1).sum(1)
        total, losses = self._together(pushes, extra, alike, free, owners)
        return Look(total, losses, arrived)

    def _away(self, pictures: torch.Tensor, owners: torch.Tensor) -> torch.Tensor:
        """Return the L1 distance of each picture from that of its sample."""
        images = self._problem.images
        if len(owners) == len(self._points):
            away = (pictures.reshape(len(images), -1, *images.shape[1:]) - images[:, None]).flatten(
                0, 1
            )
        else:
            away = pictures - images[owners]
        found: torch.Tensor = torch.linalg.vector_norm(away.flatten(1), 1, 1)
        return found

    def _pushes(
        self, logits: torch.Tensor, owners: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the loss toward the class asked for, and where that is reached, ``(A,)`` each."""
        margins = margin(logits, self._problem.targets[owners])
        return functional.softplus(-margins), margins.detach() > 0

    def _together(
        self,
        pushes: torch.Tensor,
        extra: torch.Tensor,
        alike: torch.Tensor,
        free: torch.Tensor,
        owners: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the scalar to differentiate, and the losses of the groups ``(A,)``."""
        count = self._explainer.num_explanations
        losses = pushes + count * extra / free[owners]
        return losses.sum() / count + (alike / free).sum(), losses

    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        losses, best = look.losses.detach(), some(self._best, rows)
        better = losses < best - PROGRESS
        since = torch.where(better, 0, some(self._since, rows) + 1)
        self._best = put(self._best, rows, torch.where(better, losses, best))
        self._since = put(self._since, rows, since)
        return look.arrived | (since >= STALLED)

    @property
    def _moves(self) -> torch.Tensor:
        if self._mask is None:
            raise RuntimeError("The masks are not known before the Fisher information is.")
        return self._mask

    def state(self) -> dict[str, torch.Tensor]:
        optional = {"mask": self._mask, "drawn": self._drawn if self._estimate else None}
        return {
            **super().state(),
            "best": self._best,
            "since": self._since,
            "random": self._random.get_state(),
            **(self._estimate.state() if self._estimate else {}),
            **{name: value for name, value in optional.items() if value is not None},
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        self._mask, self._drawn = state.get("mask"), state.get("drawn")
        self._best, self._since = state["best"], state["since"]
        self._random.set_state(state["random"])
        self._estimate = None
        if "fisher" in state:
            known = self._problem.context.training if self._drawn is None else self._drawn
            if known is None:
                raise RuntimeError("A state with Fisher information has latents for it.")
            self._estimate = self._estimate_over(known.to(self._points.device))
            self._estimate.restore(state)
        super().restore(state)


class _ReleasedSearch(_DiveSearch):
    coupled = True

    def _masks(self, fisher: FisherInformation | None) -> torch.Tensor:
        return movable_released(self._explainer.method, fisher, self._problem.classes, *self._sizes)

    def _shown(self) -> torch.Tensor:
        return self._good

    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        return look.arrived

    def _pushes(
        self, logits: torch.Tensor, owners: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        labels = 1 - torch.sigmoid(self._problem.logits[owners])
        losses = functional.binary_cross_entropy_with_logits(logits, labels, reduction="none")
        return losses.mean(1), torch.zeros(len(logits), dtype=torch.bool, device=logits.device)

    def _together(
        self,
        pushes: torch.Tensor,
        extra: torch.Tensor,
        alike: torch.Tensor,
        free: torch.Tensor,
        owners: torch.Tensor,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        return pushes.mean() + (extra.sum() + alike.sum()) / free.sum(), pushes + extra


def alikeness(points: torch.Tensor) -> torch.Tensor:
    """Return the sum of squared cosines between different explanations, ``(A,)`` of (A, n, Z)."""
    directions = functional.normalize(points, dim=-1)
    cosines = directions @ directions.mT
    apart = 1 - torch.eye(points.shape[1]).to(points)
    squared: torch.Tensor = (cosines * apart).square().sum((1, 2))
    return squared
