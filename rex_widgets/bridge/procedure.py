"""Region-constrained counterfactuals as a Procedure: look, find the region, sample, ask again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.answering import answer, words
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.bridge.extending import samples_of
from rex_widgets.bridge.groups import Group, Question
from rex_widgets.bridge.judged import Judged
from rex_widgets.bridge.legs import check_known
from rex_widgets.bridge.models import target_for
from rex_widgets.bridge.places import Place, find_place
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import SettingsError
from rex_widgets.results import ClassScore

if TYPE_CHECKING:
    from rex_widgets.bridge.legs import Leg
    from rex_widgets.bridge.models import RcsbModel
    from rex_widgets.inputs import Sample

_LOOKED, _PLACED, _SAMPLED = 0.01, 0.03, 0.97


@dataclass(frozen=True, eq=False)
class Look:
    """What the classifiers say of the picture: probabilities ``(K,)``, its class, and the asked."""

    probabilities: NDArray[np.float32]
    source: int
    target: int
    second: int = -1


class RcsbProcedure:
    """Changes a picture inside a region so that the classifier says something else.

    Parameters
    ----------
    classifier
        Classifier, network and second opinion.
    sample
        Its data are the picture, float32 ``(C, H, W)`` in [0, 1], of the network's size.
    settings
        Where a region was drawn, it is a mask of that size.
    seed
        Used if the settings name none.

    Attributes
    ----------
    look
        ``None`` before the classifiers were asked about the picture.
    place
        The region; ``None`` before it was found.
    groups
        Samples that were begun, in order of their numbers.
    judged
        What is known of finished samples.
    extended
        Samples that `extend` asked for.
    branches
        Where this run went on from another one, in sentences.
    legs
        How its samples were led until then, so that more can be.
    """

    method = "rcsb"

    def __init__(
        self, classifier: RcsbModel, sample: Sample, settings: RcsbSettings, seed: int
    ) -> None:
        self.classifier = classifier
        self.sample = sample
        self.settings = settings
        self.seed = settings.seed if settings.seed is not None else seed
        self.stage = "ready"
        self.message = ""
        self.look: Look | None = None
        self.place: Place | None = None
        self.groups: list[Group] = []
        self.judged = Judged(classifier, sample.data)
        self.extended = 0
        self.branches: tuple[str, ...] = ()
        self.legs: tuple[Leg, ...] = ()
        self.counts: dict[str, int] = {"look": 0, "region": 0}
        self._seconds = 0.0

    @property
    def samples(self) -> int:
        """Samples asked for, extensions included."""
        return self.settings.n_inpaints + self.extended

    @property
    def begun(self) -> int:
        """Samples that were begun."""
        return self.groups[-1].numbers.stop if self.groups else 0

    @property
    def steps_done(self) -> int:
        """Steps of all groups."""
        return sum(group.sampler.at for group in self.groups)

    @property
    def evaluations(self) -> int:
        """Pictures given to the classifiers."""
        return sum(self.breakdown.values())

    @property
    def breakdown(self) -> dict[str, int]:
        """Pictures given to the classifiers, by what for."""
        sampling = sum(group.times.classified.samples for group in self.groups)
        return {**self.counts, "sampling": sampling, **self.judged.counts}

    @property
    def network_passes(self) -> int:
        """Pictures given to the network."""
        return sum(group.times.forwards.samples for group in self.groups)

    @property
    def counted(self) -> str:
        """What was done besides asking classifiers, in words."""
        passes = self.network_passes
        return f"{passes:,} pass{'' if passes == 1 else 'es'} through the network"

    @property
    def seconds_in_model(self) -> float:
        """Seconds inside network and classifiers, backward passes included."""
        spent = self._seconds + self.judged.seconds
        for group in self.groups:
            times = group.times
            spent += sum(one.seconds for one in (times.forwards, times.classified, times.backwards))
        return spent

    @property
    def finished(self) -> bool:
        """Every sample is drawn and was asked about."""
        return (
            self.begun >= self.samples
            and all(group.sampler.done for group in self.groups)
            and self.judged.count == self.begun
        )

    @property
    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]; an estimate."""
        if self.look is None:
            return 0.0
        if self.place is None:
            return _LOOKED
        done = sum(
            (1.0 if group.sampler.done else group.sampler.fraction) * len(group.numbers)
            for group in self.groups
        )
        share = done / self.samples
        checked = self.judged.count / self.samples
        return _PLACED + (_SAMPLED - _PLACED) * share + (1 - _SAMPLED) * checked

    def work(self) -> Iterator[None]:
        """Compute; yields after every step of the samples that are drawn together."""
        self.stage = "region"
        if self.look is None:
            self._look()
            yield
        if self.place is None:
            self._find()
            yield
        self.stage = "sampling"
        # more may be asked for at any time
        while not self.finished:
            if self.begun < self.samples:
                self._begin(range(self.begun, self.samples))
            for group in self.groups:
                while not group.sampler.done:
                    group.advance()
                    self.message = words(self)
                    yield
                while self.judged.count < group.numbers.stop:
                    self._judge(group)
                    yield
        self.message = words(self)
        self.stage = "finished"

    def answer(self, seconds: float) -> RegionCounterfactuals:
        """The samples so far; never calls the models."""
        return answer(self, seconds)

    def extend(self, **amounts: int) -> None:
        """Ask for more ``samples``; of a branched run they go all of its way, from the start."""
        check_known(self.legs, self.branches)
        self.extended += samples_of(amounts, self.samples)
        self.message = ""

    def what_if(self, visible: NDArray[np.bool_]) -> tuple[ClassScore, ...]:
        """Refuse: nothing is hidden here."""
        raise SettingsError(
            "what_if hides places of an input; a run of the method rcsb draws other pictures, and "
            "hides nothing. Look at result().after, or ask changed(region=…)."
        )

    def map_for(self, index: int) -> NDArray[np.float32] | None:
        """The map that the region was found by, where it is of that class; else ``None``."""
        if self.place is None or self.look is None or index != self.look.source:
            return None
        return self.place.map

    def for_target(self, index: int) -> RcsbProcedure:
        """The same picture and region, asked to become another class."""
        return self.changed(target=index)

    def changed(self, **settings: Any) -> RcsbProcedure:
        """The same picture with other settings; ``from_step`` goes on from a step done."""
        from rex_widgets.bridge.changing import changed_procedure

        return changed_procedure(self, settings)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Everything needed to go on later."""
        from rex_widgets.bridge.saving import procedure_state

        return procedure_state(self)

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        from rex_widgets.bridge.saving import restore_procedure

        restore_procedure(self, state, arrays)

    def current_settings(self) -> RcsbSettings:
        """Settings with the seed that was drawn and what was asked for by `extend`."""
        return replace(self.settings, seed=self.seed, n_inpaints=self.samples)

    def problem(self) -> Problem:
        """What a sampler is asked, once picture and region are known."""
        assert self.look is not None and self.place is not None
        model = self.classifier
        return Problem(
            image=torch.tensor(self.sample.data) * 2 - 1,
            region=torch.tensor(self.place.region),
            target=self.look.target,
            source=self.look.source,
            log_probabilities=model.judge.log_probabilities,
            network=model.network,
            differentiable=model.judge.through_torch,
            lpips=self.settings.lpips_from,
            modules=model.modules,
        )

    def questions(self) -> list[Question]:
        """What samples are asked one after another, the run's own question last."""
        own, since, found = self.problem(), 0, []
        for leg in self.legs:
            settings = leg.settings(self.settings)
            problem = replace(own, target=leg.target, lpips=settings.lpips_from)
            found.append(Question(since, problem, settings))
            since = leg.until
        return [*found, Question(since, own, self.settings)]

    def group(self, numbers: range) -> Group:
        """Begin samples; the models are not called."""
        first, *ahead = self.questions()
        assert self.place is not None
        begun = first.begun(self.seed, numbers)
        return Group(begun, self.sample.data, self.place.region, ahead)

    def see(self, probabilities: NDArray[np.float32], second: int) -> Look:
        """Take what the classifiers say of the picture."""
        source = int(self.classifier.judge.decide(probabilities[None])[0])
        labels = self.classifier.labels
        target = target_for(probabilities, source, self.settings.target, labels)
        self.look = Look(probabilities, source, target, second)
        return self.look

    def _look(self) -> None:
        begun = perf_counter()
        picture = torch.tensor(self.sample.data[None])
        found = self.classifier.judge.probabilities(picture)[0]
        self.counts["look"] += 1
        second, other = -1, self.classifier.second
        if other is not None:
            second = int(other.decide(other.probabilities(picture))[0])
            self.counts["look"] += 1
        self._seconds += perf_counter() - begun
        self.see(found, second)

    def _find(self) -> None:
        assert self.look is not None
        begun = perf_counter()
        data, model = self.sample.data, self.classifier
        self.place = find_place(data, model, self.look.source, self.settings, self.seed)
        if self.place.evaluations:
            self._seconds += perf_counter() - begun
        self.counts["region"] += self.place.evaluations

    def _begin(self, numbers: range) -> None:
        self.groups.append(self.group(numbers))

    def _judge(self, group: Group) -> None:
        """Ask about one finished sample, alone, as it is handed out."""
        number = self.judged.count
        picture = group.tensors()[number - group.numbers.start]
        self.judged.take(picture, self.settings.lpips_from)
