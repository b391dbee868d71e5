"""All metrics of one explanation at once."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.errors import InputError
from rex_widgets.metrics.asking import Model, Questions
from rex_widgets.metrics.curves import Curve, curve_points, deletion_curve, insertion_curve
from rex_widgets.metrics.entropy import image_entropy, map_entropy, spectral_entropy
from rex_widgets.metrics.robustness import robustness
from rex_widgets.metrics.sizes import Components, area, connected_components
from rex_widgets.occlusion import Background
from rex_widgets.ordering import rank_pixels
from rex_widgets.results import Explanation

SHORT_POINTS = 20
"""Points of a curve of an input that is shorter than one step, such as a row of 13 features."""


@dataclass(frozen=True, eq=False)
class Analysis:
    """How good an explanation is.

    Attributes
    ----------
    area
        Share of the input that the explanation keeps.
    entropy_image
        `image_entropy` in bits; of other data than pictures, on 256 levels from the smallest to
        the largest value.
    entropy_map
        `map_entropy` in bits, of the map with its smallest positive value added.
    spectral_entropy, max_entropy
        `spectral_entropy` of the map in bits and the largest possible; NaN for tables, whose
        features have no order.
    insertion, deletion
        The two curves with their areas.
    robustness
        Share of random backgrounds on which the explanation keeps its class.
    components
        Connected pieces; ``None`` for tables, whose features have no neighbours.
    order
        What ranked the places for the curves: "ranking" (what the extraction went by) or "map".
    evaluations
        How often the model was asked.
    """

    area: float
    entropy_image: float
    entropy_map: float
    spectral_entropy: float
    max_entropy: float
    insertion: Curve
    deletion: Curve
    robustness: float
    components: Components | None
    order: str
    evaluations: int

    def document(self) -> dict[str, Any]:
        """Everything as JSON values; what is not finite becomes ``None``."""
        numbers = {
            name: _finite(getattr(self, name))
            for name in (
                "area",
                "entropy_image",
                "entropy_map",
                "spectral_entropy",
                "max_entropy",
                "robustness",
            )
        }
        pieces = self.components
        return {
            **numbers,
            "insertion": _curve_document(self.insertion),
            "deletion": _curve_document(self.deletion),
            "components": None if pieces is None else pieces.count,
            "component_sizes": None if pieces is None else list(pieces.sizes),
            "order": self.order,
            "evaluations": self.evaluations,
        }


def analyse(
    explanation: Explanation,
    model: Model,
    data: NDArray[np.float32],
    settings: AnalysisSettings | None = None,
    *,
    background: Background | None = None,
    batch_size: int = 64,
    on_progress: Callable[[float], None] | None = None,
) -> Analysis:
    """Measure an explanation.

    Parameters
    ----------
    explanation
        What a run found; its mask must not be empty.
    model
        The classifier, or a callable from inputs ``(N, C, …)`` to probabilities ``(N, K)``.
    data
        What the model sees of the whole input, ``(C, …)`` (``Sample.data``).
    settings
        Step of the curves, normalising, number of backgrounds, what ranks the places.
    background
        What hidden places become in the curves; by default what the explanation's own
        ``mask_value`` says.
    batch_size
        Inputs given to the model at once.
    on_progress
        Called with the share of the work done, in [0, 1], after every batch.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError
        If there is no explanation yet, or the data does not fit it.
    ModelError
        From the model.

    Notes
    -----
    With a step of s, n places and b backgrounds the model is asked 2 (n / s + 1) + b times. The
    backgrounds are drawn from the explanation's own seed, so that the result can be repeated.
    """
    chosen = settings or AnalysisSettings()
    if explanation.target.index < 0 or not explanation.mask.any():
        raise InputError(
            f"There is no explanation to measure (stage: {explanation.stage}); "
            "go on with the run until it has found one."
        )
    if data.shape[1:] != explanation.mask.shape:
        raise InputError(
            f"The input has shape {data.shape} and the explanation {explanation.mask.shape}; "
            "expected what the explained model was given, channels first."
        )
    step, size = chosen.insertion_step, explanation.mask.size
    if step >= size:  # both curves would be their two ends, whatever the order
        step = max(1, size // SHORT_POINTS)
    points = len(curve_points(explanation.mask.size, step))
    questions = Questions(
        model,
        data,
        explanation,
        background,
        batch_size,
        expected=2 * points + chosen.robustness_backgrounds,
        on_progress=on_progress,
    )
    by_ranking = chosen.curve_order == "ranking" and explanation.ranking is not None
    order = explanation.ranking if by_ranking else explanation.map
    assert order is not None
    if by_ranking:
        order = _as_extracted(order)
    details: dict[str, Any] = {
        "target_confidence": explanation.target.confidence,
        "step": step,
        "normalise": chosen.normalise_curves,
        "batch_size": questions.batch_size,
    }
    table = explanation.kind == "table"
    spectral = (math.nan, math.nan) if table else spectral_entropy(explanation.map)
    return Analysis(
        area=area(explanation.mask),
        entropy_image=image_entropy(_eight_bits(explanation, data), explanation.mask),
        entropy_map=map_entropy(explanation.map),
        spectral_entropy=spectral[0],
        max_entropy=spectral[1],
        insertion=insertion_curve(order, questions.confidences, **details),
        deletion=deletion_curve(order, questions.confidences, **details),
        robustness=robustness(
            explanation.mask,
            data,
            questions.classes,
            explanation.target.index,
            backgrounds=chosen.robustness_backgrounds,
            seed=explanation.seed,
            batch_size=questions.batch_size,
        ),
        components=None if table else connected_components(explanation.mask),
        order="ranking" if by_ranking else "map",
        evaluations=questions.evaluations,
    )


def _as_extracted(ranking: NDArray[np.float32]) -> NDArray[np.float32]:
    """A map without ties, in the order in which the extraction reveals the places."""
    order: NDArray[np.float32] = np.empty(ranking.size, np.float32)
    order[rank_pixels(ranking.astype(np.float64))] = np.arange(ranking.size, 0, -1)
    return order.reshape(ranking.shape)


def _eight_bits(explanation: Explanation, data: NDArray[np.float32]) -> NDArray[np.uint8]:
    """The input on 256 levels, channels last."""
    picture = explanation.picture
    if explanation.kind == "image" and picture is not None:
        return picture
    values = np.asarray(data if explanation.values is None else explanation.values, np.float64)
    low, high = float(values.min()), float(values.max())
    levels = (values - low) * (255 / (high - low)) if high > low else np.zeros_like(values)
    return np.moveaxis(np.rint(levels).astype(np.uint8), 0, -1)


def _curve_document(curve: Curve) -> dict[str, Any]:
    return {
        "area": _finite(curve.area),
        "normalised": curve.normalised,
        "positions": curve.positions.tolist(),
        "confidences": curve.confidences.tolist(),
    }


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
