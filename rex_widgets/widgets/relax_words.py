"""What the panel says of a representation's explanation, as words and as escaped HTML."""

from __future__ import annotations

import math
from html import escape

from rex_widgets.axes import PLACES
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.relax.targets import ALONE
from rex_widgets.report.relax_words import (
    accuracy_words,
    count_words,
    is_resolved,
    measure_words,
    question_words,
)
from rex_widgets.widgets.facts import STYLE

HIDDEN_STYLE = """<style>
.rw-hidden { font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif);
  color: var(--jp-ui-font-color1, #1f2328); max-width: 420px; margin: 4px 0; }
.rw-hidden .rw-track { height: 8px; margin: 4px 0; border-radius: 4px; overflow: hidden;
  background: var(--jp-layout-color3, #d9dee4); }
.rw-hidden .rw-track > div { height: 100%; background: var(--jp-brand-color1, #1a6fd4); }
.rw-hidden strong { font-size: 15px; }
.rw-hidden .rw-name { color: var(--jp-ui-font-color2, #59636e); }
</style>"""


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
        rows.append(("Encoder", encoder_words(found)))
    if found.masks:
        rows.append(("Masked inputs", similarity_words(found)))
        asked = tolerance_of(found)
        accuracy = accuracy_words(found, "" if asked is None else share(asked))
        rows.append(("Accuracy", f"{count_words(found.masks)} masks: {accuracy}"))
        rows.append(("Time", time_words(found)))
    body = "".join(
        f"<div class='rw-name'>{escape(name)}</div><div>{escape(words)}</div>"
        for name, words in rows
    )
    note = f"<p role='status'>{escape(found.message)}</p>" if found.message else ""
    return f"{STYLE}<div class='rw-facts'><div class='rw-list'>{body}</div>{note}</div>"


def question(found: RelaxExplanation) -> str:
    """Return what was asked, in a sentence."""
    places = PLACES[found.kind]
    if found.asked == ALONE:
        return f"Which {places} matter to {measure_words(found)} of its representation?"
    return f"Which {places} make its representation {question_words(found)}?"


def encoder_words(found: RelaxExplanation) -> str:
    """Return what the representation is, and what evaluated it."""
    return f"{found.embedding_text}; evaluated by {found.runtime}"


def similarity_words(found: RelaxExplanation) -> str:
    """Return how similar the masked inputs were."""
    words = f"similarity {found.similarity:.3g} on average"
    least = found.statistics.get("least similarity", math.nan)
    most = found.statistics.get("most similarity", math.nan)
    if math.isfinite(least) and math.isfinite(most):
        words += f", {least:.3g} to {most:.3g}"
    whole = found.statistics.get("similarity of the whole input", math.nan)
    return words + (f"; of the whole input {whole:.3g}" if math.isfinite(whole) else "")


def tolerance_of(found: RelaxExplanation) -> float | None:
    """Return the contrast error at which the run ends; ``None`` where another rule ends it."""
    if getattr(found.settings, "stopping", "never") != "estimate":
        return None
    return float(found.settings.tolerance_asked)


def time_words(found: RelaxExplanation) -> str:
    """Return how long it took, and how much of it was spent in the encoder."""
    inside = found.seconds_in_model / found.seconds if found.seconds > 0 else math.nan
    return f"{found.seconds:.3g} s, {share(inside)} of it in the encoder"


def badge(found: RelaxExplanation) -> tuple[str, str]:
    """Return colour and words of the badge: how well the map is known."""
    if not found.masks or not math.isfinite(found.contrast_error):
        return "none", ""
    asked = tolerance_of(found)
    if asked is None:
        return "none", f"error {share(found.contrast_error)}"
    if found.stopped_by and not is_resolved(found):
        return "warn", "differences not resolved"
    if found.contrast_error <= asked:
        return "ok", f"error {share(found.contrast_error)}, as asked"
    colour = "warn" if found.stage == "all masks" else "none"
    return colour, f"error {share(found.contrast_error)} (asked: {share(asked)})"


def stage_words(stage: str, masks: int, most: int) -> str:
    """Return the first words of the line of progress."""
    if not masks:
        return stage
    end = f" of at most {count_words(most)}" if masks < most else ""
    return f"{stage}: {count_words(masks)}{end} masks"


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
    beside = "" if whole is None else f"<div class='rw-name'>of the whole input: {whole:.3g}</div>"
    level = ""
    if whole is not None and whole > 0:
        width = 100 * min(1.0, max(0.0, value / whole))
        level = (
            f"<div class='rw-track'><div class='rw-level' style='width: {width:.1f}%'></div></div>"
        )
    return (
        f"{HIDDEN_STYLE}<div class='rw-hidden' role='status'>With the painted part hidden: "
        f"<strong>similarity {value:.3g}</strong>{level}{beside}</div>"
    )
