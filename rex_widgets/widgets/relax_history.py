"""What a history says of a representation's explanation, and how two of them are compared."""

from __future__ import annotations

import ipywidgets
import numpy as np

from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.widgets.panel_history import Remembered
from rex_widgets.widgets.relax_maps import drawable


def _holds(found: RelaxExplanation) -> bool:
    return found.masks > 0


def _name(found: RelaxExplanation) -> str:
    return found.asked


def _same(one: RelaxExplanation, other: RelaxExplanation) -> bool:
    return one.stage == other.stage and np.array_equal(one.importance, other.importance)


def compared(
    sample: Sample, first: RelaxExplanation, second: RelaxExplanation
) -> list[ipywidgets.Widget]:
    """Return views of two explanations of one sample.

    For an image one `LinkedViews` with both importances, their difference and both uncertainties;
    for a signal, a table or a volume one view of each importance.
    """
    if sample.kind != "image":
        from rex_widgets.widgets.panel_picture import view_of

        views = [view_of(sample) for _ in range(2)]
        for view, found in zip(views, (first, second), strict=True):
            view.set_map(drawable(found.importance)[0])
            view.paintable = False  # type: ignore[attr-defined]
        return list(views)
    from rex_widgets.widgets.linked_views import LinkedViews

    linked = LinkedViews(sample.picture)
    names = []
    for number, found in ((1, first), (2, second)):
        names.append(f"{number}: importance")
        shown, words = drawable(found.importance)
        signed = bool(shown.min() < 0)
        note = ", ".join(part for part in (found.asked, words) if part)[:200]
        linked.add_map(names[-1], shown, note=note, signed=signed)
    maps = [linked.values(name).min() >= 0 for name in names]
    if all(maps):
        linked.add_difference("1 − 2", *names)
    for number, found in ((1, first), (2, second)):
        linked.add_map(f"{number}: uncertainty", found.uncertainty)
    return [linked]


RELAX_HISTORY = Remembered(_holds, name=_name, same=_same, compared=compared)
"""How a panel's history deals with the method relax."""
