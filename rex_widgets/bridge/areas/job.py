"""What an attribution method is asked: one class of one picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rex_widgets.bridge.areas.asked import Asked
from rex_widgets.bridge.areas.copied import CopiedModel

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, eq=False)
class AttributionJob:
    """The question and the means.

    Attributes
    ----------
    image
        (1, C, H, W) in [0, 1].
    index
        The class whose score is attributed.
    asked
        The classifier, for methods that only call it.
    copy
        Makes the copy for methods that look into layers, when first called for.
    features
        Int64 (1, 1, H, W), the number of the cell that a pixel lies in, from 0.
    cell_size
        Side of a cell in pixels.
    layer
        The layer for Grad-CAM, "" for the last convolution.
    noise, noise_samples
        Standard deviation of the noise tunnel, and how often the picture is made noisy.
    evaluations
        How many pictures the methods that sample cells may show, unless there are more cells.
    batch_size
        How many pictures are shown at a time.
    notes
        Collects what a reader should know of the map.
    """

    image: torch.Tensor
    index: int
    asked: Asked
    copy: Callable[[], CopiedModel]
    features: torch.Tensor
    cell_size: int
    layer: str
    noise: float
    noise_samples: int
    evaluations: int
    batch_size: int
    notes: list[str] = field(default_factory=list)

    @property
    def cells(self) -> int:
        """How many cells there are."""
        return int(self.features.max()) + 1

    def baselines(self) -> torch.Tensor:
        """Return (3, C, H, W): a black and a white picture, and one of the mean colour."""
        import torch

        black = torch.zeros_like(self.image)
        mean = self.image.mean(dim=(2, 3), keepdim=True).expand_as(self.image)
        return torch.cat([black, torch.ones_like(black), mean])
