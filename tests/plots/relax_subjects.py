"""An explanation of a representation of every kind, for looking at what draws them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.relax.explanation import RelaxExplanation
from tests.plots import subjects
from tests.relax.examples import filled


def _waves(shape: tuple[int, ...], turns: float, shift: float) -> NDArray[np.float64]:
    """A smooth map in [0, 1] that has hills of different height along every axis."""
    grids = np.meshgrid(*(np.linspace(0, 1, side) for side in shape), indexing="ij")
    wave = sum(
        np.sin(turns * (axis + 1) * grid + shift) * (1 - 0.3 * axis)
        for axis, grid in enumerate(grids)
    )
    low, high = np.min(wave), np.max(wave)
    return np.asarray((wave - low) / (high - low))


def _of(kind: str, shape: tuple[int, ...], **changes: Any) -> RelaxExplanation:
    importance = (0.7 + 0.2 * _waves(shape, 3.1, 0.4)).astype(np.float32)
    uncertainty = (0.004 + 0.01 * _waves(shape, 4.3, 2.0)).astype(np.float32)
    error = (0.002 + 0.006 * _waves(shape, 2.0, 1.0)).astype(np.float32)
    maps = {"importance": importance, "uncertainty": uncertainty, "importance_error": error}
    return filled(kind, space=shape, **(maps | changes))


def picture() -> RelaxExplanation:
    """The scene's house."""
    return _of("image", (96, 128), picture=subjects.scene(), source="house.png")


def spectrum() -> RelaxExplanation:
    """An infrared spectrum over its wavenumbers."""
    known = subjects.spectrum()
    return _of(
        "signal", known.map.shape, axes=known.axes, values=known.values, source="spectrum.csv"
    )


def row() -> RelaxExplanation:
    """A row of a table with named features."""
    known = subjects.row()
    return _of("table", known.map.shape, axes=known.axes, values=known.values, source="wine.csv")


def volume() -> RelaxExplanation:
    """A head with millimetres and directions."""
    known = subjects.volume()
    return _of("volume", known.map.shape, axes=known.axes, values=known.values, source="head.nii")
