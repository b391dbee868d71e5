"""Where tensors are kept."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def get_device(gpu: bool) -> torch.device:
    """The device to use: a GPU if one is wanted and there, else the CPU.

    Parameters
    ----------
    gpu
        Whether a GPU is wanted. Where there is none, a warning says so.
    """
    import torch

    if gpu and torch.backends.mps.is_available():
        return torch.device("mps")
    if gpu and torch.cuda.is_available():
        return torch.device("cuda")
    if gpu:
        warnings.warn("No GPU is available: the CPU is used.", stacklevel=2)
    return torch.device("cpu")
