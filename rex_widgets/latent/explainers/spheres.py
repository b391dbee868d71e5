"""The search of Growing Spheres: balls that shrink, rings that grow, coordinates put back."""

from __future__ import annotations

import torch

from rex_widgets.latent.base import Search
from rex_widgets.latent.explainers.asking import ask, given
from rex_widgets.latent.explainers.checks import check_counts
from rex_widgets.latent.explainers.margins import margin
from rex_widgets.latent.explainers.rules import put, some
from rex_widgets.latent.explainers.shells import points_in_shells
from rex_widgets.latent.problem import Problem

SMALLEST_RADIUS = 1e-6
"""A sample whose ball would get smaller lies on the boundary."""

_SHARES = (0.1, 0.4, 1.0)
"""Of a ball's candidates: so many are asked about, if fewer do not suffice."""

_EXPLORING = 0.9
_NAMED = 10


class Spheres(Search):
    """Growing Spheres for all samples at once, each with its own radius.

    A sample is in one of three stages: its ball shrinks, its rings grow, or it is explored. When
    all are, the coordinates are put back, one rank a step. A round asked for by `extend` draws
    candidates in the ball that reaches to the farthest counterfactual kept, and puts the
    coordinates back anew.

    Parameters
    ----------
    problem, random
        What is asked, and where candidates are drawn from.
    count
        Counterfactuals for every sample.
    candidates
        In a ball or ring.
    radius, divisor
        Of the first ball, and what it is divided by.
    """

    layers = 200
    """Rings at most."""

    def __init__(
        self,
        problem: Problem,
        random: torch.Generator,
        *,
        count: int,
        candidates: int,
        radius: float,
        divisor: float,
    ) -> None:
        latents = problem.latents
        self._problem, self._random = problem, random
        self._candidates, self._divisor = candidates, divisor
        known = problem.context.statistics.to(latents.device)
        self._lower = torch.minimum(known.minimum.to(latents), latents)
        self._upper = torch.maximum(known.maximum.to(latents), latents)
        self._cover = torch.maximum(latents - self._lower, self._upper - latents).norm(dim=1)
        self._radius = torch.full_like(latents[:, 0], radius)
        self._inner, self._width = torch.zeros_like(self._radius), torch.zeros_like(self._radius)
        self._growing = torch.zeros_like(self._radius, dtype=torch.bool)
        self._explored = self._growing
        self._layer = torch.zeros_like(problem.targets)
        self._pool = self._selected = latents[:, None].repeat(1, count, 1)
        self._distances = torch.full_like(self._pool[..., 0], torch.inf)
        self._miss = latents
        self._margin = torch.full_like(self._radius, -torch.inf)
        self._rank = self._round = self._rounds = 0
        self._publish()

    @property
    def fraction(self) -> float:
        """Share of the work, of which exploring counts nine tenths; its length is not known."""
        if self.done:
            return 1.0
        explored = float(self._explored.float().mean()) + self._round
        selected = self._rank / self._problem.latents.shape[1]
        return _EXPLORING * explored / (1 + self._rounds) + (1 - _EXPLORING) * selected

    def advance(self) -> None:
        """Do one step: one ball or ring for all samples that go on, or one rank of coordinates."""
        if self.done:
            return
        if not bool(self._explored.all()):
            self._explore(torch.nonzero(~self._explored).flatten())
        elif self._round < self._rounds:
            self._refine()
        else:
            self._put_back()
        if self._rank == 0:
            self._selected = self._shown()
        self._publish()

    def extend(self, steps: int) -> None:
        """Ask for more rounds of candidates within the reach of what has been found."""
        check_counts(steps=steps)
        self._rounds += steps
        self._rank = 0
        self._publish()

    def state(self) -> dict[str, torch.Tensor]:
        """Everything needed to go on later."""
        return {
            **{name: getattr(self, f"_{name}") for name in _TENSORS},
            "steps": torch.tensor([self._rank, self._round, self._rounds]),
            "random": self._random.get_state(),
        }

    def restore(self, state: dict[str, torch.Tensor]) -> None:
        """Take over what `state` gave."""
        for name in _TENSORS:
            setattr(self, f"_{name}", state[name])
        self._rank, self._round, self._rounds = state["steps"].tolist()
        self._random.set_state(state["random"])
        self._publish()

    def _explore(self, rows: torch.Tensor) -> None:
        growing = some(self._growing, rows)
        radius, width = some(self._radius, rows), some(self._width, rows)
        inner = some(self._inner, rows)
        outer = torch.where(growing, inner + width, radius)
        hollow = torch.where(growing, self._hollow(inner, outer), 0)
        found = self._look(rows, hollow, outer, growing)
        smaller = torch.where(growing, radius, radius / self._divisor)
        starts = ~growing & ~found
        first = self._first_inner(radius, smaller)
        layer = some(self._layer, rows) + growing
        over = torch.where(
            growing,
            self._satisfied(rows, found, outer) | (layer >= self.layers),
            smaller < SMALLEST_RADIUS,
        )
        self._radius = put(self._radius, rows, smaller)
        self._width = put(self._width, rows, torch.where(starts, radius, width))
        self._inner = put(
            self._inner, rows, torch.where(growing, outer, torch.where(starts, first, inner))
        )
        self._growing = put(self._growing, rows, growing | starts)
        self._layer = put(self._layer, rows, layer)
        self._explored = put(self._explored, rows, over)

    def _hollow(self, inner: torch.Tensor, outer: torch.Tensor) -> torch.Tensor:
        """Return the inner radius of a layer."""
        return inner

    def _first_inner(self, radius: torch.Tensor, smaller: torch.Tensor) -> torch.Tensor:
        """Return where the layers begin after the last ball, which had this radius."""
        return radius

    def _satisfied(
        self, rows: torch.Tensor, found: torch.Tensor, outer: torch.Tensor
    ) -> torch.Tensor:
        """Say which samples need no further layer."""
        nothing_nearer = some(self._distances, rows)[:, -1] <= outer
        return nothing_nearer | (outer >= some(self._cover, rows))

    def _kept_in_range(self, candidates: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        lower, upper = some(self._lower, rows)[:, None], some(self._upper, rows)[:, None]
        return torch.minimum(torch.maximum(candidates, lower), upper)

    def _counts(self, growing: torch.Tensor) -> torch.Tensor:
        """Say of which samples the candidates are kept."""
        return torch.ones_like(growing)

    def _look(
        self, rows: torch.Tensor, inner: torch.Tensor, outer: torch.Tensor, growing: torch.Tensor
    ) -> torch.Tensor:
        """Draw candidates, keep the nearest of the class; whether there was one, ``(A,)``."""
        latents, targets = some(self._problem.latents, rows), some(self._problem.targets, rows)
        drawn = points_in_shells(latents, inner, outer, self._candidates, self._random)
        drawn = self._kept_in_range(drawn, rows)
        logits = self._asked(drawn, latents, targets, growing)
        hits = given(logits, targets[:, None])
        self._keep_nearest(rows, drawn, hits & self._counts(growing)[:, None])
        self._keep_miss(rows, drawn, margin(logits, targets[:, None].expand_as(hits)), hits)
        return hits.any(1)

    def _asked(
        self,
        drawn: torch.Tensor,
        latents: torch.Tensor,
        targets: torch.Tensor,
        growing: torch.Tensor,
    ) -> torch.Tensor:
        """Return logits ``(A, m, K)`` of candidates, NaN of those that cannot count.

        Of a ball only so many of the class asked for are wanted: it is asked about a share at a
        time until it has given as many. A layer that grows seldom has enough, and is asked about
        at once.
        """
        samples, count = drawn.shape[:2]
        order = self._order((drawn - latents[:, None]).norm(dim=-1))
        ranks = order.argsort(dim=1, stable=True).argsort(1)
        logits = self._problem.logits.new_full(
            (samples, count, self._problem.logits.shape[1]), torch.nan
        )
        asked = torch.zeros_like(ranks, dtype=torch.bool)
        hits = torch.zeros_like(targets)
        enough = torch.where(growing, count, self._enough)
        for share in _SHARES:
            first = (ranks < max(1, round(share * count))) | growing[:, None]
            wanted = first & ~asked & (hits < enough)[:, None]
            if not bool(wanted.any()):
                continue
            logits[wanted] = ask(self._problem, drawn[wanted]).to(logits)
            asked |= wanted
            hits = given(logits, targets[:, None]).sum(1)
        return logits

    @property
    def _enough(self) -> int:
        """How many candidates of the class asked for a ball has to give."""
        return self._distances.shape[1]

    def _order(self, distances: torch.Tensor) -> torch.Tensor:
        """Return what is smallest for the candidates to ask about first: only the nearest count."""
        return distances

    def _keep_nearest(self, rows: torch.Tensor, drawn: torch.Tensor, hits: torch.Tensor) -> None:
        pool, distances = some(self._pool, rows), some(self._distances, rows)
        far = (drawn - some(self._problem.latents, rows)[:, None]).norm(dim=-1)
        far = torch.where(hits, far, torch.inf)
        nearest = torch.cat((distances, far), 1).topk(distances.shape[1], dim=1, largest=False)
        places = nearest.indices[..., None].expand(-1, -1, drawn.shape[-1])
        chosen = torch.cat((pool, drawn), 1).gather(1, places)
        found = torch.isfinite(nearest.values)[..., None]
        chosen = torch.where(found, chosen, some(self._problem.latents, rows)[:, None])
        self._pool = put(self._pool, rows, chosen)
        self._distances = put(self._distances, rows, nearest.values)

    def _keep_miss(
        self, rows: torch.Tensor, drawn: torch.Tensor, margins: torch.Tensor, hits: torch.Tensor
    ) -> None:
        usable = ~hits & torch.isfinite(margins)
        best = torch.where(usable, margins, -torch.inf).max(1)
        better = best.values > some(self._margin, rows)
        candidate = drawn[torch.arange(len(rows), device=drawn.device), best.indices]
        miss = torch.where(better[:, None], candidate, some(self._miss, rows))
        self._miss = put(self._miss, rows, miss)
        self._margin = put(
            self._margin, rows, torch.where(better, best.values, some(self._margin, rows))
        )

    def _refine(self) -> None:
        everything = torch.arange(len(self._pool), device=self._pool.device)
        last = self._distances[:, -1]
        reach = torch.where(torch.isfinite(last), last, self._cover).clamp_min(SMALLEST_RADIUS)
        growing = torch.ones_like(self._growing)
        self._look(everything, torch.zeros_like(reach), reach, growing)
        self._round += 1

    def _put_back(self) -> None:
        latents, found = self._problem.latents[:, None], torch.isfinite(self._distances)
        order = (self._pool - latents).abs().argsort(-1)[..., self._rank, None]
        own = latents.expand_as(self._pool).gather(-1, order)
        trial = self._selected.scatter(-1, order, own)
        rows = torch.nonzero((found & (trial != self._selected).any(-1)).flatten()).flatten()
        if len(rows):
            targets = self._problem.targets.repeat_interleave(found.shape[1])
            tried = some(trial.flatten(0, 1), rows)
            holds = given(ask(self._problem, tried), some(targets, rows))
            before = self._selected.flatten(0, 1)
            kept = torch.where(holds[:, None], tried, some(before, rows))
            self._selected = put(before, rows, kept).reshape(self._selected.shape)
        self._rank += 1

    def _shown(self) -> torch.Tensor:
        """Return what has been found, with the nearest miss where that is nothing."""
        none = ~torch.isfinite(self._distances[:, :1]) & torch.isfinite(self._margin)[:, None]
        first = torch.where(none, self._miss, self._pool[:, 0])
        return torch.cat((first[:, None], self._pool[:, 1:]), 1)

    def _publish(self) -> None:
        self.counterfactuals = self._selected
        explored = bool(self._explored.all()) and self._round >= self._rounds
        self.done = explored and self._rank >= self._problem.latents.shape[1]
        self.message = self._said() if explored else ""

    def _said(self) -> str:
        found = torch.isfinite(self._distances)
        nothing = torch.nonzero(~found[:, 0]).flatten().tolist()
        few = int((found[:, 0] & ~found[:, -1]).sum())
        said = []
        if nothing:
            more = f" and {len(nothing) - _NAMED} more" if len(nothing) > _NAMED else ""
            named = ", ".join(str(sample) for sample in nothing[:_NAMED])
            said.append(f"Sample {named}{more}: {self._in_vain()}.")
        if few:
            said.append(
                f"For {few} of {len(found)} samples fewer than {found.shape[1]} counterfactuals "
                "were found; the others are the sample itself."
            )
        return " ".join(said)

    def _in_vain(self) -> str:
        return (
            "no candidate within the range of the latents is of the class asked for, or the "
            f"{self.layers} rings allowed did not reach one; the candidate nearest to it is shown"
        )


class ReleasedSpheres(Spheres):
    """Growing Spheres as BEX 0.5.2 computes it, but for an end to the growth."""

    layers = 1000

    def _hollow(self, inner: torch.Tensor, outer: torch.Tensor) -> torch.Tensor:
        return outer

    def _first_inner(self, radius: torch.Tensor, smaller: torch.Tensor) -> torch.Tensor:
        return smaller

    def _satisfied(
        self, rows: torch.Tensor, found: torch.Tensor, outer: torch.Tensor
    ) -> torch.Tensor:
        return found

    def _kept_in_range(self, candidates: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return candidates

    def _counts(self, growing: torch.Tensor) -> torch.Tensor:
        return growing

    @property
    def _enough(self) -> int:
        # whether a ball has one is all that is asked
        return 1

    def _order(self, distances: torch.Tensor) -> torch.Tensor:
        # another class is more likely far out
        return -distances

    def _shown(self) -> torch.Tensor:
        return self._pool

    def _in_vain(self) -> str:
        return (
            f"none of {self.layers} spheres has a candidate of the class asked for, or the sample "
            "lies on the boundary; the release would go on for ever, or return the sample too"
        )


_TENSORS = (
    "radius",
    "inner",
    "width",
    "growing",
    "explored",
    "layer",
    "pool",
    "selected",
    "distances",
    "miss",
    "margin",
)
