"""Gradient descent in a latent space, over all samples and explanations at once."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

import torch

from rex_widgets.latent.base import Search
from rex_widgets.latent.explainers.checks import check_differentiable
from rex_widgets.latent.explainers.rules import Rule, put, some
from rex_widgets.latent.problem import Problem

START_STEP = 0.01
"""Explanation i starts this much times i beside the sample, in all coordinates."""

_NAMED = 10


@dataclass(frozen=True, eq=False)
class Look:
    """What one look at the points found.

    Parameters
    ----------
    total
        The scalar that is differentiated.
    losses
        Of each group, ``(A,)``.
    arrived
        Bool ``(A,)``: the classifier gives the class asked for, for all of the group.
    """

    total: torch.Tensor
    losses: torch.Tensor
    arrived: torch.Tensor


class Descent(Search):
    """Points that descend; a step looks at them once and moves them once.

    Points come in groups that stop together, ``(R, m, Z)``: all explanations of a sample, or each
    explanation by itself. A group that has stopped costs no more calls. One whose loss is not
    finite stops at its last latents with a finite loss, and its sample is named in `message`.

    No gradient reaches the parameters of the models: only that of the points is computed, which
    also saves the time for the others.

    Parameters
    ----------
    problem
        What is asked.
    points
        Where they start, float32 ``(R, m, Z)``, sample after sample.
    count
        Explanations of a sample.
    rule
        How they move.
    steps
        How many steps at most.
    """

    coupled = False
    """Whether a group's gradient depends on the other groups."""

    moves_when_settled = False
    """Whether a group still moves after the look at which it was found to have settled; without,
    what is returned is what was looked at."""

    def __init__(
        self, problem: Problem, points: torch.Tensor, count: int, rule: Rule, steps: int
    ) -> None:
        self._problem, self._rule = problem, rule
        self._count = count
        self._points = self._good = points
        self._active = torch.ones(len(points), dtype=torch.bool, device=points.device)
        self._failed = ~self._active
        self._step, self._limit = 0, steps
        self._note = ""
        self._publish()

    @abstractmethod
    def _look(self, points: torch.Tensor, rows: torch.Tensor) -> Look:
        """Evaluate the points ``(A, m, Z)`` of some groups, with gradients."""

    @abstractmethod
    def _settled(self, look: Look, rows: torch.Tensor) -> torch.Tensor:
        """Say which groups are finished, bool ``(A,)``."""

    def _latents(self, points: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return the standardised latents of the points of some groups."""
        return points

    def _shown(self) -> torch.Tensor:
        """Return the points that count as found so far."""
        return self._points

    @property
    def fraction(self) -> float:
        """Share of the steps that are done, in [0, 1]."""
        return 1.0 if self.done else self._step / self._limit

    def advance(self) -> None:
        """Do one step: one call of generator and classifier for all groups that go on."""
        if self.done:
            return
        rows = torch.nonzero(self._active).flatten()
        points = some(self._points, rows).detach().requires_grad_(True)
        with torch.enable_grad():
            look = self._look(points, rows)
            gradient = _gradient(look.total, points)
        self._step += 1
        points = points.detach()
        losses = look.losses.detach()
        finite = torch.isfinite(losses)
        steady = torch.isfinite(gradient).flatten(1).all(1)
        spoiled = self.coupled and not bool(finite.all())
        failed = ~finite if spoiled else ~(finite & steady)
        seen = torch.where(finite[:, None, None], points, some(self._good, rows))
        self._good = put(self._good, rows, seen)
        if spoiled:
            # One bad group has spoiled the gradient of all; the others wait for the next step.
            settled = torch.zeros_like(failed)
            moved = seen
        else:
            settled = self._settled(look, rows) & ~failed
            gradient = gradient.masked_fill(failed[:, None, None], 0)
            moved = self._rule.moved(points, gradient, rows, self._step)
        stays = failed if self.moves_when_settled else failed | settled
        self._points = put(self._points, rows, torch.where(stays[:, None, None], seen, moved))
        self._active = put(self._active, rows, ~(failed | settled))
        self._failed = put(self._failed, rows, failed)
        self._publish()

    def extend(self, steps: int) -> None:
        """Ask for more steps; what has settled or failed stays as it is."""
        self._limit += steps
        self._publish()

    def extensible(self) -> torch.Tensor:
        """Say which samples have a group that has neither settled nor failed, bool ``(B,)``."""
        found = torch.zeros(len(self.counterfactuals), dtype=torch.bool)
        found[self._samples(torch.nonzero(self._active).flatten()).cpu()] = True
        return found

    def state(self) -> dict[str, torch.Tensor]:
        """Everything needed to go on later; the search itself draws nothing at random."""
        return {
            "points": self._points,
            "good": self._good,
            "active": self._active,
            "failed": self._failed,
            "steps": torch.tensor([self._step, self._limit]),
            **self._rule.state(),
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        self._points, self._good = state["points"], state["good"]
        self._active, self._failed = state["active"], state["failed"]
        self._step, self._limit = state["steps"].tolist()
        self._rule.restore(state)
        self._publish()

    def _answers(self, pictures: torch.Tensor, groups: int) -> torch.Tensor:
        """Return the logits ``(groups, m, K)`` of pictures, with their gradients."""
        logits = self._problem.classifier(pictures)
        check_differentiable(logits)
        return logits.reshape(groups, -1, logits.shape[-1])

    def _samples(self, rows: torch.Tensor) -> torch.Tensor:
        """Return the samples that groups belong to."""
        return rows * self._points.shape[1] // self._count

    def _publish(self) -> None:
        everything = torch.arange(len(self._points), device=self._points.device)
        found = self._latents(self._shown(), everything)
        samples, size = self._problem.latents.shape
        self.counterfactuals = found.reshape(samples, self._count, size)
        self.done = self._step >= self._limit or not bool(self._active.any())
        self.message = " ".join(part for part in (self._note, self._failures()) if part)

    def _failures(self) -> str:
        if not bool(self._failed.any()):
            return ""
        samples = sorted(set(self._samples(torch.nonzero(self._failed).flatten()).tolist()))
        named = ", ".join(str(sample) for sample in samples[:_NAMED])
        more = f" and {len(samples) - _NAMED} more" if len(samples) > _NAMED else ""
        return (
            f"Not a finite loss or gradient: sample {named}{more}. The last latents with a finite "
            "loss are kept."
        )


def _gradient(total: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    if not total.requires_grad:
        return torch.zeros_like(points)
    (found,) = torch.autograd.grad(total, points)
    return found


def beside(latents: torch.Tensor, count: int) -> torch.Tensor:
    """Return starts for ``count`` explanations of latents ``(B, Z)``, ``(B, count, Z)``."""
    places = torch.arange(count, dtype=torch.float64) * START_STEP
    return latents[:, None] + places.to(latents)[None, :, None]
