"""transformers: `processor=` (an image processor) and `model.config`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rex_widgets.classifiers.labels import labels_from
from rex_widgets.classifiers.metadata.found import PROVIDERS, Metadata, numbers
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.errors import ModelError

_FILTERS = ("nearest", "lanczos", "bilinear", "bicubic", "box", "hamming")
"""Pillow's numbers of its filters, which processors store."""


@PROVIDERS.register(10)
def transformers_processor(model: object, options: ClassifierOptions) -> Metadata | None:
    """Tell size, crop, mean, std and factor of an image processor given as `processor=`."""
    processor = options.processor
    if processor is None:
        return None
    # A combined processor keeps the one for pictures inside.
    processor = getattr(processor, "image_processor", processor)
    if not hasattr(processor, "image_mean") and not hasattr(processor, "size"):
        raise ModelError(
            f"processor is of type {type(processor).__name__}; expected an image processor of "
            "transformers, with image_mean, image_std and size."
        )
    size, crop = _size(processor)
    normalises = getattr(processor, "do_normalize", True) is not False
    factor = getattr(processor, "rescale_factor", None)
    scale = 1.0 / factor if isinstance(factor, int | float) and factor > 0 else None
    if getattr(processor, "do_rescale", True) is False:
        scale = 1.0
    resample = getattr(processor, "resample", None)
    number = getattr(resample, "value", resample)
    known = isinstance(number, int) and 0 <= number < len(_FILTERS)
    return Metadata(
        source="the transformers processor",
        size=size,
        mean=numbers(processor.image_mean) if normalises else (0.0,),
        std=numbers(processor.image_std) if normalises else (1.0,),
        scale=scale,
        interpolation=_FILTERS[number] if known and isinstance(number, int) else None,
        crop=crop,
    )


@PROVIDERS.register(40)
def transformers_config(model: object, options: ClassifierOptions) -> Metadata | None:
    """Tell image_size, num_channels and id2label of a transformers model."""
    config = getattr(model, "config", None)
    names = getattr(config, "id2label", None)
    if not isinstance(names, Mapping) or not names:
        return None
    size = getattr(config, "image_size", None)
    channels = getattr(config, "num_channels", None)
    invented = all(str(name) == f"LABEL_{index}" for index, name in names.items())
    return Metadata(
        source="the transformers config",
        size=_pair(size),
        channels=channels if isinstance(channels, int) else None,
        labels=None if invented else labels_from(names),
    )


def _size(processor: Any) -> tuple[tuple[int, int] | None, float | None]:
    resized = getattr(processor, "size", None)
    cropped = _pair(getattr(processor, "crop_size", None))
    if cropped is not None and getattr(processor, "do_center_crop", False):
        shorter = _edge(resized)
        share = min(cropped) / shorter if shorter else 1.0
        return cropped, share if 0 < share < 1 else None
    pair = _pair(resized)
    if pair is None and (edge := _edge(resized)):
        pair = (edge, edge)
    return pair, None


def _edge(size: Any) -> int | None:
    if isinstance(size, Mapping) or hasattr(size, "get"):
        edge = size.get("shortest_edge")
        if edge is None and size.get("height") and size.get("width"):
            edge = min(size.get("height"), size.get("width"))
        return edge if isinstance(edge, int) else None
    return size if isinstance(size, int) else None


def _pair(size: Any) -> tuple[int, int] | None:
    if isinstance(size, int) and not isinstance(size, bool):
        return size, size
    if isinstance(size, Mapping) or hasattr(size, "get"):
        height, width = size.get("height"), size.get("width")
        if isinstance(height, int) and isinstance(width, int):
            return height, width
        return None
    if isinstance(size, list | tuple) and len(size) == 2:
        return int(size[0]), int(size[1])
    return None
