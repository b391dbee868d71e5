"""Region-constrained counterfactuals (RCSB): what has to change here for another answer.

The names below are loaded when they are first used; most of them need torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork
    from rex_widgets.bridge.schedule import Schedule
    from rex_widgets.bridge.small_unet import SmallUNet

__all__ = [
    "BridgeNetwork",
    "Schedule",
    "SmallUNet",
]

_ROOM = "rex_widgets.bridge"
_HOMES = {
    "BridgeNetwork": "network",
    "Schedule": "schedule",
    "SmallUNet": "small_unet",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{_ROOM}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
