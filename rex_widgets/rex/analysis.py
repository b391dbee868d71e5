"""`analyze`: how good an explanation is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rex_widgets.metrics import Analysis, analyse
from rex_widgets.rex.args import measure_settings

if TYPE_CHECKING:
    from rex_widgets.rex.explaining import Explanation


def analyze(exp: Explanation, data_mode: str | None = None) -> dict[str, float | None]:
    """Measure an explanation.

    Parameters
    ----------
    exp
        After `Explanation.extract`.
    data_mode
        The mode of its data; that of ``exp.data`` if not given.

    Returns
    -------
    dict
        ``area``: share of the input that is kept. ``entropy``: for pictures the entropy of the
        input minus that of the explanation, in bits (release 0.3); for signals that of the map's
        spectrum, ``max_entropy`` being the largest possible. ``map_entropy``: relative entropy
        of the uniform distribution from the map, in bits (``entropy`` of release 0.4).
        ``insertion_curve``, ``deletion_curve``: areas under the curves, divided by the target's
        confidence and the number of places if ``args.normalise_curves``. ``robustness``: share
        of random backgrounds on which the explanation keeps its class.

    Raises
    ------
    InputError
        Nothing has been extracted.
    """
    analysis = measured(exp)
    mode = exp.data.mode if data_mode is None else data_mode
    picture = mode in ("RGB", "RGBA", "L")
    signal = mode in ("spectral", "tabular", "audio")
    return {
        "area": analysis.area,
        "entropy": analysis.entropy_image
        if picture
        else analysis.spectral_entropy
        if signal
        else None,
        "max_entropy": analysis.max_entropy if signal else None,
        "map_entropy": analysis.entropy_map,
        "insertion_curve": analysis.insertion.area,
        "deletion_curve": analysis.deletion.area,
        "robustness": analysis.robustness,
    }


def measured(exp: Any) -> Analysis:
    """The metrics of an explanation; kept with it, for the database."""
    question = exp.question
    if exp.analysis is None:
        exp.analysis = analyse(
            exp.extracted(),
            question.classifier,
            question.sample.data,
            measure_settings(exp.args),
            background=question.background(),
            batch_size=question.settings.batch_size,
        )
    analysis: Analysis = exp.analysis
    return analysis
