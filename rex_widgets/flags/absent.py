"""Which settings and flags mean nothing to a method."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.input_settings import InputSettings
from rex_widgets.methods import LATENT_METHODS
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import options
from rex_widgets.visual_settings import VisualSettings

_OF_MAPS = frozenset({"raw", "colour", "alpha", "grid", "mark_segments", "resize", "multi_style"})
_OF_GENERATED_PICTURES = frozenset({"mean", "std", "labels"})
"""What can be said of a classifier that a generator's pictures are given to."""

_OF_LATENTS: Mapping[type, frozenset[str]] = {
    InputSettings: frozenset(options(InputSettings)),
    ModelSettings: frozenset(options(ModelSettings)) - _OF_GENERATED_PICTURES,
    VisualSettings: _OF_MAPS | {"heatmap_colours"},
}

LEFT_OUT: Mapping[str, Mapping[type, frozenset[str]]] = {
    "relax": {
        ModelSettings: frozenset({"labels", "activation", "binary_threshold"}),
        VisualSettings: _OF_MAPS,
    },
    "rcsb": {
        # a picture is brought to the network's size and colours
        InputSettings: frozenset(options(InputSettings)),
        # the flag is that of the guidance; what pixels are divided by can be said in Python
        ModelSettings: frozenset({"scale"}),
        VisualSettings: _OF_MAPS,
    },
    **dict.fromkeys(LATENT_METHODS, _OF_LATENTS),
}
"""By method, the settings of the shared classes without effect."""

OWN_LEFT_OUT: Mapping[str, frozenset[str]] = {
    "relax": frozenset({"surface", "analyse", "database"}),
    "rcsb": frozenset({"heatmap", "surface", "analyse", "database"}),
    **dict.fromkeys(
        LATENT_METHODS, frozenset({"script", "heatmap", "surface", "analyse", "database"})
    ),
}
"""By method, the options of the call without effect."""
