"""`imagenet_image_transforms`: from a photograph as a tensor to an encoder's input."""

from __future__ import annotations

from typing import Any

import torch
from torch import nn

from rex_widgets.errors import InputError, SettingsError

MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


class ImagenetImage(nn.Module):
    """What `imagenet_image_transforms` returns: call it with a photograph.

    Attributes
    ----------
    device
        Where the result is put.
    side
        Height and width of the result in pixels.
    """

    def __init__(self, device: Any, side: int) -> None:
        super().__init__()
        self.device = torch.device(device)
        self.side = side

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        """Bring a photograph ``(3, H, W)``, floats in [0, 1], to ``(1, 3, side, side)``.

        Raises
        ------
        InputError
            It is no tensor of that shape, is empty, or holds no floats.
        """
        _check(image)
        batch = image.detach()[None]
        if batch.shape[2:] != (self.side, self.side):
            batch = nn.functional.interpolate(
                batch, size=(self.side, self.side), mode="bilinear", antialias=True
            )
        mean = batch.new_tensor(MEAN)[:, None, None]
        std = batch.new_tensor(STD)[:, None, None]
        return ((batch - mean) / std).to(self.device)

    def extra_repr(self) -> str:
        """What is said of it between its parentheses."""
        return f"device={str(self.device)!r}, new_shape_of_image={self.side}"


def imagenet_image_transforms(device: Any, new_shape_of_image: int = 224) -> ImagenetImage:
    """Return what resizes a photograph to a square and normalises it as ImageNet's encoders expect.

    Resized as torchvision resizes tensors (bilinear, with antialiasing); the sides' ratio is not
    kept. torchvision is not needed.

    Parameters
    ----------
    device
        Where the result is put, such as "cpu".
    new_shape_of_image
        Height and width of the result in pixels.

    Returns
    -------
    ImagenetImage
        Takes a tensor ``(3, H, W)``, floats in [0, 1]; returns one ``(1, 3, s, s)``.

    Raises
    ------
    SettingsError
        The side is no positive whole number.
    """
    whole = isinstance(new_shape_of_image, int) and not isinstance(new_shape_of_image, bool)
    if not whole or new_shape_of_image < 1:
        raise SettingsError(
            f"new_shape_of_image was given {new_shape_of_image!r}; expected a positive whole "
            "number, the height and width in pixels."
        )
    return ImagenetImage(device, new_shape_of_image)


def _check(image: Any) -> None:
    if not isinstance(image, torch.Tensor):
        raise InputError(
            f"imagenet_image_transforms was given a {type(image).__name__}; expected a tensor "
            "(3, H, W) of floats in [0, 1]. Of a picture: "
            "torch.from_numpy(numpy.asarray(picture.convert('RGB'))).permute(2, 0, 1) / 255."
        )
    if image.ndim != 3 or image.shape[0] != len(MEAN) or not image.numel():
        raise InputError(
            f"imagenet_image_transforms was given a tensor of shape {tuple(image.shape)}; expected "
            "(3, H, W), one picture with its three channels first. A grey picture: "
            "x.expand(3, -1, -1)."
        )
    if not image.is_floating_point():
        raise InputError(
            f"imagenet_image_transforms was given {image.dtype}; expected floats in [0, 1]. "
            "Divide bytes by 255."
        )
