"""EfficientNet-Lite modules of the package efficientnet-lite-pytorch."""

from __future__ import annotations

from rex_widgets.classifiers.labels import imagenet_labels
from rex_widgets.classifiers.metadata.found import PROVIDERS, Metadata
from rex_widgets.classifiers.options import ClassifierOptions


@PROVIDERS.register(60)
def efficientnet_lite(model: object, options: ClassifierOptions) -> Metadata | None:
    """Tell the size that the module was built for, and the mean 0.5, std 0.5 of its weights."""
    kind = type(model)
    if kind.__name__ != "EfficientNet" or kind.__module__.split(".")[0] != (
        "efficientnet_lite_pytorch"
    ):
        return None
    parameters = getattr(model, "_global_params", None)
    side = getattr(parameters, "image_size", None)
    classes = getattr(parameters, "num_classes", None)
    return Metadata(
        source="the EfficientNet-Lite package",
        size=(side, side) if isinstance(side, int) else None,
        mean=(0.5,),
        std=(0.5,),
        labels=imagenet_labels() if classes == 1000 else None,
    )
