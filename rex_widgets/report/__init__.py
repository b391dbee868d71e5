"""What outlives the session: an interactive page, a picture and a few lines of text."""

from __future__ import annotations

from rex_widgets.report.page import to_html
from rex_widgets.report.picture import explanation_png
from rex_widgets.report.words import explanation_text

__all__ = ["explanation_png", "explanation_text", "to_html"]
