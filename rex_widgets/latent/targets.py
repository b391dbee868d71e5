"""The class that each sample is asked to become."""

from __future__ import annotations

import torch

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.latent.problem import other_class


def targets_for(logits: torch.Tensor, target: int | None, first: int = 0) -> torch.Tensor:
    """Return the class to ask for each sample, int64 ``(B,)``, from logits ``(B, K)``.

    Raises
    ------
    SettingsError
        None was named, and there are more than two; or there is no such class.
    InputError
        A sample is of that class already; ``first`` is the number of the first.
    """
    classes = logits.shape[1]
    if target is None:
        if classes > 2:
            raise SettingsError(
                f"target was not given, and the classifier has {classes} classes. Ask for one: "
                f"target={int(other_class(logits[:1])[0])}, the second of sample {first}, or any "
                "other."
            )
        return other_class(logits)
    if target >= classes:
        raise SettingsError(
            f"target was {target}; the classifier has the classes 0 to {classes - 1}."
        )
    already = torch.nonzero(logits.argmax(1) == target).flatten().tolist()
    if already:
        raise InputError(
            f"Sample {first + already[0]} is of class {target} already, which is the target. Leave "
            "it out, or ask for another class."
        )
    return torch.full((len(logits),), target, device=logits.device)
