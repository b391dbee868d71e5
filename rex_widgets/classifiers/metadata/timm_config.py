"""timm modules: `pretrained_cfg`, called `default_cfg` in older versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rex_widgets.classifiers.labels import labels_from
from rex_widgets.classifiers.metadata.found import PROVIDERS, Metadata, numbers
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.preprocessing import INTERPOLATIONS


@PROVIDERS.register(30)
def timm_config(model: object, options: ClassifierOptions) -> Metadata | None:
    """Tell input_size (C, H, W), mean, std, interpolation, crop_pct and label_names."""
    config = getattr(model, "pretrained_cfg", None) or getattr(model, "default_cfg", None)
    if config is not None and not isinstance(config, Mapping):
        # Newer versions keep a dataclass beside the mapping.
        to_dict = getattr(config, "to_dict", None)
        config = to_dict() if callable(to_dict) else getattr(config, "__dict__", None)
    if not isinstance(config, Mapping) or "mean" not in config:
        return None
    size = numbers(config.get("input_size"))
    crop = config.get("crop_pct")
    interpolation = str(config.get("interpolation") or "bicubic")
    return Metadata(
        source="timm's pretrained_cfg",
        size=(int(size[1]), int(size[2])) if size and len(size) == 3 else None,
        channels=int(size[0]) if size and len(size) == 3 else None,
        mean=numbers(config.get("mean")),
        std=numbers(config.get("std")),
        interpolation=interpolation if interpolation in INTERPOLATIONS else "bicubic",
        crop=float(crop) if isinstance(crop, int | float) and 0 < crop <= 1 else None,
        labels=_labels(config),
    )


def _labels(config: Mapping[str, Any]) -> tuple[str, ...] | None:
    names = config.get("label_names")
    if not names:
        return None
    descriptions = config.get("label_descriptions")
    if isinstance(descriptions, Mapping) and not isinstance(names, Mapping):
        return tuple(str(descriptions.get(name, name)) for name in names)
    return labels_from(names)
