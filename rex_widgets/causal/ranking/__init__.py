"""Rankings: what orders the places of an input for extraction, by name.

``contrast`` and ``responsibility`` read the mutants of the search alone (they
live in `rex_widgets.causal.contrast` and `rex_widgets.causal.responsibility`);
the estimators here evaluate masks of their own beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from rex_widgets.causal.ranking.adaptive import Adaptive
from rex_widgets.causal.ranking.base import Estimator, Question
from rex_widgets.causal.ranking.dependence import Dependence, Product

ESTIMATORS: Mapping[str, Callable[[Question], Estimator]] = {
    "adaptive": Adaptive,
    "rise": Dependence,
    "product": Product,
}
"""Rankings with masks of their own; the setting ``ranking`` names one of them."""

__all__ = ["ESTIMATORS", "Adaptive", "Dependence", "Estimator", "Product", "Question"]
