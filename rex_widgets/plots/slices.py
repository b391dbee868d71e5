"""Volumes: three orthogonal slices through the explanation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rex_widgets.axes import Axes, usual_axes
from rex_widgets.errors import InputError
from rex_widgets.plots.style import (
    NORMAL,
    SMALL,
    caption,
    colour_bar,
    colour_map,
    colour_of,
    fading,
    finish,
    new_figure,
    parts_of,
    plain,
    range_of,
)
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

_LETTERS = {
    "right": ("L", "R"), "left": ("R", "L"), "anterior": ("P", "A"), "posterior": ("A", "P"),
    "superior": ("I", "S"), "inferior": ("S", "I"),
}  # fmt: skip
_PLANES = {
    "right": "sagittal", "left": "sagittal", "anterior": "coronal", "posterior": "coronal",
    "superior": "axial", "inferior": "axial",
}  # fmt: skip
_ACROSS_UP = ((1, 2), (0, 2), (0, 1))
"""For the slice across each axis: which axis runs to the right, which one up."""
_WIDTH = 7.0
_CROSS = "#56B4E9"
_RIM = 0.07
"""Room for the letters around a slice, as a share of its longer side."""


def slices_figure(
    explanation: Explanation,
    visual: VisualSettings | None = None,
    *,
    show_mask: bool = True,
    centre: tuple[int, int, int] | None = None,
) -> Figure:
    """Draw three orthogonal slices of a volume with the map over it and the explanation outlined.

    Parameters
    ----------
    explanation
        Of a volume, ``map`` of shape ``(D1, D2, D3)``. Spacing, orientation and millimetres come
        from its axes; ``values`` are drawn in grey (the first channel of several).
    visual
        ``heatmap_colours``, ``info`` and ``dpi`` are used.
    show_mask
        Outline the explanation; each part in its own colour.
    centre
        Voxel that all three slices go through; by default the kept voxel nearest to the centre
        of the explanation, or the highest of the map without ``show_mask``.

    Returns
    -------
    matplotlib.figure.Figure
        The first axis runs to the right: with NIfTI's own orientation, right is right. Letters
        stand where the axes have names of directions.

    Raises
    ------
    InputError
        If the map has not three axes, or the centre lies outside.
    """
    shape = explanation.map.shape
    if len(shape) != 3:
        raise InputError(f"The map has shape {shape}; expected three axes, of a volume.")
    chosen = visual or VisualSettings()
    axes = explanation.axes or usual_axes("volume", 3)
    middle = centre or centre_of(explanation, show_mask)
    if len(middle) != 3 or not all(0 <= p < n for p, n in zip(middle, shape, strict=True)):
        raise InputError(f"The centre {middle} lies outside of a volume of shape {shape}.")
    widths, tallest = slice_sizes(shape, axes)
    height = min(6.0, (_WIDTH - 1.6) * tallest / sum(widths) + 1.0)
    figure = new_figure(_WIDTH, height, chosen)
    caption(figure, explanation, chosen)
    panels = figure.subplots(1, 3, width_ratios=widths)
    drawn = None
    parts = parts_of(explanation) if show_mask else []
    layers = SliceLayers(
        explanation.map,
        explanation.values,
        fading(colour_map(chosen)),
        range_of(explanation),
        tuple(
            (mask, "white" if len(parts) == 1 else colour_of(number))
            for number, (_, mask) in enumerate(parts)
        ),
    )
    for axis, panel in enumerate(panels):
        drawn = layers.draw(panel, axis, middle, axes)
        panel.set_title(slice_title(axes, axis, middle), fontsize=SMALL, pad=4)
    colour_bar(figure, drawn, list(panels))
    if show_mask and len(explanation.parts) > 1:
        _legend(figure, explanation)
    return finish(figure)


def slice_sizes(shape: tuple[int, ...], axes: Axes) -> tuple[list[float], float]:
    """Return the widths of the three slices and the height of the tallest, in the axes' units."""
    sizes = [n * step for n, step in zip(shape, axes.spacing, strict=True)]
    return [sizes[across] for across, _ in _ACROSS_UP], max(sizes[up] for _, up in _ACROSS_UP)


