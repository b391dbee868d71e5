"""StylEx: which coordinates, moved toward an end of their range, change the class (2104.13369)."""

from __future__ import annotations

import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.explainers.asking import AT_ONCE, ask, given
from rex_widgets.latent.explainers.checks import (
    check_counts,
    check_two_classes,
    check_weights,
)
from rex_widgets.latent.explainers.descent import beside
from rex_widgets.latent.explainers.ranking import rank, released_rank
from rex_widgets.latent.problem import Problem

STRATEGIES = ("independent", "subset")


class Stylex(ExplainerBase):
    """StylEx: shift one coordinate at a time, rank the shifts by what they do, apply the best.

    A shift adds ``shift_size`` × (end of the range - coordinate); there are two a coordinate. They
    are ranked by how much they raise the logit of the class asked for (of more than two classes:
    its margin over the best other), as the mean over the samples of the batch that ask for the
    same class; a sample leaves that mean once a ranked shift has raised its own by ``t``, and all
    come back when none is left. A coordinate that raises it both ways says nothing and comes last.
    A sample's counterfactuals therefore depend on the batch it is explained in.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample.
    t
        How much a logit has to rise for a sample to count as explained.
    shift_size
        How far toward the end of the range, 1 being all the way.
    strategy
        'independent': explanation i makes shift i alone, from the sample itself. 'subset': each
        explanation, from z + 0.01 i, makes the shifts one after the other until its class is the
        one asked for.
    release_compatible
        As BEX 0.5.2 computes it: a coordinate is *multiplied* by its shift, every explanation
        starts at z + 0.01 i, there is one ranking for both classes, its places are mistaken for
        coordinates once one has been taken out, it ends early, and 'subset' writes from the third
        shift on to the wrong explanations.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    draws = False

    def __init__(
        self,
        num_explanations: int = 10,
        t: float = 0.3,
        shift_size: float = 0.8,
        strategy: str = "independent",
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        check_counts(num_explanations=num_explanations)
        check_weights(t=t, shift_size=shift_size)
        if strategy not in STRATEGIES:
            raise SettingsError(f"strategy was {strategy!r}; expected one of {STRATEGIES}.")
        self.num_explanations, self.t = num_explanations, t
        self.shift_size, self.strategy = shift_size, strategy
        self.release_compatible, self.target = release_compatible, target

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search; nothing in it is random."""
        if self.release_compatible:
            check_two_classes(problem, "Stylex")
            return _ReleasedSearch(self, problem)
        return _StylexSearch(self, problem)


