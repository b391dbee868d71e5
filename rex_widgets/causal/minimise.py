"""Making an explanation irreducible by batched deletion, coarse cells to fine.

At cell size c the explanation is cut by a fixed c×c grid. Every cell is
removed alone, in one batch; of those that are not needed, the longest run of
removals that still passes is taken at once. When a full pass finds no cell that
can go, the explanation is irreducible at c, and the cells are halved.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.asking import CLOSE, Asker
from rex_widgets.evaluation_log import Entry
from rex_widgets.masks import Mask, mask_of
from rex_widgets.results import Certificate

TRIES = 8
"""Lengths of a run of removals tried at once."""

COARSE_CELL = 8
"""Candidates are compared after shrinking them in cells down to this size."""

COARSE_SHARE = 0.6
"""Share of the budget that comparing candidates may take at most."""


@dataclass
class Minimised:
    """What minimising leaves: the mask, its history, and what was proven.

    ``history`` holds every mask that passed on the way, largest first.
    """

    mask: Mask
    certificate: Certificate
    history: list[Mask] = field(default_factory=list)


def cells_of(mask: NDArray[np.bool_], cell: int) -> list[NDArray[np.int64]]:
    """Flat pixel indices of the mask in every non-empty cell of a fixed grid."""
    rows, columns = np.nonzero(mask)
    across = -(-mask.shape[1] // cell)
    number = (rows // cell) * across + columns // cell
    flat = rows * mask.shape[1] + columns
    order = np.argsort(number, kind="stable")
    borders = np.flatnonzero(np.diff(number[order])) + 1
    return [np.asarray(part, np.int64) for part in np.split(flat[order], borders) if len(part)]


def first_cell(area: int) -> int:
    """The coarsest cell worth trying: about a dozen cells in a compact mask."""
    cell = 1
    while cell * cell * 4 * 12 <= area * 4 and cell < 64:
        cell *= 2
    return max(cell, 2)


def minimise(candidates: Sequence[Mask], asker: Asker) -> Generator[None, None, Minimised]:
    """Shrink a passing mask until it is irreducible or the budget is spent.

    Parameters
    ----------
    candidates
        Masks that pass, at least one. Each is first shrunk in coarse cells;
        the smallest result is taken further.
    asker
        Asks within the budget.

    Returns
    -------
    Minimised
        The mask of the last completed pass. If the budget ends inside a finer
        pass, what was removed there is kept when the coarser pass, made again,
        still finds nothing to remove.
    """
    states = [_State(mask, asker) for mask in candidates]
    if len(states) > 1:
        for state in states:
            share = asker.left * (1 - COARSE_SHARE / len(states))
            yield from state.coarse(down_to=COARSE_CELL, reserve=share)
    state = min(states, key=lambda s: (s.mask.area, s.mask.digest))
    spent = False
    while state.cell >= 1 and not spent:
        before = state.mask
        done = yield from state.run(state.cell, reserve=state.coarse_reserve())
        if done:
            state.certify()
            continue
        spent = True
        if state.certified_cell and state.mask is not before:
            again = yield from state.run(state.certified_cell, reserve=0)
            if again:
                state.cell = state.certified_cell
                state.certify()
    mask, certified = state.outcome()
    certificate = Certificate(
        irreducible=certified > 0, cell=certified, budget_spent=spent, passes=dict(state.passes)
    )
    return Minimised(mask, certificate, state.history)


class _State:
    """The mask as it shrinks, and the last one for which a full pass ended."""

    def __init__(self, mask: Mask, asker: Asker) -> None:
        self.mask = mask
        self.history = [mask]
        self.passes: dict[int, int] = {}
        self.certified_cell = 0
        self.cell = first_cell(mask.area)
        self._certified: Mask | None = None
        self._asker = asker

    def coarse(self, down_to: int, reserve: float) -> Generator[None, None, None]:
        """Go through the coarse cells only, leaving ``reserve`` requests."""
        while self.cell >= down_to:
            done = yield from self.run(self.cell, reserve)
            if not done:
                return
            self.certify()

    def certify(self) -> None:
        """A full pass at the current cell size removed nothing: go on to the next."""
        self.certified_cell, self._certified = self.cell, self.mask
        self.cell //= 2

    def outcome(self) -> tuple[Mask, int]:
        if self._certified is None:
            return self.mask, 0
        return self._certified, self.certified_cell

    def coarse_reserve(self) -> int:
        """Requests to keep back for repeating the coarser pass."""
        if not self.certified_cell:
            return 0
        return len(cells_of(self.mask.array(), self.certified_cell)) + TRIES

    def run(self, cell: int, reserve: float) -> Generator[None, None, bool]:
        """Remove cells until a full pass removes none; False if the budget ends."""
        while True:
            cells = cells_of(self.mask.array(), cell)
            if self._asker.left - reserve < len(cells):
                return False
            self.passes[cell] = self.passes.get(cell, 0) + 1
            removable = yield from self._removable(cells)
            if not removable:
                return True
            if len(removable) == len(cells) == 1:
                return True
            while removable:
                if self._asker.left - reserve < TRIES:
                    return False
                removed = yield from self._remove(removable)
                removable = removable[removed:]
                if removed == 0 or len(removable) < 2:
                    break
                if self._asker.left - reserve < len(removable):
                    return False
                removable = yield from self._removable(removable)

    def _removable(
        self, cells: list[NDArray[np.int64]]
    ) -> Generator[None, None, list[NDArray[np.int64]]]:
        """Cells that can go alone, the least needed first."""
        masks = [self._without([cell]) for cell in cells]
        answers = yield from self._asker.ask(masks)
        demand = self._asker.demand
        ranked: list[tuple[float, int]] = []
        for index, (mask, first) in enumerate(zip(masks, answers, strict=True)):
            answer: Entry = first
            if abs(demand.slack(first)) < CLOSE:
                answer = yield from self._asker.ask_alone(mask)
            if demand.met(answer):
                ranked.append((-demand.slack(answer), index))
        return [cells[index] for _, index in sorted(ranked)]

    def _remove(self, cells: list[NDArray[np.int64]]) -> Generator[None, None, int]:
        """Remove the longest run of ``cells`` found to pass; returns its length."""
        low, high = 0, len(cells)
        best: Mask | None = None
        lengths = sorted({*np.geomspace(1, high, TRIES).round().astype(int).tolist()})
        while lengths and self._asker.left >= len(lengths):
            masks = [self._without(cells[:n]) for n in lengths]
            answers = yield from self._asker.ask(masks)
            passed = [i for i, a in enumerate(answers) if self._asker.demand.met(a)]
            if passed:
                low, best = lengths[passed[-1]], masks[passed[-1]]
            high = min((n for n in lengths if n > low), default=high)
            if high - low <= max(1, high // 16):
                break
            middle = np.linspace(low, high, 4)[1:-1].round().astype(int).tolist()
            lengths = [n for n in dict.fromkeys(middle) if low < n < high]
        if best is not None:
            self.mask = best
            self.history.append(best)
        return low

    def _without(self, cells: list[NDArray[np.int64]]) -> Mask:
        array = self.mask.array().copy()
        flat = array.reshape(-1)
        for cell in cells:
            flat[cell] = False
        return mask_of(array)
