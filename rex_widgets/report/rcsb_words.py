"""Region-constrained counterfactuals in plain words: single facts, and a few lines of text."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report.numbers import percent
from rex_widgets.report.relax_words import count_words

REACHED, MISSED = "\N{CHECK MARK}", "\N{MULTIPLICATION SIGN}"
"""Signs beside a sample: colours alone do not tell them apart for everybody."""

_MOST_MISSED = 4
_STRONGER = {
    False: "a higher scale, more steps, or a higher start step",
    True: "more candidates, or a higher start step",
}
"""What else may reach a class, by whether it is looked for without the classifier's gradient."""


def begun(found: RegionCounterfactuals) -> bool:
    """Whether the classifier was asked about any sample."""
    # the best one is known if any is
    return answered(found, found.best)


def answered(found: RegionCounterfactuals, number: int) -> bool:
    """Whether the classifier said what it makes of a sample."""
    row = found.probabilities[number]
    return bool(row.size) and bool(np.isfinite(row).all())


def class_words(found: RegionCounterfactuals, index: int) -> str:
    """Return the name of a class; empty while it is unknown."""
    if index < 0:
        return ""
    return found.labels[index] if index < len(found.labels) else f"class {index}"


def samples_words(number: int) -> str:
    """Return how many samples: "1 sample", "4 samples"."""
    return f"{count_words(number)} sample{'' if number == 1 else 's'}"


def region_words(found: RegionCounterfactuals) -> str:
    """Return what may change: "30.1 % of the picture"."""
    return f"{percent(found.area)} of the picture"


def question_words(found: RegionCounterfactuals) -> str:
    """Return what was asked: "which is 7: what in 30.1 % of the picture would make it 3"."""
    own, wanted = class_words(found, found.source_class), class_words(found, found.target)
    if not own or not wanted:
        return "what in a region of the picture would give another class"
    return f"which is {own}: what in {region_words(found)} would make it {wanted}"


def found_words(found: RegionCounterfactuals) -> str:
    """Return how many samples reached the class: "3 of 4 samples give 3"."""
    wanted, hits, all_of = (
        class_words(found, found.target),
        int(found.reached.sum()),
        found.samples,
    )
    if all_of == 1:
        return f"the sample {'gives' if hits else 'does not give'} {wanted}"
    number = count_words(hits) if hits else "none"
    verb = "gives" if hits <= 1 else "give"
    return f"{number} of {samples_words(found.samples)} {verb} {wanted}"


def chance_words(found: RegionCounterfactuals, number: int) -> str:
    """Return what the classifier says of a sample's asked class: "3 at 97.1 %"."""
    if not answered(found, number):
        return ""
    wanted = found.target
    return f"{class_words(found, wanted)} at {percent(float(found.probabilities[number, wanted]))}"


def best_words(found: RegionCounterfactuals) -> str:
    """Return both probabilities of the best sample, and what they were before."""
    parts = []
    for index in (found.target, found.source_class):
        now = percent(float(found.probabilities[found.best, index]))
        then = percent(float(found.probabilities_before[index]))
        parts.append(f"{class_words(found, index)} at {now} (before {then})")
    return f"sample {found.best + 1}: {', '.join(parts)}"


def missed_words(found: RegionCounterfactuals) -> str:
    """Return which samples did not reach the class, and what they are instead; empty if all did."""
    missed = [n for n in range(found.samples) if answered(found, n) and not found.reached[n]]
    if not begun(found) or not missed:
        return ""
    told = [
        f"sample {number + 1} is {class_words(found, int(found.classes[number]))} "
        f"({chance_words(found, number)})"
        for number in missed[:_MOST_MISSED]
    ]
    more = len(missed) - len(told)
    return f"Not reached: {'; '.join(told)}{f'; and {more} more' if more else ''}."


def second_words(found: RegionCounterfactuals) -> str:
    """Say plainly whether a second classifier agrees; empty where none was asked."""
    if not second_asked(found):
        return ""
    assert found.second is not None
    wanted = class_words(found, found.target)
    hits = np.flatnonzero(found.reached)
    also = int((found.second[hits] == found.target).sum())
    if not len(hits):
        words = f"says {wanted} for {_count((found.second == found.target).sum())} of the samples"
    elif len(hits) == 1:
        said = class_words(found, int(found.second[hits[0]]))
        words = f"agrees: it says {said}, too" if also else f"does not agree: it says {said}"
    elif also == len(hits):
        both = "both" if also == 2 else f"all {also}"
        words = f"agrees: it says {wanted} for {both}, too"
    else:
        agrees = "agrees in part" if also else "does not agree"
        words = f"{agrees}: it says {wanted} for {_count(also)} of these {len(hits)}"
    told = f"The second classifier {words}."
    if len(hits) and not also:
        told += " The change may deceive the first one more than it shows the other class."
    if found.second_before >= 0 and found.second_before != found.source_class:
        told += f" Of the picture itself it says {class_words(found, found.second_before)}."
    return told


