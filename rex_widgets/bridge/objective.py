"""One look at samples on the bridge: estimate, answer of the classifier, gradient."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

from rex_widgets.bridge.call_times import CallTimes
from rex_widgets.bridge.network import checked_prediction
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.process import estimate_x0
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.terms import TERMS
from rex_widgets.errors import InputError, ModelError

_FLAT = 1e-6


@dataclass(frozen=True, eq=False)
class Look:
    """What one look found.

    Parameters
    ----------
    estimate : Tensor, (B, C, H, W)
        x̂0, as the network gives it.
    log_probabilities : Tensor, (B, K), or None
        Of what the classifier sees of it; None: it was not asked.
    gradient : Tensor, (B, C, H, W), or None
        Of the objective with respect to x_t; None: not asked for.
    terms : dict
        Values ``(B,)`` of the terms used, by name.
    """

    estimate: torch.Tensor
    log_probabilities: torch.Tensor | None = None
    gradient: torch.Tensor | None = None
    terms: dict[str, torch.Tensor] = field(default_factory=dict)

    def fault(self, target: int) -> str:
        """Say where a number that is not finite came from; empty if there is none.

        Network, classifier, terms and gradient, in the order in which they are computed.
        """
        if not _finite(self.estimate):
            return "the network's output"
        if self.log_probabilities is not None:
            # Without a gradient a probability of exactly 0 does no harm.
            of_target = self.log_probabilities[:, target]
            harmed = self.gradient is not None and not _finite(of_target)
            if harmed or bool(self.log_probabilities.isnan().any()):
                return "the classifier's log-probabilities"
        for name, values in self.terms.items():
            if not _finite(values):
                return f"the term {name}"
        if self.gradient is not None and not _finite(self.gradient):
            return "the gradient through classifier and network"
        return ""


@dataclass(frozen=True, eq=False)
class Times:
    """Calls and seconds: of the network, of the classifier, and of both backward."""

    forwards: CallTimes = field(default_factory=CallTimes)
    classified: CallTimes = field(default_factory=CallTimes)
    backwards: CallTimes = field(default_factory=CallTimes)

    def add(self, other: Times) -> None:
        """Count what `other` has counted, too."""
        for mine, theirs in (
            (self.forwards, other.forwards),
            (self.classified, other.classified),
            (self.backwards, other.backwards),
        ):
            mine.calls += theirs.calls
            mine.samples += theirs.samples
            mine.seconds += theirs.seconds

    def settle(self) -> None:
        """Read what was measured; call it when the device has finished."""
        for times in (self.forwards, self.classified, self.backwards):
            times.settle()


def rescaled(estimate: torch.Tensor, rescale: str) -> torch.Tensor:
    """Return what the classifier sees of estimates ``(B, C, H, W)`` in [-1, 1].

    ``"fixed"``: (x̂0 + 1) / 2. ``"min_max"``: each picture from its least to its greatest value,
    through which the gradient goes too.
    """
    if rescale == "fixed":
        return (estimate + 1) / 2
    low = estimate.amin((1, 2, 3), keepdim=True)
    high = estimate.amax((1, 2, 3), keepdim=True)
    return (estimate - low) / (high - low).clamp_min(_FLAT)


def looked(
    problem: Problem,
    settings: SamplingSettings,
    x: torch.Tensor,
    x1: torch.Tensor,
    step: int,
    times: Times,
) -> Look:
    """Look at samples without guidance: the network and the classifier, and no gradient."""
    with torch.no_grad():
        estimate = _estimate(problem, x, x1, step, times)
        return Look(estimate, classified(problem, rescaled(estimate, settings.rescale), times))


def estimated(problem: Problem, x: torch.Tensor, x1: torch.Tensor, step: int, times: Times) -> Look:
    """Look at samples without the classifier."""
    with torch.no_grad():
        return Look(_estimate(problem, x, x1, step, times))


def looked_with_gradient(
    problem: Problem,
    settings: SamplingSettings,
    x: torch.Tensor,
    x1: torch.Tensor,
    step: int,
    times: Times,
) -> Look:
    """Look at samples, and find where the objective rises.

    The objective is log p(y | x̂0) minus the weighted terms; its gradient is taken with respect
    to x_t, through the network.

    Raises
    ------
    ModelError
        No gradient comes through the classifier, or it gave no log-probabilities.
    """
    with torch.enable_grad():
        point = x.detach().requires_grad_(True)
        estimate = _estimate(problem, point, x1, step, times)
        log_probabilities = classified(problem, rescaled(estimate, settings.rescale), times)
        if not log_probabilities.requires_grad:
            raise ModelError(
                "No gradient comes through the classifier, and guidance needs one. Give a torch "
                "module without torch.no_grad() or detach() inside, or take guidance='best_of', "
                "which samples many and keeps the best."
            )
        objective = log_probabilities[:, problem.target]
        terms = {}
        for name in settings.used_terms:
            terms[name] = TERMS[name].term.value(estimate, problem)
            objective = objective - settings.weights[name] * terms[name]
        with times.backwards.measured(len(x), x.device):
            (gradient,) = torch.autograd.grad(objective.sum(), point)
    return Look(
        estimate.detach(),
        log_probabilities.detach(),
        gradient,
        {name: values.detach() for name, values in terms.items()},
    )


def classified(problem: Problem, pictures: torch.Tensor, times: Times) -> torch.Tensor:
    """Return the log-probabilities ``(B, K)`` of pictures ``(B, C, H, W)`` in [0, 1].

    Raises
    ------
    ModelError
        The classifier gave something else.
    InputError
        It has no such classes.
    """
    with times.classified.measured(len(pictures), pictures.device):
        found = problem.log_probabilities(pictures)
    if found.ndim != 2 or len(found) != len(pictures):
        raise ModelError(
            f"The classifier returned shape {tuple(found.shape)} for {len(pictures)} pictures; "
            "expected a row of log-probabilities for each."
        )
    highest = max(problem.target, problem.source)
    if highest >= found.shape[1]:
        raise InputError(
            f"Class {highest} was asked for; the classifier has {found.shape[1]}, "
            f"0 to {found.shape[1] - 1}."
        )
    return found


def _estimate(
    problem: Problem, x: torch.Tensor, x1: torch.Tensor, step: int, times: Times
) -> torch.Tensor:
    with times.forwards.measured(len(x), x.device):
        prediction = problem.network(x, step, x1)
    checked_prediction(prediction, x, problem.network.name)
    return estimate_x0(problem.network.schedule, step, x, prediction)


def _finite(values: torch.Tensor) -> bool:
    return bool(torch.isfinite(values).all())
