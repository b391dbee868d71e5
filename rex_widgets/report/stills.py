"""Still pictures of views: what a notebook shows where no widget is alive."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

MOST_SIDE = 480
"""Longest side in pixels of one picture on a sheet."""
MOST_POINTS = 4000
_GAP = 10
_TITLE = 16
_TINT = 0.45


def tinted(
    picture: NDArray[np.uint8], mask: NDArray[np.bool_], colour: tuple[int, int, int]
) -> NDArray[np.uint8]:
    """Return a picture (H, W, 3) with a mask laid over it in a colour."""
    mixed = picture.astype(np.float32)
    mixed[mask] = (1 - _TINT) * mixed[mask] + _TINT * np.asarray(colour, np.float32)
    return np.asarray(mixed.round(), np.uint8)


def coloured(
    values: NDArray[np.floating], picture: NDArray[np.uint8] | None = None, *, signed: bool = False
) -> NDArray[np.uint8]:
    """Return a map (H, W) in colours, (H, W, 3) uint8, half over a picture if there is one.

    Parameters
    ----------
    values
        Finite; zero and below are left transparent, unless ``signed``.
    picture
        uint8 (H, W, 3).
    signed
        A difference: blue below zero, red above.
    """
    from matplotlib import colormaps

    top = float(np.abs(values).max()) or 1.0
    ground = np.zeros((*values.shape, 3)) if picture is None else picture.astype(np.float64)
    if signed:
        colours = colormaps["RdBu_r"](values / top / 2 + 0.5)[..., :3] * 255
        share = np.abs(values) / top
    else:
        colours = colormaps["magma"](np.clip(values / top, 0, 1))[..., :3] * 255
        share = (values > 0).astype(np.float64)
    if picture is not None:
        share = 0.6 * share
    mixed = ground * (1 - share[..., None]) + colours * share[..., None]
    return np.asarray(mixed.round(), np.uint8)


def coloured_between(
    values: NDArray[np.floating], picture: NDArray[np.uint8], low: float, high: float
) -> NDArray[np.uint8]:
    """Return a map (H, W) in colours over a picture (H, W, 3), clear at ``low`` and below."""
    from matplotlib import colormaps

    share = np.clip((values - low) / ((high - low) or 1.0), 0, 1)[..., None]
    colours = colormaps["magma"](share[..., 0])[..., :3] * 255
    strength = 0.75 * np.minimum(1, share / 0.7)
    mixed = picture.astype(np.float64) * (1 - strength) + colours * strength
    return np.asarray(mixed.round(), np.uint8)


def grey(values: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Return an array (H, W) as grey levels (H, W, 3), from its 1st to its 99th percentile."""
    numbers = np.asarray(values, np.float64)
    low, high = np.percentile(numbers, (1, 99))
    level = np.clip((numbers - low) / ((high - low) or 1.0), 0, 1)
    return np.repeat(np.asarray((level * 255).round(), np.uint8)[..., None], 3, axis=2)


def sheet_png(pictures: Sequence[tuple[str, NDArray[np.uint8]]], *, columns: int = 4) -> bytes:
    """Return pictures (H, W, 3) under their titles as one PNG, row by row."""
    from PIL import Image, ImageDraw, ImageFont

    tiles = [(title, _fitting(picture)) for title, picture in pictures]
    columns = max(1, min(columns, len(tiles)))
    width = max((tile.width for _, tile in tiles), default=1)
    height = max((tile.height for _, tile in tiles), default=1)
    rows = math.ceil(len(tiles) / columns) or 1
    titled = _TITLE if any(title for title, _ in tiles) else 0
    size = (
        columns * (width + _GAP) - _GAP,
        rows * (height + titled + _GAP) - _GAP,
    )
    sheet = Image.new("RGB", size, "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    for number, (title, tile) in enumerate(tiles):
        x = number % columns * (width + _GAP)
        y = number // columns * (height + titled + _GAP)
        if titled:
            pen.text((x, y), _clipped(title, width, font), fill="black", font=font)
        sheet.paste(tile, (x, y + titled))
    return _png(sheet)


def line_png(
    places: NDArray[np.floating],
    values: NDArray[np.floating],
    share: NDArray[np.floating],
    kept: NDArray[np.bool_],
    label: str,
) -> bytes:
    """Return a line (L,) over its axis, with a map (L,) below and the kept places marked."""
    from matplotlib.figure import Figure

    step = max(1, len(values) // MOST_POINTS)
    figure = Figure(figsize=(7, 2.6), dpi=100, layout="constrained")
    axis = figure.subplots()
    axis.plot(places[::step], values[::step], linewidth=0.8, color="#333333")
    low, high = axis.get_ylim()
    axis.fill_between(
        places[::step], low, low + (high - low) * 0.25 * share[::step], color="#b5367a", alpha=0.5
    )
    axis.fill_between(
        places[::step], low, high, where=kept[::step], color="#f2c14e", alpha=0.4, step="mid"
    )
    axis.set_ylim(low, high)
    axis.set_xlabel(label)
    return _figure(figure)


def bars_png(names: Sequence[str], share: NDArray[np.floating], kept: NDArray[np.bool_]) -> bytes:
    """Return the strongest features of a row as bars, the kept ones darker."""
    from matplotlib.figure import Figure

    order = np.argsort(-share, kind="stable")[:20][::-1]
    figure = Figure(figsize=(6, 0.6 + 0.26 * len(order)), dpi=100, layout="constrained")
    axis = figure.subplots()
    colours = ["#b5367a" if kept[i] else "#d9b8c8" for i in order]
    axis.barh(range(len(order)), share[order], color=colours)
    # A dollar sign in a name is no formula.
    axis.set_yticks(range(len(order)), [names[i][:40].replace("$", r"\$") for i in order])
    axis.set_xlabel("responsibility, share of the largest")
    return _figure(figure)


def _fitting(picture: NDArray[np.uint8]):  # type: ignore[no-untyped-def]  # PIL's own class
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    return image


def _clipped(title: str, width: int, font) -> str:  # type: ignore[no-untyped-def]  # PIL's font
    words = " ".join(title.split())
    while len(words) > 1 and font.getlength(words) > width:
        words = words[:-2].rstrip() + "…"
    return words


def _figure(figure) -> bytes:  # type: ignore[no-untyped-def]  # matplotlib is loaded late
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _png(image) -> bytes:  # type: ignore[no-untyped-def]  # PIL's own class
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()
