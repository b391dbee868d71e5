"""What the panel says of region-constrained counterfactuals, as words and as escaped HTML."""

from __future__ import annotations

import math
from html import escape

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report import rcsb_words as words_of
from rex_widgets.report.relax_words import count_words
from rex_widgets.widgets.facts import STYLE
from rex_widgets.widgets.relax_words import share


def facts_html(found: RegionCounterfactuals) -> str:
    """Return the facts of a result as a list of names and values."""
    rows = [("Question", question(found))]
    if found.region.any():
        source = f", {found.region_source}" if found.region_source else ""
        rows.append(("Region", words_of.region_words(found) + source))
    if words_of.begun(found):
        told = words_of.found_words(found)
        told = found.message or f"{told[:1].upper()}{told[1:]} so far"
        rows += [("Found", told), ("Best", words_of.best_words(found))]
        far = words_of.distance_words(found, found.best)
        same = "0, 0 and 1" if found.lpips is None else "0, 0, 1 and 0"
        rows.append(("Change", f"{far} (of an unchanged picture: {same})" if far else ""))
        rows.append(("Second look", words_of.second_words(found)))
        rows.append(("Trust", words_of.trust_words(found)))
        rows.append(("Went on", " ".join(found.branches)))
        rows.append(("Asked", asked_words(found)))
    body = "".join(
        f"<div class='rw-name'>{escape(name)}</div><div>{escape(words)}</div>"
        for name, words in rows
        if words
    )
    notes = "".join(
        f"<p role='status'>{escape(words)}</p>" for words in dict.fromkeys(found.failures) if words
    )
    return f"{STYLE}<div class='rw-facts'><div class='rw-list'>{body}</div>{notes}</div>"


def question(found: RegionCounterfactuals) -> str:
    """Return what was asked, in a sentence."""
    own = words_of.class_words(found, found.source_class)
    asked = words_of.class_words(found, found.target)
    if not own or not asked:
        return "What would have to change in a region of the picture for another answer?"
    return f"The classifier says {own}: what would have to change in the region for {asked}?"


def asked_words(found: RegionCounterfactuals) -> str:
    """Return how much was asked of the models, and how long it took."""
    inside = found.seconds_in_model / found.seconds if found.seconds > 0 else math.nan
    pictures = count_words(int(found.evaluations))
    return f"{pictures} pictures; {found.seconds:.3g} s, {share(inside)} of it in the models"


def stage_words(stage: str, found: RegionCounterfactuals | None) -> str:
    """Return the first words of the line of progress."""
    if found is None or not len(found.steps) or stage in ("ready", "finished"):
        return stage
    done = int(found.done.min()) if found.samples else 0
    return f"{stage}: step {done} of {len(found.steps)}"


def moments_html(found: RegionCounterfactuals) -> str:
    """Return what the slider below the picture goes through; empty before there is anything."""
    kept, steps = len(found.forming_steps), len(found.steps)
    if not kept:
        return ""
    told = f"A picture is kept at {kept} of {steps} steps" if kept < steps else "Every step is kept"
    words = f"{told}; the slider Steps goes through them, and a run can be continued from them."
    return f"<div style='line-height: 1.4; opacity: .75'>{escape(words)}</div>"


def badge(found: RegionCounterfactuals) -> tuple[str, str]:
    """Return colour and words of the badge: how many samples give the class asked for.

    Where a second classifier was asked, also for how many of these it says so, too; what it says
    for none is no success.
    """
    if found.stage != "finished":
        return "none", ""
    if not words_of.begun(found):
        return "warn", "no answer"
    hits = int(found.reached.sum())
    told = f"{hits} of {found.samples} reached"
    if not hits or found.second is None or not words_of.second_asked(found):
        return "ok" if hits else "warn", told
    both = int((found.second[found.reached] == found.target).sum())
    return "ok" if both else "warn", f"{told}; second classifier: {both}"


def suggestion(found: RegionCounterfactuals) -> str:
    """Return what a file of the result may be called."""
    return f"change {found.source_label} to {found.target_label}".strip()
