"""What the panel says of a representation's explanation, as words and as escaped HTML."""

from __future__ import annotations

import math
from html import escape

from rex_widgets.axes import PLACES
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.widgets.facts import STYLE

HIDDEN_STYLE = """<style>
.rw-hidden { font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1f2328); max-width: 420px; }
.rw-hidden .rw-track { height: 8px; margin: 4px 0; border-radius: 4px; overflow: hidden;
  background: var(--jp-layout-color3, #d9dee4); }
.rw-hidden .rw-track > div { height: 100%; background: var(--jp-brand-color1, #1a6fd4); }
.rw-hidden strong { font-size: 15px; }
.rw-hidden .rw-name { color: var(--jp-ui-font-color2, #59636e); }
</style>"""


def count(number: int) -> str:
    """Return a whole number with thin groups."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def share(value: float) -> str:
    """Return a share of 1 as a percentage of two significant digits; a dash for none."""
    if not math.isfinite(value):
        return "–"
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 10 else f"{float(f'{percent:.2g}'):g} %"


def facts_html(found: RelaxExplanation) -> str:
    """Return the facts of an explanation as a list of names and values."""
    rows = [("Question", question(found))]
    if found.embedding_text:
        rows.append(("Encoder", found.embedding_text))
    if found.masks:
        rows.append(("Masked inputs", similarity_words(found)))
        rows.append(("Accuracy", accuracy_words(found)))
        rows.append(("Time", time_words(found)))
    body = "".join(
        f"<div class='rw-name'>{escape(name)}</div><div>{escape(words)}</div>"
        for name, words in rows
    )
    note = f"<p role='status'>{escape(found.message)}</p>" if found.message else ""
    return f"{STYLE}<div class='rw-facts'><div class='rw-list'>{body}</div>{note}</div>"


def question(found: RelaxExplanation) -> str:
    """Return what was asked, in a sentence without its full stop."""
    places = PLACES[found.kind]
    measure = getattr(found.settings, "similarity_measure", "cosine")
    by = measure if isinstance(measure, str) else getattr(measure, "__name__", "a function")
    asked = found.asked or "similar to itself"
    return f"Which {places} make its representation {asked}, by {_MEASURES.get(by, by)}?"


_MEASURES = {
    "cosine": "cosine similarity",
    "dot": "scalar product",
    "euclidean": "minus the Euclidean distance",
}


def similarity_words(found: RelaxExplanation) -> str:
    """Return how similar the masked inputs were."""
    words = f"similarity {found.similarity:.3g} on average"
    least = found.statistics.get("least similarity", math.nan)
    most = found.statistics.get("most similarity", math.nan)
    if math.isfinite(least) and math.isfinite(most):
        words += f", {least:.3g} to {most:.3g}"
    whole = found.statistics.get("similarity of the whole input", math.nan)
    return words + (f"; of the whole input {whole:.3g}" if math.isfinite(whole) else "")


def accuracy_words(found: RelaxExplanation) -> str:
    """Return how well the map is known, and how well it was asked to be."""
    masks = f"{count(found.masks)} masks"
    if not math.isfinite(found.relative_error):
        return f"{masks}; too few to tell the error"
    words = f"the map's standard error is {share(found.relative_error)} of it, by {masks}"
    asked = tolerance_of(found)
    return words + (f"; asked for: {share(asked)}" if asked is not None else "")


def tolerance_of(found: RelaxExplanation) -> float | None:
    """Return the relative error at which the run ends; ``None`` where another rule ends it."""
    if getattr(found.settings, "stopping", "never") != "estimate":
        return None
    return float(found.settings.relative_error_asked)


def time_words(found: RelaxExplanation) -> str:
    """Return how long it took, and how much of it was spent in the encoder."""
    inside = found.seconds_in_model / found.seconds if found.seconds > 0 else math.nan
    return f"{found.seconds:.3g} s, {share(inside)} of it in the encoder"


def badge(found: RelaxExplanation) -> tuple[str, str]:
    """Return colour and words of the badge: how well the map is known."""
    if not found.masks or not math.isfinite(found.relative_error):
        return "none", ""
    asked = tolerance_of(found)
    if asked is None:
        return "none", f"error {share(found.relative_error)}"
    if found.relative_error <= asked:
        return "ok", f"error {share(found.relative_error)}, as asked"
    colour = "warn" if found.stage == "all masks" else "none"
    return colour, f"error {share(found.relative_error)} (asked: {share(asked)})"


def stage_words(stage: str, masks: int, most: int) -> str:
    """Return the first words of the line of progress."""
    return f"{stage}: {count(masks)} of at most {count(most)} masks" if masks else stage


def hidden_html(value: float | None, whole: float | None) -> str:
    """Return the similarity that is left when the painted part is hidden.

    Parameters
    ----------
    value
        The similarity; ``None`` where nothing is painted.
    whole
        That of the whole input, if it is known.
    """
    if value is None:
        words = "Paint a part to see how similar the rest is without it."
        return f"{HIDDEN_STYLE}<div class='rw-hidden' role='status'>{words}</div>"
    beside = "" if whole is None else f" <span class='rw-name'>of the whole: {whole:.3g}</span>"
    level = ""
    if whole is not None and whole > 0:
        width = 100 * min(1.0, max(0.0, value / whole))
        level = (
            f"<div class='rw-track'><div class='rw-level' style='width: {width:.1f}%'></div></div>"
        )
    return (
        f"{HIDDEN_STYLE}<div class='rw-hidden' role='status'>With the painted part hidden: "
        f"<strong>similarity {value:.3g}</strong>{beside}{level}</div>"
    )
