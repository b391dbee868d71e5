"""The pictures that explanations and runs give to be looked at side by side."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.masks import mask_of
from rex_widgets.occlusion import background_of
from rex_widgets.report.picture import shown_picture
from rex_widgets.results import Explanation
from rex_widgets.run import Run

GREY = 128
_LEVELS_OFF = 1.5
"""Largest error, in 8-bit levels, of a normalisation that counts as understood."""


def check_is_image(explanation: Explanation) -> None:
    """Raise `InputError` for anything that is no picture."""
    if explanation.kind != "image":
        raise InputError(
            f"This explains a {explanation.kind}; linked views show pictures. VolumeView shows "
            "volumes, SignalView rows, signals and sounds."
        )
    if explanation.target.index < 0:
        raise InputError("There is no explanation yet: drive the run first, as run.wait() does.")


def kept_alone(explanation: Explanation, sample: Sample | None) -> tuple[NDArray[np.uint8], str]:
    """Return the picture with everything outside the explanation hidden, and how it was hidden.

    With the sample, and a normalisation that is one factor and one offset per channel, it is what
    the model saw. Else what is hidden is grey.
    """
    picture = shown_picture(explanation)
    mask = explanation.mask
    filled = None if sample is None else _as_seen(explanation, sample, mask)
    if filled is not None:
        chosen = getattr(explanation.settings, "mask_value", None)
        hidden = chosen if isinstance(chosen, str) else "as the model saw it"
        if isinstance(chosen, int | float):
            hidden = f"{chosen:g}"
        return np.where(mask[..., None], picture, filled), f"hidden: {hidden}"
    return np.where(mask[..., None], picture, np.uint8(GREY)), "hidden: shown grey"


def masks_of(explanation: Explanation) -> list[tuple[str, NDArray[Any]]]:
    """Return the explanation's masks by name: its parts, where there are several."""
    if explanation.parts:
        return [(part.name, part.mask) for part in explanation.parts]
    return [("explanation", explanation.mask)] if explanation.mask.any() else []


def no_map(index: int, run: Run | None) -> str:
    """Say why a class has no map, and what to do."""
    if run is None:
        return (
            f"An explanation holds the map of its own class alone, not of class {index}. Give the "
            "run it came from: LinkedViews.of(run, classes=[...])."
        )
    return (
        f"Class {index} has no map: no mutant of this search was given it. Explain it by "
        f"run.for_target({index}), and add its map by add_map."
    )


def _as_seen(
    explanation: Explanation, sample: Sample, mask: NDArray[np.bool_]
) -> NDArray[np.uint8] | None:
    """The background in the picture's own levels; None where these cannot be told."""
    picture = shown_picture(explanation)
    data = sample.data
    if data.shape != (3, *picture.shape[:2]) or not hasattr(explanation.settings, "mask_value"):
        return None
    settings = explanation.settings
    background = np.broadcast_to(
        background_of(
            settings.mask_value,
            data,
            explanation.seed,
            context=settings.context,
            noise=settings.noise,
        )(mask_of(mask)),
        data.shape,
    )
    channels = []
    for index in range(3):
        fitted = _line(data[index], picture[..., index])
        if fitted is None:
            return None
        factor, offset = fitted
        channels.append(background[index] * factor + offset)
    return np.stack(channels, axis=-1).round().clip(0, 255).astype(np.uint8)


def _line(data: NDArray[Any], levels: NDArray[np.uint8]) -> tuple[float, float] | None:
    """Factor and offset from what the model sees to what a person sees of one channel."""
    x, y = data.ravel().astype(np.float64), levels.ravel().astype(np.float64)
    spread = x - x.mean()
    power = float(spread @ spread)
    if power == 0:
        return None
    factor = float(spread @ (y - y.mean())) / power
    offset = float(y.mean() - factor * x.mean())
    error = float(np.abs(factor * x + offset - y).max())
    return (factor, offset) if error <= _LEVELS_OFF else None
