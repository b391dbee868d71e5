"""What a torch module's layers tell of the input that it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.preprocessing import PICTURE_CHANNELS
from rex_widgets.classifiers.probe import find_shape
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch


def own_shape(module: torch.nn.Module) -> InputShape:
    """Return what the module's first layer with weights tells of its input."""
    import torch

    for part in module.modules():
        if isinstance(part, torch.nn.Conv2d):
            return InputShape(part.in_channels if part.in_channels in PICTURE_CHANNELS else None)
        if isinstance(part, torch.nn.Conv1d):
            return InputShape(part.in_channels, kind="signal")
        if isinstance(part, torch.nn.Conv3d):
            return InputShape(part.in_channels, kind="volume")
        if isinstance(part, torch.nn.RNNBase) and part.batch_first:
            return InputShape(part.input_size, channels_last=True, kind="signal")
        if isinstance(part, torch.nn.Linear):
            break
    return InputShape()


def linear_features(module: torch.nn.Module) -> int | None:
    """Return how many values the module's first layer takes, if that layer is a linear one."""
    import torch

    kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd, torch.nn.RNNBase, torch.nn.Embedding)
    first = next((part for part in module.modules() if isinstance(part, kinds)), None)
    return first.in_features if isinstance(first, torch.nn.Linear) else None


def find_module_shape(
    module: torch.nn.Module,
    shape: InputShape,
    settled: bool,
    options: ClassifierOptions,
    evaluate: Callable[[NDArray[np.float32], InputShape], Any],
) -> tuple[InputShape, Any, tuple[str, ...]]:
    """Evaluate a probe as `find_shape` does; a first linear layer tells a row's length."""
    features = linear_features(module)
    picture = shape.kind in (None, "image")
    if features is not None and options.input_shape is None and shape.kind != "volume":
        row = replace(shape, channels=1, size=(features,), channel_axis=False, assumed=False)
        told = options.fallback_shape
        if not picture and not (told and shape.size and prod(told) == features):
            return find_shape(row, True, evaluate)
        if shape.kind is None and not settled:
            try:
                return find_shape(shape, settled, evaluate)
            except ModelError:
                return find_shape(replace(row, kind="table"), True, evaluate)
    return find_shape(shape, settled, evaluate)
