"""`Evaluation`: single metrics of an explanation; `analyze` gives all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rex_widgets.metrics import map_entropy, spectral_entropy
from rex_widgets.rex.analysis import measured

if TYPE_CHECKING:
    from rex_widgets.rex.explaining import Explanation


class Evaluation:
    """Metrics of an explanation after ``extract``."""

    def __init__(self, explanation: Explanation) -> None:
        self.explanation = explanation

    def ratio(self) -> float:
        """Share of the input that is kept, in [0, 1]."""
        return self.explanation.extracted().area

    def spectral_entropy(self) -> tuple[float, float]:
        """Entropy of the map's spectrum, and the largest possible, in bits."""
        return spectral_entropy(self.explanation.extracted().map)

    def responsibility_entropy(self) -> float:
        """Relative entropy of the uniform distribution from the map, in bits."""
        return map_entropy(self.explanation.extracted().map)

    def entropy_loss(self) -> float:
        """Entropy of the input minus that of the explanation, in bits."""
        return measured(self.explanation).entropy_image

    def robustness(self, *_: Any, **__: Any) -> tuple[int, int]:
        """Random backgrounds on which the explanation keeps its class, and on which it does not."""
        from rex_widgets.rex.args import measure_settings

        count = measure_settings(self.explanation.args).robustness_backgrounds
        good = round(measured(self.explanation).robustness * count)
        return good, count - good

    def insertion_deletion_curve(
        self, prediction_func: Any = None, normalise: bool = False
    ) -> tuple[float, float]:
        """Areas under the two curves."""
        del prediction_func
        analysis = measured(self.explanation)
        areas = (analysis.insertion.area, analysis.deletion.area)
        whole = self.explanation.extracted()
        scale = whole.target.confidence * whole.map.size
        if normalise == analysis.insertion.normalised:
            return areas
        return (
            (areas[0] / scale, areas[1] / scale)
            if normalise
            else (areas[0] * scale, areas[1] * scale)
        )
