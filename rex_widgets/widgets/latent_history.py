"""What a history says of latent counterfactuals, and how two results are compared."""

from __future__ import annotations

import ipywidgets
import numpy as np

from rex_widgets.inputs import Sample
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.widgets import latent_words
from rex_widgets.widgets._latent_entry import latent_label
from rex_widgets.widgets.panel_history import Remembered


def _same(one: Counterfactuals, other: Counterfactuals) -> bool:
    return one.stage == other.stage and np.array_equal(one.counterfactuals, other.counterfactuals)


def compared(
    sample: Sample, first: Counterfactuals, second: Counterfactuals
) -> list[ipywidgets.Widget]:
    """Return a gallery of each of two results."""
    from rex_widgets.widgets.counterfactual_gallery import CounterfactualGallery

    return [
        CounterfactualGallery(found, title=f"{number}: {latent_label(found)}")
        for number, found in ((1, first), (2, second))
    ]


LATENT_HISTORY = Remembered(latent_words.known, name=latent_label, same=_same, compared=compared)
"""How a panel's history deals with latent counterfactuals."""
