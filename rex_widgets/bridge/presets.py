"""How the settings of rcsb are laid out for a person, and named choices of them."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.bridge.settings import OF_FILE
from rex_widgets.settings.arranging import Group, Preset, preset_named

GROUPS = (
    Group(
        "Most used",
        ("target", "area", "scale", "start_step", "nfe", "n_inpaints", "control", "seed"),
        folded=False,
    ),
    Group(
        "Where it may change",
        (
            "region",
            "area_from",
            "attribution",
            "map",
            "prompt",
            "detector",
            "segmenter",
            "cell_size",
            "half_stride",
            "sign",
            "outlier",
            "smoothing",
            "noise",
            "noise_samples",
            "layer",
            "use_binary_masks",
        ),
    ),
    Group(
        "What draws and judges", ("network", "layout", *OF_FILE, "second", "guidance", "candidates")
    ),
    Group(
        "What else counts",
        ("consistency", "lpips", "lpips_from", "l1", "l2", "tv", "ssim"),
    ),
    Group("Sampling", ("ot_ode", "rescale", "batch_size")),
)
"""Every setting in one group, those that are changed most often first."""

KEPT = frozenset(
    {
        "target",
        "region",
        "control",
        "area_from",
        "map",
        "prompt",
        "detector",
        "segmenter",
        "network",
        "layout",
        *OF_FILE,
        "second",
        "guidance",
        "lpips_from",
        "layer",
        "seed",
        "batch_size",
    }
)
"""What is asked, and of which models: a preset says how it is answered."""

PRESETS: Mapping[str, Preset] = {
    preset.name: preset
    for preset in (
        Preset("default", "The library's own choices, the paper's recommendation.", {}, KEPT),
        Preset(
            "quick look",
            "A first impression: one sample in a quarter of the steps.",
            {"nfe": 25, "n_inpaints": 1},
            KEPT,
        ),
        Preset(
            "thorough",
            "More samples, and twice the steps.",
            {"nfe": 200, "n_inpaints": 8},
            KEPT,
        ),
        Preset(
            "as RCSB does it",
            "As in the release: each estimate is brought to 0..1 by its own range, start at 700.",
            {"rescale": "min_max", "start_step": 700, "cell_size": 16},
            KEPT,
        ),
    )
}
"""Presets by name, the usual one first."""


def preset(name: str) -> Preset:
    """Return a preset of rcsb.

    Raises
    ------
    SettingsError
        There is none of that name.
    """
    return preset_named(PRESETS, name)
