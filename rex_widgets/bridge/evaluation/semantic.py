"""S³: how near two pictures are to an encoder."""

from __future__ import annotations

from collections.abc import Callable

import torch

from rex_widgets.errors import ModelError

Encoder = Callable[[torch.Tensor], torch.Tensor]
"""Pictures ``(B, C, H, W)`` in [0, 1] to features ``(B, D)``; anything behind B is flattened."""


def encoded(encoder: Encoder, pictures: torch.Tensor) -> torch.Tensor:
    """Ask an encoder, without gradients.

    Returns
    -------
    Tensor
        Float64 ``(B, D)`` in main memory.

    Raises
    ------
    ModelError
        It gave something else than a row of finite numbers for every picture.
    """
    with torch.no_grad():
        given = encoder(pictures)
    if not isinstance(given, torch.Tensor) or given.ndim < 2 or len(given) != len(pictures):
        shape = tuple(given.shape) if isinstance(given, torch.Tensor) else type(given).__name__
        raise ModelError(
            f"The encoder gave {shape} for {len(pictures)} pictures; expected a tensor of "
            f"({len(pictures)}, D)."
        )
    rows = given.flatten(1).double().cpu()
    if not torch.isfinite(rows).all():
        raise ModelError("The encoder gave features that are not finite; expected numbers.")
    return rows


def cosine_similarity(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    """Cosine of features, row by row: S³ where the encoder is SimSiam's.

    Jeanneret, Simon and Jurie, "Adversarial Counterfactual Visual Explanations", CVPR 2023, compare
    the features of a SimSiam ResNet-50 (S³, SimSiam similarity); with another encoder the number is
    another one.

    Parameters
    ----------
    first, second
        ``(B, D)``.

    Returns
    -------
    Tensor
        ``(B,)`` in [-1, 1]; 0 where a row is zero.
    """
    return torch.nn.functional.cosine_similarity(first, second, dim=1)
