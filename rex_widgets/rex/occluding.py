"""`context_occlusion`, `spectral_occlusion`: masking functions that a script may call itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.occlusion import straight_lines

if TYPE_CHECKING:
    import torch


def context_occlusion(
    mask: torch.Tensor, data: torch.Tensor, context: torch.Tensor, noise: float = 0.5
) -> torch.Tensor:
    """Fill the hidden places of an input with those of another one.

    Parameters
    ----------
    mask
        Bool, true where the input is kept; broadcasts to ``data``.
    data, context
        Two inputs of the same shape.
    noise
        Width of the Gaussian blur put over the context along the last two axes; 0 for none.
    """
    import torch
    from scipy.ndimage import gaussian_filter

    other = context.detach().cpu().numpy().astype(np.float32)
    if noise > 0:
        spread = [0.0] * max(0, other.ndim - 2) + [noise] * min(2, other.ndim)
        other = gaussian_filter(other, sigma=spread)
    return torch.where(mask.bool(), data, torch.from_numpy(other).to(data.device))


def spectral_occlusion(
    mask: torch.Tensor, data: torch.Tensor, noise: float = 0.02, device: Any = "cpu"
) -> torch.Tensor:
    """Draw a straight line over every hidden run of a signal, with noise.

    Parameters
    ----------
    mask
        Bool, true where the signal is kept: ``(L,)``, or the shape of ``data``.
    data
        The signal, ``(…, L)``.
    noise
        Standard deviation of the Gaussian noise put over the lines.
    device
        Where the result is kept.
    """
    import torch

    values = data.detach().cpu().numpy().astype(np.float32)
    length = values.shape[-1]
    visible = mask.detach().cpu().numpy().astype(bool).reshape(-1, length)
    kept = np.asarray(visible.any(axis=0), np.bool_)
    lines = values.reshape(-1, length)
    bridged = straight_lines(lines, kept, lines.mean(axis=-1, keepdims=True))
    spread = np.random.default_rng().normal(0, noise, bridged.shape)
    filled = np.where(kept, lines, bridged + spread).astype(np.float32).reshape(values.shape)
    return torch.from_numpy(filled).to(device)
