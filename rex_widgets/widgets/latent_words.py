"""What the panel says of latent counterfactuals, as words and as escaped HTML."""

from __future__ import annotations

import math
from html import escape

import numpy as np

from rex_widgets.latent.counterfactuals import CAUSAL_FLIP, SUCCESSFUL, TRIVIAL, Counterfactuals
from rex_widgets.widgets._counterfactual_table import class_words, counted
from rex_widgets.widgets.facts import STYLE
from rex_widgets.widgets.relax_words import share

_NAMED = 5
_MEANING = {
    SUCCESSFUL: "the classifier changed its answer, and is wrong about one of the two pictures",
    CAUSAL_FLIP: "the picture shows the other class, and the classifier did not notice",
    TRIVIAL: "the picture shows the other class, and the classifier says so",
}


def facts_html(found: Counterfactuals) -> str:
    """Return the facts of a result as a list of names and values."""
    rows = [("Question", question(found))]
    if known(found):
        rows.append(("Found", found_words(found)))
        rows += [(verdict.capitalize(), words) for verdict, words in verdict_rows(found)]
        rows.append(("Nearest", nearest_words(found)))
        rows.append(("Asked", asked_words(found)))
    body = "".join(
        f"<div class='rw-name'>{escape(name)}</div><div>{escape(words)}</div>"
        for name, words in rows
        if words
    )
    said = [found.message, *[words for words in found.diagnosis if words][:_NAMED]]
    left = sum(map(bool, found.diagnosis)) - _NAMED
    if left > 0:
        said.append(f"{left} more samples have found nothing; result().diagnosis says why.")
    notes = "".join(f"<p role='status'>{escape(words)}</p>" for words in said if words)
    return f"{STYLE}<div class='rw-facts'><div class='rw-list'>{body}</div>{notes}</div>"


def known(found: Counterfactuals) -> bool:
    """Whether some counterfactual has been classified."""
    return bool(np.isfinite(found.after).all(2).any())


def question(found: Counterfactuals) -> str:
    """Return what was asked, in a sentence."""
    targets = sorted({int(target) for target in found.target})
    asked = " or ".join(class_words(found, target) for target in targets[:_NAMED])
    if not targets or targets[0] < 0:
        asked = "another class"
    sample = "the sample" if found.samples == 1 else f"the {found.samples} samples"
    return f"What has to be moved in the latents of {sample} for the classifier to say {asked}?"


def found_words(found: Counterfactuals) -> str:
    """Return for how many samples something was found, and how much."""
    changed, every = int(found.changed.sum()), found.changed.size
    said = f"{changed} of {every} counterfactuals give the class asked for"
    if found.samples == 1:
        return said
    return f"{said}; {int(found.found.sum())} of {found.samples} samples have one"


def verdict_rows(found: Counterfactuals) -> list[tuple[str, str]]:
    """Return each verdict of an oracle with its number and its meaning; none without an oracle."""
    return [(v, f"{n}: {_MEANING[v]}") for v, n in counted(found) if found.oracle and v in _MEANING]


def nearest_words(found: Counterfactuals) -> str:
    """Return how far the nearest counterfactuals are."""
    far = [
        float(found.distance[row, which]) for row, which in enumerate(found.nearest) if which >= 0
    ]
    if not far:
        return ""
    if len(far) == 1:
        return f"{far[0]:.3g} standard deviations away, added up over the coordinates"
    return (
        f"{min(far):.3g} to {max(far):.3g} standard deviations away, added up over the coordinates"
    )


def asked_words(found: Counterfactuals) -> str:
    """Return how much was asked of the models, and how long it took."""
    inside = found.seconds_in_model / found.seconds if found.seconds > 0 else math.nan
    pictures = f"{int(found.evaluations):,}".replace(",", "\u202f")
    return f"{pictures} pictures; {found.seconds:.3g} s, {share(inside)} of it in the models"


def badge(found: Counterfactuals) -> tuple[str, str]:
    """Return colour and words of the badge: whether something was found, and looked at again."""
    if not known(found):
        return "none", ""
    missing = found.samples - int(found.found.sum())
    if not found.verified:
        return "none", ""
    if missing:
        return "warn", f"none found for {missing} of {found.samples}"
    return "ok", "verified"


def suggestion(found: Counterfactuals) -> str:
    """Return what a file of the result may be called."""
    return f"counterfactuals {found.method} {found.source.replace(',', '')}"
