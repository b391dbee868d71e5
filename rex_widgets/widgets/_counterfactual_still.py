"""A gallery of counterfactuals as a still picture and as text, for where no widget is alive."""

from __future__ import annotations

import io

import numpy as np

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.widgets._counterfactual_table import class_words, classified, counted, small

_SAMPLES, _EACH = 8, 10
_SIDE, _GAP, _NAMES, _LINE = 64, 10, 170, 16
_TONES = {
    "successful": (26, 127, 55),
    "changed": (26, 127, 55),
    "causal flip": (154, 91, 0),
    "trivial": (26, 111, 212),
}
_LETTERS = {"successful": "S", "changed": "C", "causal flip": "F", "trivial": "T", "unchanged": "–"}
_QUIET = (110, 118, 129)


def gallery_words(found: Counterfactuals | None) -> str:
    """Return how many samples there are, and what became of their counterfactuals."""
    if found is None:
        return "nothing"
    samples = f"{found.samples} sample{'' if found.samples == 1 else 's'}"
    told = ", ".join(f"{count} {verdict}" for verdict, count in counted(found))
    return f"{samples} with {found.explanations} counterfactuals each: {told or 'none yet'}"


def gallery_png(found: Counterfactuals | None) -> bytes:
    """Return the first 8 samples with their first 10 counterfactuals as a PNG.

    A frame's colour and a letter below say what became of each.
    """
    from PIL import Image, ImageDraw, ImageFont

    if found is None or not np.isfinite(found.before).all():
        blank = io.BytesIO()
        Image.new("RGB", (320, 40), "white").save(blank, "PNG")
        return blank.getvalue()
    rows, columns = min(_SAMPLES, found.samples), min(_EACH, found.explanations)
    height = _SIDE + _LINE + _GAP
    sheet = Image.new("RGB", (_NAMES + (columns + 1) * (_SIDE + _GAP), 24 + rows * height), "white")
    pen, font = ImageDraw.Draw(sheet), ImageFont.load_default(12)
    pen.text((4, 4), gallery_words(found), fill="black", font=font)
    seen = classified(found)
    for row in range(rows):
        top = 24 + row * height
        own, target = int(found.own[row]), int(found.target[row])
        pen.text((4, top + 8), found.sample_names[row][:26], fill="black", font=font)
        before = f"{class_words(found, own)} {found.before[row, own]:.0%}"
        pen.text((4, top + 26), before, fill=_QUIET, font=font)
        asked = f"asked: {class_words(found, target)}"
        pen.text((4, top + 44), asked[:26], fill=_QUIET, font=font)
        sheet.paste(_tile(found.images[row]), (_NAMES, top))
        for column in range(columns):
            left = _NAMES + (column + 1) * (_SIDE + _GAP)
            if not seen[row, column]:
                continue
            verdict = str(found.verdict[row, column])
            tone = _TONES.get(verdict, _QUIET)
            pen.rectangle(
                (left - 3, top - 3, left + _SIDE + 2, top + _SIDE + 2), outline=tone, width=2
            )
            sheet.paste(_tile(found.pictures[row, column]), (left, top))
            words = f"{_LETTERS.get(verdict, '?')}  {found.after[row, column, target]:.0%}"
            pen.text((left, top + _SIDE + 3), words, fill=tone, font=font)
    buffer = io.BytesIO()
    sheet.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def _tile(picture):  # type: ignore[no-untyped-def]  # PIL's own class
    from PIL import Image

    return Image.fromarray(small(picture, _SIDE)).resize((_SIDE, _SIDE))
