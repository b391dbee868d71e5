"""A user's functions, called with tensors as the release of RELAX calls them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

Measure = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
"""From the whole input's representation repeated, and the masked inputs', to similarities."""


class _WithTensors:
    """A user's measure as the release calls it, ``(h expanded, h̃) -> (N,)``, for arrays."""

    def __init__(self, measure: Measure, device: torch.device) -> None:
        self.__name__ = getattr(measure, "__name__", type(measure).__name__)
        self._measure = measure
        self._device = device

    def __call__(self, expanded: NDArray[np.float32], masked: NDArray[np.float32]) -> Any:
        """Call it with tensors on the input's device."""
        with torch.no_grad():
            given = (torch.tensor(rows, device=self._device) for rows in (expanded, masked))
            return self._measure(*given)


def measure_for(measure: Any, device: torch.device) -> Any:
    """Give the release's default by its name, which is faster, and a function with tensors."""
    if type(measure) is nn.CosineSimilarity and measure.dim in (1, -1):
        return "cosine"
    return _WithTensors(measure, device) if callable(measure) else measure


def called_with_tensors(
    function: Callable[..., Any], device: torch.device, batch: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Call a user's function as the release does: tensors on the input's device."""
    with torch.no_grad():
        answer = function(torch.tensor(batch, device=device))
    return answer.detach().cpu().numpy() if isinstance(answer, torch.Tensor) else answer
