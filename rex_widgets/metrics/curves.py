"""Insertion and deletion: the target's confidence while places come or go in order of a map."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, ModelError

Confidences = Callable[[NDArray[np.bool_]], NDArray[np.floating[Any]]]
"""From masks ``(N, …)`` of what is visible to the target's confidences ``(N,)``."""


@dataclass(frozen=True, eq=False)
class Curve:
    """Confidence against the number of places that were added or taken away.

    Attributes
    ----------
    positions
        ``(P,)`` int64: places added (insertion) or taken away (deletion), from 0 to all.
    confidences
        ``(P,)`` float64: the target's confidence then.
    area
        Under the curve by Simpson's rule; divided by the whole input's confidence times the
        number of places if ``normalised`` (above 1 where parts convince more than the whole).
    normalised
        Whether ``area`` was divided.
    """

    positions: NDArray[np.int64] = field(repr=False)
    confidences: NDArray[np.float64] = field(repr=False)
    area: float
    normalised: bool


def insertion_curve(
    order: NDArray[np.floating[Any]],
    confidences: Confidences,
    *,
    target_confidence: float,
    step: int = 100,
    normalise: bool = True,
    batch_size: int = 64,
) -> Curve:
    """Add places to an empty input, those of the highest value first.

    Parameters
    ----------
    order
        The map that ranks the places, any number of axes; ties in reading order.
    confidences
        The model: from masks ``(N, …)`` of what is visible to the target's ``(N,)`` confidences.
    target_confidence
        On the whole input, above 0.
    step
        Places added between two points. The first point is the empty input, the last one the
        whole, whatever the step.
    normalise
        Divide the area by ``target_confidence`` times the number of places.
    batch_size
        Masks given to ``confidences`` at once.

    Returns
    -------
    Curve
        A good order gives a large area.

    Raises
    ------
    InputError
        If the map holds NaN or no place, or a number is out of range.
    ModelError
        If ``confidences`` gives something else than one number per mask.

    Notes
    -----
    V. Petsiuk, A. Das and K. Saenko, RISE, BMVC 2018, section 3.3; step, Simpson's rule and
    normalising as in ReX (``Evaluation.insertion_deletion_curve``), which leaves out the empty
    input and what remains after the last full step.
    """
    return _curve(order, confidences, True, target_confidence, step, normalise, batch_size)


def deletion_curve(
    order: NDArray[np.floating[Any]],
    confidences: Confidences,
    *,
    target_confidence: float,
    step: int = 100,
    normalise: bool = True,
    batch_size: int = 64,
) -> Curve:
    """Take places away from the whole input, those of the highest value first.

    Parameters, errors and source as `insertion_curve`. A good order gives a small area.
    """
    return _curve(order, confidences, False, target_confidence, step, normalise, batch_size)


def curve_points(places: int, step: int) -> NDArray[np.int64]:
    """Numbers of places at which a curve is measured: 0, step, 2 step, …, all of them."""
    return np.append(np.arange(0, places, step, dtype=np.int64), np.int64(places))


def _curve(
    order: NDArray[np.floating[Any]],
    confidences: Confidences,
    adding: bool,
    whole: float,
    step: int,
    normalise: bool,
    batch_size: int,
) -> Curve:
    from scipy.integrate import simpson

    for name, number in (("step", step), ("batch_size", batch_size)):
        if number < 1:
            raise InputError(f"{name}={number} was given; expected 1 or more.")
    if normalise and not whole > 0:
        raise InputError(
            f"The target's confidence on the whole input is {whole}: areas cannot be divided by "
            "it. Pass normalise=False."
        )
    ranks = _ranks(order)
    points = curve_points(ranks.size, step)
    answers = [_answers(confidences, masks) for masks in _masks(ranks, points, adding, batch_size)]
    heights = np.concatenate(answers)
    under = float(simpson(heights, x=points))
    if normalise:
        under /= whole * ranks.size
    return Curve(points, heights, under, normalise)


def _ranks(order: NDArray[np.floating[Any]]) -> NDArray[np.int64]:
    """The place of every value in the order, 0 for the highest."""
    values = np.asarray(order)
    if values.ndim == 0 or values.size == 0 or np.isnan(values).any():
        raise InputError(
            f"The map has shape {values.shape} or holds NaN; expected numbers, one per place."
        )
    flat = np.argsort(-values.reshape(-1).astype(np.float64), kind="stable")
    ranks = np.empty(flat.size, np.int64)
    ranks[flat] = np.arange(flat.size)
    return ranks.reshape(values.shape)


def _masks(
    ranks: NDArray[np.int64], points: NDArray[np.int64], adding: bool, batch_size: int
) -> Iterator[NDArray[np.bool_]]:
    for first in range(0, len(points), batch_size):
        some = points[first : first + batch_size].reshape(-1, *(1,) * ranks.ndim)
        yield ranks < some if adding else ranks >= some


def _answers(confidences: Confidences, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
    answers = np.asarray(confidences(masks), np.float64)
    if answers.shape != (len(masks),) or not np.isfinite(answers).all():
        raise ModelError(
            f"For {len(masks)} masks the confidences have shape {answers.shape}, or are not "
            "finite; expected one finite number for each mask."
        )
    return answers
