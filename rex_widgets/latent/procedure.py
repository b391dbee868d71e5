"""Latent counterfactuals as a Procedure: look at the samples, search, decode and classify again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.latent.answering import answer
from rex_widgets.latent.answers import Answers
from rex_widgets.latent.calls import Meter
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.latent.explainers.margins import margin
from rex_widgets.latent.extending import steps_of
from rex_widgets.latent.knowledge import check_gradients, context_of, explainer_of
from rex_widgets.latent.looking import Look, look_at
from rex_widgets.latent.problem import Problem
from rex_widgets.latent.samples import check_amount
from rex_widgets.latent.settings import LatentSettings
from rex_widgets.latent.targets import targets_for
from rex_widgets.results import ClassScore

if TYPE_CHECKING:
    from rex_widgets.inputs import Sample
    from rex_widgets.latent.base import Search
    from rex_widgets.latent.models import LatentModel

AT_ONCE = 120
"""Pictures of 32 × 32 that one step of a search asks about: the release's 12 samples of 10."""

WATCHED = 5
"""After so many steps the counterfactuals are classified, so that they can be watched."""

ALONE = 1000
"""Counterfactuals up to which each is verified in a batch of its own."""

BOUNDARY = 1e-6
"""Margin from which a sample lies on the boundary between two classes."""

MOST_PIXELS = 2**28

_LOOKED, _SEARCHED = 0.02, 0.9
_SMALL = 32 * 32


