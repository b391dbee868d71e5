"""Where an explanation was looked for, in words; empty where that was the whole input."""

from __future__ import annotations

from rex_widgets.report.numbers import percent
from rex_widgets.report.places import noun_of
from rex_widgets.results import Explanation


def region_words(explanation: Explanation) -> str:
    """Return where, such as "inside the region (12 % of the image), outside hidden"."""
    region = explanation.region
    if region is None:
        return ""
    share = f"{percent(float(region.mean()))} of the {noun_of(explanation)}"
    return f"inside the region ({share}), outside {explanation.outside}"


def share_words(explanation: Explanation, noun: str | None = None) -> str:
    """Return how much is kept, such as "3 % of the image, 25 % of the region"."""
    words = f"{percent(explanation.area)} of the {noun or noun_of(explanation)}"
    region = explanation.region
    if region is None:
        return words
    return f"{words}, {percent(explanation.pixels / int(region.sum()))} of the region"


def alone_words(explanation: Explanation) -> str:
    """Return how the explanation is shown: "alone", or with what else."""
    if explanation.region is None or explanation.outside == "hidden":
        return "alone"
    return "with everything outside the region"
