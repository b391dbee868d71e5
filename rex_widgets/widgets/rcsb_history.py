"""What a history says of region-constrained counterfactuals, and how two results are compared."""

from __future__ import annotations

import ipywidgets
import numpy as np

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.inputs import Sample
from rex_widgets.report import rcsb_words
from rex_widgets.widgets._rcsb_entry import rcsb_label
from rex_widgets.widgets.panel_history import Remembered


def _same(one: RegionCounterfactuals, other: RegionCounterfactuals) -> bool:
    return one.stage == other.stage and np.array_equal(one.after, other.after)


def compared(
    sample: Sample, first: RegionCounterfactuals, second: RegionCounterfactuals
) -> list[ipywidgets.Widget]:
    """Return a view of each of two results."""
    from rex_widgets.widgets.change_view import ChangeView

    views: list[ipywidgets.Widget] = []
    for number, found in ((1, first), (2, second)):
        title = ipywidgets.HTML()
        title.value = f"<b>{number}</b>"
        views += [title, ChangeView(found)]
    return views


RCSB_HISTORY = Remembered(rcsb_words.begun, name=rcsb_label, same=_same, compared=compared)
"""How a panel's history deals with region-constrained counterfactuals."""
