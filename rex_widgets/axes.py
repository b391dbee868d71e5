"""What the axes of an input mean: names, units, positions, orientation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

KINDS = ("image", "table", "signal", "audio", "volume")
"""Kinds of input: pictures, rows of features, spectra or time series, sound, 3D volumes."""

PLACES = {
    "image": "pixels",
    "table": "features",
    "signal": "samples",
    "audio": "samples",
    "volume": "voxels",
}
"""What a place of each kind is called, in the plural."""

THINGS = {
    "image": "image",
    "table": "row",
    "signal": "signal",
    "audio": "sound",
    "volume": "volume",
}
"""What an input of each kind is called."""


@dataclass(frozen=True, eq=False)
class Axes:
    """The axes over which an explanation's mask runs (never the channels).

    Attributes
    ----------
    names
        One per axis, e.g. ("row", "column"), ("wavenumber",), ("time",), ("feature",).
    units
        One per axis: "pixel", "1/cm", "s", "mm", or "" where there is none.
    spacing
        Distance of neighbouring places in `units`, one per axis.
    positions
        Where each place lies in `units`, for one axis; None where regular from 0.
    labels
        Feature names of a table; empty for other kinds.
    affine
        (4, 4): voxel indices to millimetres (RAS+), for volumes from NIfTI.
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    spacing: tuple[float, ...]
    positions: NDArray[np.float64] | None = field(default=None, repr=False)
    labels: tuple[str, ...] = field(default=(), repr=False)
    affine: NDArray[np.float64] | None = field(default=None, repr=False)

    def along(self, length: int) -> NDArray[np.float64]:
        """Positions of the places along the first axis, ``(length,)``, in its units."""
        if self.positions is not None:
            return self.positions
        return np.arange(length, dtype=np.float64) * self.spacing[0]

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """JSON values and arrays, for saving."""
        document = {
            "names": list(self.names),
            "units": list(self.units),
            "spacing": list(self.spacing),
            "labels": list(self.labels),
        }
        arrays = {"positions": self.positions, "affine": self.affine}
        return document, {k: v for k, v in arrays.items() if v is not None}


def usual_axes(kind: str, ndim: int) -> Axes:
    """The axes of an input of which nothing more is known."""
    if kind == "image":
        return Axes(("row", "column"), ("pixel", "pixel"), (1.0, 1.0))
    if kind == "volume":
        return Axes(("axis 1", "axis 2", "axis 3"), ("voxel",) * 3, (1.0,) * 3)
    name = {"table": "feature", "audio": "time"}.get(kind, "sample")
    return Axes((name,) * ndim, ("",) * ndim, (1.0,) * ndim)


def axes_of(document: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Axes:
    """Read what `Axes.state` gave."""

    def array(name: str) -> NDArray[np.float64] | None:
        return np.asarray(arrays[name], np.float64) if name in arrays else None

    return Axes(
        tuple(map(str, document["names"])),
        tuple(map(str, document["units"])),
        tuple(float(step) for step in document["spacing"]),
        array("positions"),
        tuple(map(str, document["labels"])),
        array("affine"),
    )
