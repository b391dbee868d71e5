"""What hidden pixels are replaced by: occlusions, registered by name.

An occlusion turns the sample (after normalisation) into a background; a mutant
shows the sample where its mask keeps it and the background elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.settings import unknown_name

Image = NDArray[np.float32]
Background = Callable[[bytes], Image]
"""Gives the background, broadcastable to ``(C, H, W)``, for a mask's digest."""


class Occlusion(Protocol):
    """Builds the background of a sample; ``seed`` feeds random occlusions."""

    def __call__(self, data: Image, seed: int) -> Background:
        """Return the background of ``data`` (float32, ``(C, H, W)``)."""


MaskValue = float | str | Sequence[float] | Callable[[Image], Image] | NDArray[np.float32]

_REGISTRY: dict[str, Occlusion] = {}


def register(name: str) -> Callable[[Occlusion], Occlusion]:
    """Add an occlusion to the registry under a name that users write."""

    def add(occlusion: Occlusion) -> Occlusion:
        _REGISTRY[name] = occlusion
        return occlusion

    return add


def occlusion_names() -> tuple[str, ...]:
    """Names that ``mask_value`` understands, besides numbers."""
    return tuple(_REGISTRY)


def background_of(mask_value: MaskValue, data: Image, seed: int = 0) -> Background:
    """Build the background that ``mask_value`` asks for.

    Parameters
    ----------
    mask_value
        A number (put into every channel after normalisation), a registered
        name, one number per channel, an array that broadcasts to the sample
        (another input), or a callable from the sample to such an array.
    data
        The sample, float32 ``(C, H, W)``, normalised.
    seed
        Seed of random occlusions, used together with each mask's digest.

    Raises
    ------
    SettingsError
        The name is unknown.
    InputError
        An array has the wrong shape or is not finite.
    """
    if isinstance(mask_value, str):
        if mask_value not in _REGISTRY:
            raise unknown_name(mask_value, _REGISTRY, "mask_value")
        return _REGISTRY[mask_value](data, seed)
    if callable(mask_value):
        return _fixed(mask_value(data.copy()), data)
    if isinstance(mask_value, int | float):
        return _fixed(np.full((1,) * data.ndim, mask_value, dtype=np.float32), data)
    values = np.asarray(mask_value, dtype=np.float32)
    if values.ndim == 1:
        if len(values) != data.shape[0]:
            raise SettingsError(
                f"mask_value has {len(values)} numbers; the input has {data.shape[0]} channels: "
                "give one number per channel, or a single one."
            )
        values = values.reshape(-1, *(1,) * (data.ndim - 1))
    return _fixed(values, data)


def _fixed(values: NDArray[np.float32], data: Image) -> Background:
    values = np.asarray(values, dtype=np.float32)
    try:
        np.broadcast_to(values, data.shape)
    except ValueError:
        raise InputError(
            f"The background has shape {values.shape}; expected {data.shape} "
            "or something that broadcasts to it."
        ) from None
    if not np.isfinite(values).all():
        raise InputError("The background contains NaN or infinite values; expected finite numbers.")
    return lambda digest: values


@register("min")
def _minimum(data: Image, seed: int) -> Background:
    return _fixed(data.min(keepdims=True), data)


@register("mean")
def _mean(data: Image, seed: int) -> Background:
    return _fixed(data.mean(axis=tuple(range(1, data.ndim)), keepdims=True), data)


@register("blur")
def _blur(data: Image, seed: int) -> Background:
    from scipy.ndimage import gaussian_filter

    sigma = max(data.shape[1:]) / 16
    sigmas = (0.0, *(sigma,) * (data.ndim - 1))
    return _fixed(gaussian_filter(data, sigma=sigmas, mode="nearest"), data)


@register("random")
def _random(data: Image, seed: int) -> Background:
    low, high = float(data.min()), float(data.max())

    def draw(digest: bytes) -> Image:
        generator = np.random.default_rng([seed, int.from_bytes(digest[:8], "little")])
        return np.full((1,) * data.ndim, generator.uniform(low, high), dtype=np.float32)

    return draw
