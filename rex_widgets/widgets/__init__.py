"""What a person sees and touches in a notebook.

Importing this package imports anywidget and needs the built front end; nothing else of the
library does. Names are loaded when first used, so that one widget does not cost all of them.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.widgets._linked_filter import Filter
    from rex_widgets.widgets.change_view import ChangeView
    from rex_widgets.widgets.class_bars import ClassBars
    from rex_widgets.widgets.counterfactual_gallery import CounterfactualGallery
    from rex_widgets.widgets.explain_panel import ExplainPanel
    from rex_widgets.widgets.gallery_strip import GalleryStrip
    from rex_widgets.widgets.history_list import HistoryList
    from rex_widgets.widgets.latent_explorer import LatentExplorer
    from rex_widgets.widgets.latent_panel import LatentPanel
    from rex_widgets.widgets.layer_view import LayerView
    from rex_widgets.widgets.linked_views import LinkedViews
    from rex_widgets.widgets.rcsb_panel import RcsbPanel
    from rex_widgets.widgets.region import RegionCanvas
    from rex_widgets.widgets.relax_panel import RelaxPanel
    from rex_widgets.widgets.run_controls import RunControls
    from rex_widgets.widgets.save_menu import SaveMenu
    from rex_widgets.widgets.search_canvas import SearchCanvas
    from rex_widgets.widgets.settings_form import SettingsForm
    from rex_widgets.widgets.signal_view import SignalView
    from rex_widgets.widgets.volume_view import VolumeView

_HOMES = {
    "ChangeView": "change_view",
    "ClassBars": "class_bars",
    "CounterfactualGallery": "counterfactual_gallery",
    "ExplainPanel": "explain_panel",
    "Filter": "_linked_filter",
    "GalleryStrip": "gallery_strip",
    "HistoryList": "history_list",
    "LatentExplorer": "latent_explorer",
    "LatentPanel": "latent_panel",
    "LayerView": "layer_view",
    "LinkedViews": "linked_views",
    "RcsbPanel": "rcsb_panel",
    "RegionCanvas": "region",
    "RelaxPanel": "relax_panel",
    "RunControls": "run_controls",
    "SaveMenu": "save_menu",
    "SearchCanvas": "search_canvas",
    "SettingsForm": "settings_form",
    "SignalView": "signal_view",
    "VolumeView": "volume_view",
}

__all__ = [
    "ChangeView",
    "ClassBars",
    "CounterfactualGallery",
    "ExplainPanel",
    "Filter",
    "GalleryStrip",
    "HistoryList",
    "LatentExplorer",
    "LatentPanel",
    "LayerView",
    "LinkedViews",
    "RcsbPanel",
    "RegionCanvas",
    "RelaxPanel",
    "RunControls",
    "SaveMenu",
    "SearchCanvas",
    "SettingsForm",
    "SignalView",
    "VolumeView",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
