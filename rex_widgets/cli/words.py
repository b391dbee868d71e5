"""What the command line says of an explanation."""

from __future__ import annotations

import math
from typing import Any

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.files_out import is_explained
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.latent_words import latent_line
from rex_widgets.report.numbers import class_name, percent
from rex_widgets.report.rcsb_words import rcsb_line
from rex_widgets.report.region_words import alone_words, region_words
from rex_widgets.report.relax_words import relax_line
from rex_widgets.report.words import explanation_text, setting_items
from rex_widgets.results import Explanation

SETS_SHOWN = 3
"""Largest sets of separate explanations that are told."""


def told(
    explanation: Explanation | RelaxExplanation | Counterfactuals | RegionCounterfactuals,
    verbose: int,
    *,
    one_line: bool,
    analysis: Any = None,
) -> str:
    """Return an explanation in words.

    Parameters
    ----------
    explanation
        What was found.
    verbose
        0: the answer; 1: also what was chosen; 2: also every setting.
    one_line
        The answer in one line, for one of several inputs.
    analysis
        An `Analysis` to be told too.
    """
    if isinstance(explanation, RelaxExplanation):
        lines = [relax_line(explanation) if one_line else explanation_text(explanation)]
    elif isinstance(explanation, Counterfactuals):
        lines = [latent_line(explanation) if one_line else explanation_text(explanation)]
    elif isinstance(explanation, RegionCounterfactuals):
        lines = [rcsb_line(explanation) if one_line else explanation_text(explanation)]
    else:
        lines = [_line(explanation) if one_line else explanation_text(explanation)]
        if explanation.strategy == "multi" and len(explanation.parts) > 1 and not one_line:
            lines.append(_sets(explanation))
    if analysis is not None:
        lines.append(measures(analysis))
    if verbose >= 1:
        lines += [f"  {choice}" for choice in explanation.choices]
        counts = ", ".join(f"{name} {value:g}" for name, value in explanation.statistics.items())
        lines += [f"  {counts}"] if counts else []
    if verbose >= 2:
        lines += [f"  {name} = {value}" for name, value in setting_items(explanation.settings)]
        lines += [f"  {name} {version}" for name, version in explanation.versions.items()]
    return "\n".join(lines)


def _line(explanation: Explanation) -> str:
    found = explanation
    if not is_explained(found):
        return f"{found.source}: {class_name(found.target)}: not explained ({found.stage})"
    verified = "verified" if found.verified else "not verified"
    where = region_words(found)
    return (
        f"{found.source}: {class_name(found.target)} {percent(found.target.confidence)}, explained "
        f"by {percent(found.area)}, which {alone_words(found)} gives {percent(found.confidence)}, "
        f"{verified}{f', {where}' if where else ''}"
    )


def _sets(explanation: Explanation) -> str:
    """Return which of several explanations hardly overlap."""
    overlap = explanation.settings.permitted_overlap
    separated = explanation.separate_by(overlap)
    named = [
        " with ".join(explanation.parts[index].name for index in group)
        for group in separated.sets[:SETS_SHOWN]
    ]
    more = separated.more or len(separated.sets) > SETS_SHOWN
    return (
        f"Largest sets that overlap by no more than {overlap:g}: {'; or '.join(named)}"
        f"{'; and others' if more else ''}"
    )


def measures(analysis: Any) -> str:
    """Return an `Analysis` in one line."""
    values = {
        "area": analysis.area,
        "entropy of the image": analysis.entropy_image,
        "of the map": analysis.entropy_map,
        "spectral entropy": analysis.spectral_entropy,
        "of at most": analysis.max_entropy,
        "insertion curve": analysis.insertion.area,
        "deletion curve": analysis.deletion.area,
        "robustness": analysis.robustness,
    }
    words = [f"{name} {value:.6f}" for name, value in values.items() if math.isfinite(value)]
    if analysis.components is not None:
        words.append(f"{analysis.components.count} connected piece(s)")
    return "Measured: " + ", ".join(words)
