"""One widget as a page of its own that needs neither kernel nor network."""

from __future__ import annotations

import base64
import html
import json
import os
import zlib
from collections.abc import Mapping, Sequence
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from string import Template
from typing import Any, TypeAlias

from rex_widgets.errors import InputError
from rex_widgets.report.bundle import bundle_text
from rex_widgets.report.whole_file import write_whole

MAX_BYTES = 15_000_000

Message: TypeAlias = tuple[Mapping[str, Any], Sequence[bytes]]


def write_widget_page(
    path: str | os.PathLike[str],
    *,
    title: str,
    esm: str,
    traits: Mapping[str, Any],
    messages: Sequence[Message],
    lead: str = "",
) -> Path:
    """Write one widget, as it stands, as a self-contained interactive HTML page.

    The page carries the widget's bundle and its data, works from a disk with the network off,
    and its own content policy forbids every request.

    Parameters
    ----------
    path : str or path
        File to write. An existing file is replaced in one step.
    title : str
        Heading of the page.
    esm : str
        Name of the widget's bundle, for example ``"layer-view"``.
    traits : mapping of str to JSON values
        What the widget's model holds at the start.
    messages : sequence of (mapping, sequence of bytes)
        What the kernel would send, each a content and its buffers. The page replays all of them
        in order whenever the widget sends ``{"type": "ready"}``.
    lead : str
        A line below the heading.

    Returns
    -------
    Path
        The absolute path of the file.

    Raises
    ------
    InputError
        If the page would be larger than 15 MB, a trait or a message is not JSON, or the file
        cannot be written.
    """
    page = _page(title, lead, esm, traits, messages).encode("utf-8")
    if len(page) > MAX_BYTES:
        given = sum(len(buffer) for _, buffers in messages for buffer in buffers)
        raise InputError(
            f"The page would have {len(page) / 1e6:.1f} MB ({given / 1e6:.1f} MB of data before "
            f"they are packed), and at most {MAX_BYTES / 1e6:.0f} MB are allowed. Show a smaller "
            "version of the data, or fewer views of it."
        )
    return write_whole(Path(path).expanduser().absolute(), page, "The page")


def widget_scripts(esm: str, traits: Mapping[str, Any], messages: Sequence[Message]) -> str:
    """Return the two script elements that start a widget in the element called "view".

    The page also needs a paragraph called "problem", for what goes wrong.

    Raises
    ------
    InputError
        A trait or a message is not JSON.
    """
    data = {
        "esm": _packed(bundle_text(esm).encode("utf-8")),
        "traits": dict(traits),
        "messages": [
            {"content": dict(content), "buffers": [_packed(buffer) for buffer in buffers]}
            for content, buffers in messages
        ],
    }
    script = _safe_script(bundle_text("widget-page"))
    return (
        f'<script type="application/json" id="data">{_json_in_script(data)}</script>\n'
        f"<script>{script}</script>"
    )


def _page(
    title: str, lead: str, esm: str, traits: Mapping[str, Any], messages: Sequence[Message]
) -> str:
    return Template(_resource("widget_page.html")).substitute(
        title=html.escape(title),
        lead=f'<p class="lead">{html.escape(lead)}</p>' if lead else "",
        style=_resource("dark.css") + _resource("widget_page.css"),
        version=html.escape(version("rex_widgets")),
        scripts=widget_scripts(esm, traits, messages),
    )


def _packed(data: bytes) -> dict[str, Any]:
    squeezed = zlib.compress(data, 6)
    deflated = len(squeezed) < len(data)
    text = base64.b64encode(squeezed if deflated else data).decode("ascii")
    return {"data": text, "deflated": deflated}


def _json_in_script(data: Any) -> str:
    try:
        text = json.dumps(data, allow_nan=False)
    except (TypeError, ValueError) as problem:
        raise InputError(
            f"The page's traits and messages must be JSON with finite numbers: {problem}."
        ) from problem
    # Inside a script element, "<" is the only way out of it: "</script>", "<!--".
    return text.replace("<", "\\u003c")


def _safe_script(script: str) -> str:
    # In JavaScript "<\/script" means the same inside a string, the only place where it can occur.
    return script.replace("</script", "<\\/script").replace("<!--", "<\\!--")


def _resource(name: str) -> str:
    return resources.files("rex_widgets.report").joinpath(name).read_text(encoding="utf-8")
