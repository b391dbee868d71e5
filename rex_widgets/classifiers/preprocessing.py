"""How an input becomes the numbers that a model takes, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import KINDS
from rex_widgets.errors import ModelError

INTERPOLATIONS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
"""The resampling filters of Pillow, by the names that model metadata uses."""

PICTURE_CHANNELS = (1, 3, 4)
"""Grey, colour, colour and alpha."""

NDIM = {"image": 2, "table": 1, "signal": 1, "audio": 1, "volume": 3}
"""Axes of each kind of input, the channels not counted."""

_SIZES = {1: "one length, (length,)", 2: "(height, width)", 3: "three lengths, one per axis"}


@dataclass(frozen=True)
class Preprocessing:
    """What a model expects of its input: shape, range and order of the channels.

    A model's input is ``(values / scale - mean) / std``, channels first, where the values of a
    picture lie in 0..255 and those of any other kind are as a person reads them.

    Parameters
    ----------
    size
        What the model takes, without channels: (height, width), (length,), or three lengths of a
        volume; None keeps the input's own.
    channels
        1 (grey), 3 (colour) or 4 (colour and alpha) for pictures; any number for other kinds.
    mean, std
        One value per channel, in units of the values divided by `scale`; 0 and 1 by default.
    scale
        What the values are divided by first; 255 for pictures and 1 for other kinds by default.
    interpolation
        Pillow's name of the filter used to resize pictures.
    crop
        Share of the shorter side that a centre crop keeps; 1.0 is a plain resize with no crop.
    channel_order
        "RGB" or "BGR".
    source
        Where these values come from, as a sentence part for people.
    kind
        One of `rex_widgets.axes.KINDS`.
    feature_names
        Names of a table's columns in the model's order, where the model tells them.

    Raises
    ------
    ModelError
        For a value out of range, or a length that does not fit `channels`.
    """

    size: tuple[int, ...] | None
    channels: int = 3
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    scale: float | None = None
    interpolation: str = "bicubic"
    crop: float = 1.0
    channel_order: str = "RGB"
    source: str = "default"
    kind: str = "image"
    feature_names: tuple[str, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ModelError(f"kind={self.kind!r} was given; expected one of {', '.join(KINDS)}.")
        if self.kind == "image" and self.channels not in PICTURE_CHANNELS:
            raise ModelError(
                f"The model takes {self.channels} channels; pictures have 1 (grey), 3 (colour) or "
                "4 (colour and alpha). Wrap the model in a function that takes one of these, or "
                "say what the input is with mode= (tabular, spectral, audio, voxel)."
            )
        if self.channels < 1:
            raise ModelError(f"channels={self.channels} was given; expected a whole number >= 1.")
        if self.scale is None:
            object.__setattr__(self, "scale", 255.0 if self.kind == "image" else 1.0)
        # An empty tuple means "no shift, no stretch", whatever the number of channels.
        object.__setattr__(self, "mean", _per_channel(self.mean, self.channels, "mean", 0.0))
        object.__setattr__(self, "std", _per_channel(self.std, self.channels, "std", 1.0))
        if any(value <= 0 for value in self.std):
            raise ModelError(f"std={self.std} was given; every value must be above 0.")
        if not (np.isfinite(self.factor) and self.factor > 0):
            raise ModelError(f"scale={self.scale} was given; expected a number above 0, e.g. 255.")
        if not 0 < self.crop <= 1:
            raise ModelError(f"crop={self.crop} was given; expected a share in (0, 1].")
        if self.interpolation not in INTERPOLATIONS:
            raise ModelError(
                f"interpolation={self.interpolation!r} was given; "
                f"expected one of {', '.join(INTERPOLATIONS)}."
            )
        if self.channel_order not in ("RGB", "BGR"):
            raise ModelError(
                f"channel_order={self.channel_order!r} was given; expected 'RGB' or 'BGR'."
            )
        axes = NDIM[self.kind]
        if self.size is not None and (len(self.size) != axes or min(self.size) < 1):
            raise ModelError(
                f"size={self.size} was given; a model of kind {self.kind} has {_SIZES[axes]}, "
                "each >= 1."
            )

    @property
    def factor(self) -> float:
        """What the values are divided by first."""
        return 1.0 if self.scale is None else self.scale

    def normalise(self, pixels: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn pixels, or the values of any other kind, into the model's input.

        Parameters
        ----------
        pixels
            Pictures: (H, W, channels), values in 0..255, RGB order. Any other kind: channels
            first, ``(channels, *size)``.

        Returns
        -------
        ndarray
            ``(channels, *size)`` float32, contiguous.
        """
        first = pixels.transpose(2, 0, 1) if self.kind == "image" else pixels
        planes = first.astype(np.float32)
        planes /= np.float32(self.factor)
        if self.channel_order == "BGR":
            planes = _reversed_colours(planes)
        mean, std = self._columns()
        return np.ascontiguousarray((planes - mean) / std, dtype=np.float32)

    def picture(self, data: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Undo `normalise`: what a person sees in a picture that the model takes.

        Parameters
        ----------
        data
            (channels, H, W) as the model takes it.

        Returns
        -------
        ndarray
            (H, W, 3) uint8, clipped to 0..255; grey is repeated over the three channels, and
            what is transparent is put on white.
        """
        pixels = np.clip(np.rint(self.values(data)), 0, 255).transpose(1, 2, 0)
        if self.channels == 4:
            alpha = pixels[:, :, 3:] / np.float32(255)
            pixels = np.rint(pixels[:, :, :3] * alpha + np.float32(255) * (1 - alpha))
        shown = pixels.astype(np.uint8)
        if self.channels == 1:
            shown = np.repeat(shown, 3, axis=2)
        return np.ascontiguousarray(shown)

    def values(self, data: NDArray[np.float32]) -> NDArray[np.float32]:
        """Undo `normalise` for any kind, keeping channels first and all values.

        Parameters
        ----------
        data
            ``(channels, *size)`` as the model takes it.

        Returns
        -------
        ndarray
            ``(channels, *size)`` float32, colours in RGB order.
        """
        mean, std = self._columns()
        planes = (data * std + mean) * np.float32(self.factor)
        if self.channel_order == "BGR":
            planes = _reversed_colours(planes)
        return np.ascontiguousarray(planes, dtype=np.float32)

    def _columns(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        column = (-1,) + (1,) * NDIM[self.kind]
        mean = np.asarray(self.mean, dtype=np.float32).reshape(column)
        std = np.asarray(self.std, dtype=np.float32).reshape(column)
        return mean, std


def _reversed_colours(planes: NDArray[np.float32]) -> NDArray[np.float32]:
    # Alpha stays last.
    return planes[[2, 1, 0, 3]] if len(planes) == 4 else planes[::-1]


def _per_channel(
    values: tuple[float, ...], channels: int, name: str, default: float
) -> tuple[float, ...]:
    given = tuple(float(value) for value in values) or (default,)
    if len(given) == 1:
        given = given * channels
    if len(given) != channels:
        raise ModelError(
            f"{name} has {len(given)} values but the model takes {channels} channel(s); "
            "give one number, or one per channel."
        )
    if not all(np.isfinite(given)):
        raise ModelError(f"{name}={given} was given; every value must be a finite number.")
    return given
