"""Samples that are drawn together, and what is kept of their way."""

from __future__ import annotations

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

    Attributes
    ----------
    forming
        Estimates by step, counted from 0, uint8 ``(n, H, W, C)``.
    """

    def __init__(
        self, sampler: Drawn, before: NDArray[np.float32], region: NDArray[np.bool_]
    ) -> None:
        self.sampler = sampler
        self._before = torch.tensor(before)
        self._region = torch.tensor(region)
        self.forming: dict[int, NDArray[np.uint8]] = {}

    @property
    def numbers(self) -> range:
        """Of the samples."""
        return self.sampler.numbers

    @property
    def times(self) -> Times:
        """Calls and seconds of network, classifier, and both backward."""
        found: Any = self.sampler.times
        return found  # type: ignore[no-any-return]

    def advance(self) -> None:
        """Do one step, and keep the estimate if it is one of those to be looked at."""
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

    def copied(self, problem: Problem, settings: RcsbSettings) -> Group:
        """Return the same samples in a sampler of their own, for another run."""
        sampler = self.sampler
        made = drawn(problem, settings, sampler.seed, sampler.numbers)
        made.restore(sampler.state())
        return self._with(made)

    def branched(self, at: int, problem: Problem, settings: RcsbSettings) -> Group:
        """Return the samples as they were after `at` steps, with another question."""
        made = self.sampler.branched(at, problem, sampling_settings(settings))
        return self._with(made)

    def _with(self, sampler: Drawn) -> Group:
        group = Group(sampler, self._before.numpy(), self._region.numpy())
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


def drawn(problem: Problem, settings: RcsbSettings, seed: int, numbers: range) -> Drawn:
    """Begin samples of a problem; network and classifier are not called."""
    sampling = sampling_settings(settings)
    if settings.guidance == "best_of":
        return BestOf(problem, sampling, seed, numbers, candidates=settings.candidates)
    return Sampler(problem, sampling, seed, numbers)


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
