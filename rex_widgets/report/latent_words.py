"""Latent counterfactuals in plain words: single facts, and a few lines of text."""

from __future__ import annotations

import math

from rex_widgets.latent.counterfactuals import (
    CAUSAL_FLIP,
    CHANGED,
    SUCCESSFUL,
    TRIVIAL,
    UNCHANGED,
    Counterfactuals,
)
from rex_widgets.report.numbers import percent
from rex_widgets.report.relax_words import count_words

VERDICTS = (SUCCESSFUL, CAUSAL_FLIP, TRIVIAL, CHANGED, UNCHANGED)
"""In the order in which they are told."""

SIGNS = {
    SUCCESSFUL: "\N{BLACK STAR}",
    CAUSAL_FLIP: "\N{BLACK DIAMOND}",
    TRIVIAL: "\N{BLACK CIRCLE}",
    CHANGED: "\N{BLACK CIRCLE}",
    UNCHANGED: "\N{MULTIPLICATION SIGN}",
}
"""A sign for each verdict: colours alone do not tell them apart for everybody."""

MEANINGS = {
    SUCCESSFUL: "the classifier answers otherwise, and is wrong about one of the two pictures",
    CAUSAL_FLIP: "the picture shows the other class, and the classifier did not notice",
    TRIVIAL: "the picture shows the other class, and the classifier says so",
    CHANGED: "the classifier gives the class asked for",
    UNCHANGED: "the classifier does not answer otherwise",
}
_MOST_DIAGNOSES = 6
_MOST_MOVED = 3
STILL = 0.005
"""A coordinate that moved less, in standard deviations, counts as not moved."""


def samples_words(number: int) -> str:
    """Return how many samples: "1 sample", "12 samples"."""
    return f"{count_words(number)} sample{'' if number == 1 else 's'}"


def begun(found: Counterfactuals) -> bool:
    """Whether the classifier was asked about any counterfactual."""
    return bool(math.isfinite(float(found.after.flat[0]))) if found.after.size else False


def question_words(found: Counterfactuals) -> str:
    """Return what was asked: "what gives class odd for A in Lato, which is even"."""
    wanted = class_words(found, int(found.target[0]))
    if found.samples == 1:
        own = class_words(found, int(found.own[0]))
        if not wanted:
            return f"counterfactuals of {found.sample_names[0]}"
        return f"{found.sample_names[0]}, which is {own}: what gives {wanted}"
    asked = set(found.target.tolist())
    if not wanted or len(asked) > 1:
        return f"{samples_words(found.samples)}: what gives another class"
    return f"{samples_words(found.samples)}: what gives {wanted}"


def class_words(found: Counterfactuals, index: int) -> str:
    """Return the name of a class; empty while it is unknown."""
    if index < 0:
        return ""
    return found.labels[index] if index < len(found.labels) else f"class {index}"


def found_words(found: Counterfactuals) -> str:
    """Return for how many samples something was found: "found for 11 of 12 samples"."""
    hits = int(found.found.sum())
    if found.samples == 1:
        return (
            f"{int(found.changed.sum())} of {found.explanations} counterfactuals give the class "
            "asked for"
        )
    return f"found for {count_words(hits)} of {samples_words(found.samples)}"


def ordered_counts(found: Counterfactuals) -> list[tuple[str, int]]:
    """Return how many counterfactuals have each verdict, in the usual order."""
    counts = found.counts()
    known = [(name, counts[name]) for name in VERDICTS if name in counts]
    return known + [(name, count) for name, count in counts.items() if name not in VERDICTS]


def verdict_words(found: Counterfactuals) -> str:
    """Return how many counterfactuals have each verdict: "14 successful, 3 trivial"."""
    return ", ".join(f"{count_words(count)} {name}" for name, count in ordered_counts(found))


def verified_words(found: Counterfactuals) -> str:
    """Return whether they were decoded and classified again."""
    if found.verified:
        return "Verified: each was decoded and classified once more."
    return f"Not verified (the run got as far as: {found.stage})."


