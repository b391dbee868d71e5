"""What the kernel tells a browser of a signal: arrays as buffers, all else as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rex_widgets.widgets._signal_axis import SignalAxis

Message: TypeAlias = tuple[dict[str, Any], list[bytes]]


def data_message(
    kind: str, values: NDArray[np.float32], axis: SignalAxis, value_name: str
) -> Message:
    """The values (C, L), float32, and irregular positions as float64 after them."""
    content = {
        "type": "data",
        "kind": kind,
        "channels": values.shape[0],
        "length": values.shape[1],
        "axis": axis.document(),
        "labels": list(axis.labels),
        "value_name": value_name,
    }
    buffers = [values.tobytes()]
    if axis.positions is not None:
        buffers.append(axis.positions.tobytes())
    return content, buffers


def map_message(values: NDArray[np.float32] | None) -> Message:
    """The map (L,), float32; no buffer takes it away."""
    return {"type": "map"}, [] if values is None else [values.tobytes()]


def mask_message(mask: NDArray[np.bool_] | None) -> Message:
    """The mask (L,), one bit a place; no buffer takes it away."""
    return {"type": "mask"}, [] if mask is None else [np.packbits(mask).tobytes()]


def strokes_message(strokes: Sequence[dict[str, Any]]) -> Message:
    """Everything that is selected."""
    return {"type": "strokes", "strokes": list(strokes)}, []
