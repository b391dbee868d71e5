"""How Sphinx builds the documentation: `make docs`, with warnings as errors."""

from __future__ import annotations

from dataclasses import fields
from importlib.metadata import version as installed_version
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
    app.connect("autodoc-process-docstring", _list_the_settings)
