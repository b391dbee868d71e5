"""Sampling counterfactuals: from the half destroyed picture back to a picture, with guidance."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.answers import Answers
from rex_widgets.bridge.frozen import Frozen
from rex_widgets.bridge.guidance import GuidanceState, guided
from rex_widgets.bridge.lanes import LanedNetwork, fitting
from rex_widgets.bridge.moments import Moment, Moments
from rex_widgets.bridge.network import told
from rex_widgets.bridge.noise import destroying_noise, noise_of, start_noise
from rex_widgets.bridge.objective import Look, Times, estimated, looked, looked_with_gradient
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.process import p_posterior, q_sample
from rex_widgets.bridge.sampler_state import check_branch, read_state
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.terms import TERMS
from rex_widgets.classifiers.memory import memory_errors
from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.model_calls import halved, note_of_memory


@dataclass(frozen=True, eq=False)
class _Moved:
    """Some samples after a step."""

    look: Look
    x: torch.Tensor
    guidance: GuidanceState | None


class Sampler:
    """Samples of one problem on their way down the bridge (METHODS §4; ICLR 2025, gqeXXrIMr0).

    A sample depends on the seed and on its number alone: ten are four and six more, and
    neither ``batch_size`` nor the device changes more than the rounding of its networks.

    Parameters
    ----------
    problem
        Picture, region, classes, classifier and network.
    settings
        How to sample.
    seed
        At least 0.
    numbers
        Of the samples, at least 0 each.

    Attributes
    ----------
    steps
        The bridge's steps at which the network is asked, descending.
    at
        Steps done.
    failure
        Why sampling stopped before its end; empty if it did not. The samples are then those of
        the last good step.
    times
        Calls and seconds of the network, the classifier, and both backward.
    batch_size
        Samples of one call: those of the settings, or fewer where memory ran out, or where a
        larger batch would only take memory.
    notes
        What was changed for want of memory.
    x1
        The picture with noise in the region, ``(n, C, H, W)``.
    x
        x_t as it is now, ``(n, C, H, W)``.

    Raises
    ------
    SettingsError
        The bridge has fewer steps than ``start_step``, no sample is asked for, or a term cannot
        be had.
    ModelError
        Guidance is asked for, and no gradient comes through the classifier.
    """

    def __init__(
        self, problem: Problem, settings: SamplingSettings, seed: int, numbers: range
    ) -> None:
        _check(problem, settings, seed, numbers)
        self.problem = problem = problem.on(problem.device)
        self.settings = settings
        self.seed, self.numbers = seed, numbers
        self._schedule = problem.network.schedule
        self._models = Frozen(problem.used_modules)
        network = told(problem.network, problem.region, ot_ode=settings.ot_ode)
        self._asked = replace(problem, network=network)
        self.borders = self._schedule.spaced(settings.nfe, settings.start_step)
        self.steps = self.borders[:-1]
        self.at = 0
        self.failure = ""
        self.times = Times()
        shape, image = tuple(problem.image.shape), problem.image
        destroyed = destroying_noise(seed, numbers, shape, image)
        self.x1 = torch.where(problem.region, destroyed, image)
        noise = None if settings.ot_ode else start_noise(seed, numbers, shape, image)
        self.x = q_sample(self._schedule, self.borders[0], image, self.x1, noise)
        self.batch_size = settings.batch_size
        if isinstance(network, LanedNetwork):
            self.batch_size = fitting(settings.batch_size, self.x)
        self.notes: tuple[str, ...] = ()
        self._guidance = GuidanceState.fresh(self.x) if settings.scale else None
        self._estimate: torch.Tensor | None = None
        self._answers = Answers(len(self.steps), len(numbers), problem.source, problem.target)
        size = self.x.numel() * self.x.element_size()
        self._moments = Moments(len(self.steps), size * (3 if settings.scale else 1))

    @property
    def done(self) -> bool:
        """Nothing is left to do, or sampling failed."""
        return self.at == len(self.steps) or bool(self.failure)

    @property
    def fraction(self) -> float:
        """Share of the steps that are done, in [0, 1]."""
        return self.at / len(self.steps)

    @property
    def estimate(self) -> torch.Tensor:
        """x̂0 of the last step, ``(n, C, H, W)``; x_t before the first.

        In [-1, 1], and outside the region the picture itself.
        """
        return self._pasted(self.x if self._estimate is None else self._estimate)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Of x̂0 at every step done, as the classifier saw it, read-only ``(at, n, K)``.

        Of a classifier with more than 1,000 classes only those in `classes`. Where the classifier
        is not asked at every step (``looks``), its last answer stands.
        """
        return self._answers.until(self.at)

    @property
    def classes(self) -> NDArray[np.int64]:
        """Which classes the columns of `probabilities` are; empty before the first step."""
        return self._answers.classes

    @property
    def kept(self) -> dict[int, torch.Tensor]:
        """x_t by the number of steps done before it; what `branched` can start from exactly.

        All together, with what guidance remembers there, take at most 64 MiB.
        """
        return {at: moment.x for at, moment in self._moments.items()}

    def finished_images(self) -> torch.Tensor:
        """Return the samples, ``(n, C, H, W)`` in [-1, 1]; before the end, the `estimate`.

        Pixels outside the region are those of the picture to the bit.
        """
        return self._pasted(self.x) if self.at == len(self.steps) else self.estimate

    def advance(self) -> None:
        """Do one step: per batch one call of network and classifier, and one backward.

        Does nothing when `done`. Where memory runs out, smaller batches are tried. An error in a
        call leaves everything as it was before.

        Raises
        ------
        ModelError
            There is not enough memory for a single sample.
        """
        if self.done:
            return
        with self._models.still():
            parts = self._all_moved()
        x = _joined([part.x for part in parts])
        estimate = _joined([part.look.estimate for part in parts])
        # The one place where a step waits for the device.
        answers = _answers_of(parts)
        finite = bool((torch.isfinite(x).all() & torch.isfinite(estimate).all()).cpu())
        self.times.settle()
        if not finite or (answers is not None and np.isnan(answers).any()):
            self.failure = self._told(parts)
            return
        self._moments.offer(self.at, Moment(self.x, self._guidance))
        self._answers.put(self.at, answers)
        self.x, self._estimate = x, estimate
        if self._guidance is not None:
            self._guidance = GuidanceState.joined(
                [part.guidance for part in parts if part.guidance]
            )
        self.at += 1

    def branched(self, at: int, problem: Problem, settings: SamplingSettings) -> Sampler:
        """Return a sampler that goes on from x_t as it was after `at` steps.

        It starts at the latest kept moment that is not after `at` (its own ``at`` says which),
        meets the same noise, and has the probabilities until there. Guidance starts anew if it
        asks for another class, and remembers its gradients otherwise.

        Parameters
        ----------
        at
            Steps done, from 0 to those done so far.
        problem
            The same picture, region and network; another class, if wished.
        settings
            The same steps; scale and weights, say, may differ.

        Raises
        ------
        SettingsError
            `at` is out of range, or the steps are others.
        InputError
            It is another picture or region.
        """
        check_branch(self, at, problem, settings)
        found = Sampler(problem, settings, self.seed, self.numbers)
        start = self.at if at == self.at else self._moments.before(at)
        now = Moment(self.x, self._guidance) if at == self.at else self._moments.get(start)
        found.x1 = self.x1
        same = problem.target == self.problem.target
        if now is not None:
            found.x = now.x
            if found._guidance is not None and now.guidance is not None and same:
                found._guidance = now.guidance
        if at == self.at:
            found._estimate = self._estimate
        found.at = start
        # The gradients toward another class are nothing to go on from, later either.
        found._moments.copy_until(self._moments, start, guidance=same)
        found._answers.copy_until(self._answers, start)
        return found

    def state(self) -> dict[str, torch.Tensor | str]:
        """Everything needed to go on later, on the processor."""
        found: dict[str, torch.Tensor | str] = {
            "identity": self._identity(),
            "at": torch.tensor(self.at),
            "failure": self.failure,
            "x1": self.x1.cpu(),
        }
        if self._estimate is not None:
            found["estimate"] = self._estimate.cpu()
        now = Moment(self.x, self._guidance)
        for name, moment in {"now": now, **self._moments.named()}.items():
            found |= {f"{name}_{part}": held for part, held in moment.tensors().items()}
        return found | self._answers.state()

    def restore(self, state: dict[str, torch.Tensor | str]) -> None:
        """Take over what `state` gave, for the same problem, settings, seed and numbers.

        Raises
        ------
        SavedRunError
            It belongs to another sampler, or something in it is missing or of another shape.
        """
        saved = read_state(state, self._identity(), self.x)
        self._answers.restore(state)
        self.at, self.failure = saved.at, saved.failure
        self.x1, self._estimate = saved.x1, saved.estimate
        self.x, self._guidance = saved.now.x, saved.now.guidance
        self._moments.take(saved.kept)

    def known(self) -> dict[str, torch.Tensor]:
        """What x_t can be outside the region without noise, ``(C, H, W)`` on the processor.

        The picture, and what becomes of it where sampling starts.
        """
        image = self.problem.image
        start = q_sample(self._schedule, self.borders[0], image, image, None)
        return {"picture": image.cpu(), "start": start.cpu()}

    def _all_moved(self) -> list[_Moved]:
        """Take all samples one step down, in batches that fit into memory."""
        while True:
            size, count = self.batch_size, len(self.numbers)
            try:
                with memory_errors():
                    rows = (slice(begin, begin + size) for begin in range(0, count, size))
                    return [self._moved(some) for some in rows]
            except MemoryError as error:
                taken = min(size, count)
                self.batch_size = halved(taken, None, error)
            self.notes = (*self.notes, note_of_memory(taken, self.batch_size, "sample"))

    def _moved(self, rows: slice) -> _Moved:
        """Take some samples one step down."""
        problem, settings, schedule = self.problem, self.settings, self._schedule
        step, reached = self.borders[self.at], self.borders[self.at + 1]
        x, x1 = self.x[rows], self.x1[rows]
        look, guidance = self._look(x, x1, step), None
        if self._guidance is not None and look.gradient is not None:
            direction, guidance = guided(
                look.gradient, self._guidance.part(rows), settings.adam, settings.normalise
            )
            x = torch.add(x, direction, alpha=settings.scale)
        noise, outside = None, problem.image
        # The last step of a diffusion is its mean: noise there would only be seen as grain.
        if not settings.ot_ode and reached:
            noise = noise_of(self.seed, self.numbers[rows], reached, tuple(problem.image.shape), x)
            # Outside the region x_0 is x_1, and one field of noise serves both sides.
            outside = q_sample(schedule, reached, problem.image, problem.image, noise)
        inside = p_posterior(schedule, step, reached, x, look.estimate, noise)
        return _Moved(look, torch.where(problem.region, inside, outside), guidance)

    def _look(self, x: torch.Tensor, x1: torch.Tensor, step: int) -> Look:
        if self._guidance is not None:
            return looked_with_gradient(self._asked, self.settings, x, x1, step, self.times)
        if self._answers.wanted(self.at, self.settings.looks):
            return looked(self._asked, self.settings, x, x1, step, self.times)
        return estimated(self._asked, x, x1, step, self.times)

    def _told(self, parts: list[_Moved]) -> str:
        """Say where the numbers that are not finite came from."""
        faults = (part.look.fault(self.problem.target) for part in parts)
        source = next((fault for fault in faults if fault), "the move along the gradient")
        return (
            f"Not a finite number at step {self.at + 1} of {len(self.steps)} (the bridge's step "
            f"{self.steps[self.at]}): it came from {source}. Sampling stopped there; the samples "
            f"are those after {self.at} steps."
        )

    def _pasted(self, pictures: torch.Tensor) -> torch.Tensor:
        return torch.where(self.problem.region, pictures.clamp(-1.0, 1.0), self.problem.image)

    def _identity(self) -> torch.Tensor:
        """What a saved state has to agree in."""
        numbers = (self.numbers.start, self.numbers.stop, self.numbers.step)
        shape = tuple(self.problem.image.shape)
        return torch.tensor([self.seed, *numbers, *shape, self.problem.target, *self.borders])


