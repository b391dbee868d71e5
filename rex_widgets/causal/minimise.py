"""Making an explanation irreducible by batched deletion, coarse cells to fine.

At cell size c the explanation is cut by a fixed grid of cells that are c long
each way (c samples, c×c pixels, c×c×c voxels). Every cell is
removed alone, in one batch; of those that are not needed, the longest run of
removals that still passes is taken at once. Cells are halved as soon as a pass
gains little. At the end, the finest cells that the remaining budget allows are
gone through until a full pass finds none that can go: that is the certificate.
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

LARGEST_CELL = {1: 4096, 2: 64, 3: 64}
"""Largest cell tried, by the number of dimensions."""

TRIES = 8
"""Lengths of a run of removals tried at once."""

COARSE_CELL = 8
"""Candidates are compared after shrinking them in cells down to this size."""

COARSE_SHARE = 0.6
"""Share of the budget that comparing candidates may take at most."""

WORTH_REPEATING = 0.1
"""A pass that removed less than this share of the area is not repeated."""

CERTIFIED_CELL = 8
"""Shrinking keeps back what a certificate at this cell size may cost."""


@dataclass
class Minimised:
    """What minimising leaves: the mask, its history, and what was proven.

    ``history`` holds every mask that passed on the way, largest first.
    """

    mask: Mask
    certificate: Certificate
    history: list[Mask] = field(default_factory=list)


def cells_of(mask: NDArray[np.bool_], cell: int) -> list[NDArray[np.int64]]:
    """Flat indices of the mask in every non-empty cell of a fixed grid, ``cell`` long each way."""
    flat = np.flatnonzero(mask)
    number = np.zeros(len(flat), np.int64)
    for places, length in zip(np.unravel_index(flat, mask.shape), mask.shape, strict=True):
        number = number * -(-length // cell) + places // cell
    order = np.argsort(number, kind="stable")
    borders = np.flatnonzero(np.diff(number[order])) + 1
    return [np.asarray(part, np.int64) for part in np.split(flat[order], borders) if len(part)]


def first_cell(area: int, dimensions: int = 2) -> int:
    """The coarsest cell worth trying: about a dozen cells in a compact mask."""
    cell = 1
    while cell**dimensions * 12 <= area and cell < LARGEST_CELL[dimensions]:
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
    shrinking = [_Shrinking(mask, asker) for mask in candidates]
    if len(shrinking) > 1:
        for one in shrinking:
            share = asker.left * (1 - COARSE_SHARE / len(shrinking))
            yield from one.shrink(down_to=COARSE_CELL, reserve=share)
    best = min(shrinking, key=lambda one: (one.mask.area, one.mask.digest))
    yield from best.shrink(down_to=1, reserve=0)
    cell = yield from best.certify()
    certificate = Certificate(
        irreducible=cell > 0, cell=cell, budget_spent=cell != 1, passes=dict(best.passes)
    )
    return Minimised(best.mask, certificate, best.history)


class _Shrinking:
    """A mask as it shrinks."""

    def __init__(self, mask: Mask, asker: Asker) -> None:
        self.mask = mask
        self.history = [mask]
        self.passes: dict[int, int] = {}
        self.cell = first_cell(mask.area, len(mask.shape))
        self._asker = asker

    def shrink(self, down_to: int, reserve: float) -> Generator[None, None, None]:
        """Go from cell size to cell size while passes gain and the budget lasts."""
        while self.cell >= down_to:
            before = self.mask.area
            ended = yield from self._pass(reserve + self._certifying_cost())
            if ended is None:
                return
            # >=, so that it ends where nothing is left of the mask
            if self.mask.area >= before * (1 - WORTH_REPEATING):
                self.cell //= 2

    def certify(self) -> Generator[None, None, int]:
        """Repeat full passes until one removes nothing; the cell size, or 0.

        The finest cells are tried first; a pass is made only if one over cells
        of twice the size could still be paid after it.
        """
        cell = max(self.cell, 1)
        while cell <= max(self.mask.shape):
            self.cell = cell
            ended: bool | None = False
            while ended is False:
                ended = yield from self._pass(self._count(2 * cell))
            if ended:
                return cell
            cell *= 2
        return 0

    def _count(self, cell: int) -> int:
        return len(cells_of(self.mask.array(), cell))

    def _certifying_cost(self) -> int:
        """Requests kept back for certifying at the present cells, or coarse enough ones."""
        return 2 * self._count(max(self.cell, CERTIFIED_CELL)) + 2 * TRIES

    def _pass(self, reserve: float) -> Generator[None, None, bool | None]:
        """Try every cell once and remove what can go.

        Returns
        -------
        bool or None
            True when no cell could go, False when some went, ``None`` when the
            budget did not allow the pass.
        """
        cells = cells_of(self.mask.array(), self.cell)
        if self._asker.left - reserve < len(cells):
            return None
        self.passes[self.cell] = self.passes.get(self.cell, 0) + 1
        removable = yield from self._removable(cells)
        if not removable:
            return True
        while removable and self._asker.left - reserve >= TRIES:
            removed = yield from self._remove(removable)
            removable = removable[removed:]
            if removed == 0 or not removable:
                break
            if self._asker.left - reserve < len(removable):
                break
            removable = yield from self._removable(removable)
        return False

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
