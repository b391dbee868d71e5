"""An evaluator that keeps to a region: whatever it is asked, the model sees what may be shown.

Masks are brought to what is shown before the log is looked into, so that one
log serves searches with any region, or with none.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.bounds import Bounds
from rex_widgets.evaluation_log import Entry, EvaluationLog
from rex_widgets.evaluator import Evaluator, Ticket
from rex_widgets.masks import Mask, full_mask
from rex_widgets.occlusion import Background

if TYPE_CHECKING:
    from rex_widgets.classifiers.base import Classifier


class BoundedEvaluator(Evaluator):
    """Evaluates parts of a region.

    Parameters
    ----------
    classifier, data, background, batch_size, log
        As in `Evaluator`.
    bounds
        The region, and what becomes of the rest.
    """

    def __init__(
        self,
        classifier: Classifier,
        data: NDArray[np.float32],
        background: Background,
        bounds: Bounds,
        *,
        batch_size: int = 64,
        log: EvaluationLog | None = None,
    ) -> None:
        super().__init__(classifier, data, background, batch_size=batch_size, log=log)
        self.bounds = bounds

    def submit(self, masks: Sequence[Mask]) -> Ticket:
        """Ask for answers about parts."""
        return super().submit([self.bounds.shown(mask) for mask in masks])

    def classify_alone(
        self, mask: Mask, purpose: str, background: Background | None = None
    ) -> Entry:
        """Classify one part by itself, at batch size 1, without looking into the log."""
        return super().classify_alone(self.bounds.shown(mask), purpose, background)

    def probabilities(self, mask: Mask, purpose: str) -> NDArray[np.float32]:
        """All class probabilities of one part, ``(K,)``; nothing is logged."""
        return super().probabilities(self.bounds.shown(mask), purpose)

    def of_whole(self, purpose: str) -> NDArray[np.float32]:
        """All class probabilities of the whole input, whatever the region."""
        return super().probabilities(full_mask(self.bounds.shape), purpose)

    def mutants(self, masks: Sequence[Mask]) -> NDArray[np.float32]:
        """What the model is shown for parts, ``(N, C, *space)``, on the host."""
        return super().mutants([self.bounds.shown(mask) for mask in masks])
