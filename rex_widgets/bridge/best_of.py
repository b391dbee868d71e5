"""Counterfactuals without a gradient: sample many, and keep the best."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.frozen import frozen
from rex_widgets.bridge.objective import Times, classified, rescaled
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampler_state import State
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.errors import SavedRunError, SettingsError


class BestOf:
    """Samples each of which is the best of several, for classifiers without a gradient.

    It has the face of `Sampler`. Sample k is the one of its own ``candidates`` unguided samples,
    k·candidates to (k+1)·candidates - 1, whose finished picture has the highest log p(target). So
    a sample depends on the seed and its number alone, as with guidance: ten are four and six
    more. Before the end, the best by the classifier's last answer stands for it.

    Parameters
    ----------
    problem, settings, seed, numbers
        As of `Sampler`; scale, weights of terms, ``adam`` and ``normalise`` mean nothing here.
        The classifier is asked for all candidates at ``looks`` steps, and at the end.
    candidates
        Samples of which each keeps the best, at least 1.

    Raises
    ------
    SettingsError
        As `Sampler`; or `candidates` is no such number.
    """

    def __init__(
        self,
        problem: Problem,
        settings: SamplingSettings,
        seed: int,
        numbers: range,
        candidates: int = 8,
    ) -> None:
        if isinstance(candidates, bool) or not isinstance(candidates, int) or candidates < 1:
            raise SettingsError(
                f"candidates was {candidates!r}; expected a whole number of at least 1."
            )
        if numbers.step != 1:
            raise SettingsError(f"The samples' numbers are {numbers!r}; expected step 1.")
        self.settings, self.seed, self.numbers = settings, seed, numbers
        self.candidates = candidates
        self._all = Sampler(
            problem,
            replace(settings, scale=0.0, weights={}),
            seed,
            range(numbers.start * candidates, numbers.stop * candidates),
        )
        self._best = torch.zeros(len(numbers), dtype=torch.int64)
        self._failure = ""

    @property
    def problem(self) -> Problem:
        """What is asked."""
        return self._all.problem

    @property
    def steps(self) -> tuple[int, ...]:
        """The bridge's steps at which the network is asked, descending."""
        return self._all.steps

    @property
    def at(self) -> int:
        """Steps done."""
        return self._all.at

    @property
    def done(self) -> bool:
        """Nothing is left to do, or sampling failed."""
        return self._all.done

    @property
    def fraction(self) -> float:
        """Share of the steps that are done, in [0, 1]."""
        return self._all.fraction

    @property
    def failure(self) -> str:
        """Why sampling stopped, or why the last choice could not be made; empty if neither."""
        return self._all.failure or self._failure

    @property
    def notes(self) -> tuple[str, ...]:
        """What was changed for want of memory."""
        return self._all.notes

    @property
    def times(self) -> Times:
        """Calls and seconds, as of `Sampler`."""
        return self._all.times

    @property
    def best(self) -> NDArray[np.int64]:
        """Which candidate stands for each sample now, ``(n,)`` from 0 to candidates - 1."""
        found: NDArray[np.int64] = self._best.numpy().copy()
        return found

    @property
    def estimate(self) -> torch.Tensor:
        """x̂0 of the candidates that stand for the samples, ``(n, C, H, W)``, as of `Sampler`."""
        return self._chosen(self._all.estimate)

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """Of those candidates at every step done, ``(at, n, K)``, as of `Sampler`."""
        found = self._all.probabilities[:, self._rows().numpy()]
        found.flags.writeable = False
        return found

    @property
    def classes(self) -> NDArray[np.int64]:
        """Which classes the columns of `probabilities` are; empty before the first step."""
        return self._all.classes

    @property
    def kept(self) -> dict[int, torch.Tensor]:
        """x_t of those candidates by the number of steps done before, as of `Sampler`."""
        return {at: self._chosen(x) for at, x in self._all.kept.items()}

    def finished_images(self) -> torch.Tensor:
        """Return the samples, ``(n, C, H, W)`` in [-1, 1]; before the end, the `estimate`."""
        return self._chosen(self._all.finished_images())

    def advance(self) -> None:
        """Do one step for all candidates; the last one also chooses among the finished ones."""
        if self.done:
            return
        self._all.advance()
        if self._all.failure:
            return
        if self._all.at < len(self.steps):
            target = self._all.classes.tolist().index(self.problem.target)
            self._choose(torch.from_numpy(self._all.probabilities[-1][:, target].copy()))
            return
        finished = self._of_finished()
        if finished.isnan().any():
            self._failure = (
                "The classifier's log-probabilities of the finished samples are not numbers; the "
                "best ones are those by its last answer before."
            )
            return
        self._choose(finished)

    def branched(self, at: int, problem: Problem, settings: SamplingSettings) -> BestOf:
        """Return a sampler that goes on from `at`; see `Sampler.branched`.

        Without guidance another class only makes another choice among the same candidates.
        """
        found = BestOf(problem, settings, self.seed, self.numbers, self.candidates)
        found._all = self._all.branched(at, problem, found._all.settings)
        probabilities, classes = found._all.probabilities, found._all.classes.tolist()
        if len(probabilities):
            of_target = probabilities[-1][:, classes.index(problem.target)]
            found._choose(torch.from_numpy(np.nan_to_num(of_target)))
        return found

    def state(self) -> State:
        """Everything needed to go on later, on the processor."""
        return {
            **self._all.state(),
            "best": self._best.clone(),
            "candidates": torch.tensor(self.candidates),
            "choice_failure": self._failure,
        }

    def restore(self, state: State) -> None:
        """Take over what `state` gave; see `Sampler.restore`.

        Raises
        ------
        SavedRunError
            It belongs to another sampler, or something is missing.
        """
        best, candidates = state.get("best"), state.get("candidates")
        if (
            not isinstance(best, torch.Tensor)
            or best.shape != self._best.shape
            or not isinstance(candidates, torch.Tensor)
            or int(candidates) != self.candidates
        ):
            raise SavedRunError(
                "The saved samples belong to another number of samples or candidates; give the "
                "settings that they were saved with."
            )
        self._all.restore(state)
        self._best = best.clone()
        self._failure = str(state.get("choice_failure", ""))

    def known(self) -> dict[str, torch.Tensor]:
        """What x_t can be outside the region, as of `Sampler`."""
        return self._all.known()

    def _of_finished(self) -> torch.Tensor:
        """Return log p(target) of all finished candidates, on the processor."""
        pictures, size = self._all.finished_images(), self._all.batch_size
        found = []
        with torch.no_grad(), frozen(self.problem.used_modules):
            for begin in range(0, len(pictures), size):
                seen = rescaled(pictures[begin : begin + size], self.settings.rescale)
                answers = classified(self.problem, seen, self._all.times)
                found.append(answers[:, self.problem.target].cpu())
        self._all.times.settle()
        return torch.cat(found)

    def _choose(self, of_target: torch.Tensor) -> None:
        self._best = of_target.reshape(-1, self.candidates).argmax(1)

    def _rows(self) -> torch.Tensor:
        return torch.arange(len(self.numbers)) * self.candidates + self._best

    def _chosen(self, pictures: torch.Tensor) -> torch.Tensor:
        return pictures[self._rows().to(pictures.device)]