def distance_words(found: Counterfactuals) -> str:
    """Return how far the nearest counterfactuals are that give the class; empty without any."""
    if not found.changed.any():
        return ""
    near = [float(found.distance[n, k]) for n, k in enumerate(found.nearest) if k >= 0]
    if len(near) == 1:
        return f"the nearest lies {near[0]:.2f} away"
    return f"the nearest lie {min(near):.2f} to {max(near):.2f} away"


def chance_words(found: Counterfactuals, sample: int, number: int) -> str:
    """Return what one gives: "odd 97.1 %"; empty while it is unknown."""
    chances = found.after[sample, number]
    if not math.isfinite(float(chances[0])):
        return ""
    best = int(chances.argmax())
    return f"{class_words(found, best)} {percent(float(chances[best]))}"


def own_words(found: Counterfactuals, sample: int) -> str:
    """Return what the classifier says of a sample; empty while it is unknown."""
    best = int(found.own[sample])
    if best < 0:
        return ""
    return f"{class_words(found, best)} {percent(float(found.before[sample, best]))}"


def moved_most(found: Counterfactuals, sample: int, number: int) -> list[str]:
    """Return which latent coordinates were moved most: "font 2 +1.31", "scale -0.44"."""
    moved = found.moved[sample, number]
    order = sorted(range(len(moved)), key=lambda place: -abs(float(moved[place])))
    return [
        f"{found.coordinates[place]} {float(moved[place]):+.2f}"
        for place in order[:_MOST_MOVED]
        if abs(float(moved[place])) >= STILL
    ]


def moved_words(found: Counterfactuals, sample: int, number: int) -> str:
    """Return `moved_most` in one line."""
    return ", ".join(moved_most(found, sample, number)) or "nothing was moved"


def spent_words(found: Counterfactuals) -> str:
    """Return the pictures given to the classifier and what they were spent on."""
    parts = ", ".join(f"{k} {v}" for k, v in found.evaluations.breakdown.items() if v)
    total = count_words(int(found.evaluations))
    return f"{total} ({parts})" if parts else total


def diagnosis_lines(found: Counterfactuals) -> list[str]:
    """Return why nothing was found, a line for each of the first samples."""
    lines = [line for line in found.diagnosis if line]
    more = len(lines) - _MOST_DIAGNOSES
    return lines[:_MOST_DIAGNOSES] + ([f"And so for {more} more."] if more > 0 else [])


def latent_text(found: Counterfactuals) -> str:
    """Describe latent counterfactuals in a few plain lines.

    Parameters
    ----------
    found : Counterfactuals
        Finished or not.

    Returns
    -------
    str
        Lines without markup, for places that show neither widgets nor pictures.
    """
    source = f"{found.source}: " if found.source else ""
    lines = [f"{source}{question_words(found)}"]
    if begun(found):
        near = distance_words(found)
        told = found_words(found) + (f"; {near} (L1, standardised)" if near else "")
        lines.append(told[:1].upper() + told[1:])
        lines.append(f"Verdicts: {verdict_words(found)}")
        if found.samples == 1 and found.found.any():
            best = int(found.best[0])
            lines.append(
                f"Nearest counterfactual: {chance_words(found, 0, best)}; moved: "
                f"{moved_words(found, 0, best)}"
            )
        lines += diagnosis_lines(found)
        lines.append(verified_words(found))
    else:
        lines.append(f"No counterfactuals yet ({found.stage}).")
    spent = f"Method {found.method}; pictures classified: {spent_words(found)}"
    lines.append(f"{spent}, in {found.seconds:.1f} s, {found.runtime}, seed {found.seed}")
    if found.message:
        lines.append(found.message)
    return "\n".join(" ".join(line.split()) for line in lines)


def latent_line(found: Counterfactuals) -> str:
    """Describe them in one line, for one of several inputs."""
    if not begun(found):
        return " ".join(f"{found.source}: no counterfactuals yet ({found.stage})".split())
    verified = "verified" if found.verified else "not verified"
    words = (
        f"{found.source}: {question_words(found)}: {found_words(found)}; "
        f"{verdict_words(found)}; {verified}"
    )
    return " ".join(words.split())
