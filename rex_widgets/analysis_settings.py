"""Settings of the metrics: ReX's table ``explanation.evaluation``."""

from __future__ import annotations

from dataclasses import dataclass

from rex_widgets.settings import Settings, boolean, one_of, option, whole


@dataclass(frozen=True)
class AnalysisSettings(Settings):
    """How an explanation is measured."""

    insertion_step: int = option(
        100,
        "pixels added or removed between two points of a curve (fewer for an input shorter than "
        "that)",
        whole(1),
        table="explanation.evaluation",
        unit="pixels",
    )
    normalise_curves: bool = option(
        True,
        "divide the areas under the curves by the target's confidence",
        boolean(),
        table="explanation.evaluation",
    )
    robustness_backgrounds: int = option(
        50,
        "random backgrounds on which an explanation is tried",
        whole(1, 100_000),
        table="explanation.evaluation",
    )
    curve_order: str = option(
        "ranking",
        "what orders the pixels of the curves: the ranking that the explanation was extracted "
        "by, or the responsibility map as ReX does",
        one_of("ranking", "map"),
        table="explanation.evaluation",
        choices=("ranking", "map"),
    )
