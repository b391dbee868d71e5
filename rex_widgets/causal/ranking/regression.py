"""A regression of confidence on visibility, learned one evaluation after the other.

The response of a mask is modelled as a smooth function of how much it shows
(one per kind of mask) plus the sum over the cells it shows of the cell's
effect. Neighbouring cells are expected to have like effects (a Gaussian process
prior); the ratio of noise to effects is chosen by the evidence, as in Rasmussen
and Williams, *Gaussian Processes for Machine Learning*, section 5.4.1. The
effects are a linear approximation to Shapley values where masks are spread
evenly (Lundberg and Lee 2017, arXiv 1705.07874), and to the gain along the
ranking where they lie near it.
"""

from __future__ import annotations

from functools import lru_cache
from math import prod

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.ranking.cells import Cells, prior_covariance

KNOTS = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.9, 1.0])
"""Shares of the input at which the function of the visible share bends."""

KINDS = 2
"""Kinds of mask with a function of their own: those that keep the best, and those that hide it."""

LOOSE = 1e4
"""Prior variance of the functions' values, beside 1 for a cell's effect: hardly any prior."""

RATIOS = 2.0 ** np.arange(-6, 15)
"""Ratios of noise to effects among which the evidence chooses."""


class Regression:
    """Sums over the evaluations, and the effects that follow from them.

    The sums do not grow with the number of evaluations.

    Parameters
    ----------
    cells
        Whose effects are estimated.
    """

    def __init__(self, cells: Cells) -> None:
        self.cells = cells
        size = cells.number + KINDS * len(KNOTS)
        self.moments: NDArray[np.float64] = np.zeros((size, size))
        self.products: NDArray[np.float64] = np.zeros(size)
        self.squares = 0.0
        self.count = 0
        self.ratio = 0.0
        self._weighed_at = 0

    def add(
        self, pooled: NDArray[np.float64], kinds: NDArray[np.int64], responses: NDArray[np.float64]
    ) -> None:
        """Take in evaluations.

        Parameters
        ----------
        pooled
            ``(n, cells)``: the share of every cell that each mask keeps.
        kinds
            ``(n,)``: 0 or 1.
        responses
            ``(n,)``.
        """
        rows = np.concatenate([pooled, self._shares(pooled, kinds)], axis=1)
        self.moments += rows.T @ rows
        self.products += rows.T @ responses
        self.squares += float(responses @ responses)
        self.count += len(responses)

    def effects(self) -> NDArray[np.float64]:
        """The expected effect of every cell, ``(cells,)``; zeros while nothing is known."""
        spread = self.squares - self._level()
        if self.count < 2 or spread <= 1e-12 * max(self.squares, 1e-300):
            return np.zeros(self.cells.number)
        # weighing all ratios costs a decomposition: once whenever the evaluations have doubled
        if self.count >= 2 * self._weighed_at:
            self.ratio = self._best_ratio()
            self._weighed_at = self.count
        inner = self.moments + self.ratio * _precision(self.cells.counts)
        solved = np.linalg.solve(inner, self.products)
        return np.asarray(solved[: self.cells.number])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The sums, for saving; the moments are symmetric, so that half of them is kept."""
        numbers = [self.squares, self.count, self.ratio, self._weighed_at]
        return {
            "moments": self.moments[np.tril_indices(len(self.products))],
            "products": self.products,
            "numbers": np.array(numbers, np.float64),
        }

    def restore(self, arrays: dict[str, NDArray[np.generic]]) -> None:
        """Take over what `arrays` gave."""
        lower = np.tril_indices(len(self.products))
        self.moments[lower] = arrays["moments"]
        self.moments.T[lower] = arrays["moments"]
        self.products = np.array(arrays["products"], np.float64)
        numbers = np.asarray(arrays["numbers"], np.float64)
        self.squares, self.ratio = float(numbers[0]), float(numbers[2])
        self.count, self._weighed_at = int(numbers[1]), int(numbers[3])

    def _shares(self, pooled: NDArray[np.float64], kinds: NDArray[np.int64]) -> NDArray[np.float64]:
        """Hat functions of the visible share at `KNOTS`, one set of columns per kind."""
        share = pooled.mean(axis=1)
        after = np.clip(np.searchsorted(KNOTS, share), 1, len(KNOTS) - 1)
        part = (share - KNOTS[after - 1]) / (KNOTS[after] - KNOTS[after - 1])
        out = np.zeros((len(share), KINDS * len(KNOTS)))
        rows, first = np.arange(len(share)), kinds * len(KNOTS) + after
        out[rows, first - 1] = 1 - part
        out[rows, first] = part
        return out

    def _level(self) -> float:
        """What the mean response explains of the sum of squares."""
        total = float(self.products[self.cells.number :].sum())
        return total * total / self.count if self.count else 0.0

    def _best_ratio(self) -> float:
        size, cells = len(self.products), self.cells.number
        root: NDArray[np.float64] = np.eye(size) * np.sqrt(LOOSE)
        root[:cells, :cells] = np.linalg.cholesky(prior_covariance(self.cells.counts))
        inner, projected = root.T @ self.moments @ root, root.T @ self.products
        values, vectors = np.linalg.eigh(inner)
        values = np.maximum(values, 0)
        along = (vectors.T @ projected) ** 2
        best, chosen = -np.inf, 1.0
        for ratio in RATIOS.tolist():
            rest = max(self.squares - float((along / (values + ratio)).sum()), 1e-12 * self.squares)
            evidence = -0.5 * self.count * np.log(rest / self.count)
            evidence -= 0.5 * float(np.log1p(values / ratio).sum())
            if evidence > best:
                best, chosen = evidence, ratio
        return chosen


@lru_cache(maxsize=4)
def _precision(counts: tuple[int, ...]) -> NDArray[np.float64]:
    """Inverse of the prior covariance of all coefficients; never to be written to."""
    cells = prod(counts)
    size = cells + KINDS * len(KNOTS)
    precision: NDArray[np.float64] = np.eye(size) / LOOSE
    precision[:cells, :cells] = np.linalg.inv(prior_covariance(counts))
    precision.flags.writeable = False
    return precision
