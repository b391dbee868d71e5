"""What a world's pictures have to be able to do to be trained with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor


@dataclass(frozen=True)
class Reach:
    """How far pictures are varied at most, each way.

    Parameters
    ----------
    degrees, stretch, pixels : float
        They are turned by up to `degrees`, stretched by up to 1 ± `stretch`, and moved by up to
        `pixels`.
    """

    degrees: float
    stretch: float
    pixels: float


class Source(Protocol):
    """Pictures and what they show."""

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """What they show, ``(N,)``."""
        ...

    def __len__(self) -> int: ...

    def as_input(self) -> Tensor:
        """The pictures as they are, float32 ``(N, C, H, W)`` in [0, 1]; always the same."""
        ...

    def varied(self, chosen: Tensor, drawn: torch.Generator, reach: Reach) -> Tensor:
        """Those with the given numbers, each varied in its own way.

        Parameters
        ----------
        chosen : Tensor of int64, (B,)
            Which.
        drawn : Generator
            What is drawn depends on it alone.
        reach : Reach
            How far at most.

        Returns
        -------
        Tensor of float32, (B, C, H, W)
            In [0, 1].
        """
        ...


Kind_co = TypeVar("Kind_co", bound=Source, covariant=True)


@dataclass(frozen=True, eq=False)
class Split(Generic[Kind_co]):
    """Pictures to train with, to tune with, and pictures that nothing trained has seen."""

    training: Kind_co
    validation: Kind_co
    held_out: Kind_co
