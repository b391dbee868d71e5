"""The models' answers to many latents, a bounded number of them at a time, without gradients."""

from __future__ import annotations

import torch

from rex_widgets.latent.problem import Problem

AT_ONCE = 300
"""Latents in one call. Calls of 600 were slower by a third on small convolutional models, whose
inner pictures no longer fit the processor's cache."""


@torch.no_grad()
def ask(problem: Problem, latents: torch.Tensor) -> torch.Tensor:
    """Return the logits ``(…, K)`` of standardised latents ``(…, Z)``."""
    flat = latents.reshape(-1, latents.shape[-1])
    logits = torch.cat([problem.answers(part) for part in torch.split(flat, AT_ONCE)])
    return logits.reshape(*latents.shape[:-1], logits.shape[-1])


def given(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Say where the class asked for is given, bool ``(…)``; never where a logit is not finite.

    Parameters
    ----------
    logits
        ``(…, K)``.
    targets
        Int64, of a shape that goes with ``(…)``.
    """
    return (logits.argmax(-1) == targets) & torch.isfinite(logits).all(-1)
