"""What was set and means nothing beside the other settings, in sentences."""

from __future__ import annotations

from rex_widgets.bridge.settings import TERMS, RcsbSettings
from rex_widgets.settings import given

Unread = tuple[tuple[str, ...], str]
"""Names of settings, and what they are for."""

_CAME = {"drawn": "drawn", "free_form": "made of strokes", "text": "what the prompt finds"}


def unused(settings: RcsbSettings) -> tuple[str, ...]:
    """Return a sentence for every setting that was given and is not read.

    Those of one source of regions, which are read as little by another, are told where a run is
    opened.
    """
    said = given(settings)
    return tuple(
        f"{name} was set, which is for {what}"
        for names, what in (*_of_region(settings), *_of_guidance(settings))
        for name in names
        if name in said
    )


def _of_region(settings: RcsbSettings) -> list[Unread]:
    """What of a region's size and cells is not read, and what it is for."""
    source = settings.source
    found: list[Unread] = []
    if source not in _CAME:
        return found
    is_so = f"the region is {_CAME[source]}."
    if source == "drawn" or (source == "text" and settings.use_binary_masks):
        found.append((("area",), f"a region of a size that is asked for; {is_so}"))
    cells: tuple[str, ...] = ("cell_size", "half_stride")
    if source == "text" and settings.control == "random":
        cells = cells[1:]  # the other region is made of cells
    found.append((cells, f"regions that are made of cells; {is_so}"))
    return found


def _of_guidance(settings: RcsbSettings) -> list[Unread]:
    """What of the guidance is not read, and what it is for."""
    if settings.guidance == "best_of":
        what = "guidance by gradient; best_of follows none, and keeps the surest of many."
        return [(("scale", *TERMS), what)]
    found: list[Unread] = [
        (("candidates",), "guidance best_of; here the classifier's gradient leads.")
    ]
    if not settings.scale:
        found.append((TERMS, "guidance; with a scale of 0 there is none."))
    return found