def centre_of(explanation: Explanation, of_mask: bool = True) -> tuple[int, int, int]:
    """Return the voxel that slices go through; see `slices_figure`."""
    if of_mask and explanation.mask.any():
        inside = np.argwhere(explanation.mask)
        nearest = ((inside - inside.mean(axis=0)) ** 2).sum(axis=1).argmin()
        a, b, c = inside[nearest]
    elif explanation.map.any():
        a, b, c = np.unravel_index(int(explanation.map.argmax()), explanation.map.shape)
    else:
        a, b, c = (n // 2 for n in explanation.map.shape)
    return int(a), int(b), int(c)


@dataclass(frozen=True, eq=False)
class SliceLayers:
    """What lies over each other in every slice.

    Attributes
    ----------
    map
        Float (D1, D2, D3); masked places are left clear.
    values
        Float (C, D1, D2, D3), the first channel drawn in grey; or ``None``.
    colours
        Of the map.
    limits
        Values at the ends of the colours.
    outlines
        Masks, each with its colour.
    """

    map: NDArray[Any]
    values: NDArray[np.float32] | None
    colours: Colormap
    limits: tuple[float, float]
    outlines: tuple[tuple[NDArray[np.bool_], str], ...] = ()

    def draw(self, panel: Any, axis: int, middle: tuple[int, int, int], axes: Axes) -> Any:
        """Draw the slice across an axis; return what a colour bar is made of."""
        across, up = _ACROSS_UP[axis]
        shape = self.map.shape
        right, top = shape[across] * axes.spacing[across], shape[up] * axes.spacing[up]
        place = {"origin": "lower", "extent": (0, right, 0, top), "interpolation": "none"}
        low, high = self._grey_range()
        panel.set_facecolor("black")
        if self.values is not None:
            grey = _slice(self.values[0], axis, middle)
            panel.imshow(grey, cmap="gray", vmin=low, vmax=high, **place)
        bottom, peak = self.limits
        drawn = panel.imshow(
            _slice(self.map, axis, middle), cmap=self.colours, vmin=bottom, vmax=peak, **place
        )
        x = (np.arange(-1, shape[across] + 1) + 0.5) * axes.spacing[across]
        y = (np.arange(-1, shape[up] + 1) + 0.5) * axes.spacing[up]
        for mask, colour in self.outlines:
            plane = np.pad(_slice(mask, axis, middle), 1).astype(float)
            if plane.any():
                panel.contour(x, y, plane, [0.5], colors=colour, linewidths=1.0)
        cell = (axes.spacing[across], axes.spacing[up])
        _cross(panel, (middle[across], middle[up]), cell, (right, top))
        rim = _RIM * max(right, top)
        panel.set_xlim(-rim, right + rim)
        panel.set_ylim(-rim, top + rim)
        panel.set_aspect("equal")
        _orient(panel, axes, across, up)
        return drawn

    def _grey_range(self) -> tuple[float, float]:
        if self.values is None:
            return 0.0, 1.0
        low, high = np.percentile(self.values[0], (0.5, 99.5))
        return (float(low), float(high)) if high > low else (float(low) - 1, float(low) + 1)


def _slice(volume: NDArray[Any], axis: int, middle: tuple[int, int, int]) -> NDArray[Any]:
    """One slice as a picture whose rows go up and whose columns go to the right."""
    plane: NDArray[Any] = np.take(volume, middle[axis], axis=axis).T
    return plane


def _cross(
    panel: Any, place: tuple[int, int], cell: tuple[float, float], size: tuple[float, float]
) -> None:
    """Thin lines through the centre that leave the centre itself free."""
    x, y = (place[0] + 0.5) * cell[0], (place[1] + 0.5) * cell[1]
    gap = 0.09 * min(size)
    for start, end in ((0, x - gap), (x + gap, size[0])):
        if start < end:
            panel.plot([start, end], [y, y], color=_CROSS, linewidth=0.6)
    for start, end in ((0, y - gap), (y + gap, size[1])):
        if start < end:
            panel.plot([x, x], [start, end], color=_CROSS, linewidth=0.6)


def _orient(panel: Any, axes: Axes, across: int, up: int) -> None:
    """Letters at the edges, or the axes' names where they are no directions."""
    panel.set_xticks([])
    panel.set_yticks([])
    for side in panel.spines.values():
        side.set_visible(False)
    names = axes.names
    if names[across] not in _LETTERS or names[up] not in _LETTERS:
        panel.set_xlabel(f"{plain(names[across], 20)} →", fontsize=SMALL)
        panel.set_ylabel(f"{plain(names[up], 20)} →", fontsize=SMALL)
        return
    left, right = _LETTERS[names[across]]
    bottom, top = _LETTERS[names[up]]
    style = {"color": "white", "fontsize": NORMAL, "fontweight": "bold"}
    corners = (
        (0.02, 0.5, left, "left", "center"), (0.98, 0.5, right, "right", "center"),
        (0.5, 0.02, bottom, "center", "bottom"), (0.5, 0.98, top, "center", "top"),
    )  # fmt: skip
    for x, y, letter, across_to, up_to in corners:
        panel.text(x, y, letter, transform=panel.transAxes, ha=across_to, va=up_to, **style)


def slice_title(axes: Axes, axis: int, middle: tuple[int, int, int]) -> str:
    """Return what a slice is called: "axial, z = 12 mm"."""
    name = axes.names[axis]
    if axes.affine is not None and name in _LETTERS:
        if _oblique(axes.affine):
            # the plane is not one of the scanner's, and has no single coordinate there
            return f"near {_PLANES[name]}, slice {middle[axis]}"
        place = axes.affine[axis] @ np.array([*middle, 1.0])
        return f"{_PLANES[name]}, {'xyz'[axis]} = {place:.0f} mm".replace("-", "−")
    return f"{plain(name, 20)} = {middle[axis]}"


def _oblique(affine: NDArray[np.float64]) -> bool:
    """Whether the voxels' axes are turned against the scanner's by more than half a degree."""
    steps = np.abs(affine[:3, :3])
    along = np.diag(steps)
    return bool((steps - np.diag(along) > 0.01 * along[:, None]).any())


def _legend(figure: Figure, explanation: Explanation) -> None:
    from matplotlib.lines import Line2D

    handles = [
        Line2D([], [], color=colour_of(number), label=plain(part.name, 24))
        for number, part in enumerate(explanation.parts[:8])
    ]
    figure.legend(
        handles=handles, loc="outside lower center", ncols=4, frameon=False, fontsize=SMALL
    )
