"""What to use in place of a flag that means nothing to the method."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.bridge.settings import OF_FILE
from rex_widgets.input_settings import InputSettings
from rex_widgets.methods import LATENT_METHODS
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import options

_EXTRACTS_NOTHING = (
    "RELAX extracts no part of the input; its U-RELAX map shows the importance that is certain "
    "(--uncertainty-threshold)"
)
_NO_CLASSES = (
    "an encoder gives no classes; --like, --corpus, --gallery and --versus say what its "
    "representation is compared with"
)
_MASKED_BY_ZERO = "RELAX multiplies the input by its masks, so that hidden places become 0"
_SIZED_BY = "the number of masks is --num-batches times --batch-size, or ends at --tolerance"
_FIGURE = "the figure of three maps has --heatmap-colours, --info and --dpi"

_A_SAMPLE = "a sample is an index of the world, or latents: an array or a .npy file"
_MODULES = "generator and classifier are torch modules or functions, which are called as they are"
_NOTHING_HIDDEN = "latents are moved here, and nothing is hidden"
_WHOLE_PICTURES = "a counterfactual is a whole picture, of which no part is extracted"
_NO_MAP = "there is no map; --output draws samples and counterfactuals"
_STEPS = {
    "growing_spheres": "--n-candidates sets how many latents are tried at a time",
    "stylex": "the coordinates are shifted once each; --num-explanations sets how many are kept",
    "is": "there are no steps; --num-explanations sets how many fonts are tried",
}


def _latent(method: str) -> dict[str, str]:
    """Return what to say of the flags that a method of latent counterfactuals lacks."""
    steps = _STEPS.get(method, "--num-iters sets the steps of the descent")
    return {
        **dict.fromkeys(_PLACE, "a latent is moved here, and all of its picture may change"),
        **dict.fromkeys(_DRAWING, "--generator makes the pictures"),
        **dict.fromkeys(("nfe", "start_step"), steps),
        "n_inpaints": "--num-explanations sets how many counterfactuals a sample gets",
        **dict.fromkeys(options(ModelSettings), _MODULES),
        **dict.fromkeys(options(InputSettings), _A_SAMPLE),
        **dict.fromkeys(
            ("region", "outside", "mask_value", "context", "noise", "probability_of_drop"),
            _NOTHING_HIDDEN,
        ),
        **dict.fromkeys(
            ("strategy", "no_extract", "multi_style", "chunk_size", "minimise_budget",
             "minimum_confidence_threshold", "permitted_overlap"),
            _WHOLE_PICTURES,
        ),
        **dict.fromkeys(
            ("like", "corpus", "gallery", "versus"), "--target says which class is asked for"
        ),
        **dict.fromkeys(
            ("iters", "search_limit", "tree_depth", "num_batches", "num_iters", "n_candidates"),
            steps,
        ),
        **dict.fromkeys(
            ("raw", "colour", "alpha", "grid", "mark_segments", "resize"),
            "the figure of counterfactuals has --info and --dpi",
        ),
        **dict.fromkeys(("heatmap", "heatmap_colours", "surface"), _NO_MAP),
        "spotlights": "--num-explanations sets how many counterfactuals a sample gets",
        "analyse": "--json has the verdicts; python -m rex_widgets.latent.benchmark measures "
        "explainers",
        "database": "--json writes the numbers, --save the arrays",
        "script": _MODULES,
    }  # fmt: skip


_IN_PLACE = "a region is changed here, and nothing is hidden"
_WHAT_MAY_CHANGE = (
    "--region or --area-from says what may change, --area how much, --control compares"
)
_ONE_PICTURE = (
    "region-constrained counterfactuals are of one picture; there are no rows, axes, sounds or "
    "volumes"
)
_CHANGED = {
    **dict.fromkeys(options(InputSettings), _ONE_PICTURE),
    "mode": "region-constrained counterfactuals are of one picture, which is brought to the size "
    "and colours of the network; there are no rows, spectra, sounds or volumes",
    "processed": "the picture itself is changed, so it is given as it is, before any normalisation",
    **dict.fromkeys(("mask_value", "context", "probability_of_drop"), _IN_PLACE),
    **dict.fromkeys(
        ("strategy", "no_extract", "multi_style", "chunk_size", "minimise_budget",
         "minimum_confidence_threshold", "permitted_overlap", "outside", "bounding_box"),
        _WHAT_MAY_CHANGE,
    ),
    **dict.fromkeys(
        ("spotlights", "num_explanations"), "--n-inpaints sets how many samples are drawn"
    ),
    **dict.fromkeys(
        ("like", "corpus", "gallery", "versus"), "--target says which class is asked for"
    ),
    **dict.fromkeys(
        ("iters", "search_limit", "num_batches", "num_iters"),
        "--nfe sets the steps, --n-inpaints the samples",
    ),
    "n_candidates": "--candidates sets how many changes --guidance best_of tries",
    **dict.fromkeys(
        ("tree_depth", "min_box_size", "distribution", "num_cells"),
        "--cell-size sets how fine a region is found, --area how large",
    ),
    **dict.fromkeys(
        ("generator", "latents", "statistics"), "--network names what draws the change"
    ),
    "pool": "--layer names where Grad-CAM looks",
    **dict.fromkeys(
        ("lasso_weight", "proximity_weight", "reconstruction_weight"),
        "--l1, --l2, --tv, --ssim and --lpips weigh how small the change is",
    ),
    "lr": "--scale sets how strongly the classifier guides the change",
    **dict.fromkeys(
        ("raw", "colour", "alpha", "grid", "mark_segments", "resize"),
        "the figure of a change has --info, --heatmap-colours and --dpi",
    ),
    **dict.fromkeys(
        ("heatmap", "surface"),
        "--output draws before, after and change; a map of the model is --method causal's",
    ),
    "scale": "rcsb's own scale leads the change; what pixels are divided by is for Python, "
    "as_classifier(model, scale=…)",
    "analyse": "--json has the measures; python -m rex_widgets.bridge.evaluation measures many "
    "pictures",
    "database": "--json writes the numbers, --save the arrays",
}  # fmt: skip
"""What to say of the flags that region-constrained counterfactuals lack."""

_DRAWING = (
    "network", "layout", *OF_FILE, "start_step", "nfe", "n_inpaints", "ot_ode",
    "guidance", "candidates", "consistency", "lpips", "lpips_from", "l1", "l2", "tv", "ssim",
    "rescale", "second",
)  # fmt: skip
_PLACE = (
    "control", "area_from", "attribution", "map", "cell_size", "area", "half_stride", "sign",
    "outlier", "smoothing", "noise_samples", "prompt", "use_binary_masks",
)  # fmt: skip
"""Settings of region-constrained counterfactuals alone: of what draws, and of where."""

INSTEAD: Mapping[str, Mapping[str, str]] = {
    "rcsb": _CHANGED,
    "relax": {
        **dict.fromkeys(
            (*_DRAWING, *_PLACE), "RELAX hides parts of an input, and draws nothing new"
        ),
        **dict.fromkeys(("num_iters", "n_candidates"), _SIZED_BY),
        **dict.fromkeys(
            ("generator", "latents", "statistics"),
            "RELAX hides parts of an input, and needs no generator",
        ),
        **dict.fromkeys(
            ("strategy", "spotlights", "no_extract", "multi_style", "minimum_confidence_threshold",
             "chunk_size", "minimise_budget", "permitted_overlap"),
            _EXTRACTS_NOTHING,
        ),
        **dict.fromkeys(("target", "labels", "activation", "binary_threshold"), _NO_CLASSES),
        **dict.fromkeys(("mask_value", "context", "noise"), _MASKED_BY_ZERO),
        **dict.fromkeys(("iters", "search_limit", "tree_depth", "ranking"), _SIZED_BY),
        **dict.fromkeys(("min_box_size", "distribution"), "--num-cells sets how fine masks are"),
        **dict.fromkeys(
            ("region", "outside"),
            "RELAX masks the whole input; the panel tells what hiding a painted part changes",
        ),
        "surface": "--heatmap draws the importance, --output all three maps",
        "analyse": "insertion, deletion and robustness need a class; --json has RELAX's numbers",
        "database": "--json writes the numbers, --save the arrays",
        **dict.fromkeys(
            ("raw", "colour", "alpha", "grid", "mark_segments", "resize"), _FIGURE
        ),
    },
    **{name: _latent(name) for name in LATENT_METHODS},
    "causal": {
        **dict.fromkeys(_DRAWING, "a causal explanation hides parts, and draws nothing"),
        **dict.fromkeys(_PLACE, "--region bounds where a causal explanation is looked for"),
        **dict.fromkeys(
            ("num_batches", "sampling", "tolerance"),
            "--iters sets how long a causal search goes on",
        ),
        **dict.fromkeys(
            ("like", "corpus", "gallery", "versus", "layer", "pool"),
            "a causal explanation is of a class (--target)",
        ),
        **dict.fromkeys(
            ("num_iters", "n_candidates"), "--iters sets how long a causal search goes on"
        ),
        **dict.fromkeys(
            ("generator", "latents", "statistics"),
            "a causal explanation hides parts of an input, and needs no generator",
        ),
        "num_explanations": "--strategy multi looks for several explanations",
        "num_cells": "--min-box-size sets how fine the boxes are",
        "uncertainty_threshold": "--minimum-confidence-threshold asks for surer explanations",
    },
}  # fmt: skip
"""By method and setting: what to use instead, with flags that the method has."""
