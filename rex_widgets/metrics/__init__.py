"""How good an explanation is: pure functions over maps, masks and what a model answers."""

from __future__ import annotations

from rex_widgets.metrics.analysis import Analysis, analyse
from rex_widgets.metrics.curves import Curve, curve_points, deletion_curve, insertion_curve
from rex_widgets.metrics.entropy import image_entropy, map_entropy, spectral_entropy
from rex_widgets.metrics.robustness import robustness
from rex_widgets.metrics.sizes import Components, area, connected_components

__all__ = [
    "Analysis",
    "Components",
    "Curve",
    "analyse",
    "area",
    "connected_components",
    "curve_points",
    "deletion_curve",
    "image_entropy",
    "insertion_curve",
    "map_entropy",
    "robustness",
    "spectral_entropy",
]
