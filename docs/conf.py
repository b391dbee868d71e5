"""How Sphinx builds the documentation: `make docs`, with warnings as errors."""

from __future__ import annotations

import re
from dataclasses import fields
from importlib.metadata import version as installed_version
from pkgutil import resolve_name
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

project = "rex_widgets"
author = "rex_widgets contributors"
copyright = "2026, rex_widgets contributors"
release = installed_version("rex_widgets")
version = ".".join(release.split(".")[:2])

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
root_doc = "index"
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build"]
# Single backticks in a docstring mean code, as they do in the Markdown pages.
default_role = "code"

myst_enable_extensions = ["colon_fence", "deflist", "fieldlist"]
myst_heading_anchors = 3

autodoc_member_order = "bysource"
autodoc_preserve_defaults = True
autodoc_typehints = "signature"
autodoc_typehints_format = "short"
python_maximum_signature_line_length = 88
# Attributes of a dataclass are described once, in its docstring.
napoleon_google_docstring = False
napoleon_use_ivar = True
napoleon_use_rtype = False

html_theme = "alabaster"
html_title = "rex_widgets"
html_show_sourcelink = False
html_theme_options = {
    "description": "Ask a classifier why, and watch the answer form.",
    "fixed_sidebar": True,
    "page_width": "1080px",
    "show_powered_by": False,
    "sidebar_width": "240px",
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}


def _is_there(name: str) -> bool:
    try:
        resolve_name(name)
    except (AttributeError, ImportError):
        return False
    return True


def _leave_out_what_is_absent(app: Sphinx, docname: str, source: list[str]) -> None:
    """Drop the blocks of api.md that name something that is not there (yet)."""
    if docname != "api":
        return

    def keep(block: re.Match[str]) -> str:
        names = re.findall(r"^\.\. auto\w+:: (\S+)", block[0], flags=re.MULTILINE)
        return block[0] if all(map(_is_there, names)) else ""

    source[0] = re.sub(r"```\{eval-rst\}.*?```", keep, source[0], flags=re.DOTALL)


def _list_the_settings(
    app: Sphinx, what: str, name: str, thing: object, options: object, lines: list[str]
) -> None:
    """Describe each field of a settings class by the words that its flag and its help use."""
    from rex_widgets.settings import Settings

    if not (what == "class" and isinstance(thing, type) and issubclass(thing, Settings)):
        return
    lines.append("")
    for field in fields(thing):
        option = field.metadata["option"]
        lines += [f"`{field.name}` = `{field.default!r}`", f"    {option.help}.", ""]


def setup(app: Sphinx) -> None:
    app.connect("source-read", _leave_out_what_is_absent)
    app.connect("autodoc-process-docstring", _list_the_settings)
