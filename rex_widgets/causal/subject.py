"""What every strategy starts from: the finished search and what is asked of an explanation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import PLACES
from rex_widgets.causal.asking import Demand
from rex_widgets.causal.bounds import Bounds
from rex_widgets.causal.outcome import Outcome
from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.evaluation_log import Entry
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, Shape
from rex_widgets.results import Certificate, ClassScore

Tell = Callable[[Outcome], None]


@dataclass(frozen=True)
class Subject:
    """One question, why this target, with all that is known when the search has ended.

    Attributes
    ----------
    evaluator, settings, search, seed
        Of the run.
    demand
        What a sufficient explanation must give.
    whole_passes
        `everything` gives the target (false for a class that is not the
        model's own answer).
    target_confidence
        Probability of the target for `everything`.
    kind
        Of the input; one of `rex_widgets.axes.KINDS`.
    """

    evaluator: Evaluator
    settings: CausalSettings
    search: Search
    demand: Demand
    whole_passes: bool
    target_confidence: float
    seed: int
    kind: str = "image"

    @property
    def shape(self) -> Shape:
        """Of the masks."""
        return self.search.shape

    @property
    def bounds(self) -> Bounds:
        """The region that is searched."""
        return self.search.bounds

    @property
    def everything(self) -> Mask:
        """The largest part there is: the whole input, or the region."""
        return self.bounds.everything

    @cached_property
    def ranking(self) -> NDArray[np.float64]:
        """What extraction ranks places by, as it stood when the search ended."""
        return self.search.ranking()

    @cached_property
    def order(self) -> NDArray[np.int64]:
        """Flat indices of all places that are searched, highest rank first."""
        return self.bounds.order(self.ranking)

    @cached_property
    def responsibility(self) -> NDArray[np.float64]:
        """The target's map."""
        return self.search.maps.map(self.demand.target)

    @property
    def place(self) -> str:
        """What one place is called."""
        return PLACES[self.kind].removesuffix("s")

    def worded(self, certificate: Certificate, pair: bool = False) -> Certificate:
        """A certificate that knows what its cells are made of."""
        return replace(certificate, place=self.place, dimensions=len(self.shape), pair=pair)

    def score(self, answer: Entry) -> ClassScore:
        """The class that an answer gave."""
        label = self.evaluator.classifier.label(answer.given)
        return ClassScore(answer.given, label, answer.confidence)
