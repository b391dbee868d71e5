"""Insertion and deletion curves."""

from __future__ import annotations

from matplotlib.figure import Figure

from rex_widgets.metrics import Analysis
from rex_widgets.plots.style import NORMAL, PALETTE, SMALL, finish, name_axes, new_figure, plain
from rex_widgets.results import Explanation
from rex_widgets.visual_settings import VisualSettings


def curves_figure(
    analysis: Analysis,
    visual: VisualSettings | None = None,
    *,
    explanation: Explanation | None = None,
) -> Figure:
    """Draw both curves of an analysis in one panel, with their areas.

    Parameters
    ----------
    analysis
        From `rex_widgets.metrics.analyse`.
    visual
        ``info`` and ``dpi`` are used.
    explanation
        Gives the class and its confidence on the whole input, drawn as a dotted line.

    Returns
    -------
    matplotlib.figure.Figure
    """
    chosen = visual or VisualSettings()
    figure = new_figure(4.2, 3.1, chosen)
    panel = figure.add_subplot()
    drawn = (
        ("insertion", analysis.insertion, PALETTE[0], "-"),
        ("deletion", analysis.deletion, PALETTE[1], "--"),
    )
    kind = "normalised area" if analysis.insertion.normalised else "area"
    for name, curve, colour, line in drawn:
        share = curve.positions * (100 / max(int(curve.positions[-1]), 1))
        label = f"{name}, {kind} {curve.area:.3g}"
        panel.plot(share, curve.confidences, line, color=colour, linewidth=1.4, label=label)
        panel.fill_between(share, curve.confidences, color=colour, alpha=0.12, linewidth=0)
    panel.set_xlim(0, 100)
    panel.set_ylim(0, 1.02)
    whole = "the input"
    if explanation is not None and explanation.target.index >= 0:
        panel.axhline(explanation.target.confidence, color="#444444", linewidth=0.8, linestyle=":")
        whole = f"“{plain(explanation.target.label, 32)}”"
    places = "places"
    if explanation is not None:
        places = _places(explanation)
    name_axes(panel, f"{places} shown or removed (%)", f"Confidence in {whole}")
    if explanation is None:
        panel.set_ylabel("Confidence", fontsize=NORMAL)
    figure.legend(loc="outside upper center", ncols=1, frameon=False, fontsize=SMALL)
    return finish(figure)


def _places(explanation: Explanation) -> str:
    from rex_widgets.axes import PLACES

    return PLACES.get(explanation.kind, "places").capitalize()
