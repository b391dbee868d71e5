"""What hidden pixels are replaced by: occlusions, registered by name.

An occlusion turns the sample (after normalisation) into a background; a mutant
shows the sample where its mask keeps it and the background elsewhere. What a
mutant looks like depends on its mask and on the seed alone, so that an answer
in the evaluation log holds whenever, and in whatever batch, it was asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.masks import Mask
from rex_widgets.settings import unknown_name

LEVELS = 20
"""Values between the smallest and the largest that ``linear`` chooses from."""

SPECTRAL_NOISE = 0.02
"""Standard deviation of the noise of ``spectral``, in the units of the normalised input."""

Image = NDArray[np.float32]
Background = Callable[[Mask], Image]
"""Gives the background, broadcastable to ``(C, *space)``, for a mask."""


@dataclass(frozen=True, eq=False)
class Occluded:
    """What a background is made for.

    Attributes
    ----------
    data
        The sample, float32 ``(C, *space)``, normalised.
    seed
        Of random backgrounds.
    context
        Another input of the sample's shape, or ``None``.
    noise
        Sigma of the Gaussian blur put over the context, in pixels, voxels or
        samples; ``None`` for no blur.
    """

    data: Image
    seed: int = 0
    context: Any = None
    noise: float | None = None


class Occlusion(Protocol):
    """Builds the background of a sample."""

    def __call__(self, occluded: Occluded) -> Background:
        """Return the background for ``occluded.data``."""


MaskValue = float | str | Sequence[float] | Callable[..., Any] | NDArray[np.float32]

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


def background_of(
    mask_value: MaskValue,
    data: Image,
    seed: int = 0,
    *,
    context: Any = None,
    noise: float | None = None,
) -> Background:
    """Build the background that ``mask_value`` asks for.

    Parameters
    ----------
    mask_value
        A number (put into every channel after normalisation); one number per
        channel; an array that broadcasts to the sample (another input; for
        one-dimensional samples also an array of their length); a
        callable from the sample to such an array, or from a mask (boolean,
        ``space``) and the sample, asked anew for every mutant; or a name:

        - ``min``: the smallest value of the sample;
        - ``mean``: the mean of each channel;
        - ``blur``: the sample blurred, sigma 1/16 of its longest axis;
        - ``random``: one value per mutant, uniform between the sample's
          smallest and largest;
        - ``linear``: one value per mutant, one of `LEVELS` equally spaced from
          the smallest to the largest (ReX 0.4.1 takes them in turn, one per
          iteration; here the mask decides, so that equal masks are equal
          mutants);
        - ``spectral``: along the last axis, a straight line from the visible
          place before each hidden run to the one after it, plus Gaussian noise
          of `SPECTRAL_NOISE`. A run at the border goes on with the nearest
          visible value; a line with nothing visible has its channel's mean;
        - ``context``: another input, blurred if ``noise`` is given.
    data
        The sample, float32 ``(C, *space)``, normalised.
    seed
        Seed of random backgrounds, used together with each mask's digest.
    context
        For ``context``: the other input, of the sample's shape (without the
        channel axis where there is one channel), normalised in the same way.
    noise
        For ``context``: sigma of the blur, in pixels, voxels or samples.

    Returns
    -------
    Background
        Function from a `Mask` to an array that broadcasts to ``data``.

    Raises
    ------
    SettingsError
        The name is unknown, or ``context`` is missing.
    InputError
        An array has the wrong shape or is not finite.
    """
    if isinstance(mask_value, str):
        if mask_value not in _REGISTRY:
            raise unknown_name(mask_value, _REGISTRY, "mask_value")
        return _REGISTRY[mask_value](Occluded(data, seed, context, noise))
    if callable(mask_value):
        return _called(mask_value, data)
    if isinstance(mask_value, int | float):
        return _fixed(_everywhere(mask_value, data), data)
    values = np.asarray(mask_value, dtype=np.float32)
    a_line = isinstance(mask_value, np.ndarray) and values.shape == data.shape[1:]
    if values.ndim == 1 and not a_line:
        values = _per_channel(values, data)
    return _fixed(values, data)


def _per_channel(values: Image, data: Image) -> Image:
    if len(values) != data.shape[0]:
        raise SettingsError(
            f"mask_value has {len(values)} numbers; the input has {data.shape[0]} channels: "
            "give one number per channel, or a single one."
        )
    return values.reshape(-1, *(1,) * (data.ndim - 1))


def _everywhere(value: float, data: Image) -> Image:
    return np.full((1,) * data.ndim, value, dtype=np.float32)


def _fixed(values: Any, data: Image) -> Background:
    checked = _checked(values, data)
    return lambda mask: checked


def _checked(values: Any, data: Image) -> Image:
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
    # with all axes, so that a stack of backgrounds broadcasts like one of them
    return np.reshape(values, (1,) * (data.ndim - values.ndim) + values.shape)


def _called(function: Callable[..., Any], data: Image) -> Background:
    if _wants_mask(function):
        return lambda mask: _checked(function(mask.array().copy(), data.copy()), data)
    return _fixed(function(data.copy()), data)


def _wants_mask(function: Callable[..., Any]) -> bool:
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return False
    places = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    needed = [p for p in parameters if p.kind in places and p.default is p.empty]
    return len(needed) == 2


def _generator(mask: Mask, seed: int) -> np.random.Generator:
    return np.random.default_rng([seed, int.from_bytes(mask.digest[:8], "little")])


def _channel_means(data: Image) -> Image:
    return np.asarray(data.mean(axis=tuple(range(1, data.ndim)), keepdims=True), np.float32)


def _blurred(data: Image, sigma: float) -> Image:
    from scipy.ndimage import gaussian_filter

    sigmas = (0.0, *(sigma,) * (data.ndim - 1))
    return np.asarray(gaussian_filter(data, sigma=sigmas, mode="nearest"), np.float32)


@register("min")
def _minimum(occluded: Occluded) -> Background:
    return _fixed(occluded.data.min(keepdims=True), occluded.data)


@register("mean")
def _mean(occluded: Occluded) -> Background:
    return _fixed(_channel_means(occluded.data), occluded.data)


@register("blur")
def _blur(occluded: Occluded) -> Background:
    data = occluded.data
    return _fixed(_blurred(data, max(data.shape[1:]) / 16), data)


@register("random")
def _random(occluded: Occluded) -> Background:
    data = occluded.data
    low, high = float(data.min()), float(data.max())
    return lambda mask: _everywhere(_generator(mask, occluded.seed).uniform(low, high), data)


@register("linear")
def _linear(occluded: Occluded) -> Background:
    data = occluded.data
    levels = np.linspace(data.min(), data.max(), LEVELS)
    backgrounds = [_everywhere(float(level), data) for level in levels]
    return lambda mask: backgrounds[_generator(mask, occluded.seed).integers(LEVELS)]


@register("spectral")
def _spectral(occluded: Occluded) -> Background:
    data = occluded.data
    means = _channel_means(data)

    def lines(mask: Mask) -> Image:
        noise = _generator(mask, occluded.seed).standard_normal(data.shape, dtype=np.float32)
        bridged = straight_lines(data, mask.array(), means)
        return np.asarray(bridged + SPECTRAL_NOISE * noise, np.float32)

    return lines


@register("context")
def _context(occluded: Occluded) -> Background:
    data, context = occluded.data, occluded.context
    if context is None:
        raise SettingsError(
            "mask_value was 'context', but no context was given. Give another input as context, "
            "or another mask_value."
        )
    if isinstance(context, str):
        raise SettingsError(
            f"context was the path {context!r}; expected the input that it holds, as an array "
            "preprocessed like the input itself."
        )
    values = np.asarray(context, dtype=np.float32)
    if values.shape == data.shape[1:] and len(data) == 1:
        values = values[None]
    if values.shape != data.shape:
        raise InputError(
            f"The context has shape {values.shape}; expected {data.shape}, the input's. "
            "Give an input of the same size and channels."
        )
    values = _checked(values, data)
    return _fixed(_blurred(values, occluded.noise) if occluded.noise else values, data)


def straight_lines(data: Image, visible: NDArray[np.bool_], means: Image) -> Image:
    """Bridge every hidden run of the last axis by a straight line.

    Parameters
    ----------
    data
        Float32 ``(C, *space)``.
    visible
        Boolean, ``space``.
    means
        One value per channel, ``(C, 1, ...)``, for lines with nothing visible.

    Returns
    -------
    ndarray
        ``(C, *space)``: the data where visible; between two visible places the
        straight line from one to the other; beyond the first and the last one
        their values.
    """
    length = data.shape[-1]
    places = np.arange(length)
    before = np.maximum.accumulate(np.where(visible, places, -1), axis=-1)
    backwards = np.where(visible, places, length)[..., ::-1]
    after = np.minimum.accumulate(backwards, axis=-1)[..., ::-1]
    empty = before[..., -1:] < 0
    first = np.where(before < 0, after, before)
    last = np.where(after == length, before, after)
    first, last = np.where(empty, 0, first), np.where(empty, 0, last)
    start = np.take_along_axis(data, first[None], axis=-1)
    rise = np.take_along_axis(data, last[None], axis=-1) - start
    share = (places - first) / np.maximum(last - first, 1)
    # beyond the first and the last visible place there is no rise
    bridged = start + rise * np.where(last > first, share, 0.0)
    return np.where(empty, means, bridged).astype(np.float32)
