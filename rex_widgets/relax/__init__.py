"""RELAX: which parts of an input carry its representation, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rex_widgets.encoders import Encoder as Model
from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.relax.models import as_model
from rex_widgets.relax.presets import GROUPS, PRESETS
from rex_widgets.relax.procedure import RelaxProcedure
from rex_widgets.relax.procedure import RelaxProcedure as Procedure
from rex_widgets.relax.saving import GIVEN_AGAIN, check_same_model, sample_of, settings_of
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.relax.settings import RelaxSettings as Settings
from rex_widgets.relax.targets import settled

if TYPE_CHECKING:
    from rex_widgets.relax.release import RELAX
    from rex_widgets.relax.transforms import imagenet_image_transforms

__all__ = [
    "GIVEN_AGAIN",
    "GROUPS",
    "PRESETS",
    "RELAX",
    "Model",
    "Neighbour",
    "Procedure",
    "RelaxExplanation",
    "RelaxProcedure",
    "RelaxSettings",
    "Settings",
    "as_model",
    "check_same_model",
    "imagenet_image_transforms",
    "sample_of",
    "settings_of",
    "settled",
]

_RELEASE = {
    "RELAX": "rex_widgets.relax.release",
    "imagenet_image_transforms": "rex_widgets.relax.transforms",
}
"""Names of the release ``relax-xai``; they need torch, which is imported when they are used."""


def __getattr__(name: str) -> Any:
    if name not in _RELEASE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_RELEASE[name]), name)
