"""How far an answer is from the class that is asked for."""

from __future__ import annotations

import torch


def margin(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """Return the logit of the class asked for minus that of the best other.

    It is positive exactly where the classifier gives the class asked for. Of two classes it is
    the log-odds of that class.

    Parameters
    ----------
    logits
        ``(…, K)``, with K at least 2.
    targets
        Int64 ``(…)``.

    Returns
    -------
    Tensor
        ``(…)``.
    """
    place = targets[..., None]
    asked = logits.gather(-1, place).squeeze(-1)
    return asked - logits.scatter(-1, place, -torch.inf).amax(-1)


def margins(logits: torch.Tensor) -> torch.Tensor:
    """Return the margin of every class, ``(…, K)`` from ``(…, K)``."""
    best = logits.topk(2, dim=-1)
    first, second = best.values[..., :1], best.values[..., 1:]
    leads = torch.arange(logits.shape[-1], device=logits.device) == best.indices[..., :1]
    return logits - torch.where(leads, second, first)
