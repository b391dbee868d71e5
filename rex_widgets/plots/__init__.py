"""Figures of explanations, as matplotlib figures that no window and no pyplot knows of."""

from __future__ import annotations

from rex_widgets.plots.counterfactuals import latent_figure
from rex_widgets.plots.curves import curves_figure
from rex_widgets.plots.heat import surface_figure
from rex_widgets.plots.image import explanation_figure, explanation_image, original_picture
from rex_widgets.plots.many import multi_figure
from rex_widgets.plots.region_counterfactuals import region_figure
from rex_widgets.plots.relax import relax_figure, relax_heatmap
from rex_widgets.plots.signal import signal_figure
from rex_widgets.plots.slices import slices_figure
from rex_widgets.plots.table import table_figure
from rex_widgets.plots.writing import (
    KINDS_OF_PICTURE,
    figure,
    figure_bytes,
    heatmap_figure,
    save_or_show,
    write,
)

__all__ = [
    "KINDS_OF_PICTURE",
    "curves_figure",
    "explanation_figure",
    "explanation_image",
    "figure",
    "figure_bytes",
    "heatmap_figure",
    "latent_figure",
    "multi_figure",
    "original_picture",
    "region_figure",
    "relax_figure",
    "relax_heatmap",
    "save_or_show",
    "signal_figure",
    "slices_figure",
    "surface_figure",
    "table_figure",
    "write",
]
