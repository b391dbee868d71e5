"""Small decoders and classifiers for whole runs, and what is the same of two results."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

import rex_widgets as rw
from rex_widgets.latent.counterfactuals import Counterfactuals
from tests.latent.toy import draw

SIZE = 4
FEW = {"seed": 0, "num_explanations": 3}
STEPS = {"num_iters": 12}


class Decoder(torch.nn.Module):
    """Latents ``(N, 4)`` as pictures ``(N, 3, 2, 4)`` within -1 and 1: each row shows them."""

    def __init__(self) -> None:
        super().__init__()
        self.gain = torch.nn.Parameter(torch.tensor(0.4))

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        shown = torch.tanh(self.gain * latents)
        return shown[:, None, None].expand(-1, 3, 2, -1)


class Judge(torch.nn.Module):
    """Logits ``(N, classes)`` that follow the first columns of the picture."""

    def __init__(self, classes: int = 2, slope: float = 6.0) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.tensor(slope))
        self.classes = classes

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        columns = pictures.mean((1, 2))
        if self.classes == 2:
            first = self.slope * columns[:, :1]
            return torch.cat((first, -first), 1)
        return self.slope * columns[:, : self.classes]


def latents(count: int = 3, seed: int = 1) -> np.ndarray[Any, np.dtype[np.float32]]:
    found: np.ndarray[Any, np.dtype[np.float32]] = draw(count, SIZE, seed=seed).numpy()
    return found


def started(method: str = "dice", image: Any = None, model: Any = None, **options: Any) -> Any:
    given = latents() if image is None else image
    few = {**FEW, "generator": Decoder().eval()}
    if method in ("dice", "dive", "xgem", "lcf"):
        few |= STEPS
    return rw.start(given, model or Judge().eval(), method=method, **{**few, **options})


def explained(*args: Any, **options: Any) -> Counterfactuals:
    found: Counterfactuals = started(*args, **options).wait()
    return found


def bits(result: Counterfactuals) -> bytes:
    """All that a run computed."""
    arrays = (result.counterfactuals, result.after, result.pictures, result.before, result.target)
    return b"".join(array.tobytes() for array in arrays)
