"""What the first look at a model can already settle, in words."""

from __future__ import annotations

from rex_widgets.causal.asking import Demand
from rex_widgets.causal.bounds import Bounds
from rex_widgets.evaluation_log import Entry


def not_needed(label: str, bounds: Bounds) -> str:
    """The class is given although nothing of the region (or of the input) is shown."""
    if bounds.inside is None or bounds.outside == "hidden":
        return (
            f"The model still answers {label!r} when everything is hidden: "
            "no part of the input explains that. Try another mask_value."
        )
    return (
        f"The model still answers {label!r} when all of the region is hidden and everything "
        "outside it is visible: no part of the region is needed for that. Try outside = hidden, "
        "or another region."
    )


def not_enough(label: str, demand: Demand, answer: Entry, given: str) -> str:
    """The whole region, with everything else hidden, does not give what is asked for."""
    if answer.given == demand.target:
        said = (
            f"gives {label!r} with {answer.target:.3f}, less than the {demand.confidence:.3f} "
            "that is asked for"
        )
    else:
        said = (
            f"gives {given!r} ({answer.confidence:.3f}) instead of {label!r} ({answer.target:.3f})"
        )
    return (
        f"The region alone {said}: no part of it is an explanation, and nothing was searched. "
        "Try a larger region, or outside = visible."
    )
