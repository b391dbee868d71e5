"""RELAX as a Procedure: look at the whole input, then masks until the map is exact enough."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.embedder import Embedder
from rex_widgets.errors import InputError, SettingsError
from rex_widgets.inputs import load_sample
from rex_widgets.relax.answering import answer, message
from rex_widgets.relax.comparison import Comparison, compare
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.ending import Ending
from rex_widgets.relax.estimate import Estimate, estimate
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.neighbours import ranked
from rex_widgets.relax.opponent import Opponent
from rex_widgets.relax.pacing import MOST_AT_ONCE, piece_end
from rex_widgets.relax.sampling import make_sampler
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.relax.sums import Sums
from rex_widgets.relax.tally import Tally
from rex_widgets.relax.targets import settled
from rex_widgets.results import ClassScore

if TYPE_CHECKING:
    from rex_widgets.encoders import Encoder
    from rex_widgets.inputs import Sample

PROBE = 7
"""Masked inputs on which runtimes have to agree, beside the whole one."""


class RelaxProcedure:
    """Explains the representation that an encoder gives of one sample.

    Parameters
    ----------
    classifier
        The encoder; the name is that of every method's model.
    sample
        What it is asked about.
    settings
        `RelaxSettings`; inputs that they name are read like a file given to the encoder, unless
        they are settled (`rex_widgets.relax.targets.settled`) already.
    seed
        Used if the settings name none.

    Attributes
    ----------
    comparison
        What masked inputs are compared with; ``None`` before the encoder was asked.
    ending
        How far it goes, and what ended it.
    sums, tally, geometry, sampler, embedder, opponent
        The parts that do the work.

    Raises
    ------
    InputError, SettingsError, ModelError
        The grid does not fit the input, or what the settings name cannot be used.
    """

    method = "relax"

    def __init__(
        self, classifier: Encoder, sample: Sample, settings: RelaxSettings, seed: int
    ) -> None:
        self.classifier = classifier
        self.sample = sample
        self.settings = settled(settings, classifier, sample, self._read)
        self.seed = settings.seed if settings.seed is not None else seed
        self.stage = "ready"
        self.message = ""
        self.ending = Ending(settings)
        self.comparison: Comparison | None = None
        self.tally = Tally()
        shift: Any = settings.shift
        self.geometry = MaskGeometry(sample.data.shape[1:], settings.num_cells, shift)
        self.sampler = make_sampler(
            settings.sampling,
            cells=self.geometry.cells,
            probability=settings.probability_of_drop,
            shifts=self.geometry.shifts,
            seed=self.seed,
            replicates=settings.replicates,
        )
        self.sums = Sums(
            self.geometry,
            settings.replicates,
            1 + len(self.settings.gallery or ()),
            settings.sum_of_weights_initial_value,
            probability=settings.probability_of_drop,
        )
        at_once = min(MOST_AT_ONCE, settings.batch_size)
        self.embedder = Embedder(classifier, sample.data, batch_size=at_once)
        self.opponent: Opponent | None = None
        if settings.versus is not None:
            options = {n: getattr(settings, n) for n in ("layer", "output", "pool", "eval_mode")}
            self.opponent = Opponent(
                settings.versus, classifier, options, sample.data, batch_size=at_once
            )
        self._prepared = False
        self._buffer: NDArray[np.float32] | None = None
        self._estimates: tuple[int, dict[int, Estimate]] = (-1, {})

    @property
    def evaluations(self) -> int:
        """Inputs given to an encoder so far."""
        return sum(self.counts.values())

    @property
    def counts(self) -> dict[str, int]:
        """Inputs given to an encoder, by what for."""
        found = dict(self.embedder.counts)
        for name, count in (self.opponent.embedder.counts if self.opponent else {}).items():
            found[name] = found.get(name, 0) + count
        return found

    @property
    def seconds_in_model(self) -> float:
        """Seconds spent inside the encoders."""
        second: float = self.opponent.embedder.seconds_in_model if self.opponent else 0.0
        return self.embedder.seconds_in_model + second

    @property
    def iters(self) -> int:
        """Masks in all: those that ended the run, or else those asked for at most."""
        return self.sums.count if self.ending.stopped_by else self.ending.goal

    @property
    def masks(self) -> int:
        """Masks evaluated so far."""
        return self.sums.count

    @property
    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]; an estimate."""
        return self.ending.fraction(self.sums.count)

    def work(self) -> Iterator[None]:
        """Compute; yields after every batch of model calls."""
        yield from self._prepare()
        yield from self._look()
        self.stage = "estimating"
        while not self.ending.stopped_by:
            if self.sums.count < self.ending.goal:
                self._add_piece()
            self.ending.judge(self.sums.count, self.estimate)
            yield
        self.message = message(self, self.estimate())
        self.stage = "finished"

    def answer(self, seconds: float) -> RelaxExplanation:
        """The explanation so far; never calls the encoder."""
        return answer(self, seconds)

    def estimate(self, target: int = 0) -> Estimate:
        """Maps of the masks so far for what was asked (0) or the gallery's inputs (from 1)."""
        if self._estimates[0] != self.sums.count:
            self._estimates = (self.sums.count, {})
        known = self._estimates[1]
        if target not in known:
            known[target] = estimate(self.sums, target, self.settings.control_variate)
        return known[target]

    def extend(self, **amounts: int) -> None:
        """Ask for more ``masks`` (whole batches of them, rounded up) or more ``batches``."""
        self.ending.extend(amounts, self.sums.count)
        self.message = ""

    def what_if(self, visible: NDArray[np.bool_]) -> tuple[ClassScore, ...]:
        """The similarity when only ``visible`` is shown: one score, of index -1."""
        if visible.shape != self.geometry.space:
            raise InputError(
                f"The mask has shape {visible.shape}; expected {self.geometry.space}, "
                "the encoder's resolution."
            )
        for _ in self._prepare():
            pass  # the runtime is chosen before the first evaluation, whoever asks for it
        for _ in self._look():
            pass
        assert self.comparison is not None
        rows = self.embedder.embed((self.sample.data * visible)[None], "what-if")
        opposed = None
        if self.opponent is not None:
            shown = (self.opponent.data * visible)[None]
            opposed = self.opponent.embedder.embed(shown, "what-if")
        found, _ = self.comparison.of(rows, opposed)
        return (ClassScore(-1, "similarity", float(found[0, 0])),)

    def map_for(self, index: int) -> NDArray[np.float32] | None:
        """Importance of the neighbour of that rank (0: the most similar); ``None`` if none."""
        if self.comparison is None or not self.sums.count:
            return None
        order = ranked(self.comparison.of_whole()[1:])
        if not 0 <= index < len(order):
            return None
        return self.estimate(order[index] + 1).importance

    def for_target(self, index: int) -> RelaxProcedure:
        """Refuse: a representation has no classes."""
        raise SettingsError(
            f"Class {index} was asked for; a run of the method relax explains a representation, "
            "which has no classes. Compare with another input instead: changed(like=…), or "
            "changed(gallery=…) for several."
        )

    def changed(self, **settings: Any) -> RelaxProcedure:
        """The same question with other settings, keeping the sums where they still hold."""
        from rex_widgets.relax.changing import changed_procedure

        return changed_procedure(self, settings)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Everything needed to go on later."""
        from rex_widgets.relax.saving import procedure_state

        return procedure_state(self)

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""
        from rex_widgets.relax.saving import restore_procedure

        restore_procedure(self, state, arrays)

    def take_over(self, other: RelaxProcedure) -> None:
        """Go on from the masks of a procedure with the same masks, encoder and question."""
        self.comparison = other.comparison
        self._prepared = other._prepared
        state, arrays = other.sums.state()
        self.sums.restore(state, {name: array.copy() for name, array in arrays.items()})
        self.tally.restore(other.tally.state())

    def current_settings(self) -> RelaxSettings:
        """Settings with the seed that was drawn and what was asked for by `extend`."""
        now = replace(self.settings, num_batches=self.ending.batches, seed=self.seed)
        # With the rule, the same settings would end where it ended this run the first time.
        return replace(now, stopping="never", tolerance=None) if self.ending.goes_past else now

    def _read(self, given: Any) -> Sample:
        return load_sample(given, self.classifier.preprocessing)

    def _prepare(self) -> Iterator[None]:
        """Let the encoders choose their runtimes on real masked inputs, before the first call."""
        if self._prepared:
            return
        self.stage = "preparing the model"
        yield
        expected = (
            self.ending.goal + len(self.settings.gallery or ()) + len(self.settings.corpus or ())
        )
        both = [(self.classifier, self.sample.data)]
        if self.opponent is not None:
            both.append((self.opponent.encoder, self.opponent.data))
        for encoder, data in both:
            masked = self.geometry.apply(self.sampler.draw(0, PROBE), data)
            encoder.prepare(np.concatenate([data[None], masked]), expected)
        self._prepared = True
        yield

    def _look(self) -> Iterator[None]:
        """What the encoders say of the whole input and of what it is compared with."""
        if self.comparison is not None:
            return
        self.stage = "looking"
        self.comparison = yield from compare(
            self.settings, self.sample.data, self.embedder, self.opponent
        )

    def _masked(self, draw: Draw) -> NDArray[np.float32]:
        """The input behind masks, in memory that the next ones take again."""
        if self._buffer is None or len(self._buffer) < len(draw):
            self._buffer = np.empty((len(draw), *self.sample.data.shape), np.float32)
        return self.geometry.apply(draw, self.sample.data, self._buffer[: len(draw)])

    def _add_piece(self) -> None:
        """Evaluate the next masks."""
        assert self.comparison is not None
        done = self.sums.count
        end = piece_end(
            done,
            self.ending.goal,
            self.settings.batch_size,
            self.embedder.batch_size,
            self.ending.border(done),
        )
        draw = self.sampler.draw(done, end - done)
        batch = self._masked(draw)
        rows = self.embedder.embed(batch, "masks")
        opposed = None
        if self.opponent is not None:
            second = self.opponent
            # made anew: the first encoder may have worked in place
            shown = self.geometry.apply(draw, second.data, batch)
            opposed = second.embedder.embed(shown, "versus")
        found, undefined = self.comparison.of(rows, opposed)
        self.sums.add(draw, found)
        self.tally.add(found[:, 0], undefined)
