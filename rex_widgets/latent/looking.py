"""What generator and classifier say of the samples, before anything is searched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch

from rex_widgets.errors import InputError
from rex_widgets.latent.problem import Classify, Generate


@dataclass(frozen=True, eq=False)
class Look:
    """What the models say of the samples: logits ``(B, K)``, images ``(B, C, H, W)``, targets."""

    logits: torch.Tensor
    images: torch.Tensor
    targets: torch.Tensor


def look_at(
    latents: torch.Tensor, generate: Generate, classify: Classify, at_once: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Decode and classify samples; yields logits and images of one batch after the other.

    Parameters
    ----------
    latents
        Standardised, ``(B, Z)``.
    generate, classify
        The models.
    at_once
        Samples of a batch.

    Raises
    ------
    InputError
        A sample's picture or answer is not finite; it is named.
    """
    for start in range(0, len(latents), at_once):
        with torch.no_grad():
            pictures = generate(latents[start : start + at_once])
            answers = classify(pictures)
        bad = ~(torch.isfinite(answers).all(1) & torch.isfinite(pictures).flatten(1).all(1))
        if bool(bad.any()):
            row = start + int(torch.nonzero(bad)[0])
            raise InputError(
                f"For sample {row} the generator or the classifier gives NaN or infinite values. "
                "Leave it out, or look at its picture."
            )
        yield answers.float(), pictures.float()