class _StylexSearch(Search):
    def __init__(self, explainer: Stylex, problem: Problem) -> None:
        self._problem, self._explainer = problem, explainer
        self._count = explainer.num_explanations
        self._subset = explainer.strategy == "subset"
        self._starts = self._starting()
        copies = self._starts.shape[1]
        self._points = self._starts.flatten(0, 1)
        self._targets = problem.targets.repeat_interleave(copies)
        self._shifted = self._shifts(self._points)
        rows, size = self._points.shape
        self._gains = torch.zeros(rows * size * 2).to(self._points)
        self._before = torch.zeros(rows).to(self._points)
        self._measured = self._applied = 0
        self._found = problem.latents[:, None].repeat(1, self._count, 1)
        self._publish()

    def _starting(self) -> torch.Tensor:
        latents = self._problem.latents
        return beside(latents, self._count) if self._subset else latents[:, None]

    def _shifts(self, points: torch.Tensor) -> torch.Tensor:
        """Return the shifted values of every coordinate, both ways, ``(N, Z, 2)``."""
        lower, upper = self._ends(points)
        ends = torch.stack((lower, upper), -1)
        return points[..., None] + self._explainer.shift_size * (ends - points[..., None])

    def _ends(self, points: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        known = self._problem.context.statistics
        return known.minimum.to(points), known.maximum.to(points)

    @property
    def fraction(self) -> float:
        """Share of the steps that are done, in [0, 1]."""
        if self.done:
            return 1.0
        steps = self._points.shape[1] if self._subset else 1
        parts = -(-len(self._gains) // AT_ONCE)
        return (self._measured / AT_ONCE + self._applied) / (parts + steps)

    def advance(self) -> None:
        """Do one step: a part of the shifts is measured, or the next is applied."""
        if self.done:
            return
        if self._measured < len(self._gains):
            self._measure()
        elif self._subset:
            self._apply_next()
        else:
            self._apply_each()
        self._publish()

    def extend(self, steps: int) -> None:
        """Raise `SettingsError`: all shifts have been tried."""
        raise SettingsError(
            "Stylex tries every coordinate both ways; there is nothing to extend. Start a new run "
            "with other settings, such as another shift_size or strategy='subset'."
        )

    def state(self) -> dict[str, torch.Tensor]:
        """Everything needed to go on later; nothing is random."""
        steps = torch.tensor([self._measured, self._applied])
        return {
            "gains": self._gains.clone(),
            "before": self._before.clone(),
            "found": self._found,
            "steps": steps,
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        self._gains, self._before = state["gains"].clone(), state["before"].clone()
        self._found = state["found"]
        self._measured, self._applied = state["steps"].tolist()
        self._publish()

    def _measure(self) -> None:
        device, (rows, size) = self._points.device, self._points.shape
        if not self._measured:
            self._before = self._scores(self._points, torch.arange(rows, device=device))
        last = min(self._measured + AT_ONCE, len(self._gains))
        places = torch.arange(self._measured, last, device=device)
        row, coordinate = places // (2 * size), places // 2 % size
        shifted = self._shifted.flatten()[places]
        moved = self._points[row].scatter(1, coordinate[:, None], shifted[:, None])
        gained = self._scores(moved, row) - self._before[row]
        self._gains[places] = torch.nan_to_num(gained, nan=0.0, posinf=0.0, neginf=0.0)
        self._measured = last

    def _scores(self, latents: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        """Return what a shift is to raise: the logit of the class asked for, ``(A,)``."""
        place = self._targets[rows][:, None]
        logits = ask(self._problem, latents)
        asked = logits.gather(1, place).squeeze(1)
        if logits.shape[1] == 2:
            return asked
        return asked - logits.scatter(1, place, -torch.inf).amax(1)

    def _ranking(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return coordinates and directions, best first, int64 ``(N, ranks)`` each."""
        return rank(self._gains.reshape(self._shifted.shape), self._targets, self._explainer.t)

    def _apply_each(self) -> None:
        """Make shift i for explanation i."""
        coordinates, directions = self._ranking()
        count = min(self._count, coordinates.shape[1])
        self._found = self._found.clone()
        where = coordinates[:, :count, None]
        both = self._shifted.gather(1, where.expand(-1, -1, 2))
        values = both.gather(2, directions[:, :count, None])
        start = self._starts.expand(-1, count, -1)
        self._found[:, :count] = start.scatter(2, where, values)
        self._applied = 1

    def _apply_next(self) -> None:
        """Make the next shift where the class is not yet the one asked for."""
        coordinates, directions = self._ranking()
        points = self._points if not self._applied else self._found.flatten(0, 1)
        rows = torch.nonzero(~given(ask(self._problem, points), self._targets)).flatten()
        if len(rows):
            where, way = coordinates[rows, self._applied], directions[rows, self._applied]
            points = points.clone()
            points[rows, where] = self._shifted[rows, where, way]
        self._found = points.reshape(self._found.shape)
        self._applied = self._applied + 1 if len(rows) else coordinates.shape[1]

    def _ranks(self) -> int:
        return self._points.shape[1] if self._subset else 1

    def _publish(self) -> None:
        self.counterfactuals = self._found
        measured = self._measured >= len(self._gains)
        self.done = measured and self._applied >= self._ranks()
        self.message = ""
        ranked = 2 * self._points.shape[1]
        if self.done and not self._subset and self._count > ranked:
            self.message = _few(ranked, self._count)


class _ReleasedSearch(_StylexSearch):
    def _starting(self) -> torch.Tensor:
        return beside(self._problem.latents, self._count)

    def _shifts(self, points: torch.Tensor) -> torch.Tensor:
        lower, upper = self._ends(points)
        ends = torch.stack((lower, upper), -1)
        return points[..., None] * (self._explainer.shift_size * (ends - points[..., None]))

    def _released_ranking(self) -> tuple[list[int], list[int]]:
        return released_rank(self._gains.reshape(self._shifted.shape), self._explainer.t)

    def _apply_each(self) -> None:
        coordinates, directions = self._released_ranking()
        ranks = torch.arange(min(self._count, len(coordinates)), device=self._points.device)
        where, way = (
            torch.tensor(given[: len(ranks)], device=ranks.device)
            for given in (coordinates, directions)
        )
        self._found = self._starts.clone()
        shifted = self._shifted.reshape(*self._starts.shape, 2)
        self._found[:, ranks, where] = shifted[:, ranks, where, way]
        self._applied = 1

    def _apply_next(self) -> None:
        """Make all shifts at once, because each needs the rows left over by the one before."""
        found, points = self._points.clone(), self._points.clone()
        shifted, own = self._shifted, 1 - self._targets
        rows = torch.arange(len(points), device=points.device)
        for where, way in zip(*self._released_ranking(), strict=True):
            points, shifted, own = points[rows], shifted[rows], own[rows]
            points[:, where] = shifted[:, where, way]
            found[rows] = points
            rows = torch.nonzero(ask(self._problem, points).argmax(1) == own).flatten()
            if not len(rows):
                break
        self._found = found.reshape(self._found.shape)
        self._applied = self._ranks()

    def _publish(self) -> None:
        super()._publish()
        if self.done and not self._subset:
            ranked = len(self._released_ranking()[0])
            self.message = _few(ranked, self._count) if ranked < self._count else ""


def _few(ranked: int, asked: int) -> str:
    return (
        f"{ranked} shifts are ranked and {asked} explanations are asked for: the others make none."
    )
