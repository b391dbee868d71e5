"""Samples that are drawn together, and what is kept of their way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.best_of import BestOf
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.settings import TERMS, RcsbSettings

if TYPE_CHECKING:
    from rex_widgets.bridge.objective import Times
    from rex_widgets.bridge.problem import Problem

MOST_MOMENTS = 12
"""Steps whose estimates are kept to be looked at."""

LOOKS = 12
"""Without guidance: steps at which the classifier is asked, to be watched."""

Drawn = Sampler | BestOf


@dataclass(frozen=True, eq=False)
class Question:
    """What samples are asked from a step on.

    Parameters
    ----------
    since
        Steps done before.
    problem, settings
        What is asked.
    """

    since: int
    problem: Problem
    settings: RcsbSettings

    def begun(self, seed: int, numbers: range) -> Drawn:
        """Begin samples; network and classifier are not called."""
        sampling = sampling_settings(self.settings)
        if self.settings.guidance == "best_of":
            candidates = self.settings.candidates
            return BestOf(self.problem, sampling, seed, numbers, candidates=candidates)
        return Sampler(self.problem, sampling, seed, numbers)

    def taken_up(self, sampler: Drawn) -> Drawn:
        """Go on with samples that were led by another question so far."""
        made = sampler.branched(self.since, self.problem, sampling_settings(self.settings))
        made.times.add(sampler.times)
        return made


class Group:
    """Samples of one run that go down the bridge together.

    Parameters
    ----------
    sampler
        Draws them.
    before
        The picture, ``(C, H, W)`` in [0, 1].
    region
        Where it may change, bool ``(H, W)``.
    ahead
        What the samples will be asked later on, in the order of the steps.

    Attributes
    ----------
    forming
        Estimates by step, counted from 0, uint8 ``(n, H, W, C)``.
    """

    def __init__(
        self,
        sampler: Drawn,
        before: NDArray[np.float32],
        region: NDArray[np.bool_],
        ahead: Sequence[Question] = (),
    ) -> None:
        self.sampler = sampler
        self.ahead = tuple(ahead)
        self._before = torch.tensor(before)
        self._region = torch.tensor(region)
        self.forming: dict[int, NDArray[np.uint8]] = {}

    @property
    def numbers(self) -> range:
        """Of the samples."""
        return self.sampler.numbers

    @property
    def region(self) -> torch.Tensor:
        """Where the picture may change, bool ``(H, W)``, on the processor."""
        return self._region

    @property
    def times(self) -> Times:
        """Calls and seconds of network, classifier, and both backward."""
        found: Any = self.sampler.times
        return found  # type: ignore[no-any-return]

    def advance(self) -> None:
        """Do one step, and keep the estimate if it is one of those to be looked at."""
        while self.ahead and self.sampler.at >= self.ahead[0].since:
            self.sampler = self.ahead[0].taken_up(self.sampler)
            self.ahead = self.ahead[1:]
        before = self.sampler.at
        self.sampler.advance()
        if self.sampler.at > before and before in moments(len(self.sampler.steps)):
            self.forming[before] = np.rint(self.pictures() * 255).astype(np.uint8)

    def tensors(self) -> torch.Tensor:
        """Return the samples as they stand, ``(n, C, H, W)`` in [0, 1], on the processor.

        Outside the region they are the picture to the bit; before the first step everywhere.
        """
        if not self.sampler.at:
            return self._before.expand(len(self.numbers), *self._before.shape)
        drawn = self.sampler.finished_images().detach().float().cpu()
        return torch.where(self._region, ((drawn + 1) / 2).clamp(0, 1), self._before)

    def pictures(self) -> NDArray[np.float32]:
        """Return `tensors` with the channels last, ``(n, H, W, C)``."""
        return np.ascontiguousarray(self.tensors().permute(0, 2, 3, 1).numpy())

    def curve(self, source: int, target: int) -> NDArray[np.float32]:
        """Return the probabilities of two classes at every step, ``(n, S, 2)``, NaN to come."""
        sampler = self.sampler
        found = np.full((len(self.numbers), len(sampler.steps), 2), np.nan, np.float32)
        classes = sampler.classes.tolist()
        known = sampler.probabilities
        for place, index in enumerate((source, target)):
            if index in classes:
                found[:, : len(known), place] = known[:, :, classes.index(index)].T
        return found

    def last_probabilities(self, classes: int) -> NDArray[np.float32]:
        """Return those of the last step, ``(n, K)``; NaN before the first, 0 where not kept."""
        sampler = self.sampler
        if not len(sampler.probabilities):
            return np.full((len(self.numbers), classes), np.nan, np.float32)
        found = np.zeros((len(self.numbers), classes), np.float32)
        found[:, sampler.classes] = sampler.probabilities[-1]
        return found

    def copied(self, questions: Sequence[Question]) -> Group:
        """Return the same samples in a sampler of their own, for another run."""
        now, *ahead = questions[-1 - len(self.ahead) :]
        made = now.begun(self.sampler.seed, self.sampler.numbers)
        made.restore(self.sampler.state())
        return self._with(made, ahead)

    def branched(self, at: int, problem: Problem, settings: RcsbSettings) -> Group:
        """Return the samples as they were after `at` steps, with another question."""
        sampler = self.sampler
        for question in self.ahead:
            # what was not asked yet leads nothing, but guidance forgets where classes change
            sampler = sampler.branched(at, question.problem, sampler.settings)
            at = sampler.at
        return self._with(sampler.branched(at, problem, sampling_settings(settings)))

    def _with(self, sampler: Drawn, ahead: Sequence[Question] = ()) -> Group:
        group = Group(sampler, self._before.numpy(), self._region.numpy(), ahead)
        group.forming = {at: shown for at, shown in self.forming.items() if at < sampler.at}
        return group


def moments(steps: int) -> tuple[int, ...]:
    """Return the steps whose estimates are kept, counted from 0, the last one among them.

    Examples
    --------
    >>> moments(3)
    (0, 1, 2)
    """
    chosen = np.linspace(0, steps - 1, min(steps, MOST_MOMENTS))
    return tuple(int(one) for one in np.unique(np.rint(chosen)))


def sampling_settings(settings: RcsbSettings) -> SamplingSettings:
    """Return what of the settings is the sampler's."""
    best_of = settings.guidance == "best_of"
    return SamplingSettings(
        nfe=settings.nfe,
        start_step=settings.start_step,
        scale=0.0 if best_of else settings.scale,
        ot_ode=settings.ot_ode,
        weights={} if best_of else {name: getattr(settings, name) for name in TERMS},
        rescale=settings.rescale,
        batch_size=settings.batch_size,
        looks=LOOKS if best_of else 0,
    )
