"""How the settings of relax are laid out for a person, and named choices of them."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.settings.arranging import Group, Preset, preset_named

GROUPS = (
    Group(
        "Most used",
        (
            "num_batches",
            "batch_size",
            "tolerance",
            "num_cells",
            "uncertainty_threshold",
            "seed",
        ),
        folded=False,
    ),
    Group("What is compared", ("like", "corpus", "gallery", "versus", "similarity_measure")),
    Group("Representation", ("layer", "output", "pool", "eval_mode")),
    Group(
        "Masks",
        ("sampling", "probability_of_drop", "shift", "replicates"),
    ),
    Group(
        "Estimate and stopping",
        ("stopping", "delta", "alpha", "control_variate", "sum_of_weights_initial_value"),
    ),
)
"""Every setting in one group, those that are changed most often first."""

KEPT = frozenset(
    {
        "like",
        "corpus",
        "gallery",
        "versus",
        "similarity_measure",
        "layer",
        "output",
        "pool",
        "eval_mode",
        "num_cells",
        "uncertainty_threshold",
        "seed",
        "batch_size",
    }
)
"""What is asked, and of which encoder: a preset says how exactly it is answered."""

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("default", "The library's own choices.", {}, KEPT),
        Preset(
            "quick look",
            "A first impression: at most a few hundred masks, and a coarse tolerance.",
            {"num_batches": 4, "tolerance": 0.4},
            KEPT,
        ),
        Preset(
            "thorough",
            "Four times the masks at most, and a third of the usual error.",
            {"num_batches": 120, "tolerance": 0.05},
            KEPT,
        ),
        Preset(
            "as RELAX does it",
            "RELAX's own masks and sums: 3,000 independent masks, and no stopping before.",
            {
                "sampling": "iid",
                "control_variate": False,
                "stopping": "never",
                "num_batches": 30,
                "batch_size": 100,
                "num_cells": 7,
                "shift": "pixels",
                "probability_of_drop": 0.5,
            },
            KEPT - {"num_cells", "batch_size"},
        ),
    )
}
"""Presets by name, the usual one first."""


def preset(name: str) -> Preset:
    """Return a preset of the method relax.

    Raises
    ------
    SettingsError
        There is none of that name.
    """
    return preset_named(PRESETS, name)
