"""Where the axes of a volume point in the body, from its affine or from the axes' names."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError

_NAMED = {
    "right": (0, 1),
    "left": (0, -1),
    "anterior": (1, 1),
    "posterior": (1, -1),
    "superior": (2, 1),
    "inferior": (2, -1),
}
_LETTERS = (("L", "R"), ("P", "A"), ("I", "S"))
# Headers store the rotation in single precision: less than this is rounding, not a tilt.
_LEAST_TILT = 0.1


@dataclass(frozen=True)
class Orientation:
    """How the voxel axes of a volume lie in the body.

    Attributes
    ----------
    world
        For each voxel axis the nearest axis of the body: 0 left to right, 1 posterior to
        anterior, 2 inferior to superior. (0, 1, 2) where nothing is known.
    sign
        For each voxel axis +1 if its index grows towards right, anterior or superior, else -1.
    spacing
        Length of a voxel along each voxel axis, in `unit`.
    unit
        "mm" or "voxel".
    known
        Whether `world` and `sign` mean anything.
    tilt
        Largest angle, in degrees, between a voxel axis and the body's axis it is nearest to.
    affine
        Voxel indices to millimetres (RAS+), as four rows; None where there is none.
    """

    world: tuple[int, int, int]
    sign: tuple[int, int, int]
    spacing: tuple[float, float, float]
    unit: str
    known: bool
    tilt: float = 0.0
    affine: tuple[tuple[float, ...], ...] | None = None

    @property
    def codes(self) -> str:
        """Where each voxel axis points, such as "RAS" or "LPS"; empty if unknown."""
        if not self.known:
            return ""
        pairs = zip(self.world, self.sign, strict=True)
        return "".join(_LETTERS[world][sign > 0] for world, sign in pairs)

    def state(self) -> dict[str, Any]:
        """JSON values, for the browser."""
        return {
            "world": list(self.world),
            "sign": list(self.sign),
            "spacing": list(self.spacing),
            "unit": self.unit,
            "known": self.known,
            "tilt": self.tilt,
            "affine": None if self.affine is None else [list(row) for row in self.affine],
        }


def orientation_of(axes: Axes | None) -> Orientation:
    """Read where a volume's axes point.

    The affine decides; without one the axes' names do ("right" for an axis whose index grows
    towards the right, and so on); other names leave the orientation unknown, and then no side
    is ever labelled.

    Parameters
    ----------
    axes
        The three axes of a volume, or None if nothing is known.

    Raises
    ------
    InputError
        If there are not three axes, or spacing or affine are unusable.
    """
    if axes is None:
        return Orientation((0, 1, 2), (1, 1, 1), (1.0, 1.0, 1.0), "voxel", known=False)
    if len(axes.spacing) != 3:
        raise InputError(
            f"The axes have {len(axes.spacing)} spacings; a volume has three axes. Give "
            "Axes(names, units, spacing) with three of each."
        )
    if axes.affine is not None:
        return _of_affine(np.asarray(axes.affine, np.float64))
    spacing = _checked_spacing(axes.spacing)
    unit = "mm" if all(unit == "mm" for unit in axes.units) else "voxel"
    named = [_NAMED.get(name.strip().lower()) for name in axes.names]
    found = [place for place in named if place is not None]
    if len(found) == 3 and len({world for world, _ in found}) == 3:
        worlds, signs = zip(*found, strict=True)
        return Orientation(_three(worlds), _three(signs), spacing, unit, known=True)
    return Orientation((0, 1, 2), (1, 1, 1), spacing, unit, known=False)


def _of_affine(affine: NDArray[np.float64]) -> Orientation:
    if affine.shape != (4, 4) or not np.isfinite(affine).all():
        raise InputError(
            f"The affine has shape {affine.shape}; expected a finite (4, 4) matrix from voxel "
            "indices to millimetres."
        )
    if not np.array_equal(affine[3], (0.0, 0.0, 0.0, 1.0)):
        raise InputError(
            f"The affine's last row is {affine[3].tolist()}; expected [0, 0, 0, 1]. Is it "
            "transposed?"
        )
    matrix = affine[:3, :3]
    zooms = np.sqrt((matrix**2).sum(axis=0))
    # The volume of a voxel of unit edges tells whether three axes point three ways.
    if zooms.min() < 1e-9 or zooms.max() > 1e9 or abs(np.linalg.det(matrix / zooms)) < 1e-6:
        raise InputError(
            f"The affine is unusable (voxel sizes {np.round(zooms, 6).tolist()} mm, or axes that "
            "do not point three ways); set it anew."
        )
    cosines = matrix / zooms
    # Each voxel axis gets a body axis of its own, those that together lie nearest.
    best = max(
        itertools.permutations(range(3)),
        key=lambda order: sum(abs(cosines[world, axis]) for axis, world in enumerate(order)),
    )
    nearest = np.array([cosines[world, axis] for axis, world in enumerate(best)])
    tilt = float(np.degrees(np.arccos(np.clip(np.abs(nearest), 0, 1)).max()))
    return Orientation(
        world=_three(best),
        sign=_three(1 if cosine > 0 else -1 for cosine in nearest),
        spacing=_checked_spacing(zooms.tolist()),
        unit="mm",
        known=True,
        tilt=round(tilt, 2) if tilt >= _LEAST_TILT else 0.0,
        affine=tuple(tuple(float(value) for value in row) for row in affine),
    )


def _checked_spacing(spacing: Any) -> tuple[float, float, float]:
    steps = [float(step) for step in spacing]
    if not all(np.isfinite(step) and 1e-9 < step < 1e9 for step in steps):
        raise InputError(f"The spacing is {steps}; expected three positive numbers.")
    return (steps[0], steps[1], steps[2])


def _three(values: Any) -> tuple[int, int, int]:
    first, second, third = values
    return (first, second, third)