class LatentProcedure:
    """Searches counterfactuals in the latent space for one or several samples.

    Parameters
    ----------
    classifier
        Generator and classifier, after `LatentModel.probe`.
    sample
        Its data are the standardised latents, float32 ``(B, Z)``.
    settings
        One of `rex_widgets.latent.settings.SETTINGS`.
    seed
        Used if the settings name none.

    Attributes
    ----------
    look
        ``None`` before the models were asked about the samples.
    answers
        What is known of the counterfactuals.
    searches
        One for each group of samples, in order, as far as they have begun.
    checked
        Counterfactuals that were verified.
    extended
        Steps that `extend` asked for.
    crossed
        Bool ``(B,)``: the class asked for was seen, at some step.
    problem
        What the last group to begin was asked.
    """

    def __init__(
        self, classifier: LatentModel, sample: Sample, settings: LatentSettings, seed: int
    ) -> None:
        check_amount(len(sample.data), settings.num_explanations)
        check_gradients(classifier, settings.method)
        _check_release(classifier, settings)
        self.method = settings.method
        self.classifier = classifier
        self.sample = sample
        self.settings = settings
        self.seed = settings.seed if settings.seed is not None else seed
        self.stage = "ready"
        self.message = ""
        self.meter = Meter()
        self.latents = torch.tensor(sample.data, device=classifier.device)
        self.explainer = explainer_of(settings)
        self.context = context_of(classifier, settings)
        self.look: Look | None = None
        self.searches: list[Search] = []
        self.checked = self.extended = self.steps = self.flipped = 0
        self._classify = partial(self.meter.classifying, classifier.classify)
        self._generate = partial(self.meter.generating, classifier.generate)
        pixels = int(np.prod(classifier.shape[1:]))
        self._at_once = max(1, AT_ONCE * _SMALL // max(pixels, _SMALL))
        self._group = max(1, self._at_once // settings.num_explanations)
        self._check_room(pixels)
        self.crossed = np.zeros(len(sample.data), np.bool_)
        self.answers = Answers.none(
            sample.data, settings.num_explanations, classifier.classes, classifier.shape[1:]
        )

    @property
    def evaluations(self) -> int:
        """Pictures given to the classifier."""
        return sum(self.meter.pictures.values())

    @property
    def iters(self) -> int:
        """Steps asked for, extensions included; 0 for a method that has no such number."""
        return int(getattr(self.settings, "num_iters", 0)) + self.extended

    @property
    def counted(self) -> str:
        """What was done so far, in words."""
        found = int(self.answers.changed.sum())
        steps = f"{self.steps} step{'' if self.steps == 1 else 's'}"
        return f"{steps}, {found} counterfactual{'' if found == 1 else 's'} found"

    @property
    def groups(self) -> int:
        """In how many groups the samples are searched."""
        return -(-len(self.latents) // self._group)

    @property
    def searched(self) -> bool:
        """Every search has ended."""
        return len(self.searches) == self.groups and all(one.done for one in self.searches)

    @property
    def verified(self) -> bool:
        """Every counterfactual was verified."""
        return self.searched and self.checked == self.answers.count

    @property
    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]; an estimate."""
        if self.look is None:
            return 0.0
        search = sum(one.fraction for one in self.searches) / self.groups
        checked = self.checked / self.answers.count if self.searched else 0.0
        return _LOOKED + _SEARCHED * search + (1 - _LOOKED - _SEARCHED) * checked

    def work(self) -> Iterator[None]:
        """Compute; yields after every batch of model calls."""
        if self.look is None:
            self.stage = "looking"
            yield from self._look()
        # more may be asked for at any time, also while the last ones are verified
        while not self.verified:
            for number in range(self.groups):
                yield from self._search(number)
            self.stage = "verifying"
            yield from self._verify()
        self.message = self.words()
        self.stage = "finished"

    def answer(self, seconds: float) -> Counterfactuals:
        """The counterfactuals so far; never calls the models."""
        return answer(self, seconds)

    def words(self) -> str:
        """What a person should know, in sentences; often empty."""
        said = []
        for number, search in enumerate(self.searches):
            if search.message:
                rows = self.rows(number)
                where = f"Samples {rows.start} to {rows.stop - 1}, counted from 0 here: "
                said.append((where if self.groups > 1 else "") + search.message)
        if self.flipped:
            said.append(
                f"{self.flipped} of the counterfactuals have another class alone than in the "
                "search; what they have alone is reported."
            )
        return " ".join(said)

    def extend(self, **amounts: int) -> None:
        """Ask for more ``steps`` of the search; of growing_spheres, more rounds of candidates."""
        steps = steps_of(self.method, amounts)
        self.extended += steps
        for search in self.searches:
            search.extend(steps)
        self.checked = self.flipped = 0
        self.message = ""

    def what_if(self, visible: NDArray[np.bool_]) -> tuple[ClassScore, ...]:
        """Refuse: nothing is hidden here."""
        raise SettingsError(
            f"what_if hides places of an input; a run of the method {self.method} moves latents, "
            "and hides nothing. Look at result().counterfactuals and pictures."
        )

    def map_for(self, index: int) -> NDArray[np.float32] | None:
        """Return ``None``: there are no maps."""
        return None

    def for_target(self, index: int) -> LatentProcedure:
        """The same samples, asked to become another class."""
        return self.changed(target=index)

    def changed(self, **settings: Any) -> LatentProcedure:
        """The same question with other settings; the look at the samples is kept."""
        from rex_widgets.latent.changing import changed_procedure

        return changed_procedure(self, settings)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Everything needed to go on later."""
        from rex_widgets.latent.saving import procedure_state

        return procedure_state(self)

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        from rex_widgets.latent.saving import restore_procedure

        restore_procedure(self, state, arrays)

    def current_settings(self) -> LatentSettings:
        """Settings with the seed that was drawn and what was asked for by `extend`."""
        more: dict[str, Any] = {"seed": self.seed}
        if hasattr(self.settings, "num_iters"):
            more["num_iters"] = self.iters
        return replace(self.settings, **more)

    def rows(self, number: int) -> range:
        """Samples of a group."""
        start = number * self._group
        return range(start, min(start + self._group, len(self.latents)))

    def begin(self, number: int) -> Search:
        """Begin the search of a group; the models are not called."""
        assert self.look is not None
        rows = slice(self.rows(number).start, self.rows(number).stop)
        problem = Problem(
            self.latents[rows],
            self.look.logits[rows],
            self.look.images[rows],
            self.look.targets[rows],
            self._classify,
            self._generate,
            self.context,
        )
        self.problem = problem
        # the first group's numbers are those of an explainer that is called with this seed
        seeds = [self.seed, number] if number else None
        seed = int(np.random.SeedSequence(seeds).generate_state(1)[0]) if seeds else self.seed
        random = torch.Generator(self.latents.device).manual_seed(seed)
        search: Search = self.explainer.begin(problem, random)
        return search

    def see(self, logits: torch.Tensor, images: torch.Tensor) -> Look:
        """Take what the models say of the samples."""
        targets = targets_for(logits, self.settings.target)
        self.look = Look(logits, images, targets)
        self.answers.take_samples(logits, self.classifier.picture(images), targets)
        return self.look

    def take_look(self, other: LatentProcedure) -> None:
        """Take what the same models said of the same samples."""
        assert other.look is not None
        self.see(other.look.logits, other.look.images)

    def take_search(self, other: LatentProcedure) -> None:
        """Go on from the searches of a procedure that differs in its number of steps only."""
        more = self.iters - other.iters
        for number, search in enumerate(other.searches):
            mine = self.begin(number)
            mine.restore({name: one.clone() for name, one in search.state().items()})
            if more:
                mine.extend(more)
            self.searches.append(mine)
        self.steps, self.crossed = other.steps, other.crossed.copy()
        self.answers = deepcopy(other.answers)

    @property
    def extensible(self) -> NDArray[np.bool_]:
        """Samples that `extend` could still do something for, bool ``(B,)``."""
        found = np.ones(len(self.latents), np.bool_)
        for number, search in enumerate(self.searches):
            found[self.rows(number)] = search.extensible().numpy()
        return found

    @property
    def on_boundary(self) -> list[int]:
        """Samples whose best two classes are equally likely."""
        if self.look is None:
            return []
        lead = margin(self.look.logits, self.look.logits.argmax(1))
        return [int(row) for row in torch.nonzero(lead.abs() < BOUNDARY).flatten()]

    def _look(self) -> Iterator[None]:
        self.meter.purpose = "look"
        asked = look_at(self.latents, self._generate, self._classify, self._at_once)
        logits, images, first = [], [], 0
        for answers, pictures in asked:
            targets_for(answers, self.settings.target, first)
            logits.append(answers)
            images.append(pictures)
            first += len(answers)
            if first == len(self.latents):
                self.see(torch.cat(logits), torch.cat(images))
            yield

    def _search(self, number: int) -> Iterator[None]:
        if len(self.searches) <= number:
            search = self.begin(number)
            if self.extended:
                search.extend(self.extended)
            self.searches.append(search)
        search = self.searches[number]
        while not search.done:
            self.stage = "searching"
            self.meter.purpose = "search"
            search.advance()
            self._keep_fisher()
            self.steps += 1
            if search.done or self.steps % WATCHED == 0:
                self._watch(number)
            self.message = self.words()
            yield

    def _keep_fisher(self) -> None:
        """Keep the Fisher information for later runs with the same models."""
        released = self.settings.release_compatible
        find = getattr(self.explainer, "known", None)
        if find is None or released in self.classifier.fisher or self.context.training is None:
            return
        found = find(self.problem)
        if found is not None:
            self.classifier.fisher[released] = found

    def _watch(self, number: int) -> None:
        """Decode and classify the counterfactuals of a group as they stand."""
        rows, found = self.rows(number), self.searches[number].counterfactuals
        self.meter.purpose = "watch"
        flat = found.flatten(0, 1)
        parts = [self._asked(part) for part in torch.split(flat, self._at_once)]
        logits, pictures = (np.concatenate(some) for some in zip(*parts, strict=True))
        start = rows.start * found.shape[1]
        self.answers.take(start, flat.cpu().numpy(), logits, pictures)
        self.crossed |= self.answers.changed.any(1)

    def _verify(self) -> Iterator[None]:
        """Decode and classify every counterfactual again; each alone, if they are few."""
        self.meter.purpose = "verify"
        every = torch.tensor(self.answers.flat, device=self.latents.device)
        count = len(every)
        size = 1 if count <= ALONE else max(1, self._at_once // 2)
        together = max(size, self._at_once // 4)
        while self.searched and self.checked < count:
            end = min(count, self.checked + together)
            for start in range(self.checked, end, size):
                part = every[start : min(start + size, end)]
                logits, pictures = self._asked(part)
                before = self.answers.changed_at(start, len(part))
                self.answers.take(start, part.cpu().numpy(), logits, pictures)
                after = self.answers.changed_at(start, len(part))
                self.flipped += int((before != after).sum())
            self.checked = end
            yield

    @torch.no_grad()
    def _asked(self, latents: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.uint8]]:
        pictures = self._generate(latents)
        logits = self._classify(pictures)
        return logits.float().cpu().numpy(), self.classifier.picture(pictures)

    def _check_room(self, pixels: int) -> None:
        count = len(self.latents) * self.settings.num_explanations
        if count * pixels > MOST_PIXELS:
            raise InputError(
                f"{count:,} counterfactuals of {pixels:,} pixels each are too much for one run; at "
                f"most {MOST_PIXELS // pixels:,} are searched. Give fewer samples, or a smaller "
                "num_explanations."
            )


def _check_release(model: LatentModel, settings: LatentSettings) -> None:
    if settings.release_compatible and model.classes > 2:
        raise SettingsError(
            f"release_compatible was True, and the classifier has {model.classes} classes; the "
            "release knows two. Leave it out."
        )
