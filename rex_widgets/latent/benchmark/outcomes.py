"""What became of every explanation, told by the classifier and by an oracle."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import torch

from rex_widgets.latent.benchmark.space import Space


class Verdict(IntEnum):
    """What an explanation shows; every one is exactly one of these."""

    UNCHANGED = 0
    """Neither the classifier nor the oracle changed its answer."""
    TRIVIAL = 1
    """Both changed it, and agree before and after: another character, rightly read."""
    NON_CAUSAL_FLIP = 2
    """The classifier changed its answer for no good reason."""
    CAUSAL_FLIP = 3
    """The character became another one, and the classifier did not notice."""


@dataclass(frozen=True, eq=False)
class Outcomes:
    """Of explanations ``(B, n)``; all tensors are bool of that shape.

    Parameters
    ----------
    changed
        The classifier gives another class than before (E_cc).
    causal
        The oracle does, and the classifier does not (E_causal).
    agree
        Classifier and oracle agree, before and after (E_agree).
    """

    changed: torch.Tensor
    causal: torch.Tensor
    agree: torch.Tensor

    @property
    def successful(self) -> torch.Tensor:
        """Explanations that show a fault of the classifier."""
        return (self.changed | self.causal) & ~self.agree

    @property
    def verdicts(self) -> torch.Tensor:
        """A `Verdict` for every explanation, uint8 ``(B, n)``."""
        # Where only the oracle changed, the two cannot agree both before and after.
        found = torch.full_like(self.changed, Verdict.UNCHANGED, dtype=torch.uint8)
        found[self.changed & self.agree] = Verdict.TRIVIAL
        found[self.changed & ~self.agree] = Verdict.NON_CAUSAL_FLIP
        found[self.causal] = Verdict.CAUSAL_FLIP
        return found


def oracle(latents: torch.Tensor, space: Space) -> torch.Tensor:
    """Say odd (1) or even (0) by the nearest character embedding, int64 ``(…)`` of ``(…, Z)``."""
    return space.nearest_character(latents) % 2


def outcomes(
    latents: torch.Tensor,
    counterfactuals: torch.Tensor,
    logits: torch.Tensor,
    perturbed_logits: torch.Tensor,
    space: Space,
) -> Outcomes:
    """Compare answers before and after ("Explaining Visual Counterfactual Explainers", TMLR 2023).

    Parameters
    ----------
    latents, counterfactuals
        Standardised ``(B, Z)`` and ``(B, n, Z)``.
    logits, perturbed_logits
        The classifier's, ``(B, 2)`` and ``(B, n, 2)``.
    space
        Whose characters the oracle knows.
    """
    said, truth = logits.argmax(-1)[:, None], oracle(latents, space)[:, None]
    says, is_now = perturbed_logits.argmax(-1), oracle(counterfactuals, space)
    changed = says != said
    return Outcomes(
        changed=changed,
        causal=~changed & (is_now != truth),
        agree=(said == truth) & (says == is_now),
    )
