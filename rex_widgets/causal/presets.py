"""How the causal settings are laid out for a person, and named choices of them."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.settings.arranging import Group, Preset, preset_named

GROUPS = (
    Group(
        "Most used",
        (
            "iters",
            "strategy",
            "minimum_confidence_threshold",
            "ranking",
            "minimise_budget",
            "seed",
        ),
        folded=False,
    ),
    Group(
        "What is explained",
        ("target", "region", "outside", "bounding_box", "use_bounding_box", "no_extract"),
    ),
    Group("Hidden places", ("mask_value", "context", "noise")),
    Group(
        "Search",
        (
            "tree_depth",
            "search_limit",
            "min_box_size",
            "confidence_filter",
            "queue_len",
            "queue_style",
            "stop_when_stable",
        ),
    ),
    Group("Where boxes are split", ("distribution", "distribution_args", "blend")),
    Group(
        "Responsibility",
        ("weighted", "concentrate", "responsibility_style", "negative_responsibility"),
    ),
    Group("Extraction", ("chunk_size", "ranking_masks")),
    Group("Strategy spatial", ("spatial_initial_radius", "spatial_radius_eta")),
    Group(
        "Strategy multi (spotlights)",
        (
            "spotlights",
            "spotlight_size",
            "spotlight_eta",
            "spotlight_step",
            "spotlight_objective_function",
            "no_expansions",
            "max_spotlight_budget",
            "permitted_overlap",
        ),
    ),
    Group("Cost", ("batch_size",)),
)
"""Every setting in one group, those that are changed most often first."""

KEPT = frozenset(
    {
        "target",
        "strategy",
        "minimum_confidence_threshold",
        "region",
        "outside",
        "bounding_box",
        "use_bounding_box",
        "no_extract",
        "mask_value",
        "context",
        "noise",
        "seed",
        "batch_size",
    }
)
"""What is asked, and of which input: a preset says how the answer is looked for."""

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("default", "The library's own choices.", {}, KEPT),
        Preset(
            "quick look",
            "A first impression for a fraction of the evaluations: few trees, small budgets.",
            {"iters": 4, "minimise_budget": 100},
            KEPT,
        ),
        Preset(
            "thorough",
            "Three times the trees and five times the budget: a steadier map, a smaller part.",
            {"iters": 60, "minimise_budget": 3000},
            KEPT,
        ),
        Preset(
            "as ReX does it",
            "ReX's own search and extraction: pixels ordered by responsibility, not minimised.",
            {"ranking": "responsibility", "minimise_budget": 0},
            KEPT,
        ),
    )
}
"""Presets by name, the usual one first.

"as ReX does it" follows release 0.3.1 (METHODS: additive maps, ``queue_len`` 1, splits drawn
uniformly), which neither reads masks beyond the search's mutants nor minimises.
"""


def preset(name: str) -> Preset:
    """Return a preset of the causal method.

    Raises
    ------
    SettingsError
        There is none of that name.
    """
    return preset_named(PRESETS, name)
