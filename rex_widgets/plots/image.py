"""The explanation of a picture, as pixels and as a figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes as Panel
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.plots.style import (
    SMALL,
    caption,
    colour_of,
    finish,
    new_figure,
    parts_of,
    plain,
)
from rex_widgets.report.picture import shown_picture
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings

Pixels = NDArray[np.uint8]
_SEGMENTS = "#56B4E9"
_SIDE = 3.4
_MOST_NAMES = 12


def explanation_image(
    explanation: Explanation,
    visual: VisualSettings | None = None,
    *,
    original: Pixels | None = None,
    parts: Sequence[int] | None = None,
) -> Pixels:
    """Draw an explanation as pixels: what is hidden fades into one grey level.

    Parameters
    ----------
    explanation
        Of a picture. Several parts are outlined in different colours.
    visual
        ``raw``, ``colour``, ``alpha``, ``grid``, ``mark_segments`` and ``resize`` are used.
    original
        uint8 ``(H, W, 3)``, what the model saw at the resolution of the file (see
        `original_picture`); needed for ``resize=True`` and used for any other size.
    parts
        Numbers of the parts to show, from 0; by default all.

    Returns
    -------
    ndarray
        uint8 ``(H, W, 3)``, at the model's resolution or at the size that ``resize`` asks for.

    Raises
    ------
    InputError
        If it is no picture, or ``resize=True`` without an original.
    """
    chosen = visual or VisualSettings()
    if explanation.map.ndim != 2 or explanation.kind != "image":
        raise InputError(
            f"An explanation of kind {explanation.kind!r} was given, which is no picture; "
            "expected one of a picture. plots.figure draws every kind."
        )
    picture, masks = _at_size(explanation, chosen, original, parts)
    union = np.logical_or.reduce([np.zeros(picture.shape[:2], bool), *masks])
    if chosen.raw:
        return np.where(union[..., None], picture, np.uint8(0))
    shown = picture
    if union.any():
        hidden = np.rint(chosen.colour * (1 - chosen.alpha) + picture * chosen.alpha)
        shown = np.where(union[..., None], picture, hidden.astype(np.uint8))
    shown = shown.copy()
    if chosen.mark_segments:
        _blend(shown, _segment_lines(picture), to_rgb(_SEGMENTS), 0.8)
    if len(masks) > 1:
        numbers = range(len(explanation.parts)) if parts is None else parts
        width = max(1, round(max(picture.shape) / 300))
        for number, mask in zip(numbers, masks, strict=True):
            _blend(shown, outline(mask, width), to_rgb(colour_of(number)), 1.0)
    if chosen.grid:
        lines = _grid_lines(picture.shape[:2], (10, 10) if chosen.grid is True else chosen.grid)
        _blend(shown, lines & (shown.mean(axis=2) > 110), (0.0, 0.0, 0.0), 0.45)
        _blend(shown, lines & (shown.mean(axis=2) <= 110), (1.0, 1.0, 1.0), 0.45)
    return shown


def explanation_figure(
    explanation: Explanation,
    visual: VisualSettings | None = None,
    *,
    original: Pixels | None = None,
    parts: Sequence[int] | None = None,
) -> Figure:
    """Draw an explanation of a picture with its class, confidences and area above it.

    Parameters and errors as `explanation_image`; several parts get a legend.

    Returns
    -------
    matplotlib.figure.Figure
        Known to no window; save it with `save_or_show`.
    """
    chosen = visual or VisualSettings()
    pixels = explanation_image(explanation, chosen, original=original, parts=parts)
    names = [name for name, _ in parts_of(explanation)]
    numbers = list(range(len(names))) if parts is None else list(parts)
    several = len(numbers) > 1 and not chosen.raw
    figure = figure_for(pixels, chosen, extra=1.3 if several else 0.0)
    caption(figure, explanation, chosen)
    panel = figure.add_subplot()
    show_pixels(panel, pixels)
    if several:
        legend_of(figure, [(plain(names[n], 24), colour_of(n)) for n in numbers])
    return finish(figure)


def figure_for(pixels: Pixels, visual: VisualSettings, extra: float = 0.0) -> Figure:
    """Return an empty figure with the proportions of a picture, ``extra`` inches wider."""
    height, width = pixels.shape[:2]
    across = _SIDE * min(1.6, max(0.6, (width / height) ** 0.5))
    above = 0.45 if visual.info else 0.0
    return new_figure(across + extra, min(9.0, max(1.2, across * height / width)) + above, visual)


def show_pixels(panel: Panel, pixels: Pixels) -> None:
    """Show pixels without axes; in a vector file they keep their own resolution."""
    panel.imshow(pixels, interpolation="none")
    panel.set_axis_off()


def legend_of(figure: Figure, entries: Sequence[tuple[str, str]]) -> None:
    """Put names and colours at the right of a figure; the rest is said where they are many."""
    handles = [Patch(facecolor="none", edgecolor=c, linewidth=1.5) for _, c in entries]
    labels = [name for name, _ in entries]
    if len(entries) > _MOST_NAMES:
        handles = [*handles[: _MOST_NAMES - 1], Patch(facecolor="none", edgecolor="none")]
        labels = [*labels[: _MOST_NAMES - 1], f"and {len(entries) - _MOST_NAMES + 1} more"]
    figure.legend(handles, labels, loc="outside right center", frameon=False, fontsize=SMALL)


def outline(mask: NDArray[np.bool_], width: int = 1) -> NDArray[np.bool_]:
    """Return the places just outside a mask, ``width`` wide, so that nothing of it is covered."""
    from scipy.ndimage import binary_dilation

    if not mask.any():
        return mask
    return np.asarray(binary_dilation(mask, iterations=width) & ~mask, np.bool_)


def original_picture(image: Any, preprocessing: Any) -> Pixels:
    """Read a picture at the resolution of its file, cut to the part that the model saw.

    Parameters
    ----------
    image
        A path or the bytes of a picture file, a Pillow picture, or uint8 ``(H, W, 3)``.
    preprocessing
        The classifier's `Preprocessing`; its ``crop`` and ``size`` say what was cut off.

    Returns
    -------
    ndarray
        uint8 ``(H, W, 3)``.

    Raises
    ------
    InputError
        If it cannot be read.
    """
    from rex_widgets.inputs.pictures import from_pillow, open_picture

    if isinstance(image, Image.Image):
        values = from_pillow(image, "The picture").values
    elif isinstance(image, np.ndarray):
        values = image if image.ndim == 3 else image[..., None]
    elif isinstance(image, bytes | bytearray | memoryview):
        values = open_picture(bytes(image), "The bytes given").values
    else:
        path = Path(image).expanduser()
        values = open_picture(path, f"{path.name!r}").values
    if values.shape[2] not in (1, 3):
        raise InputError(f"An array of shape {values.shape} was given; expected (H, W, 3).")
    shown = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    shown = np.repeat(shown, 3, axis=2) if shown.shape[2] == 1 else shown
    if preprocessing.size is None or preprocessing.crop >= 1:
        return shown
    height, width = preprocessing.size
    across = min(shown.shape[0] / height, shown.shape[1] / width) * preprocessing.crop
    rows, columns = max(1, round(height * across)), max(1, round(width * across))
    top, left = (shown.shape[0] - rows) // 2, (shown.shape[1] - columns) // 2
    return shown[top : top + rows, left : left + columns]


def _at_size(
    explanation: Explanation,
    visual: VisualSettings,
    original: Pixels | None,
    parts: Sequence[int] | None,
) -> tuple[Pixels, list[NDArray[np.bool_]]]:
    picture = shown_picture(explanation)
    masks = [mask for _, mask in parts_of(explanation)]
    if parts is not None:
        masks = [masks[number] for number in parts]
    if visual.resize is False:
        return picture, masks
    if visual.resize is True:
        if original is None:
            raise InputError(
                "resize = true asks for the size of the file, but the file's picture was not "
                "given. Pass original=original_picture(path, preprocessing), or a size such as "
                "resize = 448,448."
            )
        height, width = original.shape[:2]
    else:
        width, height = visual.resize
    source = picture if original is None else original
    large = Image.fromarray(source).resize((width, height), Image.Resampling.BICUBIC)
    grown = [
        np.asarray(Image.fromarray(mask).resize((width, height), Image.Resampling.NEAREST))
        for mask in masks
    ]
    return np.asarray(large), grown


def _segment_lines(picture: Pixels) -> NDArray[np.bool_]:
    from skimage.segmentation import find_boundaries, slic

    segments = slic(picture, n_segments=100, compactness=10, start_label=1)
    return np.asarray(find_boundaries(segments, mode="inner"), np.bool_)


def _grid_lines(shape: tuple[int, ...], cells: tuple[int, int]) -> NDArray[np.bool_]:
    lines = np.zeros(shape, np.bool_)
    rows = np.rint(np.linspace(0, shape[0], min(cells[0], shape[0]) + 1)[1:-1]).astype(int)
    columns = np.rint(np.linspace(0, shape[1], min(cells[1], shape[1]) + 1)[1:-1]).astype(int)
    lines[rows] = True
    lines[:, columns] = True
    return lines


def _blend(
    pixels: Pixels, where: NDArray[np.bool_], colour: tuple[float, float, float], share: float
) -> None:
    paint = np.array(colour) * 255
    pixels[where] = np.rint(pixels[where] * (1 - share) + paint * share).astype(np.uint8)
