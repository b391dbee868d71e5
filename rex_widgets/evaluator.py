"""Masks in, answers out: the only place that calls a model.

It applies the occlusion, fills batches with the masks that are new, answers the
others from the log, halves the batch when memory runs out, and counts every
evaluation and every second spent inside the model.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.evaluation_log import TOP, Entry, EvaluationLog
from rex_widgets.masks import Mask, slices_of
from rex_widgets.model_calls import fitting_batch, halved, note_of_memory, note_of_size
from rex_widgets.occlusion import Background

if TYPE_CHECKING:
    from rex_widgets.classifiers.base import Classifier


class Ticket:
    """A list of masks whose answers are being gathered.

    ``ready`` is the number of leading masks that have their answer; the others
    follow as batches are run. ``open`` holds the places of every mask, by its
    digest, that has none yet.
    """

    def __init__(self, masks: Sequence[Mask]) -> None:
        self.masks = masks
        self.answers: list[Entry | None] = [None] * len(masks)
        self.open: dict[bytes, list[int]] = {}
        self.ready = 0

    @property
    def done(self) -> bool:
        """Whether every mask has its answer."""
        return self.ready == len(self.masks)

    def slice(self, start: int, end: int) -> list[Entry]:
        """Answers of the masks from ``start`` to ``end``, which must be ready."""
        assert self.ready >= end
        return [entry for entry in self.answers[start:end] if entry is not None]

    def entries(self) -> list[Entry]:
        """All answers, in the order of the masks; call it when `done`."""
        return self.slice(0, len(self.masks))


class Evaluator:
    """Evaluates masks of one sample with one classifier.

    Parameters
    ----------
    classifier
        The model.
    data
        The sample, float32 ``(C, *space)``: one, two or three axes after the channels.
    background
        From `rex_widgets.occlusion.background_of`.
    batch_size
        Most mutants sent to the model at once; the classifier's own limits
        (``fixed_batch``, ``advised_batch``) come first.
    log
        Where answers are kept and looked up.
    """

    def __init__(
        self,
        classifier: Classifier,
        data: NDArray[np.float32],
        background: Background,
        *,
        batch_size: int = 64,
        log: EvaluationLog | None = None,
    ) -> None:
        self.classifier = classifier
        self.data = data
        self.log = log if log is not None else EvaluationLog()
        self.target = -1
        self.counts: dict[str, int] = {}
        self.seconds_in_model = 0.0
        self.notes: list[str] = []
        self._background = background
        fitting = fitting_batch(data, classifier.array_library == "numpy")
        self._batch_size = min(batch_size, fitting)
        if self._batch_size < batch_size:
            self.notes.append(note_of_size(data, self._batch_size, batch_size, "mutant"))
        self._memory_limit: int | None = None
        self._buffer: NDArray[np.float32] | None = None
        self._on_device: Any = None

    @property
    def batch_size(self) -> int:
        """Mutants sent at once, after every limit."""
        if self.classifier.fixed_batch:
            return self.classifier.fixed_batch
        limits = (self.classifier.advised_batch, self._memory_limit)
        return min([self._batch_size, *(limit for limit in limits if limit)])

    @property
    def evaluations(self) -> int:
        """Mutants that the model has been asked about so far."""
        return sum(self.counts.values())

    def submit(self, masks: Sequence[Mask]) -> Ticket:
        """Ask for answers; what the log knows is answered at once."""
        ticket = Ticket(masks)
        for index, mask in enumerate(masks):
            entry = ticket.answers[index] = self.log.get(mask.digest)
            if entry is None:
                ticket.open.setdefault(mask.digest, []).append(index)
        self._settle(ticket)
        return ticket

    def run_batch(self, ticket: Ticket, purpose: str) -> None:
        """Evaluate the next batch of a ticket's open masks: one call of the model."""
        digests = list(islice(ticket.open, self.batch_size))
        if not digests:
            return
        masks = [ticket.masks[ticket.open[digest][0]] for digest in digests]
        for mask, entry in zip(masks, self._classify(masks, purpose), strict=False):
            self.log.add(mask, entry)
            for index in ticket.open.pop(entry.digest):
                ticket.answers[index] = entry
        self._settle(ticket)

    def classify_alone(
        self, mask: Mask, purpose: str, background: Background | None = None
    ) -> Entry:
        """Classify one mask by itself, at batch size 1, without looking into the log."""
        return self._classify([mask], purpose, background)[0]

    def probabilities(self, mask: Mask, purpose: str) -> NDArray[np.float32]:
        """All class probabilities of one mask, ``(K,)``; nothing is logged."""
        first: NDArray[np.float32] = self._call([mask], self._background, purpose)[0]
        return first

    def mutants(self, masks: Sequence[Mask]) -> NDArray[np.float32]:
        """The masked inputs themselves, ``(N, C, *space)``, on the host."""
        out = np.empty((len(masks), *self.data.shape), dtype=np.float32)
        self._fill(out, masks, self._background)
        return out

    def _settle(self, ticket: Ticket) -> None:
        while ticket.ready < len(ticket.masks) and ticket.answers[ticket.ready] is not None:
            ticket.ready += 1

    def _classify(
        self, masks: Sequence[Mask], purpose: str, background: Background | None = None
    ) -> list[Entry]:
        """Entries of the first masks: all of them, or fewer where memory ran out."""
        probabilities = self._call(masks, background or self._background, purpose)
        given = self.classifier.decide(probabilities)
        count = min(TOP, probabilities.shape[1])
        if count < probabilities.shape[1]:
            best = np.argpartition(probabilities, -count, axis=1)[:, -count:]
            # among equals the partition may leave out the class that was given
            without = ~(best == given[:, None]).any(axis=1)
            best[without, 0] = given[without]
        else:
            best = np.tile(np.arange(count), (len(probabilities), 1))
        # a stable sort of sorted indices: equal probabilities keep the lower class first
        best.sort(axis=1)
        scores = np.take_along_axis(probabilities, best, axis=1)
        order = np.argsort(-scores, axis=1, kind="stable")
        best = np.take_along_axis(best, order, axis=1)
        scores = np.take_along_axis(scores, order, axis=1)
        target = probabilities[:, self.target] if self.target >= 0 else scores[:, 0]
        return [
            Entry(mask.digest, int(g), tuple(c.tolist()), tuple(s.tolist()), float(t))
            for mask, g, c, s, t in zip(masks, given, best, scores, target, strict=False)
        ]

    def _call(
        self, masks: Sequence[Mask], background: Background, purpose: str
    ) -> NDArray[np.float32]:
        while True:
            batch = self._batch(masks, background)
            started = time.perf_counter()
            try:
                result = self.classifier(batch)
            except MemoryError as error:
                masks = self._halve(masks, error)
                continue
            finally:
                self.seconds_in_model += time.perf_counter() - started
            self.counts[purpose] = self.counts.get(purpose, 0) + len(masks)
            return result

    def _halve(self, masks: Sequence[Mask], error: MemoryError) -> Sequence[Mask]:
        self._memory_limit = halved(len(masks), self.classifier.fixed_batch, error)
        self._buffer = None
        self.notes.append(note_of_memory(len(masks), self._memory_limit, "mutant"))
        return masks[: self._memory_limit]

    def _batch(self, masks: Sequence[Mask], background: Background) -> Any:
        if self.classifier.array_library == "torch":
            return self._torch_batch(masks, background)
        if self._buffer is None or len(self._buffer) < len(masks):
            self._buffer = np.empty((len(masks), *self.data.shape), dtype=np.float32)
        batch = self._buffer[: len(masks)]
        self._fill(batch, masks, background)
        return batch

    def _fill(
        self, out: NDArray[np.float32], masks: Sequence[Mask], background: Background
    ) -> None:
        for row, mask in zip(out, masks, strict=True):
            row[...] = background(mask)
            if mask.boxes is None:
                np.copyto(row, self.data, where=mask.array())
            else:
                for box in mask.boxes:
                    place = (slice(None), *slices_of(box))
                    row[place] = self.data[place]

    def _torch_batch(self, masks: Sequence[Mask], background: Background) -> Any:
        import torch

        device = self.classifier.device
        visible = torch.from_numpy(np.stack([mask.array() for mask in masks])).to(device)
        if self._on_device is None:
            self._on_device = torch.from_numpy(np.array(self.data)).to(device)
        data = self._on_device
        backgrounds = [background(mask) for mask in masks]
        if all(b is backgrounds[0] for b in backgrounds):
            hidden = torch.from_numpy(np.array(backgrounds[0])).to(device)
        else:
            hidden = torch.from_numpy(np.stack(backgrounds)).to(device)
        return torch.where(visible[:, None], data, hidden)
