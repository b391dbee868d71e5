"""Counterfactuals for a set of images, one after the other; it can stop after any of them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch

from rex_widgets.bridge.evaluation.asking import Targets, checked_answers, in_unit, targets_of
from rex_widgets.bridge.evaluation.evaluation import Distances, Evaluation
from rex_widgets.bridge.evaluation.frechet import frechet_distance, split_distance
from rex_widgets.bridge.evaluation.kept import MOST_FEATURES, Features, Kept, digest_of
from rex_widgets.bridge.evaluation.means import Mean
from rex_widgets.bridge.evaluation.rows import Judges, Question, Row, judged
from rex_widgets.bridge.evaluation.semantic import Encoder, encoded
from rex_widgets.errors import ModelError, SettingsError

CONTROLS = ("none", "inverse", "random")


@dataclass(frozen=True, eq=False)
class Made:
    """What a maker made of a question.

    Parameters
    ----------
    samples
        Float32 ``(n, C, H, W)`` in [0, 1].
    seconds
        Time that it took.
    failure
        Why it ended early; empty where it did not.
    """

    samples: torch.Tensor
    seconds: float = 0.0
    failure: str = ""


class Maker(Protocol):
    """What an evaluation judges; `rex_widgets.bridge.evaluation.making.Making` is RCSB."""

    @property
    def configuration(self) -> Mapping[str, Any]:
        """All that its samples depend on, as plain values."""

    def region(self, image: torch.Tensor, number: int, source: int) -> torch.Tensor:
        """Where image ``(C, H, W)`` in [0, 1] may change, bool ``(H, W)``."""

    def controlled(self, region: torch.Tensor, number: int, control: str) -> torch.Tensor:
        """Turn a region into that of a control."""

    def make(self, image: torch.Tensor, region: torch.Tensor, question: Question) -> Made:
        """Make the samples."""


@dataclass(frozen=True)
class Progress:
    """How far an evaluation is, and the row that was done last."""

    done: int
    asked: int
    row: Row

    @property
    def fraction(self) -> float:
        """In (0, 1]."""
        return self.done / self.asked


class EvaluationRun:
    """An evaluation at work: iterate over it, stop whenever you like, and ask for the result.

    Going on is iterating again. Every question is independent of the others, and repeatable: its
    seed comes from the maker's and the image's number, so the controls of an image start from the
    same noise.

    Parameters
    ----------
    pictures
        As `rex_widgets.bridge.evaluation.asking.pictures_of` gives them.
    maker
        Makes regions and samples.
    judges
        Judge them.
    targets
        See `rex_widgets.bridge.evaluation.asking.targets_of`.
    controls
        Of `CONTROLS`, in the order of the table.
    features
        Feature network for FID and sFID, pictures ``(B, C, H, W)`` in [0, 1] to ``(B, D)``.
    path
        File to keep what is done in; a later run with the same arguments goes on from it.
    resume
        Whether to go on from the file.

    Raises
    ------
    SettingsError
        A control is not known, or no question is left to ask.
    SavedRunError
        The file belongs to another evaluation.
    """

    def __init__(
        self,
        pictures: torch.Tensor,
        maker: Maker,
        judges: Judges,
        *,
        targets: Targets = "each other",
        controls: Sequence[str] = CONTROLS,
        features: Encoder | None = None,
        path: str | Path | None = None,
        resume: bool = True,
    ) -> None:
        unknown = [control for control in controls if control not in CONTROLS]
        if unknown or not controls or len(set(controls)) < len(controls):
            raise SettingsError(
                f"controls was {tuple(controls)}; expected some of {', '.join(CONTROLS)}, "
                "each once."
            )
        self._pictures, self._maker, self._judges = pictures, maker, judges
        self._features, self._controls = features, tuple(controls)
        self._questions = self._planned(targets)
        if not self._questions:
            raise SettingsError("Every image has the class that it is asked for; ask for another.")
        self.configuration = {
            "images": sha256(pictures.numpy().tobytes()).hexdigest(),
            "maker": dict(maker.configuration),
            "questions": sha256(repr(self._questions).encode()).hexdigest(),
            "cout_steps": judges.cout_steps,
            "second": judges.second is not None,
            "lpips": None if judges.lpips is None else str(getattr(judges.lpips, "name", "LPIPS")),
            "encoder": judges.encoder is not None,
            "features": features is not None,
        }
        where = None if path is None else Path(path)
        self._kept = Kept(where, digest_of(self.configuration), resume)
        self._regions: tuple[int, torch.Tensor] | None = None

    @property
    def done(self) -> int:
        """Questions answered."""
        return len(self._kept.rows)

    @property
    def asked(self) -> int:
        """Questions in all."""
        return len(self._questions)

    def __iter__(self) -> Generator[Progress, None, None]:
        """Answer the questions that are left, telling of each."""
        try:
            while self.done < self.asked:
                yield self._next()
        finally:
            self._kept.write()

    def result(self) -> Evaluation:
        """Return what is done so far, without asking the model."""
        rows = tuple(self._kept.rows)
        distances = {}
        if self._features is not None:
            distances = {
                control: found
                for control in self._controls
                if (found := self._distances(control)) is not None
            }
        return Evaluation(rows, self.asked, self._controls, distances, self.configuration)

    def _planned(self, targets: Targets) -> list[Question]:
        found = []
        for number, picture in enumerate(self._pictures):
            given = checked_answers(self._judges.answers, in_unit(picture)[None])[0]
            probabilities = given.double().cpu().numpy()
            source = int(probabilities.argmax())
            for target in targets_of(targets, number, len(self._pictures), probabilities):
                found += [Question(number, control, source, target) for control in self._controls]
        return found

    def _next(self) -> Progress:
        question = self._questions[self.done]
        image = in_unit(self._pictures[question.image])
        own = self._region(image, question)
        region = self._maker.controlled(own, question.image, question.control)
        made = self._maker.make(image, region, question)
        row = judged(
            question,
            image,
            made.samples,
            self._judges,
            area=float(region.double().mean()),
            seconds=made.seconds,
            failure=made.failure,
        )
        before = after = None
        if self._features is not None:
            before = self._kept.before.get(question.image)
            if before is None:
                before = self._described(image)
            after = self._described(made.samples[row.best])
        self._kept.add(row, before, after)
        return Progress(self.done, self.asked, row)

    def _region(self, image: torch.Tensor, question: Question) -> torch.Tensor:
        """The region of an image, found once for all its questions."""
        if self._regions is None or self._regions[0] != question.image:
            found = self._maker.region(image, question.image, question.source)
            self._regions = question.image, found
        return self._regions[1]

    def _described(self, picture: torch.Tensor) -> Features:
        assert self._features is not None
        row = encoded(self._features, picture[None])[0].numpy().astype(np.float32)
        needed = (len(self._pictures) + self.asked) * len(row)
        if needed > MOST_FEATURES:
            raise ModelError(
                f"{len(row)} features of {len(self._pictures) + self.asked} pictures are "
                f"{needed:,} numbers; at most {MOST_FEATURES:,} are kept. Give a network with "
                "fewer features, or fewer images."
            )
        return row

    def _distances(self, control: str) -> Distances | None:
        kept = self._kept
        places = [place for place, row in enumerate(kept.rows) if row.control == control]
        owners = [kept.rows[place].image for place in places]
        images = sorted(set(owners))
        if len(images) < 2 or len(places) < 2:
            return None
        before = np.stack([kept.before[image] for image in images])
        after = np.stack([kept.after[place] for place in places])
        split = None
        if len(images) >= 4:
            found = split_distance(before, after, np.searchsorted(images, owners))
            split = Mean(found.value, found.deviation)
        distance = frechet_distance(before, after)
        return Distances(distance, split, len(places), before.shape[1])


def finished(
    run: EvaluationRun, progress: Callable[[Progress], bool | None] | None = None
) -> Evaluation:
    """Drive a run to its end, or until ``progress`` returns False; return what is done."""
    with closing(iter(run)) as steps:
        for told in steps:
            if progress is not None and progress(told) is False:
                break
    return run.result()
