"""Shares and classes in words."""

from __future__ import annotations

import math

from rex_widgets.results import ClassScore


def percent(share: float) -> str:
    """Return a share in [0, 1] as a percentage; "unknown" for NaN."""
    if not math.isfinite(share):
        return "unknown"
    value = share * 100
    if 0 < value < 0.01:
        return "<0.01 %"
    if 99.95 <= value < 100:
        return "99.9 %"
    return f"{value:.2f} %" if 0 < value < 1 else f"{value:.1f} %"


def class_name(score: ClassScore) -> str:
    """Return label and index, without saying the index twice."""
    if score.label == f"class {score.index}":
        return score.label
    return f"{score.label} (class {score.index})"
