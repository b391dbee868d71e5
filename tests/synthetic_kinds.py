"""Small classifiers of signals, volumes, tables, and pictures with two places to look at.

What each looks at is known exactly, so that a test can say what an explanation must contain. All
take (N, 1, …) and give class 1 for what they look for, class 0 for an input of zeros.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes, usual_axes
from rex_widgets.inputs import Sample
from tests.synthetic import Synthetic, softmax


class SpikeModel(Synthetic):
    """A signal (1, L): class 1 where the mean over ``[start, stop)`` is above `need`."""

    def __init__(
        self,
        length: int = 200,
        start: int = 120,
        stop: int = 140,
        *,
        need: float = 0.5,
        gain: float = 8.0,
        kind: str = "signal",
    ) -> None:
        super().__init__((length,), kind=kind)
        self.start, self.stop = start, stop
        self.need, self.gain = need, gain

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = float(np.clip(data[0, self.start : self.stop], 0, 1).mean())
        return softmax([0.0, self.gain * (seen - self.need)])

    def data(self, dim: float = 0.02) -> NDArray[np.float32]:
        """A dim signal (1, L) with the spike bright."""
        size = self.preprocessing.size
        assert size is not None
        signal = np.full((1, *size), dim, np.float32)
        signal[0, self.start : self.stop] = 1.0
        return signal

    def truth(self) -> NDArray[np.bool_]:
        """The places that it looks at, (L,)."""
        return self.data()[0] > 0.5


class BallModel(Synthetic):
    """A volume (1, D1, D2, D3): class 1 where a ball's mean is above `need`."""

    def __init__(
        self,
        shape: tuple[int, int, int] = (24, 20, 16),
        centre: tuple[int, int, int] = (14, 8, 9),
        radius: float = 4.0,
        *,
        need: float = 0.5,
        gain: float = 8.0,
    ) -> None:
        super().__init__(shape, kind="volume")
        self.need, self.gain = need, gain
        square = sum(
            (axis - middle) ** 2 for axis, middle in zip(np.indices(shape), centre, strict=True)
        )
        self._ball: NDArray[np.bool_] = np.asarray(square <= radius**2)

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = float(np.clip(data[0][self._ball], 0, 1).mean())
        return softmax([0.0, self.gain * (seen - self.need)])

    def data(self, dim: float = 0.02) -> NDArray[np.float32]:
        """A dim volume (1, D1, D2, D3) with the ball bright."""
        return np.where(self._ball, np.float32(1), np.float32(dim))[None].astype(np.float32)

    def truth(self) -> NDArray[np.bool_]:
        """The ball, (D1, D2, D3)."""
        return self._ball.copy()


class RowRule(Synthetic):
    """A row of features (1, F): class 1 where every one of `needed` is above 0.5.

    With ``either=True`` one of them is enough.
    """

    def __init__(
        self,
        features: int = 12,
        needed: Sequence[int] = (3, 8),
        *,
        either: bool = False,
        gain: float = 8.0,
    ) -> None:
        super().__init__((features,), kind="table")
        self.needed, self.either, self.gain = tuple(needed), either, gain

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        seen = np.clip(data[0, list(self.needed)], 0, 1)
        enough = float(seen.max() if self.either else seen.min())
        return softmax([0.0, self.gain * (enough - 0.5)])

    def data(self, dim: float = 0.2) -> NDArray[np.float32]:
        """A row (1, F), the needed features 1 and the others `dim`."""
        size = self.preprocessing.size
        assert size is not None
        row = np.full((1, *size), dim, np.float32)
        row[0, list(self.needed)] = 1.0
        return row

    def truth(self) -> NDArray[np.bool_]:
        """The needed features, (F,)."""
        return self.data()[0] > 0.5


class TwoPatches(Synthetic):
    """A picture (1, H, W): class 1 where one of two square patches is bright, or both are."""

    def __init__(
        self,
        shape: tuple[int, int] = (32, 32),
        patches: Sequence[tuple[int, int]] = ((4, 4), (20, 22)),
        side: int = 6,
        *,
        both: bool = False,
        need: float = 0.5,
        gain: float = 8.0,
    ) -> None:
        super().__init__(shape)
        self.both, self.need, self.gain = both, need, gain
        self.patches = [np.s_[row : row + side, column : column + side] for row, column in patches]

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        bright = np.clip(data[0], 0, 1)
        seen = [float(bright[patch].mean()) for patch in self.patches]
        enough = min(seen) if self.both else max(seen)
        return softmax([0.0, self.gain * (enough - self.need)])

    def data(self, dim: float = 0.02) -> NDArray[np.float32]:
        """A dim picture (1, H, W) with every patch bright."""
        size = self.preprocessing.size
        assert size is not None
        picture = np.full((1, *size), dim, np.float32)
        for patch in self.patches:
            picture[0][patch] = 1.0
        return picture

    def truth(self) -> list[NDArray[np.bool_]]:
        """One mask (H, W) per patch."""
        masks = []
        for patch in self.patches:
            mask = np.zeros(self.preprocessing.size or (), np.bool_)
            mask[patch] = True
            masks.append(mask)
        return masks


def sample_of_kind(data: NDArray[np.float32], kind: str, axes: Axes | None = None) -> Sample:
    """A sample of a preprocessed (1, …) input of any kind, its picture as the library has it."""
    grey = np.clip(data[0] * 255, 0, 255).astype(np.uint8)
    plane = (
        grey[None] if grey.ndim == 1 else grey[:, :, grey.shape[2] // 2] if grey.ndim == 3 else grey
    )
    picture = np.stack([plane] * 3, axis=2)
    if kind == "image":
        return Sample(np.array(data, np.float32), picture, "array")
    return Sample(
        np.array(data, np.float32),
        picture,
        "array",
        kind=kind,
        axes=axes or usual_axes(kind, data.ndim - 1),
        values=np.array(data, np.float32),
    )


def dice(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """Twice what two masks share, divided by what they have together; 0..1."""
    shared = int(np.logical_and(first, second).sum())
    return 2 * shared / max(int(first.sum()) + int(second.sum()), 1)


def smallest_sufficient(model: Any, cells: Sequence[NDArray[np.bool_]]) -> list[tuple[int, ...]]:
    """Every set of `cells` that gives class 1 and loses it with any one of its cells taken away.

    Parameters
    ----------
    model
        One of this module.
    cells
        Masks over the model's input, at most 12.
    """
    data = model.data()
    passing = set()
    for shown in product((False, True), repeat=len(cells)):
        mask = np.zeros(data.shape[1:], np.bool_)
        for cell, visible in zip(cells, shown, strict=True):
            if visible:
                mask |= cell
        if model((data * mask)[None]).argmax() == 1:
            passing.add(frozenset(np.flatnonzero(shown).tolist()))
    return sorted(
        tuple(sorted(chosen)) for chosen in passing if not any(other < chosen for other in passing)
    )
