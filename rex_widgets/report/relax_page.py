"""An explanation of a representation as one page: maps that are linked, gallery, facts."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Iterable, Mapping
from importlib import resources
from string import Template
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import THINGS
from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.report.picture import figure_png, shown_picture
from rex_widgets.report.relax_words import (
    accuracy_words,
    count_words,
    error_words,
    is_resolved,
    kept_words,
    question_words,
    range_words,
    relax_text,
    similarity_words,
    spent_words,
    stopped_words,
)
from rex_widgets.report.stills import coloured_between
from rex_widgets.report.widget_page import Message, widget_scripts
from rex_widgets.report.words import setting_items

IMPORTANCE, UNCERTAINTY, U_RELAX = "importance", "uncertainty", "U-RELAX"
VIEW_TRAITS: Mapping[str, Any] = {
    "mode": "side",
    "first": IMPORTANCE,
    "second": UNCERTAINTY,
    "divider": 0.5,
    "blend": 0.5,
    "top": 1.0,
    "opacity": 0.7,
    "colormap": "magma",
    "over_picture": True,
    "tool": "select",
    "zoom": 1.0,
    "pan_x": 0.0,
    "pan_y": 0.0,
    "cursor": [],
    "selection": [],
    "width": 270,
    "error": "",
}
"""What the linked views of a page begin with, besides ``quantile``."""

_DOTS_PER_INCH = 150
_TINY = 96


def relax_page(found: RelaxExplanation, title: str | None = None) -> str:
    """Return the page.

    Parameters
    ----------
    found : RelaxExplanation
        Finished or not. A picture has linked views of picture, importance, uncertainty and
        U-RELAX, whose threshold on the uncertainty can be moved; other kinds have a figure.
    title : str, optional
        Heading of the page; by default it names the input.

    Returns
    -------
    str
        HTML that needs neither kernel nor network.
    """
    text = html.escape
    live = _flat(found)
    heading = title or f"Importance for the representation of {found.source or 'the input'}"
    return Template(_resource("relax_page.html")).substitute(
        title=text(heading),
        style=_resource("dark.css") + _resource("page.css") + _resource("relax_page.css"),
        lead=text(question_words(found)),
        badge=_badge(found),
        message=f'<p class="message">{text(found.message)}</p>' if found.message else "",
        view_name="Importance, uncertainty and U-RELAX",
        view=_LIVE if live else _figure(found),
        gallery=_gallery(found),
        facts=_terms(_facts(found)),
        notes=_notes(found),
        details=_terms(_details(found)),
        footer=text(f"Made with rex_widgets {found.versions.get('rex_widgets', '')}".strip()),
        scripts=widget_scripts("linked-views", _traits(found), _messages(found)) if live else "",
    )


_LIVE = (
    '<div id="view"></div>\n<p id="problem" class="problem" role="alert" hidden></p>\n'
    '<noscript><p class="problem">This page draws its maps with JavaScript, which is switched '
    "off.</p></noscript>"
)


def _traits(found: RelaxExplanation) -> dict[str, Any]:
    return {**VIEW_TRAITS, "quantile": found.uncertainty_threshold}


def _messages(found: RelaxExplanation) -> list[Message]:
    """What the kernel would send: which views there are, then their arrays."""
    kind, importance, note = _drawn(found.importance)
    arrays: tuple[NDArray[Any], ...] = (
        shown_picture(found),
        importance,
        found.uncertainty.astype("<f4"),
    )
    views: list[dict[str, Any]] = [
        {"id": 1, "name": found.source or THINGS[found.kind], "kind": "picture", "note": ""},
        {"id": 2, "name": IMPORTANCE, "kind": kind, "note": note},
        {"id": 3, "name": UNCERTAINTY, "kind": "map", "note": ""},
        {"id": 0, "name": U_RELAX, "kind": kind, "note": "", "filter": [2, 3]},
    ]
    height, width = found.importance.shape
    listed = {"type": "views", "height": height, "width": width, "views": views}
    data = [({"type": "data", "id": n}, [a.tobytes()]) for n, a in enumerate(arrays, 1)]
    return [(listed, []), *data]


def _drawn(values: NDArray[np.float32]) -> tuple[str, NDArray[np.float32], str]:
    """Return how a map is drawn, what of it, and what was done to it in words.

    The view draws nothing where a map is not above zero; a map of negative distances would vanish.
    """
    least, most = float(values.min()), float(values.max())
    if least < 0 < most:
        return "difference", values.astype("<f4"), ""
    if least < 0:
        return "map", (values - np.float32(least)).astype("<f4"), f"above its least, {least:.4g}"
    return "map", values.astype("<f4"), ""


def _figure(found: RelaxExplanation) -> str:
    still = base64.b64encode(figure_png(found, _DOTS_PER_INCH)).decode("ascii")
    words = html.escape(relax_text(found))
    return f'<img class="figure" alt="{words}" src="data:image/png;base64,{still}">'


def _badge(found: RelaxExplanation) -> str:
    if not found.masks:
        return '<span class="badge" data-state="warn">no masks yet</span>'
    known = "ok" if is_resolved(found) else "warn"
    return f'<span class="badge" data-state="{known}">{html.escape(error_words(found))}</span>'


def _gallery(found: RelaxExplanation) -> str:
    if not found.neighbours:
        return ""
    rows = "".join(_neighbour(found, one) for one in found.neighbours)
    pairs = ", each with the importance for that pair by the same masks" if _flat(found) else ""
    words = f"The most similar first{pairs}."
    return (
        f'<section class="gallery"><h2>The gallery</h2><p>{html.escape(words)}</p>'
        f"<ol>{rows}</ol></section>"
    )


def _neighbour(found: RelaxExplanation, one: Neighbour) -> str:
    name = html.escape(one.name)
    images, scale = _image(one.thumbnail, one.name), ""
    if _flat(found):
        # The pairs differ by far more than the places of one map: a scale each.
        low, high = float(one.importance.min()), float(one.importance.max())
        drawn = coloured_between(one.importance, shown_picture(found), low, high)
        images += _image(drawn, f"what makes it similar to {one.name}")
        scale = f"<br>importance {low:.3g} to {high:.3g}"
    words = f"similarity {one.similarity:.3f}{scale}"
    return f"<li>{images}<strong>{name}</strong><span>{words}</span></li>"


def _flat(found: RelaxExplanation) -> bool:
    """Whether a map can be laid over the picture."""
    return found.kind == "image" and found.masks > 0


def _image(pixels: NDArray[np.uint8], alt: str) -> str:
    from PIL import Image

    image = Image.fromarray(np.ascontiguousarray(pixels))
    image.thumbnail((2 * _TINY, 2 * _TINY))
    buffer = io.BytesIO()
    image.save(buffer, format="JPEG", quality=85)
    data = base64.b64encode(buffer.getvalue()).decode("ascii")
    return f'<img alt="{html.escape(alt)}" src="data:image/jpeg;base64,{data}">'


def _facts(found: RelaxExplanation) -> list[tuple[str, str]]:
    facts = [("Question", question_words(found))]
    if found.embedding_text:
        facts.append(("Representation", found.embedding_text))
    if found.masks:
        ended = stopped_words(found) or found.stage
        facts += [
            ("Importance", range_words(found, "importance")),
            ("Accuracy", accuracy_words(found)),
            ("Uncertainty", range_words(found, "uncertainty")),
            ("U-RELAX", f"the importance of {kept_words(found)}"),
            ("Masked inputs", f"similarity {similarity_words(found)}"),
            ("Masks", f"{count_words(found.masks)} ({ended})"),
        ]
    inside = f"{found.seconds:.1f} s, {found.seconds_in_model:.1f} s in the encoder"
    facts += [
        ("Evaluations", spent_words(found)),
        ("Time", inside),
        ("Runtime", found.runtime or "none yet"),
        ("Seed", str(found.seed)),
    ]
    return facts


def _details(found: RelaxExplanation) -> list[tuple[str, str]]:
    return [
        ("method", found.method),
        *setting_items(found.settings),
        *((f"{name} (version)", version) for name, version in found.versions.items()),
    ]


def _notes(found: RelaxExplanation) -> str:
    if not found.choices:
        return ""
    rows = "".join(f"<li>{html.escape(choice)}</li>" for choice in found.choices)
    return f'<h2>What was chosen for you</h2><ul class="notes">{rows}</ul>'


def _terms(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in pairs)


def _resource(name: str) -> str:
    return resources.files("rex_widgets.report").joinpath(name).read_text(encoding="utf-8")
