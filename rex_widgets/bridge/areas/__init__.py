"""Where may a picture change? Regions from attributions, maps, strokes, words; and controls.

The names below are loaded when they are first used; none of them loads torch before it is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.bridge.areas.attribution import region_by_attribution
    from rex_widgets.bridge.areas.controls import inverse, random_like
    from rex_widgets.bridge.areas.found import AreaFound
    from rex_widgets.bridge.areas.maps import SIGNS, region_of_map
    from rex_widgets.bridge.areas.registry import ATTRIBUTIONS, NEEDS_LAYERS, NEEDS_NO_GRADIENT
    from rex_widgets.bridge.areas.strokes import free_form
    from rex_widgets.bridge.areas.text import region_of_text

__all__ = [
    "ATTRIBUTIONS",
    "NEEDS_LAYERS",
    "NEEDS_NO_GRADIENT",
    "SIGNS",
    "AreaFound",
    "free_form",
    "inverse",
    "random_like",
    "region_by_attribution",
    "region_of_map",
    "region_of_text",
]

_ROOM = "rex_widgets.bridge.areas"
_HOMES = {
    "ATTRIBUTIONS": "registry",
    "NEEDS_LAYERS": "registry",
    "NEEDS_NO_GRADIENT": "registry",
    "SIGNS": "maps",
    "AreaFound": "found",
    "free_form": "strokes",
    "inverse": "controls",
    "random_like": "controls",
    "region_by_attribution": "attribution",
    "region_of_map": "maps",
    "region_of_text": "text",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{_ROOM}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
