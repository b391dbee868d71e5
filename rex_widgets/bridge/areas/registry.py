"""The attributions that may say where a picture should change, by name.

Nothing here needs torch or Captum, so that help, flags and forms can list them.
"""

from __future__ import annotations

from rex_widgets.errors import SettingsError

ATTRIBUTIONS: dict[str, str] = {
    "integrated_gradients": "Gradients added up on the way from a black picture (the default).",
    "saliency": "The gradient of the class's score.",
    "input_x_gradient": "The gradient, times the picture.",
    "deconvolution": "The gradient, keeping what is positive behind every torch.nn.ReLU.",
    "guided_backprop": "The gradient, keeping what is positive around every torch.nn.ReLU.",
    "grad_cam": "A layer's activations, weighted by their mean gradients.",
    "guided_grad_cam": "Grad-CAM times guided backprop.",
    "occlusion": "The score lost when a square of a cell's size is blackened, moved by half.",
    "feature_ablation": "The score lost when a cell is blackened.",
    "deep_lift": "Differences from a black picture, handed back through the layers.",
    "gradient_shap": "Gradients between a noisy picture and a black, a white and a mean one.",
    "deep_lift_shap": "DeepLift against a black, a white and a picture of the mean colour.",
    "kernel_shap": "Shapley values of cells, by a weighted regression.",
    "lime": "A local linear model of which cells are shown.",
    "shapley_sampling": "Shapley values of cells, by random orders of showing them.",
    "lrp": "The score handed back layer by layer (epsilon rule).",
    "random": "A random map, for comparison.",
}
"""Name -> what it is."""

NEEDS_NO_GRADIENT = (
    "occlusion",
    "feature_ablation",
    "kernel_shap",
    "lime",
    "shapley_sampling",
    "random",
)
"""Attributions that only ask for answers, and so work for any model."""

NEEDS_LAYERS = (
    "deconvolution",
    "guided_backprop",
    "grad_cam",
    "guided_grad_cam",
    "deep_lift",
    "deep_lift_shap",
    "lrp",
)
"""Attributions that look into a torch.nn.Module; they work on a copy of it."""

ON_CELLS = ("occlusion", "feature_ablation", "kernel_shap", "lime", "shapley_sampling")
"""Attributions that hide whole cells, so that their cost grows with the number of cells."""


BY_DEFAULT = "integrated_gradients"
"""What finds the region where nobody says anything else, and a gradient comes."""

BY_ANSWERS = "occlusion"
"""What finds it then where none comes."""


def attribution_in(source: str) -> str | None:
    """Return the attribution by which a region was found, from `Place.source`; else ``None``.

    Examples
    --------
    >>> attribution_in("the inverse of: grad cam of '3'")
    'grad_cam'
    >>> attribution_in("drawn")
    """
    found_by = source.rpartition("of: ")[2] if ": " in source.partition("'")[0] else source
    if found_by == "random cells":
        return "random"
    words = found_by.partition(" of ")[0].replace(" ", "_")
    return words if " of " in found_by and words in ATTRIBUTIONS else None


def checked_attribution(name: str) -> str:
    """Return the name of an attribution.

    Raises
    ------
    SettingsError
        If there is none of that name.
    """
    if name not in ATTRIBUTIONS:
        raise SettingsError(
            f"There is no attribution {name!r}; give one of {', '.join(ATTRIBUTIONS)}."
        )
    return name
