"""How a picture becomes the numbers that a model takes, and the way back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError

INTERPOLATIONS = ("nearest", "box", "bilinear", "hamming", "bicubic", "lanczos")
"""The resampling filters of Pillow, by the names that model metadata uses."""


@dataclass(frozen=True)
class Preprocessing:
    """What a model expects of its input: shape, range and order of the channels.

    A model's input is ``(picture / scale - mean) / std``, channels first, where `picture` has
    values in 0..255.

    Parameters
    ----------
    size
        (height, width) that the model takes; None keeps the picture's own.
    channels
        1 (grey) or 3 (colour).
    mean, std
        One value per channel, in units of the picture divided by `scale`.
    scale
        What the values 0..255 are divided by first.
    interpolation
        Pillow's name of the filter used to resize.
    crop
        Share of the shorter side that a centre crop keeps; 1.0 is a plain resize with no crop.
    channel_order
        "RGB" or "BGR".
    source
        Where these values come from, as a sentence part for people.

    Raises
    ------
    ModelError
        For a value out of range, or a length that does not fit `channels`.
    """

    size: tuple[int, int] | None
    channels: int = 3
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    scale: float = 255.0
    interpolation: str = "bicubic"
    crop: float = 1.0
    channel_order: str = "RGB"
    source: str = "default"

    def __post_init__(self) -> None:
        if self.channels not in (1, 3):
            raise ModelError(
                f"The model takes {self.channels} channels; pictures have 1 (grey) or 3 (colour). "
                "Wrap the model in a function that takes one of these."
            )
        # An empty tuple means "no shift, no stretch", whatever the number of channels.
        object.__setattr__(self, "mean", _per_channel(self.mean, self.channels, "mean", 0.0))
        object.__setattr__(self, "std", _per_channel(self.std, self.channels, "std", 1.0))
        if any(value <= 0 for value in self.std):
            raise ModelError(f"std={self.std} was given; every value must be above 0.")
        if not (np.isfinite(self.scale) and self.scale > 0):
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
        if self.size is not None and (len(self.size) != 2 or min(self.size) < 1):
            raise ModelError(f"size={self.size} was given; expected (height, width), both >= 1.")

    def normalise(self, pixels: NDArray[np.uint8] | NDArray[np.float32]) -> NDArray[np.float32]:
        """Turn pixels into the model's input.

        Parameters
        ----------
        pixels
            (H, W, channels), values in 0..255, RGB order.

        Returns
        -------
        ndarray
            (channels, H, W) float32, contiguous.
        """
        planes = pixels.transpose(2, 0, 1).astype(np.float32)
        planes /= np.float32(self.scale)
        if self.channel_order == "BGR":
            planes = planes[::-1]
        mean, std = self._columns()
        return np.ascontiguousarray((planes - mean) / std, dtype=np.float32)

    def picture(self, data: NDArray[np.float32]) -> NDArray[np.uint8]:
        """Undo `normalise`: what a person sees in an input of the model.

        Parameters
        ----------
        data
            (channels, H, W) as the model takes it.

        Returns
        -------
        ndarray
            (H, W, 3) uint8, clipped to 0..255; grey is repeated over the three channels.
        """
        mean, std = self._columns()
        planes = (data * std + mean) * np.float32(self.scale)
        if self.channel_order == "BGR":
            planes = planes[::-1]
        pixels = np.clip(np.rint(planes), 0, 255).astype(np.uint8).transpose(1, 2, 0)
        if self.channels == 1:
            pixels = np.repeat(pixels, 3, axis=2)
        return np.ascontiguousarray(pixels)

    def _columns(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        mean = np.asarray(self.mean, dtype=np.float32)[:, None, None]
        std = np.asarray(self.std, dtype=np.float32)[:, None, None]
        return mean, std


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
