"""What `RELAX` is given: checked, and as a person sees it."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.relax.transforms import MEAN, STD


def check_input(image: Any) -> None:
    """Refuse what is no float tensor ``(1, C, H, W)`` of finite values."""
    if not isinstance(image, torch.Tensor):
        raise InputError(
            f"RELAX was given a {type(image).__name__} as input_image; expected a float tensor "
            "(1, C, H, W). imagenet_image_transforms('cpu')(photograph) makes one."
        )
    if image.ndim != 4 or len(image) != 1 or not image.numel():
        raise InputError(
            f"input_image has shape {tuple(image.shape)}; expected (1, C, H, W), one picture. "
            "Add the first axis with x[None]; explain several pictures one by one."
        )
    if not image.is_floating_point():
        raise InputError(
            f"input_image holds {image.dtype}; expected floats as the encoder takes them. "
            "imagenet_image_transforms('cpu')(photograph / 255) makes them."
        )
    if not bool(torch.isfinite(image).all()):
        raise InputError(
            "input_image holds NaN or infinite values; expected finite floats. Replace them, "
            "for example by torch.nan_to_num(x)."
        )


def picture_of(data: NDArray[np.float32]) -> NDArray[np.uint8]:
    """What a person is shown of ``(C, H, W)``: ImageNet's normalisation undone where it fits."""
    values = data[:3] if len(data) >= 3 else np.repeat(data[:1], 3, axis=0)
    if len(data) == 3:
        undone = values * np.array(STD)[:, None, None] + np.array(MEAN)[:, None, None]
        values = undone if undone.min() >= -0.01 and undone.max() <= 1.01 else values
    if values.min() < -0.01 or values.max() > 1.01:
        low, high = float(values.min()), float(values.max())
        values = (values - low) / (high - low)
    shown = np.clip(values, 0.0, 1.0).transpose(1, 2, 0) * 255
    return shown.round().astype(np.uint8)
