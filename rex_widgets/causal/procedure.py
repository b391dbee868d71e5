"""The causal method as a Procedure: look, search, explain, and again when extended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import usual_axes
from rex_widgets.causal import outcome as stages
from rex_widgets.causal.asking import Asker, Demand
from rex_widgets.causal.bounded import BoundedEvaluator
from rex_widgets.causal.bounds import bounds_of, region_mask
from rex_widgets.causal.changing import same_occlusion, settings_with
from rex_widgets.causal.contrastive import early_contrastive
from rex_widgets.causal.explaining import STRATEGIES
from rex_widgets.causal.looking import not_enough, not_needed
from rex_widgets.causal.minimise import minimise
from rex_widgets.causal.outcome import Outcome
from rex_widgets.causal.partition import root_box
from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.subject import Subject
from rex_widgets.causal.trace import SearchTrace
from rex_widgets.causal.tree import Tree
from rex_widgets.causal.verify import verify_alone
from rex_widgets.errors import InputError, SettingsError
from rex_widgets.evaluation_log import EvaluationLog
from rex_widgets.masks import Mask, Shape, empty_mask, full_mask, mask_of, mask_of_boxes
from rex_widgets.occlusion import background_of
from rex_widgets.results import ClassScore, EvaluationCount, Explanation, Target
from rex_widgets.versions import library_versions

if TYPE_CHECKING:
    from rex_widgets.classifiers.base import Classifier
    from rex_widgets.inputs import Sample

TOP_CLASSES = 5
EARLY_ITERATIONS = 4
"""Trees after which an early answer is made: the first wave."""

EARLY_BUDGET = 120
"""Evaluations that the early answer may take."""

EVALUATIONS_PER_TREE = 90
"""Typical cost of a tree, for choosing a runtime and for the share of work done."""

MAP_ONLY = "Only the map was asked for (no_extract): nothing was extracted from it."


class CausalProcedure:
    """Explains one sample of one classifier by causal responsibility.

    Parameters
    ----------
    classifier, sample
        The model and what it is asked about.
    settings
        `CausalSettings`.
    seed
        Used if the settings name none.
    log
        Evaluations that are known already.
    """

    method = "causal"

    def __init__(
        self,
        classifier: Classifier,
        sample: Sample,
        settings: CausalSettings,
        seed: int,
        log: EvaluationLog | None = None,
    ) -> None:
        self.classifier = classifier
        self.sample = sample
        self._shape: Shape = sample.data.shape[1:]
        # a region or a box that does not fit is told before anything runs
        region = region_mask(settings.region, self._shape)
        self.settings = replace(settings, region=region)
        self._bounds = bounds_of(region, self._shape, settings.outside)
        root_box(self._shape, settings, self._bounds)
        self.seed = settings.seed if settings.seed is not None else seed
        self.stage = "ready"
        self.message = ""
        self.iters = settings.iters
        background = background_of(
            settings.mask_value,
            sample.data,
            self.seed,
            context=settings.context,
            noise=settings.noise,
        )
        self._evaluator = BoundedEvaluator(
            classifier,
            sample.data,
            background,
            self._bounds,
            batch_size=settings.batch_size,
            log=log,
        )
        self._outcome = Outcome(self._bounds.everything)
        self._top: tuple[ClassScore, ...] = ()
        self._target = Target(-1, "not classified yet", float("nan"))
        self._input_probabilities: NDArray[np.float32] | None = None
        self._whole_passes = True
        self._most = float("nan")
        self._settled = False
        self._search: Search | None = None
        self._explained_at = -1
        self._prepared = False
        self._looked = False
        self._polished = False
        self._strategy = STRATEGIES[settings.strategy]
        self._explaining_since: int | None = None

    @property
    def evaluations(self) -> int:
        """Model evaluations so far."""
        return self._evaluator.evaluations

    @property
    def trace(self) -> SearchTrace:
        """What the search has done so far."""
        return self._search.trace if self._search is not None else SearchTrace(self._shape)

    @property
    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]; an estimate."""
        if self._search is None:
            return 0.0
        if self._settled or self._explained_at == self.iters:
            return 1.0
        tail = 0.0 if self.settings.no_extract else self._strategy.cost(self.settings)
        whole = self.iters * EVALUATIONS_PER_TREE + tail
        searched = min(self._search.position, self.iters) * EVALUATIONS_PER_TREE
        since = self._explaining_since
        explained = 0.0 if since is None else min(self.evaluations - since, tail * 0.95)
        return float((searched + explained) / whole)

    def work(self) -> Iterator[None]:
        """Compute; yields after every batch of model calls."""
        yield from self._prepare()
        yield from self._look()
        if self._settled:
            return
        assert self._search is not None
        while self._explained_at != self.iters:
            yield from self._find(self._search)
            goal = self.iters
            if self.settings.no_extract:
                self.message = MAP_ONLY
                self._explained_at = goal
                continue
            self.stage = self._strategy.stage
            self._explaining_since = self.evaluations
            for _ in self._strategy.work(self._subject(self._search), self._tell):
                yield
                if self.iters != goal:
                    break
            else:
                self._explained_at = goal
            self._explaining_since = None
        self.stage = "finished"

    def answer(self, seconds: float) -> Explanation:
        """The explanation so far; never calls the model."""
        outcome = self._outcome
        mask = outcome.mask.array()
        mask.flags.writeable = False
        responsibility = (
            self._search.maps.map(self._target.index).astype(np.float32)
            if self._search is not None
            else np.zeros(self._shape, np.float32)
        )
        return Explanation(
            map=responsibility,
            mask=mask,
            target=self._target,
            confidence=outcome.confidence,
            area=outcome.mask.area / mask.size,
            verified=outcome.verified,
            certificate=outcome.certificate,
            occlusions=outcome.occlusions,
            evaluations=EvaluationCount.of(self._evaluator.counts),
            seconds=seconds,
            seconds_in_model=self._evaluator.seconds_in_model,
            stage=outcome.stage,
            message=self.message,
            top=self._top,
            settings=replace(self.settings, iters=self.iters, seed=self.seed),
            seed=self.seed,
            versions=library_versions(),
            runtime=self.classifier.runtime,
            choices=(*self.classifier.choices, *self.sample.notes, *self._evaluator.notes),
            statistics=self._search.statistics() if self._search else {},
            source=self.sample.source,
            method=self.method,
            picture=self.sample.picture,
            ranking=self._search.ranking().astype(np.float32) if self._search else None,
            kind=self.sample.kind,
            axes=self.sample.axes or usual_axes(self.sample.kind, len(self._shape)),
            values=self.sample.values,
            strategy=self.settings.strategy,
            parts=outcome.parts,
            map_error=self._search.map_error() if self._search else None,
            stability=tuple(self._search.stability.overlaps) if self._search else (),
        )

    def extend(self, **amounts: int) -> None:
        """Grow ``iters`` more trees."""
        if set(amounts) != {"iters"} or int(amounts["iters"]) < 1:
            raise SettingsError(
                f"extend was given {amounts}; the causal method expects iters, at least 1: "
                "extend(iters=10)."
            )
        self.iters += int(amounts["iters"])
        if self._search is not None:
            self._search.iters = self.iters

    def what_if(self, visible: NDArray[np.bool_]) -> tuple[ClassScore, ...]:
        """The model's best classes when only ``visible`` is shown."""
        if visible.shape != self._shape:
            raise InputError(
                f"The mask has shape {visible.shape}; expected {self._shape}, "
                "the model's resolution."
            )
        for _ in self._prepare():
            pass  # the runtime is chosen before the first evaluation, whoever asks for it
        return self._best(self._evaluator.probabilities(mask_of(visible), "what-if"))

    def mutant(self, split: int, mutant: int) -> NDArray[np.float32]:
        """What the model saw of one mutant of the trace, ``(C, *space)``, made again."""
        kept = mask_of_boxes(self.trace[split].kept(mutant), self._shape)
        made: NDArray[np.float32] = self._evaluator.mutants([kept])[0]
        return made

    def map_for(self, index: int) -> NDArray[np.float32] | None:
        """Another class's map, if a mutant was given that class."""
        if self._search is None or index not in self._search.maps.counts:
            return None
        return self._search.maps.map(index).astype(np.float32)

    def for_target(self, index: int) -> CausalProcedure:
        """The same question about another class."""
        settings = replace(self.settings, target=index, iters=self.iters, seed=self.seed)
        log = self._evaluator.log.for_target(index)
        return CausalProcedure(self.classifier, self.sample, settings, self.seed, log)

    def changed(self, **settings: Any) -> CausalProcedure:
        """The same question with other settings, reusing the evaluations that still hold."""
        mine = replace(self.settings, iters=self.iters, seed=self.seed)
        new = settings_with(mine, settings)
        log = None
        if same_occlusion(mine, new) and new.target == mine.target:
            log = EvaluationLog.from_arrays(self._evaluator.log.arrays())
        return CausalProcedure(self.classifier, self.sample, new, self.seed, log)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Everything needed to go on later."""
        from rex_widgets.causal.saving import procedure_state

        return procedure_state(self)

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        from rex_widgets.causal.saving import restore_procedure

        restore_procedure(self, state, arrays)

    def _prepare(self) -> Iterator[None]:
        """Let the classifier choose its runtime on real mutants, before the first evaluation."""
        if self._prepared:
            return
        self.stage = "preparing the model"
        yield
        probe = Tree(0, self._shape, self.settings, self.seed, bounds=self._bounds).propose()
        masks = [full_mask(self._shape), *probe] if probe else [full_mask(self._shape)]
        count = self.iters * EVALUATIONS_PER_TREE + round(self._strategy.cost(self.settings))
        self.classifier.prepare(self._evaluator.mutants(masks), count)
        self._prepared = True
        yield

    def _look(self) -> Iterator[None]:
        """What the model says of the whole input, and of nothing at all."""
        if self._looked:
            return
        self.stage = "looking"
        probabilities = self._evaluator.of_whole("look")
        yield
        given = int(self.classifier.decide(probabilities[None])[0])
        index = given if self.settings.target is None else self.settings.target
        if index >= len(probabilities):
            raise SettingsError(
                f"The target was class {index}; the model has classes 0 to "
                f"{len(probabilities) - 1}."
            )
        self._input_probabilities = probabilities
        self._whole_passes = given == index
        self._top = self._best(probabilities)
        self._target = Target(index, self.classifier.label(index), float(probabilities[index]))
        self._evaluator.target = index
        self._most = self._target.confidence
        hidden = self._evaluator.classify_alone(empty_mask(self._shape), "look")
        if self._demand().met(hidden):
            why = not_needed(self._target.label, self._bounds)
            self._settle(stages.MEANINGLESS, hidden.target, why)
        elif self._bounds.inside is not None and self._bounds.outside == "hidden":
            self._look_at_region()
        self._search = self._new_search()
        self._looked = True
        yield

    def _look_at_region(self) -> None:
        """What the model says of the region with everything else hidden."""
        alone = self._evaluator.classify_alone(self._bounds.everything, "look")
        passes = self._demand().met(alone)
        # another class than the model's own answer is looked for, as in a whole input
        if self._whole_passes and not passes:
            given = self.classifier.label(alone.given)
            why = not_enough(self._target.label, self._demand(), alone, given)
            self._settle(stages.NONE_FOUND, alone.target, why)
        self._whole_passes, self._most = passes, alone.target

    def _settle(self, stage: str, confidence: float, why: str) -> None:
        """End before the search, without an explanation."""
        self._settled, self.message = True, why
        self._outcome = Outcome(empty_mask(self._shape), confidence, stage, message=why)

    def _find(self, search: Search) -> Iterator[None]:
        """Search, showing the smallest passing mutant as soon as it is verified."""
        self.stage = "searching"
        shown = None
        for _ in search.work():
            yield
            smallest = search.smallest
            if smallest is not None and smallest is not shown:
                shown = smallest
                if self._may_show(smallest):
                    self._show(smallest)
            if not self._polished and search.done >= EARLY_ITERATIONS:
                yield from self._polish(search)

    def _polish(self, search: Search) -> Iterator[None]:
        """Shrink the smallest passing mutant a little, so that a good answer shows early.

        The final explanation does not depend on it: that one starts afresh.
        """
        smallest, budget = search.smallest, min(EARLY_BUDGET, self.settings.minimise_budget)
        if self.settings.no_extract:
            pass
        elif self._strategy.pair:
            pair = yield from early_contrastive(self._subject(search))
            if pair is not None and not self._outcome.verified:
                self._outcome = pair
        elif smallest is not None and budget:
            asker = Asker(self._evaluator, self._demand(), "early answer", budget)
            early = yield from minimise([smallest], asker)
            if self._may_show(early.mask):
                self._show(early.mask)
                yield
        self._polished = True

    def _may_show(self, mask: Mask) -> bool:
        """Whether a mask of the search is better than what is on show.

        What another strategy than the global one has made is never replaced by it.
        """
        now = self._outcome
        if self.settings.strategy != "global" and now.stage == stages.VERIFIED:
            return False
        if self._strategy.pair and now.verified:
            return False
        return not now.verified or mask.area < now.mask.area

    def _show(self, mask: Mask) -> None:
        """Show a mask of the search if it gives the target alone."""
        checked = verify_alone(self._evaluator, mask, self._demand())
        if checked.passed:
            # whether it is necessary too has not been asked
            verified = not self._strategy.pair
            self._outcome = Outcome(mask, checked.confidence, stages.SMALLEST, verified=verified)

    def _subject(self, search: Search) -> Subject:
        return Subject(
            self._evaluator,
            self.settings,
            search,
            self._demand(),
            self._whole_passes,
            self._most,
            self.seed,
            self.sample.kind,
        )

    def _tell(self, outcome: Outcome) -> None:
        """Show an outcome unless a better one, verified, is on show."""
        shown = self._outcome
        # the parts of an earlier end stay until a longer search has found all of its own
        whole = shown.complete and bool(shown.parts)
        if shown.verified and not outcome.complete and (whole or not outcome.verified):
            return
        self._outcome = outcome
        if outcome.complete or outcome.verified:
            self.message = outcome.message or self._words(outcome)

    def _words(self, outcome: Outcome) -> str:
        assert self._search is not None
        if outcome.stage == stages.NONE_FOUND:
            return (
                f"No part of the {self._bounds.noun} was found that the model calls "
                f"{self._target.label!r} when it is shown {self._bounds.by_itself}; "
                f"for the whole input it answers {self._top[0].label!r}. "
                "More iterations may find one."
            )
        if not self._search.maps.map(self._target.index).any() and not self._search.passing:
            return (
                f"No part of the {self._bounds.noun} that the search tried gives the class "
                f"{self._bounds.by_itself}: nothing passed at depth 1, and the map is empty."
                + (" " + self._from_whole if self.settings.strategy == "global" else "")
            )
        return ""

    @property
    def _from_whole(self) -> str:
        return f"The explanation was made by removing cells from the whole {self._bounds.noun}."

    def _demand(self) -> Demand:
        share = self.settings.minimum_confidence_threshold
        return Demand(self._target.index, share * self._target.confidence)

    def _new_search(self) -> Search:
        search = Search(
            self._evaluator,
            self.settings,
            self.seed,
            self._target.index,
            self._target.confidence,
            self._bounds,
        )
        search.iters = self.iters
        return search

    def _best(self, probabilities: NDArray[np.float32]) -> tuple[ClassScore, ...]:
        order = np.argsort(-probabilities, kind="stable")[:TOP_CLASSES]
        return tuple(
            ClassScore(int(i), self.classifier.label(int(i)), float(probabilities[i]))
            for i in order
        )
