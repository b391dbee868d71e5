"""torchvision: `weights=`, an entry such as ResNet50_Weights.DEFAULT."""

from __future__ import annotations

from collections.abc import Mapping

from rex_widgets.classifiers.labels import labels_from
from rex_widgets.classifiers.metadata.found import PROVIDERS, Metadata, numbers
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.preprocessing import INTERPOLATIONS
from rex_widgets.errors import ModelError


@PROVIDERS.register(20)
def torchvision_weights(model: object, options: ClassifierOptions) -> Metadata | None:
    """Tell crop_size, resize_size, mean, std, interpolation and meta["categories"]."""
    weights = options.weights
    if weights is None:
        return None
    make = getattr(weights, "transforms", None)
    meta = getattr(weights, "meta", None)
    if not callable(make) or not isinstance(meta, Mapping):
        raise ModelError(
            f"weights is of type {type(weights).__name__}; expected an entry of torchvision's "
            "weights, e.g. ResNet50_Weights.DEFAULT."
        )
    transforms = make()
    cropped = numbers(getattr(transforms, "crop_size", None))
    resized = numbers(getattr(transforms, "resize_size", None))
    share = min(cropped) / min(resized) if cropped and resized else 1.0
    interpolation = getattr(transforms, "interpolation", None)
    name = str(getattr(interpolation, "value", interpolation)).lower()
    categories = meta.get("categories")
    return Metadata(
        source="the torchvision weights",
        size=(int(cropped[0]), int(cropped[-1])) if cropped else None,
        channels=3,
        mean=numbers(getattr(transforms, "mean", None)),
        std=numbers(getattr(transforms, "std", None)),
        interpolation=name if name in INTERPOLATIONS else None,
        crop=share if 0 < share < 1 else None,
        labels=labels_from(categories) if categories else None,
    )
