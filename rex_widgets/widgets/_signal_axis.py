"""The axis under a signal, as the browser needs it: positions, unit, names, sample rate."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes, usual_axes
from rex_widgets.errors import InputError

_MOST_LETTERS = 200
_RECIPROCAL = ("1/cm", "cm-1", "cm^-1", "cm⁻¹")


@dataclass(frozen=True, eq=False)
class SignalAxis:
    """What is known of the places along one axis.

    Attributes
    ----------
    axes
        As given, or what is usual for the kind.
    first, step
        Position of the first place and distance of neighbours, in the axis' unit, where they
        are regular.
    positions
        float64 (L,), strictly rising or falling; None where regular.
    labels
        Names of features or channels, at most 200 letters each; may be empty.
    note
        What a person should know; often empty.
    """

    axes: Axes
    first: float
    step: float
    positions: NDArray[np.float64] | None = field(repr=False)
    labels: tuple[str, ...] = field(repr=False)
    note: str = ""

    @property
    def descending(self) -> bool:
        """The positions fall from the first place to the last."""
        return self.positions is not None and bool(self.positions[0] > self.positions[-1])

    @property
    def usually_reversed(self) -> bool:
        """A reader expects it from high to low: given so, or wavenumbers."""
        name, unit = self.axes.names[0].lower(), self.axes.units[0].replace(" ", "")
        return self.descending or (name.startswith("wavenumber") and unit in _RECIPROCAL)

    @property
    def rate(self) -> float | None:
        """Samples a second, where the axis is time in seconds."""
        if self.axes.units[0] != "s" or self.positions is not None:
            return None
        return 1.0 / self.step if self.step > 0 else None

    def document(self) -> dict[str, Any]:
        """JSON values of the axis; the positions travel as a buffer of their own."""
        return {
            "name": self.axes.names[0][:_MOST_LETTERS],
            "unit": self.axes.units[0][:_MOST_LETTERS],
            "first": self.first,
            "step": self.step,
            "positions": self.positions is not None,
            "rate": self.rate,
        }


def signal_axis(
    axes: Axes | None, kind: str, length: int, channels: int, channel_names: Sequence[str]
) -> SignalAxis:
    """Check an axis against the values that lie along it.

    Raises
    ------
    InputError
        If it has more than one axis, or as many positions or labels as do not fit.
    """
    chosen = usual_axes(kind, 1) if axes is None else axes
    if not isinstance(chosen, Axes) or len(chosen.names) != 1:
        raise InputError(
            f"axes is {chosen!r}; expected rex_widgets.axes.Axes with one name, unit and spacing."
        )
    step = float(chosen.spacing[0])
    if not (math.isfinite(step) and step > 0):
        raise InputError(f"The spacing of axes is {step}; expected a finite number above 0.")
    labels = _names(chosen.labels, length, "labels in axes", "places")
    if kind != "table":
        labels = _names(channel_names, channels, "channel_names", "channels")
    if chosen.positions is None:
        return SignalAxis(chosen, 0.0, step, None, labels)
    places = np.array(chosen.positions, dtype="<f8")
    if places.shape != (length,) or not np.isfinite(places).all():
        raise InputError(
            f"axes has positions of shape {places.shape}; expected {length} finite numbers, one "
            "for each place."
        )
    return _placed(chosen, places, step, labels)


def timed(axes: Axes | None, sample_rate: float | None) -> Axes | None:
    """The axis given, or the one of a sample rate.

    Raises
    ------
    InputError
        If both were given, or the rate is none.
    """
    if sample_rate is None:
        return axes
    if axes is not None:
        raise InputError("Both axes and sample_rate were given; give one of them.")
    if not (math.isfinite(sample_rate) and sample_rate > 0):
        raise InputError(f"sample_rate={sample_rate} was given; expected a number above 0.")
    return Axes(("time",), ("s",), (1.0 / sample_rate,))


def _placed(
    axes: Axes, places: NDArray[np.float64], step: float, labels: tuple[str, ...]
) -> SignalAxis:
    steps = np.diff(places)
    if not ((steps > 0).all() or (steps < 0).all()):
        counted = Axes(("sample",), ("",), (1.0,))
        note = "The positions do not run in one direction: drawn over the samples' numbers."
        return SignalAxis(counted, 0.0, 1.0, None, labels, note)
    if len(steps) and (steps > 0).all():
        mean = float(places[-1] - places[0]) / len(steps)
        regular = places[0] + np.arange(len(places)) * mean
        if np.abs(places - regular).max() < 1e-6 * mean:
            return SignalAxis(axes, float(places[0]), mean, None, labels)
    return SignalAxis(axes, float(places[0]), step, places, labels)


def _names(given: Sequence[str], count: int, what: str, things: str) -> tuple[str, ...]:
    names = tuple(str(name)[:_MOST_LETTERS] for name in given)
    if names and len(names) != count:
        raise InputError(
            f"There are {len(names)} {what}, but {count} {things}; give one for each, or none."
        )
    return names
