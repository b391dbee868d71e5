"""Settings of the pictures: ReX's table ``rex.visual``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rex_widgets.settings import (
    Settings,
    boolean,
    one_of,
    option,
    real,
    text,
    whole,
)


def _size(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    parts = value.split(",") if isinstance(value, str) else value
    width, height = (int(part) for part in parts)
    if not (1 <= width <= 20_000 and 1 <= height <= 20_000):
        raise ValueError
    return (width, height)


def _overlay(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in ("true", "false"):
        return value.lower() == "true"
    parts = value.split(",") if isinstance(value, str) else value
    rows, columns = (int(part) for part in parts)
    if not (1 <= rows <= 1000 and 1 <= columns <= 1000):
        raise ValueError
    return (rows, columns)


@dataclass(frozen=True)
class VisualSettings(Settings):
    """How explanations are drawn."""

    raw: bool = option(
        False,
        "show the kept places alone, on black, with nothing drawn over them",
        boolean(),
        table="rex.visual",
    )
    colour: int = option(
        200, "grey level put over the hidden places", whole(0, 255), table="rex.visual"
    )
    alpha: float = option(
        0.2,
        "how much of the picture shines through where it is hidden, from 0 to 1",
        real(0.0, 1.0),
        table="rex.visual",
    )
    grid: Any = option(
        False,
        "draw a grid: true (10 by 10) or rows,columns",
        (_overlay, "true, false or two whole numbers"),
        table="rex.visual",
    )
    mark_segments: bool = option(
        False, "outline SLIC segments of the picture", boolean(), table="rex.visual"
    )
    resize: Any = option(
        False,
        "size of the saved picture: true (that of the file given) or width,height",
        (_size, "true, false or two whole numbers"),
        table="rex.visual",
    )
    heatmap_colours: str = option(
        "magma",
        "matplotlib colour map of maps",
        text(),
        table="rex.visual",
        aliases=("heatmap",),
    )
    info: bool = option(
        True, "write class, confidence and area beside the picture", boolean(), table="rex.visual"
    )
    multi_style: str = option(
        "composite",
        "several explanations in one picture or in separate ones",
        one_of("composite", "separate"),
        table="rex.visual",
        choices=("composite", "separate"),
    )
    dpi: int = option(
        200,
        "dots per inch of figures that are saved as pixels",
        whole(20, 1200),
        table="rex.visual",
    )
    progress_bar: bool = option(True, "show a progress bar", boolean(), table="rex.visual")
