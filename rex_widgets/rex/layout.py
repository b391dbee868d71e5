"""Between a script's order of axes and ours: channels first, then the places."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import usual_axes
from rex_widgets.classifiers.preprocessing import NDIM
from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.inputs.built import picture_of

if TYPE_CHECKING:
    import torch

    from rex_widgets.rex.data import Data


@dataclass(frozen=True)
class Layout:
    """Where the channels and the places of one input are.

    Attributes
    ----------
    kind
        One of `rex_widgets.axes.KINDS`.
    shape
        Of the script's tensor, without the batch axis.
    channels, space
        What it holds.
    last
        The channels are the last axis.
    """

    kind: str
    shape: tuple[int, ...]
    channels: int
    space: tuple[int, ...]
    last: bool

    def ours(self, array: NDArray[np.float32]) -> NDArray[np.float32]:
        """An array of the script's shape, as ``(C, *space)``."""
        array = np.moveaxis(array, -1, 0) if self.last else array
        return np.ascontiguousarray(array.reshape(self.channels, *self.space), np.float32)

    def theirs(self, batch: torch.Tensor) -> torch.Tensor:
        """A batch ``(N, C, *space)``, in the script's order."""
        batch = batch.movedim(1, -1) if self.last else batch
        return batch.reshape(len(batch), *self.shape).contiguous()

    def mask(self, places: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """A mask of places, repeated over the channels, in the script's shape."""
        repeated = np.broadcast_to(places, (self.channels, *self.space))
        if self.last:
            repeated = np.moveaxis(repeated, 0, -1)
        return np.array(repeated).reshape(self.shape)

    def places(self, mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """The places that a mask of the script's shape keeps in any channel."""
        return np.asarray(self.ours(np.asarray(mask, np.float32)).any(axis=0), np.bool_)


def layout_of(data: Data) -> Layout:
    """How a script's input is laid out.

    Raises
    ------
    InputError
        There is no input yet, or its shape is not that of one input of its mode.
    """
    if data.data is None:
        raise InputError("The Data object holds no data yet: set data.data in preprocess.")
    given = tuple(int(length) for length in data.data.shape)
    axes = NDIM[data.kind]
    batched = len(given) > axes and len(given) == len(data.model_shape)
    shape = given[1:] if batched else given
    wrong = (batched and given[0] != 1) or not axes <= len(shape) <= axes + 1
    if data.kind == "image":
        wrong = wrong or len(shape) != axes + 1
    if wrong:
        raise InputError(
            f"data.data has the shape {given}; expected one input of the mode {data.mode!r} for a "
            f"model of the shape {data.model_shape}, with a batch axis of length 1."
        )
    if len(shape) == axes:
        return Layout(data.kind, shape, 1, shape, False)
    last = data.kind == "image" and data.model_order == "last"
    channels, space = (shape[-1], shape[:-1]) if last else (shape[0], shape[1:])
    return Layout(data.kind, shape, channels, space, last)


def sample_of(data: Data, source: str) -> Sample:
    """The input as the rest of the library knows it.

    Raises
    ------
    InputError
        There is no input yet, it has a wrong shape, or holds NaN.
    """
    layout = layout_of(data)
    values = _array(data.data).reshape(layout.shape)
    if not np.isfinite(values).all():
        raise InputError("data.data holds NaN or infinite values; check the preprocessing.")
    ours = layout.ours(values)
    if layout.kind == "image":
        return Sample(ours, _picture(data.input, ours), source)
    axes = usual_axes(layout.kind, len(layout.space))
    return Sample(ours, picture_of(ours), source, (), layout.kind, axes, ours.copy())


def _array(values: Any) -> NDArray[np.float32]:
    values = values.detach().cpu().numpy() if hasattr(values, "detach") else values
    return np.array(values, dtype=np.float32)


def _picture(given: Any, values: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What a person sees: the picture given, else the model's input from its lowest value up."""
    height, width = values.shape[1:]
    if hasattr(given, "convert") and hasattr(given, "resize"):
        return np.asarray(given.convert("RGB").resize((width, height)), np.uint8).copy()
    colours = values[:3] if len(values) >= 3 else np.repeat(values[:1], 3, axis=0)
    low, high = float(colours.min()), float(colours.max())
    levels = np.zeros_like(colours) if high == low else (colours - low) * (255 / (high - low))
    return np.ascontiguousarray(np.rint(levels).astype(np.uint8).transpose(1, 2, 0))
