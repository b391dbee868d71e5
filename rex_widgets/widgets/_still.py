"""What a view leaves in a notebook's file beside the live widget: a picture, and a line of text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.report import stills
from rex_widgets.widgets._volume_orientation import Orientation

MASK_COLOUR = (255, 211, 77)


class StillPicture:
    """Put before `LiveWidget` among the bases; a code host or a PDF shows the picture.

    The picture is of the moment when the cell shows the widget. The class says what it is by
    methods ``still_png`` and ``still_words``.
    """

    if TYPE_CHECKING:

        def still_png(self) -> bytes:
            """Return what is shown now as a PNG."""

        def still_words(self) -> str:
            """Return what is shown now as a line of text."""

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        bundle = super()._repr_mimebundle_(**kwargs)  # type: ignore[misc]
        data, about = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        data = {**data, "text/plain": self.still_words(), "image/png": self.still_png()}
        return data, about


def slices_png(
    volume: NDArray[Any],
    orientation: Orientation,
    place: Sequence[int],
    values: NDArray[np.float32] | None,
    mask: NDArray[np.bool_] | None,
    convention: str = "radiological",
) -> bytes:
    """Return the slices (D1, D2, D3) through a place as one PNG, as `VolumeView` has them.

    Superior and anterior are up; the patient's right is on the left of the picture, or with the
    "neurological" convention on the right. The titles say which side is on the left. Where the
    orientation is unknown, slices stand as in a table of numbers.
    """
    pictures = []
    names = ("sagittal", "coronal", "axial")
    for across in (2, 1, 0):
        axis = orientation.world.index(across)
        mirrored = convention == "neurological" and across != 0
        left = "A" if across == 0 else "L" if mirrored else "R"
        name = f"{names[across]}: {left} left" if orientation.known else f"across axis {axis + 1}"
        flat = [_seen(v, orientation, axis, place[axis], mirrored) for v in (volume, values, mask)]
        assert flat[0] is not None
        picture = stills.grey(flat[0])
        if flat[1] is not None:
            picture = stills.coloured(flat[1], picture)
        if flat[2] is not None:
            picture = stills.tinted(picture, flat[2].astype(np.bool_), MASK_COLOUR)
        pictures.append((name, np.repeat(np.repeat(picture, 4, 0), 4, 1)))
    return stills.sheet_png(pictures, columns=3)


def _seen(
    volume: NDArray[Any] | None,
    orientation: Orientation,
    axis: int,
    index: int,
    mirrored: bool = False,
) -> NDArray[Any] | None:
    """Return one slice as rows from above and columns from the left of the picture."""
    if volume is None:
        return None
    if not orientation.known:
        plain = np.asarray(np.take(volume, index, axis=axis))
        return plain.T if axis == 0 else plain
    # First every axis in the body's order, growing towards right, anterior and superior.
    ordered = np.transpose(np.take(volume, [index], axis=axis), np.argsort(orientation.world))
    across = orientation.world[axis]
    for voxel_axis, (world, sign) in enumerate(
        zip(orientation.world, orientation.sign, strict=True)
    ):
        if sign < 0 and voxel_axis != axis:
            ordered = np.flip(ordered, world)
    flat = np.squeeze(ordered, across)
    # Now (first, second) of the two left: the second is up, the first goes along the row. From
    # left to right the patient's right comes first, and what is anterior.
    rows = np.asarray(flat.T[::-1])
    return rows if mirrored else rows[:, ::-1]
