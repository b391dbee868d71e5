"""An explanation as one interactive page that needs neither kernel nor network."""

from __future__ import annotations

import base64
import html
import io
import json
import os
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from string import Template
from typing import Any

import numpy as np

from rex_widgets.axes import PLACES, THINGS
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.errors import InputError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.bundle import bundle_text
from rex_widgets.report.latent_page import latent_page
from rex_widgets.report.numbers import class_name, percent
from rex_widgets.report.picture import explanation_png, figure_png, shown_picture
from rex_widgets.report.places import kept_words, noun_of, part_lines, places_of
from rex_widgets.report.rcsb_page import rcsb_page
from rex_widgets.report.region_words import alone_words, region_words, share_words
from rex_widgets.report.relax_page import relax_page
from rex_widgets.report.whole_file import write_whole
from rex_widgets.report.words import (
    evaluation_words,
    explanation_text,
    occlusion_words,
    setting_items,
    verdict,
)
from rex_widgets.results import Explanation

MAX_BYTES = 15_000_000
_DOTS_PER_INCH = 150
_COLORMAPS = ("magma", "viridis", "inferno", "gray", "cividis")


def to_html(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
    path: str | os.PathLike[str],
    *,
    title: str | None = None,
) -> Path:
    """Write an explanation as one self-contained HTML page.

    For a picture the page has the same view as the notebook: threshold, opacity, colours and
    layers can be changed, and values read. Several parts are also shown as a figure; rows,
    signals, sounds and volumes as the figure alone. An explanation of a representation becomes the
    page that `relax_page` describes, latent counterfactuals that of `latent_page`, and those inside
    a region that of `rcsb_page`. The page works from a disk with the network off; its own content
    policy forbids every request.

    Parameters
    ----------
    explanation : Explanation, RelaxExplanation, Counterfactuals or RegionCounterfactuals
        What to show; it may be unfinished.
    path : str or path
        File to write. An existing file is replaced in one step, so that a reader never sees
        half a page.
    title : str, optional
        Heading of the page; by default it names the class.

    Returns
    -------
    Path
        The absolute path of the file.

    Raises
    ------
    InputError
        If the page would be larger than 15 MB, or the file cannot be written.
    """
    if isinstance(explanation, RelaxExplanation):
        page = relax_page(explanation, title).encode("utf-8")
    elif isinstance(explanation, Counterfactuals):
        page = latent_page(explanation, title).encode("utf-8")
    elif isinstance(explanation, RegionCounterfactuals):
        page = rcsb_page(explanation, title).encode("utf-8")
    else:
        page = _page(explanation, title).encode("utf-8")
    if len(page) > MAX_BYTES:
        raise _too_large(explanation, len(page))
    return write_whole(Path(path).expanduser().absolute(), page, "The page")


def _too_large(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals, size: int
) -> InputError:
    if isinstance(explanation, Counterfactuals):
        what = (
            f"pictures of {explanation.samples} samples with {explanation.explanations} "
            "counterfactuals each"
        )
        advice = "Explain fewer samples at a time"
    elif isinstance(explanation, RegionCounterfactuals):
        shape = " × ".join(map(str, explanation.region.shape))
        what = f"{explanation.samples} samples of {shape} pixels"
        advice = "Ask for fewer samples (n_inpaints)"
    else:
        shape = " × ".join(map(str, explanation.map.shape))
        what = f"picture and map are {shape} {PLACES[explanation.kind]}"
        advice = f"Explain a smaller version of the {THINGS[explanation.kind]}"
    return InputError(
        f"The page would have {size / 1e6:.1f} MB ({what}), and at most {MAX_BYTES / 1e6:.0f} MB "
        f"are allowed. {advice}, or save the run itself with run.save()."
    )


def _page(explanation: Explanation, title: str | None) -> str:
    text = html.escape
    target = explanation.target
    heading = title or (f"Why {target.label}?" if target.index >= 0 else "No explanation yet")
    source = f"{explanation.source} · " if explanation.source else ""
    lead = f"{source}{percent(target.confidence)} on the whole {noun_of(explanation)}"
    if explanation.mask.any():
        lead += f", {percent(explanation.area)} of it explains the answer"
    where = region_words(explanation)
    lead += f", looked for {where}" if where else ""
    interactive = explanation.kind == "image"
    return Template(_resource("page.html")).substitute(
        title=text(heading),
        style=_resource("dark.css") + _resource("page.css"),
        lead=text(lead if target.index >= 0 else explanation.source),
        state="ok" if explanation.verified else "warn",
        badge="verified" if explanation.verified else "not verified",
        noun=noun_of(explanation),
        view_class="view" if interactive else "view wide",
        view_name="Picture, map and explanation" if interactive else "Figure",
        view=_layers(explanation) if interactive else _figure(explanation),
        message=_message(explanation),
        bars=_bars(explanation),
        facts=_terms(_facts(explanation)),
        parts=_parts(explanation),
        details=_terms(_details(explanation)),
        notes=_notes(explanation),
        footer=text(f"Made with rex_widgets {explanation.versions.get('rex_widgets', '')}".strip()),
        scripts=_scripts(explanation) if interactive else "",
    )


