"""From a grid of cells and a shift to a mask: the deterministic part of RELAX's masks.

A mask is a small grid of zeros and ones, enlarged by linear interpolation and cropped at a random
offset (arXiv 2112.10161, section 3.3, after RISE, arXiv 1806.07421). Enlarging and cropping work
axis by axis, so a mask is a product of one small matrix an axis with the grid; that makes masks
quick, and sums over masks can be kept in the size of the grid (:meth:`MaskGeometry.spread`).
"""

from __future__ import annotations

from math import prod
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.enlarging import interpolation, reflected

Shift = Literal["pixels", "cells"]
"""What a mask is shifted by: a few places, or up to a whole cell."""

MOST_CELLS = 21_000
"""Cells of a grid, all axes together: the Sobol' sequence has 21,201 dimensions."""

_CHUNK = 1 << 21
"""Numbers in the largest matrix that :meth:`MaskGeometry.spread` makes on its way."""

_LONG = 256
"""Offsets along an axis from which :meth:`MaskGeometry.spread` correlates by Fourier transforms:
a long signal shifted by cells has thousands."""


class MaskGeometry:
    """Masks of one size, one grid and one way to shift; immutable.

    Parameters
    ----------
    space
        Shape of the input without channels, one to three axes.
    num_cells
        Cells along every axis (or along each), at least 2 and at most the number of places.
    shift
        "pixels" is the release of RELAX: the grid is enlarged to the input's shape, padded by
        reflection by ``num_cells // 2`` places, and cropped at an offset from 0 to
        ``num_cells - 1`` places. "cells" is RISE with whole cells: a grid with one cell more
        along every axis, enlarged so that a cell has ``ceil(side / num_cells)`` places, is
        cropped at an offset of up to one cell. Interpolation is linear, with half-pixel centres
        (torch's ``align_corners=False``).

    Attributes
    ----------
    space
        As given.
    cells
        Shape of the grids.
    shifts
        Number of offsets along every axis.

    Raises
    ------
    InputError
        If a side has fewer places than cells.
    SettingsError
        If the number of cells or the shift is out of range.
    """

    def __init__(
        self, space: tuple[int, ...], num_cells: int | tuple[int, ...], shift: Shift
    ) -> None:
        self.space = tuple(int(side) for side in space)
        asked = _cells_of(self.space, num_cells)
        if shift == "pixels":
            self.cells = asked
            self.shifts = asked
            lines = [reflected(side, cells) for side, cells in zip(self.space, asked, strict=True)]
        elif shift == "cells":
            self.cells = tuple(cells + 1 for cells in asked)
            sizes = [-(-side // cells) for side, cells in zip(self.space, asked, strict=True)]
            self.shifts = tuple(sizes)
            lines = [
                interpolation(cells * size, cells)
                for cells, size in zip(self.cells, sizes, strict=True)
            ]
        else:
            raise SettingsError(f"shift is {shift!r}; choose 'pixels' or 'cells'")
        if prod(self.cells) > MOST_CELLS:
            raise SettingsError(
                f"a grid of {' × '.join(map(str, self.cells))} has {prod(self.cells):,} cells; "
                f"at most {MOST_CELLS:,} are possible: ask for fewer cells"
            )
        for line in lines:
            line.flags.writeable = False
        # One matrix an axis holds the weights of every offset: cropping is taking rows.
        self._lines = tuple(lines)
        self._single = tuple(line.astype(np.float32) for line in lines)

    def weights(self, axis: int, offset: int) -> NDArray[np.float64]:
        """What each cell counts at each place of an axis.

        Parameters
        ----------
        axis
            Of the space.
        offset
            From 0 to ``shifts[axis] - 1``.

        Returns
        -------
        ndarray
            float64, of shape ``(places, cells)``, read-only; rows sum to 1.

        Raises
        ------
        IndexError
            If the offset is out of range.
        """
        if not 0 <= offset < self.shifts[axis]:
            raise IndexError(f"offset {offset} is not within 0 to {self.shifts[axis] - 1}")
        return self._lines[axis][offset : offset + self.space[axis]]

    def mean_weights(self, axis: int) -> NDArray[np.float64]:
        """The mean of :meth:`weights` over all offsets, of shape ``(places, cells)``."""
        line, count, side = self._lines[axis], self.shifts[axis], self.space[axis]
        total = np.zeros((len(line) + 1, line.shape[1]))
        np.cumsum(line, axis=0, out=total[1:])
        means: NDArray[np.float64] = (total[count : count + side] - total[:side]) / count
        return means

    def masks(self, draw: Draw, out: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """Masks with values from 0 (hidden) to 1 (shown), up to rounding.

        Parameters
        ----------
        draw
            Grids and shifts of N masks.
        out
            float32, of shape ``(N, *space)``, C-contiguous: filled and returned where it is given.

        Returns
        -------
        ndarray
            float32, of shape ``(N, *space)``.
        """
        result = self._place(out, (len(draw), *self.space))
        grids = draw.grids.astype(np.float32)
        for grid, shift, mask in zip(grids, draw.shifts.tolist(), result, strict=True):
            self._enlarge(grid, shift, mask)
        return result

    def apply(
        self,
        draw: Draw,
        data: NDArray[np.float32],
        out: NDArray[np.float32] | None = None,
    ) -> NDArray[np.float32]:
        """The input behind each of N masks: ``data × mask``.

        Parameters
        ----------
        draw
            Grids and shifts of N masks.
        data
            Of shape ``(C, *space)``.
        out
            float32, of shape ``(N, C, *space)``, C-contiguous: filled and returned where it is
            given.

        Returns
        -------
        ndarray
            float32, of shape ``(N, C, *space)``.

        Raises
        ------
        ValueError
            If a shape does not fit.
        """
        if data.shape[1:] != self.space:
            raise ValueError(f"data of shape {data.shape} do not fit masks of {self.space}")
        shown = np.ascontiguousarray(data, dtype=np.float32)
        result = self._place(out, (len(draw), *data.shape))
        # One mask at a time, multiplied while it is still in the processor's cache.
        mask = np.empty(self.space, np.float32)
        grids = draw.grids.astype(np.float32)
        for grid, shift, sample in zip(grids, draw.shifts.tolist(), result, strict=True):
            self._enlarge(grid, shift, mask)
            np.multiply(shown, mask, out=sample)
        return result

    def spread(self, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sums by offset and cell as sums by place.

        With ``sums[..., shift, cell] = Σ w_n grid_n[cell]`` over the masks n of that shift, the
        result is ``Σ w_n mask_n``, without any mask being made.

        Parameters
        ----------
        sums
            Of shape ``(..., *shifts, *cells)``.

        Returns
        -------
        ndarray
            float64, of shape ``(..., *space)``.

        Raises
        ------
        ValueError
            If the shape does not fit.
        """
        axes = len(self.space)
        expected = (*self.shifts, *self.cells)
        if sums.shape[sums.ndim - 2 * axes :] != expected or sums.ndim < 2 * axes:
            raise ValueError(f"sums of shape {sums.shape} do not end in {expected}")
        leading = sums.shape[: sums.ndim - 2 * axes]
        part = np.asarray(sums, dtype=np.float64).reshape(-1, *expected)
        for axis in reversed(range(axes)):
            # Here: sums, offsets of axes 0..axis, cells of axes 0..axis, places of the others.
            before = prod(part.shape[: axis + 1]), prod(part.shape[axis + 2 : 2 * axis + 2])
            kept = (*part.shape[: axis + 1], *part.shape[axis + 2 : 2 * axis + 2])
            after = part.shape[2 * axis + 3 :]
            split = part.reshape(before[0], self.shifts[axis], before[1], self.cells[axis], -1)
            spread = self._spread_axis(axis, np.moveaxis(split, 1, 2))
            part = spread.reshape(*kept, self.space[axis], *after)
        return part.reshape(*leading, *self.space)

    def _spread_axis(self, axis: int, sums: NDArray[np.float64]) -> NDArray[np.float64]:
        """``(A, B, offsets, cells, rest)`` to ``(A, B, places, rest)``."""
        side, line = self.space[axis], self._lines[axis]
        outer, inner, count, cells, rest = sums.shape
        if count > _LONG:
            parts = sums.reshape(outer * inner, count, cells, rest)
            return np.stack([_correlated(line, part, side) for part in parts])
        result = np.zeros((outer * inner, side, rest))
        step = max(1, _CHUNK // (side * cells))
        for first in range(0, count, step):
            last = min(first + step, count)
            matrix = np.stack([line[at : at + side] for at in range(first, last)], axis=1)
            flat = matrix.reshape(side, -1)
            chunk = sums[:, :, first:last].reshape(outer * inner, -1, rest)
            if rest == 1:
                result[:, :, 0] += chunk[:, :, 0] @ flat.T
            else:
                result += flat @ chunk
        return result

    def _enlarge(
        self, grid: NDArray[np.float32], shift: list[int], mask: NDArray[np.float32]
    ) -> None:
        """One mask of the space's shape, written into `mask`."""
        part = grid
        rest = 1
        for axis in reversed(range(len(self.space))):
            side, cells = self.space[axis], self.cells[axis]
            matrix = self._single[axis][shift[axis] : shift[axis] + side]
            part = part.reshape(-1, cells, rest)
            if axis == 0:
                np.matmul(matrix, part[0], out=mask.reshape(side, rest))
            elif rest == 1:
                part = part[:, :, 0] @ matrix.T
            else:
                part = matrix @ part
            rest *= side

    @staticmethod
    def _place(out: NDArray[np.float32] | None, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """The array to fill, checked where it was given."""
        if out is None:
            return np.empty(shape, np.float32)
        if out.shape != shape or out.dtype != np.float32 or not out.flags.c_contiguous:
            raise ValueError(
                f"out has to be contiguous float32 of shape {shape}, got {out.dtype} {out.shape}"
            )
        return out


def _correlated(
    line: NDArray[np.float64], sums: NDArray[np.float64], side: int
) -> NDArray[np.float64]:
    """``Σ line[i + offset, cell] sums[offset, cell, rest]`` for every i: ``(side, rest)``."""
    from scipy.fft import irfft, next_fast_len, rfft

    length = next_fast_len(len(line), real=True)
    spectra = rfft(line, length, axis=0)[:, :, None] * rfft(sums, length, axis=0).conj()
    result: NDArray[np.float64] = irfft(spectra.sum(axis=1), length, axis=0)[:side]
    return result


def _cells_of(space: tuple[int, ...], num_cells: int | tuple[int, ...]) -> tuple[int, ...]:
    """Cells along every axis, checked against the space."""
    if not 1 <= len(space) <= 3:
        raise InputError(f"masks have one to three axes, got an input of shape {space}")
    cells = num_cells if isinstance(num_cells, tuple) else (num_cells,) * len(space)
    if len(cells) != len(space):
        raise SettingsError(
            f"num_cells is {num_cells} for an input with {len(space)} axes ({space}); give one "
            "number for all, or one for each"
        )
    if min(cells) < 2:
        raise SettingsError(
            f"num_cells is {num_cells}; at least 2 are needed along every axis: a single cell "
            "would hide all or nothing"
        )
    for side, count in zip(space, cells, strict=True):
        if side < count:
            shape = " × ".join(map(str, space))
            smallest = min(space)
            advice = f"give num_cells of at most {smallest}, or a larger input"
            if smallest < 2:
                advice = (
                    "at least 2 are needed along every side; a side of 1 is left out by giving "
                    "the input as a signal or a picture"
                )
            raise InputError(
                f"the input has {shape} places, fewer than the grid's {count} cells along a side "
                f"of {side}; {advice}"
            )
    return cells
