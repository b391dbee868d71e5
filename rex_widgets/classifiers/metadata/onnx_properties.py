"""Custom properties of an ONNX file: mean, std, scale, labels, and the like."""

from __future__ import annotations

import ast
import json
from typing import Any

from rex_widgets.classifiers.labels import labels_from
from rex_widgets.classifiers.metadata.found import PROVIDERS, Metadata, numbers
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.preprocessing import INTERPOLATIONS
from rex_widgets.errors import ModelError

_LONGEST = 8_000_000
"""Characters of one property that are read at most."""


@PROVIDERS.register(50)
def onnx_properties(model: object, options: ClassifierOptions) -> Metadata | None:
    """Tell what an ONNX session's custom metadata say; other values than expected are ignored."""
    get_meta = getattr(model, "get_modelmeta", None)
    if not callable(get_meta):
        return None
    properties = getattr(get_meta(), "custom_metadata_map", None)
    if not isinstance(properties, dict):
        return None
    mean = numbers(_value(properties, "mean", "means", "image_mean"))
    std = numbers(_value(properties, "std", "stds", "image_std"))
    scale = numbers(_value(properties, "scale", "norm"))
    order = str(_value(properties, "channel_order", "color_format") or "").upper()
    crop = numbers(_value(properties, "crop"))
    interpolation = str(_value(properties, "interpolation") or "").lower()
    labels = _labels(_value(properties, "labels", "names", "classes", "class_names"))
    if not any((mean, std, scale, labels)):
        return None
    return Metadata(
        source="the ONNX file's metadata",
        mean=mean,
        std=std,
        scale=scale[0] if scale and scale[0] > 0 else None,
        interpolation=interpolation if interpolation in INTERPOLATIONS else None,
        crop=crop[0] if crop and 0 < crop[0] <= 1 else None,
        channel_order=order if order in ("RGB", "BGR") else None,
        labels=labels,
    )


def _value(properties: dict[str, str], *names: str) -> Any:
    text = next((properties[name] for name in names if name in properties), None)
    if text is None or len(text) > _LONGEST:
        return None
    for read in (json.loads, ast.literal_eval):  # some exporters write Python literals
        try:
            return read(text)
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            continue
    return text


def _labels(value: Any) -> tuple[str, ...] | None:
    if isinstance(value, str):
        # Not JSON: one name a line, or names between commas.
        separator = "\n" if "\n" in value.strip() else ","
        names = [name.strip() for name in value.strip().split(separator)]
        return tuple(names) if len(names) > 1 else None
    if not value:
        return None
    try:
        return labels_from(value)
    except ModelError:
        return None