def _layers(explanation: Explanation) -> str:
    """The view whose layers can be changed, and until it is there a still picture."""
    view = Template(_resource("page_view.html")).substitute(
        alt=html.escape(explanation_text(explanation)),
        still=_base64(explanation_png(explanation)),
        colormaps="".join(f"<option>{name}</option>" for name in _COLORMAPS),
    )
    return view + (_figure(explanation) if len(explanation.parts) > 1 else "")


def _figure(explanation: Explanation) -> str:
    still = _base64(figure_png(explanation, _DOTS_PER_INCH))
    words = html.escape(explanation_text(explanation))
    return f'<img class="figure" alt="{words}" src="data:image/png;base64,{still}">'


def _scripts(explanation: Explanation) -> str:
    script = _safe_script(bundle_text("report-page"))
    data = _data(explanation)
    return f'<script type="application/json" id="data">{data}</script>\n<script>{script}</script>'


def _parts(explanation: Explanation) -> str:
    rows = "".join(f"<li>{html.escape(line)}</li>" for line in part_lines(explanation))
    return f'<h2>Its parts</h2><ul class="notes">{rows}</ul>' if rows else ""


def _message(explanation: Explanation) -> str:
    if not explanation.message:
        return ""
    return f'<p class="message">{html.escape(explanation.message)}</p>'


def _bars(explanation: Explanation) -> str:
    rows = []
    for score in explanation.top:
        chosen = str(score.index == explanation.target.index).lower()
        width = min(max(score.confidence, 0.0), 1.0) * 100
        rows.append(
            f'<li data-chosen="{chosen}"><i style="width:{width:.2f}%"></i>'
            f"<span>{html.escape(score.label)}</span><b>{percent(score.confidence)}</b></li>"
        )
    return "".join(rows) or "<li><span>The model has not been called yet.</span></li>"


def _facts(explanation: Explanation) -> list[tuple[str, str]]:
    target, certificate = explanation.target, explanation.certificate
    facts = [("Class", class_name(target) if target.index >= 0 else "none yet")]
    if explanation.mask.any():
        facts += [
            (f"Confidence {alone_words(explanation)}", percent(explanation.confidence)),
            (
                "Area",
                f"{share_words(explanation)}, {explanation.pixels} {places_of(explanation)}",
            ),
        ]
        kept = kept_words(explanation)
        facts += [("Keeps", kept)] if kept else []
    where = region_words(explanation)
    facts += [("Region", where)] if where else []
    facts.append(("Checked", verdict(explanation)))
    if certificate is not None:
        facts.append(("Size", certificate.text))
    facts += [
        ("Occlusions", occlusion_words(explanation)),
        ("Evaluations", evaluation_words(explanation)),
        ("Time", f"{explanation.seconds:.1f} s, {explanation.seconds_in_model:.1f} s in the model"),
        ("Runtime", explanation.runtime or "none yet"),
        ("Seed", str(explanation.seed)),
    ]
    return facts


def _details(explanation: Explanation) -> list[tuple[str, str]]:
    return [
        ("method", explanation.method),
        *setting_items(explanation.settings),
        *((f"{name} (version)", version) for name, version in explanation.versions.items()),
    ]


def _notes(explanation: Explanation) -> str:
    if not explanation.choices:
        return ""
    rows = "".join(f"<li>{html.escape(choice)}</li>" for choice in explanation.choices)
    return f'<h2>What was chosen for you</h2><ul class="notes">{rows}</ul>'


def _terms(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd>" for k, v in pairs)


def _data(explanation: Explanation) -> str:
    from PIL import Image

    picture = shown_picture(explanation)
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, format="PNG", optimize=True)
    values = np.nan_to_num(explanation.map, nan=0.0, posinf=0.0, neginf=0.0).astype("<f4")
    mask = np.packbits(explanation.mask).tobytes() if explanation.mask.any() else b""
    data: dict[str, Any] = {
        "esm": _base64(bundle_text("layer-view").encode("utf-8")),
        "height": picture.shape[0],
        "width": picture.shape[1],
        "picture": _base64(buffer.getvalue()),
        "map": _base64(values.tobytes()) if values.any() else "",
        "mask": _base64(mask),
        "traits": {
            "threshold": 0.0,
            "opacity": 0.6,
            "colormap": "magma",
            "show_picture": True,
            "show_map": True,
            "show_mask": True,
            "tool": "inspect",
            "brush_size": 16,
            "zoom": 1,
            "pan_x": 0,
            "pan_y": 0,
            "width": 464,
            "paintable": False,
            "alt": explanation_text(explanation),
            "status": "",
            "error": "",
        },
    }
    # Inside a script element, "<" is the only way out of it: "</script>", "<!--".
    return json.dumps(data, allow_nan=False).replace("<", "\\u003c")


def _safe_script(script: str) -> str:
    # In JavaScript "<\/script" means the same inside a string, the only place where it can occur.
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _resource(name: str) -> str:
    return resources.files("rex_widgets.report").joinpath(name).read_text(encoding="utf-8")
