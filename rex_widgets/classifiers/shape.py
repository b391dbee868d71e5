"""The shape of a model's input: which axis holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rex_widgets.classifiers.preprocessing import NDIM, PICTURE_CHANNELS
from rex_widgets.errors import ModelError

_MOST_CHANNELS_LAST = 16
"""Length up to which the last axis of two is taken for channels if it is the shorter one."""

_FORMS = {
    "image": "(C, H, W), (H, W, C) or one of these with the batch first",
    "table": "(F,), (C, F) or one of these with the batch first, as in ('N', F)",
    "signal": "(L,), (C, L) or one of these with the batch first, as in ('N', C, L)",
    "audio": "(L,), (C, L) or one of these with the batch first, as in ('N', C, L)",
    "volume": "(D1, D2, D3), (C, D1, D2, D3) or one of these with the batch first, as in "
    "('N', D1, D2, D3)",
}


@dataclass(frozen=True)
class InputShape:
    """Channels, size and order of the axes of a model's input.

    Attributes
    ----------
    channels
        How many; None where unknown.
    size
        Lengths of the other axes: (height, width), (length,) or (D1, D2, D3); None where any
        will do or it is unknown.
    channels_last
        The model wants (N, *size, C) instead of (N, C, *size).
    batch
        The fixed number of inputs of a batch; None where free.
    kind
        One of `rex_widgets.axes.KINDS`; None where nothing has told yet: a picture if nothing does.
    channel_axis
        Whether the model's input has an axis of channels at all; (N, *size) if not.
    assumed
        The size is that of the input at hand, because nothing tells the model's.
    """

    channels: int | None = None
    size: tuple[int, ...] | None = None
    channels_last: bool = False
    batch: int | None = None
    kind: str | None = None
    channel_axis: bool = True
    assumed: bool = False

    def arrange(self, batch: Any) -> Any:
        """Turn a batch (N, C, *size) to the order of axes that the model takes.

        Parameters
        ----------
        batch
            A numpy array or torch tensor.

        Returns
        -------
        array or tensor
            Of the same library, contiguous; (N, C, *size), (N, *size, C) or (N, *size).

        Raises
        ------
        ModelError
            If a model without an axis of channels is given several channels.
        """
        if self.channel_axis and not self.channels_last:
            return batch
        tensor = hasattr(batch, "movedim")
        if not tensor:
            batch = np.asarray(batch)
        if not self.channel_axis:
            if batch.shape[1] != 1:
                raise ModelError(
                    f"An input of {batch.shape[1]} channels was given, but the model takes a batch "
                    f"{self.shown()}, which has none; give an input of one channel."
                )
            batch = batch[:, 0]
        else:
            batch = batch.movedim(1, -1) if tensor else np.moveaxis(batch, 1, -1)
        return batch.contiguous() if tensor else np.ascontiguousarray(batch)

    def axes(self, channels: int, size: Sequence[int]) -> tuple[int, ...]:
        """Return the model's own axes for one input of a size, the batch left out."""
        if not self.channel_axis:
            return tuple(size)
        return (*size, channels) if self.channels_last else (channels, *size)

    def shown(self) -> str:
        """Return the shape of a batch as text for people, e.g. "(N, 1, 1841)"."""
        ndim = NDIM[self.kind or "image"]
        size: tuple[Any, ...] = self.size or ("any",) * ndim
        axes = self.axes(self.channels or "C", size)  # type: ignore[arg-type]
        return "(" + ", ".join(map(str, (self.batch or "N", *axes))) + ")"