def _answers_of(parts: list[_Moved]) -> NDArray[np.float32] | None:
    """Return the probabilities ``(n, K)`` on the processor, None where nobody asked."""
    found = [part.look.log_probabilities for part in parts]
    asked = [answers for answers in found if answers is not None]
    if not asked:
        return None
    values: NDArray[np.float32] = _joined(asked).exp().float().cpu().numpy()
    return values


def _joined(parts: list[torch.Tensor]) -> torch.Tensor:
    return parts[0] if len(parts) == 1 else torch.cat(parts)


def _check(problem: Problem, settings: SamplingSettings, seed: int, numbers: range) -> None:
    if not len(numbers) or min(numbers) < 0 or seed < 0:
        raise SettingsError(
            f"seed was {seed!r}, the samples' numbers {numbers!r}; expected a seed of at least 0 "
            "and at least one sample, counted from 0."
        )
    steps = problem.network.schedule.steps
    if settings.start_step > steps:
        raise SettingsError(
            f"start_step was {settings.start_step}; the bridge of {problem.network.name!r} has "
            f"{steps} steps, so 2 to {steps} can be asked for."
        )
    if not settings.scale:
        return
    for name in settings.used_terms:
        check = TERMS[name].term.check
        if check is not None:
            check(problem)
    if not problem.differentiable:
        raise ModelError(
            "No gradient comes through this classifier, and guidance needs one. Take "
            "guidance='best_of', which samples many and keeps the best, or give a torch module."
        )
