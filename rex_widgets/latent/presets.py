"""How the settings of latent counterfactuals are laid out for a person, and named choices."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rex_widgets.latent.settings import LatentSettings
from rex_widgets.settings import options
from rex_widgets.settings.arranging import Group, Preset, preset_named

KEPT = frozenset(
    {
        "target",
        "generator",
        "generator_output",
        "latents",
        "statistics",
        "n_corr",
        "corr_level",
        "seed",
    }
)
"""What is asked, and of which models: a preset says how it is answered."""

_MOST_USED = ("num_explanations", "target", "num_iters", "lr", "n_candidates", "shift_size")
_MODELS = ("generator", "generator_output", "latents", "statistics", "n_corr", "corr_level")

_QUICK: Mapping[str, Any] = {"num_explanations": 4, "num_iters": 25, "n_candidates": 25}
_THOROUGH: Mapping[str, Any] = {"num_iters": 300, "n_candidates": 300, "num_explanations": 20}


def groups_of(cls: type[LatentSettings]) -> tuple[Group, ...]:
    """Return every setting of a method in one group, those that are changed most often first."""
    known = options(cls)
    first = tuple(name for name in _MOST_USED if name in known)
    shared = {*first, *_MODELS, "release_compatible", "seed"}
    own = tuple(name for name in known if name not in shared)
    return (
        Group("Most used", (*first, "seed"), folded=False),
        Group("The method", (*own, "release_compatible")),
        Group("The latent space", _MODELS),
    )


def presets_of(cls: type[LatentSettings]) -> Mapping[str, Preset]:
    """Return the presets of a method by name, the usual one first."""
    known = options(cls)

    def of(changes: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in changes.items() if name in known}

    return {
        preset.name: preset
        for preset in (
            Preset("default", "The library's own choices.", {}, KEPT),
            Preset("quick look", "A first impression: fewer of everything.", of(_QUICK), KEPT),
            Preset(
                "thorough",
                "More counterfactuals, and more work for each.",
                of(_THOROUGH),
                KEPT,
            ),
            Preset(
                "as BEX does it",
                "The release's own computation, also where it differs from the paper.",
                {"release_compatible": True},
                KEPT,
            ),
        )
    }


def preset(cls: type[LatentSettings], name: str) -> Preset:
    """Return a preset of a method.

    Raises
    ------
    SettingsError
        There is none of that name.
    """
    return preset_named(presets_of(cls), name)