def parse_shape(
    given: Sequence[int | str | None], kind: str | None = None, *, batched: bool | None = None
) -> InputShape:
    """Read a shape with or without batch and channels.

    Pictures: (H, W), (C, H, W), (H, W, C), (N, C, H, W) or (N, H, W, C). One axis: (L,), (C, L),
    (N, C, L), (N, L, C). Volumes: (D1, D2, D3), (C, D1, D2, D3), (N, C, D1, D2, D3) and with the
    channels last. Words and None stand for axes of any length, e.g. ("N", 3, 224, 224), and a word
    in front makes it the batch, e.g. ("N", 1841).

    Parameters
    ----------
    given
        The axes.
    kind
        One of `rex_widgets.axes.KINDS`; by the number of axes if None.
    batched
        Whether the first axis is the batch; by the number of axes and the first of them if None.

    Raises
    ------
    ModelError
        If the axes do not fit the kind, or a length is not a positive whole number.
    """
    axes = [_length(axis, given) for axis in given]
    worded = bool(axes) and axes[0] is None
    kind = kind or _kind_of_rank(len(axes), worded if batched is None else batched, batched)
    ndim = NDIM[kind]
    if batched is None:
        batched = len(axes) == ndim + 2 or (kind != "image" and worded and len(axes) == ndim + 1)
    batch = axes[0] if batched and axes else None
    rest = axes[1:] if batched else axes
    if len(rest) == ndim and kind == "image" and not batched:
        return InputShape(size=_size(rest), kind=kind)
    if len(rest) == ndim:
        if kind == "volume" and batched and _is_picture(rest):
            raise ModelError(
                f"The model takes batches of shape {tuple(given)}: pictures, it seems, and the "
                "input is a volume. Give a model of volumes, or a picture (one slice). If these "
                f"are slices of a volume, say input_shape={','.join(str(a) for a in rest)}."
            )
        return InputShape(1, _size(rest), False, batch, kind, channel_axis=False)
    if len(rest) != ndim + 1:
        raise ModelError(
            f"The input shape {tuple(given)} has {len(axes)} axes; expected {_FORMS[kind]}"
            + (". What the input is can be said with mode=." if kind == "image" else ".")
        )
    last = _channels_last(rest, kind, given)
    channels, size = (rest[-1], rest[:-1]) if last else (rest[0], rest[1:])
    return InputShape(channels, _size(size), last, batch, kind)


def _kind_of_rank(axes: int, first_is_batch: bool, told: bool | None) -> str:
    """Guess the kind from the number of axes alone."""
    without = axes - 1 if first_is_batch and (told or axes == 2) else axes
    if told:
        return {1: "table", 2: "signal", 4: "volume"}.get(without, "image")
    return {1: "table", 5: "volume"}.get(without, "image")


def _is_picture(axes: Sequence[int | None]) -> bool:
    """Whether three axes look like channels and the two sides of a picture."""
    channels, *sides = axes
    return channels in (1, 3) and all(side is not None and side >= 16 for side in sides)


def _channels_last(
    axes: Sequence[int | None], kind: str, given: Sequence[int | str | None]
) -> bool:
    first, last = axes[0], axes[-1]
    if kind == "image":
        for usual in ((1, 3), PICTURE_CHANNELS):
            if first in usual:
                return False
            if last in usual:
                return True
        if first is None:
            return False
        raise ModelError(
            f"The input shape {tuple(given)} has no axis of 1, 3 or 4 channels; pictures have 1 "
            "(grey), 3 (colour) or 4 (colour and alpha). Wrap the model in a function that takes "
            "(N, 3, H, W), or say what the input is with mode= (tabular, spectral, audio, voxel)."
        )
    if kind == "volume":
        return first not in (1, 2, 3, 4) and last in (1, 2, 3, 4)
    if last is None:
        return False
    return last <= _MOST_CHANNELS_LAST and (first is None or last < first)


def _length(axis: int | str | None, given: Sequence[int | str | None]) -> int | None:
    if axis is None or isinstance(axis, str):
        return None
    try:
        length = int(axis)
    except (TypeError, ValueError):
        length = 0
    if length == -1:
        return None
    if length < 1:
        raise ModelError(
            f"The input shape {tuple(given)} holds {axis!r}; expected whole numbers >= 1, "
            "or None for an axis of any length."
        )
    return length


def _size(axes: Sequence[int | None]) -> tuple[int, ...] | None:
    known = tuple(axis for axis in axes if axis is not None)
    return known if len(known) == len(axes) else None
