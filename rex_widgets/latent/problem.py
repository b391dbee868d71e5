"""What an explainer is asked: samples, their answers, and what is known of the latent space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import torch

from rex_widgets.latent.statistics import LatentStatistics

if TYPE_CHECKING:
    from rex_widgets.latent.fisher import FisherInformation

Classify = Callable[[torch.Tensor], torch.Tensor]
"""Pictures ``(N, C, H, W)`` to logits ``(N, K)``."""

Generate = Callable[[torch.Tensor], torch.Tensor]
"""Standardised latents ``(N, Z)`` to pictures ``(N, C, H, W)`` in [-1, 1]."""


@dataclass(frozen=True, eq=False)
class CorrelatedAttribute:
    """An attribute that goes with the class by chance, which an oracle may exchange.

    Parameters
    ----------
    part
        Where in the latents its embedding is.
    embeddings
        Float32 ``(values, part size)``, standardised.
    values
        For every class, the attribute's values that go with it.
    """

    part: slice
    embeddings: torch.Tensor
    values: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, eq=False)
class Context:
    """What an explainer may need besides its samples; computed once, and passed on.

    Parameters
    ----------
    statistics
        Of the latent space.
    training
        Standardised training latents, float32 ``(N, Z)``; ``None`` where there are none.
    fisher
        Fisher information of the latents; `rex_widgets.latent.fisher` computes it.
    correlated
        The attribute that the oracle exchanges; ``None`` where none is known.
    """

    statistics: LatentStatistics
    training: torch.Tensor | None = None
    fisher: FisherInformation | None = None
    correlated: CorrelatedAttribute | None = None

    def with_fisher(self, fisher: FisherInformation) -> Context:
        """Return the context with the Fisher information filled in."""
        return replace(self, fisher=fisher)


@dataclass(frozen=True, eq=False)
class Problem:
    """Samples that want counterfactuals.

    Parameters
    ----------
    latents
        Standardised, float32 ``(B, Z)``.
    logits
        Of the samples, float32 ``(B, K)``.
    images
        Of the samples, float32 ``(B, C, H, W)`` in [-1, 1].
    targets
        Int64 ``(B,)``: the class that is asked for, another one than the sample's own.
    classifier, generator
        Called with batches of any size; calls are differentiable where the model is.
    context
        What is known of the latent space.
    """

    latents: torch.Tensor
    logits: torch.Tensor
    images: torch.Tensor
    targets: torch.Tensor
    classifier: Classify
    generator: Generate
    context: Context

    @property
    def classes(self) -> torch.Tensor:
        """Classes of the samples, int64 ``(B,)``."""
        return self.logits.argmax(1)

    def answers(self, latents: torch.Tensor) -> torch.Tensor:
        """Return the logits of standardised latents ``(…, Z)``, ``(…, K)``."""
        flat = latents.reshape(-1, latents.shape[-1])
        logits = self.classifier(self.generator(flat))
        return logits.reshape(*latents.shape[:-1], logits.shape[-1])


def other_class(logits: torch.Tensor) -> torch.Tensor:
    """Return the class to ask for where none was named: the best one besides the first.

    Of two classes that is simply the other one.
    """
    return logits.topk(2, dim=1).indices[:, 1]
