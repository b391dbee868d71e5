"""The shape of a model's input: which axis holds what."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rex_widgets.errors import ModelError


@dataclass(frozen=True)
class InputShape:
    """Channels, size and order of the axes of a model's image input.

    Attributes
    ----------
    channels
        1 or 3; None where unknown.
    size
        (height, width); None where any size will do or it is unknown.
    channels_last
        The model wants (N, H, W, C) instead of (N, C, H, W).
    batch
        The fixed number of inputs of a batch; None where free.
    """

    channels: int | None = None
    size: tuple[int, int] | None = None
    channels_last: bool = False
    batch: int | None = None


def parse_shape(given: Sequence[int | str | None]) -> InputShape:
    """Read (H, W), (C, H, W), (H, W, C), (N, C, H, W) or (N, H, W, C).

    Words and None stand for axes of any length, e.g. ("N", 3, 224, 224).

    Raises
    ------
    ModelError
        If there is no axis of 1 or 3 channels, or a length is not a positive whole number.
    """
    axes = [_length(axis, given) for axis in given]
    batch = None
    if len(axes) == 4:
        batch = axes[0]
        axes = axes[1:]
    if len(axes) == 2:
        return InputShape(size=_size(axes), batch=batch)
    if len(axes) != 3:
        raise ModelError(
            f"The input shape {tuple(given)} has {len(axes)} axes; expected (C, H, W), "
            "(H, W, C) or one of these with the batch first."
        )
    if axes[0] in (1, 3):
        return InputShape(axes[0], _size(axes[1:]), False, batch)
    if axes[2] in (1, 3):
        return InputShape(axes[2], _size(axes[:2]), True, batch)
    if axes[0] is None:
        return InputShape(None, _size(axes[1:]), False, batch)
    raise ModelError(
        f"The input shape {tuple(given)} has no axis of 1 or 3 channels; pictures have 1 (grey) "
        "or 3 (colour). Wrap the model in a function that takes (N, 3, H, W)."
    )


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


def _size(axes: Sequence[int | None]) -> tuple[int, int] | None:
    height, width = axes
    if height is None or width is None:
        return None
    return height, width
