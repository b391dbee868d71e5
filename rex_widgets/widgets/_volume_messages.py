"""What a VolumeView tells the browser."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rex_widgets.widgets._volume_arrays import Shape
from rex_widgets.widgets._volume_orientation import Orientation
from rex_widgets.widgets._volume_packing import Packed, packed

Message: TypeAlias = tuple[dict[str, Any], list[bytes]]


class VolumeLayers:
    """A volume with its map and its mask, packed once and ready to be sent again.

    Parameters
    ----------
    volume
        (C, D1, D2, D3), checked.
    orientation
        Of its axes.

    Attributes
    ----------
    map, mask
        What lies over the volume, as given; None for nothing.
    top
        The map's highest voxel.
    """

    def __init__(self, volume: NDArray[Any], orientation: Orientation) -> None:
        self.volume = volume
        self.orientation = orientation
        self.packed: tuple[Packed, ...] = tuple(packed(channel) for channel in volume)
        self.top: tuple[int, int, int] | None = None
        self.map: NDArray[np.float32] | None = None
        self.mask: NDArray[np.bool_] | None = None
        self._map: Message | None = None
        self._mask: Message | None = None

    @property
    def shape(self) -> Shape:
        """(D1, D2, D3)."""
        first, second, third = self.volume.shape[1:]
        return (first, second, third)

    def keep(self, other: VolumeLayers) -> None:
        """Take over the map and the mask of a volume of the same shape."""
        self.top, self._map, self._mask = other.top, other._map, other._mask
        self.map, self.mask = other.map, other.mask

    def set_map(self, values: NDArray[np.float32] | None) -> Message:
        """Remember a map; the result tells of it."""
        self.map = values
        if values is None:
            self._map = self.top = None
            return {"type": "map"}, []
        layer = packed(values)
        place = np.unravel_index(int(values.argmax()), values.shape)
        self.top = (int(place[0]), int(place[1]), int(place[2]))
        self._map = {"type": "map", "top": list(self.top), **layer.state()}, [layer.data]
        return self._map

    def set_mask(self, mask: NDArray[np.bool_] | None) -> Message:
        """Remember a mask; the result tells of it."""
        self.mask = mask
        self._mask = None if mask is None else ({"type": "mask"}, [np.packbits(mask).tobytes()])
        return self._mask or ({"type": "mask"}, [])

    def message(self) -> Message:
        """Tell of the volume, all channels at once."""
        content = {
            "type": "volume",
            "shape": list(self.shape),
            "channels": [channel.state() for channel in self.packed],
            "orientation": self.orientation.state(),
        }
        return content, [channel.data for channel in self.packed]

    def messages(self) -> list[Message]:
        """Tell of everything there is, the volume first."""
        return [self.message(), *(m for m in (self._map, self._mask) if m is not None)]

    def strokes(self, strokes: Sequence[dict[str, Any]], base: NDArray[np.bool_] | None) -> Message:
        """Tell of strokes, and of the region that they start from."""
        buffers = [] if base is None else [np.packbits(base).tobytes()]
        return {"type": "strokes", "strokes": list(strokes)}, buffers
