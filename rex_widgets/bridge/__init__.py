"""Region-constrained counterfactuals (RCSB): what has to change here for another answer.

The names below are loaded when they are first used; most of them need torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from rex_widgets.bridge.presets import GROUPS, PRESETS
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.bridge.settings import RcsbSettings as Settings

if TYPE_CHECKING:
    from rex_widgets.bridge.characters import CharactersWorld, load_characters
    from rex_widgets.bridge.checkpoints import open_network
    from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
    from rex_widgets.bridge.digits import DigitsWorld, load_digits
    from rex_widgets.bridge.models import RcsbModel
    from rex_widgets.bridge.models import RcsbModel as Model
    from rex_widgets.bridge.network import BridgeNetwork
    from rex_widgets.bridge.opening import as_model, opened
    from rex_widgets.bridge.procedure import RcsbProcedure
    from rex_widgets.bridge.procedure import RcsbProcedure as Procedure
    from rex_widgets.bridge.saving import check_same_model, options_of, sample_of, settings_of
    from rex_widgets.bridge.schedule import Schedule
    from rex_widgets.bridge.small_unet import SmallUNet

__all__ = [
    "GIVEN_AGAIN",
    "GROUPS",
    "PRESETS",
    "BridgeNetwork",
    "CharactersWorld",
    "DigitsWorld",
    "Model",
    "Procedure",
    "RcsbModel",
    "RcsbProcedure",
    "RcsbSettings",
    "RegionCounterfactuals",
    "Schedule",
    "Settings",
    "SmallUNet",
    "as_model",
    "check_same_model",
    "load_characters",
    "load_digits",
    "open_network",
    "opened",
    "options_of",
    "sample_of",
    "settings_of",
]

GIVEN_AGAIN = ("network", "second", "lpips_from", "detector", "segmenter")
"""Settings that a file may be unable to hold: modules, classifiers and functions."""

_ROOM = "rex_widgets.bridge"
_HOMES = {
    "BridgeNetwork": ("network", "BridgeNetwork"),
    "CharactersWorld": ("characters", "CharactersWorld"),
    "DigitsWorld": ("digits", "DigitsWorld"),
    "Model": ("models", "RcsbModel"),
    "Procedure": ("procedure", "RcsbProcedure"),
    "RcsbModel": ("models", "RcsbModel"),
    "RcsbProcedure": ("procedure", "RcsbProcedure"),
    "RegionCounterfactuals": ("counterfactuals", "RegionCounterfactuals"),
    "Schedule": ("schedule", "Schedule"),
    "SmallUNet": ("small_unet", "SmallUNet"),
    "as_model": ("opening", "as_model"),
    "check_same_model": ("saving", "check_same_model"),
    "load_characters": ("characters", "load_characters"),
    "load_digits": ("digits", "load_digits"),
    "open_network": ("checkpoints", "open_network"),
    "opened": ("opening", "opened"),
    "options_of": ("saving", "options_of"),
    "sample_of": ("saving", "sample_of"),
    "settings_of": ("saving", "settings_of"),
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, attribute = _HOMES[name]
    return getattr(import_module(f"{_ROOM}.{home}"), attribute)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