def trust_words(found: RegionCounterfactuals) -> str:
    """Say how far a finished result may be believed, or what to do where nothing was reached."""
    if not begun(found) or found.stage != "finished":
        return ""
    wanted, own = class_words(found, found.target), class_words(found, found.source_class)
    if not found.reached.any():
        blind = getattr(found.settings, "guidance", "") == "best_of"
        return (
            "That is an answer, too, if nothing else helps: what lies outside the region may hold "
            f"the classifier to {own}. Try a larger or another region, {_STRONGER[blind]}."
        )
    if second_asked(found):
        told = (
            "The second classifier is another model, which had no part in making the change, so "
            "what deceives the first need not deceive it. Both can be wrong together: "
        )
    else:
        told = "No second classifier was asked, and a change can deceive a single one: "
    return f"{told}where you do not see {wanted} yourself, do not trust the change."


def second_asked(found: RegionCounterfactuals) -> bool:
    """Whether a second classifier was asked about the samples."""
    return found.second is not None and begun(found) and bool((found.second >= 0).all())


def second_of(found: RegionCounterfactuals, number: int) -> str:
    """Return what the second classifier says of a sample; empty where it was not asked."""
    if not second_asked(found):
        return ""
    assert found.second is not None
    return class_words(found, int(found.second[number]))


def failure_words(found: RegionCounterfactuals) -> list[str]:
    """Return what went wrong with which samples."""
    early = found.done < len(found.steps)
    return [
        f"Sample {n + 1}{' stopped' if early[n] else ''}: {why}"
        for n, why in enumerate(found.failures)
        if why
    ]


def _count(number: int) -> str:
    return count_words(int(number)) if number else "none"


def distance_words(found: RegionCounterfactuals, number: int) -> str:
    """Return how far a sample lies from the picture: "L1 0.031, L2 0.102, SSIM 0.91"."""
    measures: list[tuple[str, NDArray[np.float32] | None]] = [
        ("L1", found.l1), ("L2", found.l2), ("SSIM", found.ssim), ("LPIPS", found.lpips)
    ]  # fmt: skip
    return ", ".join(
        f"{name} {float(values[number]):.3f}"
        for name, values in measures
        if values is not None and math.isfinite(float(values[number]))
    )


def spent_words(found: RegionCounterfactuals) -> str:
    """Return how often the classifier was asked, and what for."""
    total = count_words(int(found.evaluations))
    breakdown = getattr(found.evaluations, "breakdown", {})
    parts = ", ".join(f"{name} {number}" for name, number in breakdown.items() if number)
    return f"{total} ({parts})" if parts else total


def rcsb_text(found: RegionCounterfactuals) -> str:
    """Describe region-constrained counterfactuals in a few plain lines.

    Parameters
    ----------
    found : RegionCounterfactuals
        Finished or not.

    Returns
    -------
    str
        Lines without markup, for places that show neither widgets nor pictures.
    """
    lines = [f"{found.source or 'The picture'}, {question_words(found)}"]
    if begun(found):
        # the message of a run tells what came out, and what stopped
        told = found.message or ". ".join([found_words(found), *failure_words(found)]) + "."
        lines += [f"{told[:1].upper()}{told[1:]}", f"Best is {best_words(found)}"]
        far = distance_words(found, found.best)
        lines += [f"Its change: {far}"] if far else []
        lines += filter(None, [missed_words(found), second_words(found), trust_words(found)])
    else:
        lines.append(f"No counterfactuals yet ({found.stage}).")
    spent = f"Method {found.method}; pictures classified: {spent_words(found)}"
    runtime = f", {found.runtime}" if found.runtime else ""
    lines.append(f"{spent}, in {found.seconds:.1f} s{runtime}, seed {found.seed}")
    if found.message and not begun(found):
        lines.append(found.message)
    return "\n".join(" ".join(line.split()) for line in lines)


def rcsb_line(found: RegionCounterfactuals) -> str:
    """Describe them in one line, for one of several inputs."""
    name = found.source or "the picture"
    if not begun(found):
        return " ".join(f"{name}: no counterfactuals yet ({found.stage})".split())
    words = f"{name}, {question_words(found)}: {found_words(found)}; best is {best_words(found)}"
    return " ".join(words.split())
