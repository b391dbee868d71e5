"""Square cells laid over a map, and the highest of them that fit into an area.

Everything is counted in whole numbers, so that equal cells tie exactly and the same map gives the
same region on every machine.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isqrt

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SettingsError

_SCALE = 2**30
"""Steps between 0 and 1 of a map: finer than float32, and 2^20 pixels still fit into 63 bits."""


@dataclass(frozen=True)
class CellGrid:
    """Cells of `cell_size` pixels a side over a picture of `shape`, from its upper left corner.

    The cells at the right and lower border are cut off there when `cell_size` does not divide the
    picture. With `half_stride` a cell begins every half cell, so that neighbours overlap; cells
    that would lie entirely inside the last one of a row or column are left out.

    Raises
    ------
    SettingsError
        If the cell is smaller than a pixel or larger than the picture, or odd with half_stride.
    """

    shape: tuple[int, int]
    cell_size: int
    half_stride: bool = False

    def __post_init__(self) -> None:
        rows, columns = self.shape
        if self.cell_size < 1:
            raise SettingsError(f"cell_size is {self.cell_size}; a cell has at least 1 pixel.")
        if self.cell_size > min(rows, columns):
            raise SettingsError(
                f"A cell of {self.cell_size} × {self.cell_size} pixels is larger than the picture "
                f"of {rows} × {columns}; give cell_size of at most {min(rows, columns)}."
            )
        if self.half_stride and self.cell_size % 2:
            raise SettingsError(
                f"half_stride moves by half a cell, and {self.cell_size} is odd; give an even "
                "cell_size, or half_stride=False."
            )

    @property
    def stride(self) -> int:
        """Pixels from the beginning of a cell to that of the next."""
        return self.cell_size // 2 if self.half_stride else self.cell_size

    def boxes(self) -> NDArray[np.int64]:
        """Return (n, 4): first row, row after the last, first column, column after the last."""
        tops, lefts = (self._starts(length) for length in self.shape)
        top, left = (grid.ravel() for grid in np.meshgrid(tops, lefts, indexing="ij"))
        bottom = np.minimum(top + self.cell_size, self.shape[0])
        right = np.minimum(left + self.cell_size, self.shape[1])
        return np.stack([top, bottom, left, right], axis=1).astype(np.int64)

    def numbered(self) -> NDArray[np.int64]:
        """Return (H, W): the number of the cell that each pixel lies in, cells not overlapping."""
        rows, columns = (np.arange(length) // self.cell_size for length in self.shape)
        across = -(-self.shape[1] // self.cell_size)
        return np.asarray(rows[:, None] * across + columns[None, :], np.int64)

    def _starts(self, length: int) -> NDArray[np.int64]:
        # Once a cell reaches the border, further ones would hold nothing new.
        last = max(0, -(-(length - self.cell_size) // self.stride)) * self.stride
        return np.arange(0, last + 1, self.stride, dtype=np.int64)


def pixels_of(area: float, shape: tuple[int, int]) -> int:
    """Return how many pixels of a picture of `shape` (H, W) an area in (0, 1) allows.

    Raises
    ------
    SettingsError
        If the area is not between 0 and 1, or less than a pixel.
    """
    if not 0 < area < 1:
        raise SettingsError(
            f"area is {area}; give the share of the picture that may change, above 0 and below 1."
        )
    # 0.29 · 100 is a hair below 29 in floating point, and 29 pixels are meant.
    pixels = floor(area * shape[0] * shape[1] + 1e-6)
    if pixels < 1:
        raise SettingsError(
            f"An area of {area} is less than one pixel of a picture of {shape[0]} × {shape[1]}."
        )
    return pixels


def checked_budget(grid: CellGrid, area: float) -> int:
    """Return the pixels of `area`, after checking that a whole cell fits into them.

    Raises
    ------
    SettingsError
        If not; the message names the smallest area and the largest cell that do.
    """
    budget = pixels_of(area, grid.shape)
    if grid.cell_size**2 > budget:
        total = grid.shape[0] * grid.shape[1]
        # Rounded upwards, so that what the message says is enough.
        least = -(-(grid.cell_size**2) * 10_000 // total) / 10_000
        given = f"area {area} of {grid.shape[0]} × {grid.shape[1]} is {budget} pixels, and a cell "
        given += f"of {grid.cell_size} × {grid.cell_size} has {grid.cell_size**2}"
        ways = f"cell_size of at most {isqrt(budget)}"
        if least < 1:
            ways = f"an area of at least {least:g}, or {ways}"
        raise SettingsError(f"No cell fits: {given}. Give {ways}.")
    return budget


def keep_highest(
    values: NDArray[np.float32], grid: CellGrid, budget: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Keep the cells with the highest sums, exactly as many as fit into `budget` pixels.

    The cells are gone through once, from the highest sum down. A cell that would bring more new
    pixels than are left is passed over, so smaller ones, cut off by the border or overlapping
    what is kept, may still fill up. Of equal cells the one nearer to the map's centre of mass is
    taken first (so that cells worth nothing join what is there), then the upper, then the left.

    Parameters
    ----------
    values
        Float (H, W), finite, within [-1, 1].
    grid
        The cells, over the same shape.
    budget
        Pixels that may be kept at most.

    Returns
    -------
    tuple
        Bool (H, W), and the kept boxes, int64 (k, 4), highest first.
    """
    whole = np.rint(values.astype(np.float64) * _SCALE).astype(np.int64)
    boxes = grid.boxes()
    kept = []
    region = np.zeros(grid.shape, bool)
    left = budget
    for index in _ranked(whole, boxes):
        top, bottom, first, last = (int(edge) for edge in boxes[index])
        cell = region[top:bottom, first:last]
        new = cell.size - int(np.count_nonzero(cell)) if grid.half_stride else cell.size
        if 0 < new <= left:
            cell[:] = True
            kept.append(index)
            left -= new
            if left == 0:
                break
    return region, boxes[np.asarray(kept, np.int64)].reshape(-1, 4)


def _ranked(whole: NDArray[np.int64], boxes: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the numbers of the boxes, best first."""
    table = np.zeros((whole.shape[0] + 1, whole.shape[1] + 1), np.int64)
    table[1:, 1:] = whole.cumsum(0).cumsum(1)
    top, bottom, left, right = boxes.T
    sums = table[bottom, right] - table[top, right] - table[bottom, left] + table[top, left]
    row, column = _centre(whole)
    away = ((top + bottom) / 2 - row) ** 2 + ((left + right) / 2 - column) ** 2
    # Rounded, so that cells at the same distance are told apart by place alone, not by an ulp.
    order = np.lexsort((left, top, np.round(away, 6), -sums))
    return np.asarray(order, np.int64)


def _centre(whole: NDArray[np.int64]) -> tuple[float, float]:
    """Return row and column of the centre of what is above zero; the middle if nothing is."""
    above = np.maximum(whole, 0)
    mass = float(above.sum())
    if mass == 0:
        return whole.shape[0] / 2, whole.shape[1] / 2
    rows = (np.arange(whole.shape[0]) + 0.5) @ above.sum(1) / mass
    columns = (np.arange(whole.shape[1]) + 0.5) @ above.sum(0) / mass
    return float(rows), float(columns)
