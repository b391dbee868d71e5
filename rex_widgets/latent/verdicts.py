"""What became of every counterfactual: by the classifier alone, or with an oracle."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.latent.benchmark.outcomes import Verdict, outcomes
from rex_widgets.latent.benchmark.space import Space
from rex_widgets.latent.counterfactuals import (
    CAUSAL_FLIP,
    CHANGED,
    SUCCESSFUL,
    TRIVIAL,
    UNCHANGED,
)

if TYPE_CHECKING:
    from rex_widgets.latent.answers import Answers
    from rex_widgets.latent.models import LatentModel

_NAMES = {
    Verdict.UNCHANGED: UNCHANGED,
    Verdict.TRIVIAL: TRIVIAL,
    Verdict.NON_CAUSAL_FLIP: SUCCESSFUL,
    Verdict.CAUSAL_FLIP: CAUSAL_FLIP,
}


def has_oracle(model: LatentModel) -> bool:
    """Whether it is known what every picture shows, and the classifier says odd or even."""
    return model.world is not None and model.classes == 2


def verdicts(
    model: LatentModel, latents: NDArray[np.float32], answers: Answers
) -> NDArray[np.str_]:
    """Return the verdict of every counterfactual, text ``(B, n)``; see `Counterfactuals`.

    Counterfactuals that have not been classified yet are "unchanged".
    """
    known = np.isfinite(answers.after).all(2)
    if not has_oracle(model):
        return np.where(known & answers.changed, CHANGED, UNCHANGED)
    assert model.world is not None
    told = outcomes(
        torch.tensor(latents),
        torch.tensor(answers.counterfactuals),
        torch.tensor(np.nan_to_num(answers.before)),
        torch.tensor(np.nan_to_num(answers.after)),
        Space(model.world.characters, model.world.fonts),
    )
    found = told.verdicts.numpy()
    names = np.array([_NAMES[verdict] for verdict in sorted(Verdict)])
    return np.where(known, names[found], UNCHANGED)
