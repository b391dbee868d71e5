"""Why no counterfactual was found for a sample, and what may help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.extending import IN_ONE_STEP
from rex_widgets.latent.settings import LatentSettings

if TYPE_CHECKING:
    from rex_widgets.latent.answers import Answers

SMALL_MOVE = 0.1
"""Largest change of a coordinate, in standard deviations, that counts as hardly any."""

AT_END = 1e-3
"""How near to the end of the range counts as there, in standard deviations."""


def nearest_misses(answers: Answers) -> NDArray[np.int64]:
    """Return for each sample the explanation that misses the class asked for by the least.

    Returns
    -------
    ndarray
        Int64 ``(B,)``; -1 where all give the class, or nothing is known.
    """
    margins = answers.margins
    miss = np.where(np.isfinite(margins) & ~(margins > 0), margins, -np.inf)
    none = ~np.isfinite(miss).any(1)
    return np.where(none, -1, miss.argmax(1)).astype(np.int64)


def diagnosis(
    latents: NDArray[np.float32],
    answers: Answers,
    minimum: NDArray[np.float32],
    maximum: NDArray[np.float32],
    settings: LatentSettings,
    crossed: NDArray[np.bool_],
    labels: Sequence[str] = (),
    *,
    extensible: NDArray[np.bool_] | None = None,
) -> tuple[str, ...]:
    """Say for each sample why nothing was found, "" where something was.

    Parameters
    ----------
    latents
        Of the samples, standardised, ``(B, Z)``.
    answers
        What the models say of the counterfactuals.
    minimum, maximum
        Range of the latent space, standardised, ``(Z,)``.
    settings
        Of the method.
    crossed
        Bool ``(B,)``: the class asked for was seen on the way.
    labels
        Names of the classes, where they have any.
    extensible
        Bool ``(B,)``: more steps could change something; ``None`` where they could for all.
    """
    more = np.ones(len(latents), np.bool_) if extensible is None else extensible
    found = np.asarray(answers.changed.any(1))
    misses = nearest_misses(answers)
    return tuple(
        ""
        if found[row]
        else _of_sample(
            row, latents, answers, misses[row], minimum, maximum, settings, crossed, labels, more
        )
        for row in range(len(latents))
    )


def _of_sample(
    row: int,
    latents: NDArray[np.float32],
    answers: Answers,
    miss: np.int64,
    minimum: NDArray[np.float32],
    maximum: NDArray[np.float32],
    settings: LatentSettings,
    crossed: NDArray[np.bool_],
    labels: Sequence[str],
    extensible: NDArray[np.bool_],
) -> str:
    target, count = int(answers.target[row]), answers.after.shape[1]
    which = (
        "the counterfactual does not give"
        if count == 1
        else f"none of {count} counterfactuals gives"
    )
    said = f"Sample {row}: {which} class {target}"
    if labels and labels[target] != f"class {target}":
        said += f" ({labels[target]})"
    if miss < 0:
        return (
            f"{said}: the classifier's answers to them are not finite numbers. Look at their "
            "pictures, or take smaller steps."
        )
    before = _margin(answers.before[row], target)
    after = _margin(answers.after[row, miss], target)
    of = "" if count == 1 else f"of the nearest miss, the {_ordinal(int(miss) + 1)} of them, "
    said += f"; {of}the margin between the logits went from {before:.3g} to {after:.3g}."
    if crossed[row]:
        return (
            f"{said} The class was reached on the way and lost again: a smaller weight of "
            "nearness, or fewer steps, may keep it."
        )
    moved = np.abs(answers.counterfactuals[row, miss] - latents[row])
    if settings.method == "is":
        return (
            f"{said} The oracle only exchanges what goes with the class by chance: this answer "
            "does not rest on that."
        )
    far = moved >= SMALL_MOVE
    stuck = far & _at_end(answers.counterfactuals[row, miss], minimum, maximum)
    if far.any() and 2 * stuck.sum() >= far.sum():
        return (
            f"{said} {stuck.sum()} of the {far.sum()} coordinates that moved have reached the end "
            "of the latent space's range, where moving them further changes little. "
            f"{_advice(settings, True)}"
        )
    if not extensible[row] and settings.method not in IN_ONE_STEP:
        return (
            f"{said} The search has come to rest there, no coordinate further than "
            f"{moved.max():.2g} standard deviations away: more steps change nothing. "
            f"{_advice(settings, False, extensible=False)}"
        )
    if not far.any():
        return (
            f"{said} The steps were too small: no coordinate moved by more than {moved.max():.2g} "
            f"standard deviations. {_advice(settings, False)}"
        )
    return f"{said} The boundary was never crossed. {_advice(settings, False)}"


def _margin(logits: NDArray[np.float32], target: int) -> float:
    return float(logits[target] - np.delete(logits, target).max())


def _at_end(
    latents: NDArray[np.float32], minimum: NDArray[np.float32], maximum: NDArray[np.float32]
) -> NDArray[np.bool_]:
    at_end: NDArray[np.bool_] = (latents <= minimum + AT_END) | (latents >= maximum - AT_END)
    return at_end


def _advice(settings: LatentSettings, at_end: bool, *, extensible: bool = True) -> str:
    if settings.method == "growing_spheres":
        return "More candidates (n_candidates) or more rounds (extend(steps=5)) may find one."
    if settings.method == "stylex":
        more = "A larger shift_size, or" if not at_end else "Perhaps"
        return f"{more} selection='subset', which moves several coordinates, may find one."
    weights = [name for name in _HOLD_BACK if getattr(settings, name, 0)]
    ways = ["a smaller " + " or ".join(weights)] if weights else []
    if at_end:
        ways = [*ways, "another target", "another method"]
    else:
        steps = ["more steps (extend(steps=50))"] if extensible else []
        ways = [*steps, "a larger lr", *ways]
    said = f"{', '.join(ways[:-1])} or {ways[-1]}" if len(ways) > 1 else ways[0]
    said = f"{said} may find one."
    return said[0].upper() + said[1:]


_HOLD_BACK = ("proximity_weight", "lasso_weight", "reconstruction_weight")


def _ordinal(number: int) -> str:
    """Count as the panel does, from one; in a word that cannot be taken for an index."""
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"
