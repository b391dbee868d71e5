"""The probabilities of the old and of the new class, as they change over the steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.plots.style import PALETTE, SMALL, name_axes, plain
from rex_widgets.report.rcsb_words import class_words

NEW, OLD = PALETTE[0], PALETTE[1]
_LETTERS = 12


def draw_curves(panel: Any, found: RegionCounterfactuals) -> None:
    """Draw both probabilities over the steps: thick of the best sample, faint of the others.

    Parameters
    ----------
    panel
        Axes.
    found
        Finished or not; before the first step the panel says so.
    """
    name_axes(panel, "Steps done", "Probability")
    panel.set_ylim(-0.03, 1.03)
    panel.set_yticks([0, 0.5, 1])
    # NaN where no step is done
    done = int(np.isfinite(found.curve).any((0, 2)).sum())
    if not done:
        panel.set_xticks([])
        words = "no step is done yet"
        panel.text(0.5, 0.5, words, fontsize=SMALL, ha="center", transform=panel.transAxes)
        return
    x = np.arange(1, found.curve.shape[1] + 1)
    looks = ((0, OLD, (0, (4, 1.6)), found.source_class), (1, NEW, "solid", found.target))
    for column, colour, line, index in looks:
        for number in range(len(found.curve)):
            if number != found.best:
                panel.plot(x, found.curve[number, :, column], color=colour, alpha=0.28, lw=0.7)
        panel.plot(
            x, found.curve[found.best, :, column], color=colour, lw=1.7, linestyle=line,
            marker="." if done == 1 else None, zorder=3,
            label=plain(class_words(found, index) or "unknown", _LETTERS),
        )  # fmt: skip
    panel.set_xlim(0.5, max(2, len(x)))
    # there is no half a step
    panel.locator_params(axis="x", integer=True)
    legend = panel.legend(
        loc="lower right", bbox_to_anchor=(1.0, 0.99), ncols=2, frameon=False, fontsize=SMALL,
        handlelength=2.2, columnspacing=1.0, borderaxespad=0.1, reverse=True,
    )  # fmt: skip
    legend.set_in_layout(False)
