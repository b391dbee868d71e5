"""An explanation in plain words: single facts, and the few lines that stand beside a picture."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.latent_words import latent_text
from rex_widgets.report.numbers import class_name, percent
from rex_widgets.report.places import MOST, kept_words, noun_of, part_lines
from rex_widgets.report.rcsb_words import rcsb_text
from rex_widgets.report.region_words import alone_words, region_words, share_words
from rex_widgets.report.relax_words import relax_text
from rex_widgets.results import Explanation

__all__ = [
    "class_name",
    "evaluation_words",
    "explanation_text",
    "occlusion_words",
    "percent",
    "setting_items",
    "verdict",
]

_FEW, _LONG = 8, 300
_VERIFIED_ALONE = "classified again, alone, it gives the class"
_VERIFIED = {
    "contrastive": "alone it gives the class, and without it the class is lost",
    "complete": "classified again, alone, it gives the class as surely as the whole input",
}


def verdict(explanation: Explanation) -> str:
    """Return what has been shown of the explanation, in one sentence."""
    if explanation.verified:
        words = _VERIFIED.get(explanation.strategy, _VERIFIED_ALONE)
        words = words.replace("alone", alone_words(explanation))
        if explanation.region is not None:
            words = words.replace("whole input", "whole region")
        return f"Verified: {words}."
    if explanation.stage in ("none found", "meaningless", "nothing yet"):
        return f"Not an explanation: {explanation.stage}."
    return f"Not verified (the run got as far as: {explanation.stage})."


def occlusion_words(explanation: Explanation) -> str:
    """Return under which masking values the explanation still gives the class."""
    kept = [name for name, holds in explanation.occlusions.items() if holds]
    lost = [name for name, holds in explanation.occlusions.items() if not holds]
    if not kept and not lost:
        return "not tried"
    parts = [f"holds with {', '.join(kept)}"] if kept else []
    if lost:
        parts.append(f"fails with {', '.join(lost)}")
    return "; ".join(parts)


def own_occlusion(explanation: Explanation) -> str:
    """Say what hidden parts became in the run itself, where that is none of the three tried."""
    value = getattr(explanation.settings, "mask_value", 0.0)
    if isinstance(value, str):
        named = value
    elif isinstance(value, int | float):
        named = f"{value:g}"
    else:
        named = "what was given"
    if named in ("0", "mean", "blur"):
        return ""
    return f"Hidden parts became {named} in this run. "


def hint(explanation: Explanation) -> str:
    """What to try when an explanation keeps the class and little of the confidence; or empty."""
    asked = getattr(explanation.settings, "minimum_confidence_threshold", None)
    weak = explanation.confidence < 0.5 * explanation.target.confidence
    if asked != 0 or not (explanation.verified and weak):
        return ""
    return (
        "Alone, it keeps the class but little of the confidence: a threshold of 0.5 asks for a "
        "part that keeps half of it."
    )


def evaluation_words(explanation: Explanation) -> str:
    """Return the number of evaluations and what they were spent on."""
    total = f"{int(explanation.evaluations):,}".replace(",", "\N{NARROW NO-BREAK SPACE}")
    breakdown = getattr(explanation.evaluations, "breakdown", {})
    parts = ", ".join(f"{name} {number}" for name, number in breakdown.items() if number)
    return f"{total} ({parts})" if parts else total


def setting_items(settings: Any) -> list[tuple[str, str]]:
    """Return names and values of a settings object, in its own order."""
    if settings is None:
        return []
    if dataclasses.is_dataclass(settings) and not isinstance(settings, type):
        pairs = [(f.name, getattr(settings, f.name)) for f in dataclasses.fields(settings)]
    elif isinstance(settings, Mapping):
        pairs = list(settings.items())
    else:
        pairs = list(getattr(settings, "__dict__", {"settings": settings}).items())
    return [(str(name), _value_words(value)) for name, value in pairs]


def _value_words(value: Any) -> str:
    if isinstance(value, np.ndarray):
        shape = " × ".join(map(str, value.shape))
        if value.dtype == np.bool_:
            return f"{int(value.sum())} of {shape} places"
        return str(value) if value.size <= _FEW else f"{value.dtype} array of {shape}"
    if value is None:
        return "none"
    if isinstance(value, tuple | list):
        plain = all(isinstance(one, str | int | float) for one in value)
        return str(value) if plain else f"{len(value)} given"
    if isinstance(value, str | int | float | bytes | Mapping):
        return str(value) if len(str(value)) <= _LONG else f"{type(value).__name__}"
    return str(getattr(value, "__name__", None) or type(value).__name__)


def explanation_text(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
) -> str:
    """Describe an explanation in a few plain lines.

    Parameters
    ----------
    explanation : Explanation, RelaxExplanation, Counterfactuals or RegionCounterfactuals
        Any result, finished or not; of a representation see `relax_text`, of latents
        `latent_text`, of a change inside a region `rcsb_text`.

    Returns
    -------
    str
        Three to six lines without markup, for places that show neither widgets nor pictures;
        one more for what is kept of a row, signal, sound or volume, one for a region, and one
        for each of the first six parts.
    """
    if isinstance(explanation, RelaxExplanation):
        return relax_text(explanation)
    if isinstance(explanation, Counterfactuals):
        return latent_text(explanation)
    if isinstance(explanation, RegionCounterfactuals):
        return rcsb_text(explanation)
    target, noun = explanation.target, noun_of(explanation)
    source = f" in {explanation.source}" if explanation.source else ""
    if target.index < 0:
        lines = [f"No class yet{source}: the model has not answered yet."]
    else:
        sure = percent(target.confidence)
        lines = [f"{class_name(target)}{source}: {sure} on the whole {noun}"]
    if explanation.mask.any():
        lines.append(
            f"Explanation: {share_words(explanation)}; {alone_words(explanation)} it gives "
            f"{percent(explanation.confidence)}"
        )
        kept = kept_words(explanation)
        if kept:
            lines.append(f"It keeps {kept}")
    where = region_words(explanation)
    lines += [f"Looked for {where}"] if where else []
    lines += _some_parts(explanation)
    shown = verdict(explanation)
    if explanation.certificate is not None:
        shown += f" {explanation.certificate.text[:1].upper()}{explanation.certificate.text[1:]}."
    lines.append(shown)
    if explanation.occlusions:
        lines.append(
            f"{own_occlusion(explanation)}Where hidden parts become 0, the mean or a blur, it "
            f"{occlusion_words(explanation)}"
        )
    lines += filter(None, [hint(explanation)])
    spent = f"Evaluations: {evaluation_words(explanation)}, in {explanation.seconds:.1f} s"
    lines.append(f"{spent}, {explanation.runtime or 'no runtime yet'}, seed {explanation.seed}")
    if explanation.message:
        lines.append(" ".join(explanation.message.split()))
    return "\n".join(lines)


def _some_parts(explanation: Explanation) -> list[str]:
    lines = [" ".join(line.split()) for line in part_lines(explanation)]
    more = [f"and {len(lines) - MOST} more"] if len(lines) > MOST else []
    return [f"- {line}" for line in [*lines[:MOST], *more]]
