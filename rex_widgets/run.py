"""The Run: an incremental computation that can be looked at and steered.

A method supplies a `Procedure`; the Run drives it batch by batch, and lets any
thread pause, extend, cancel, save or look at it between two batches.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, Protocol

import numpy as np
from numpy.typing import NDArray
from typing_extensions import TypeVar

from rex_widgets.border import Border
from rex_widgets.errors import InputError, ModelError
from rex_widgets.interrupts import interrupt_at_end
from rex_widgets.results import ClassScore, Explanation, Progress, Result

if TYPE_CHECKING:
    from rex_widgets.classifiers.base import Classifier
    from rex_widgets.inputs import Sample

ResultT = TypeVar("ResultT", bound=Result, default=Explanation)
"""What a run gives: `Explanation` where nothing else is said."""

_GivenT_co = TypeVar("_GivenT_co", bound=Result, default=Explanation, covariant=True)

Arrays = dict[str, NDArray[np.generic]]
ENDS = ("finished", "cancelled", "failed")
WAIT_STEP = 0.02
"""Seconds between two looks of `Run.wait`."""


class Procedure(Protocol[_GivenT_co]):
    """What a method does inside a Run.

    Nothing but `work` and `what_if` calls the model, and `work` may be started
    anew at any time: it goes on from the procedure's state.
    """

    method: str
    sample: Sample
    classifier: Classifier
    settings: Any
    seed: int
    stage: str
    message: str

    @property
    def fraction(self) -> float:
        """Share of the work that is done, in [0, 1]."""

    @property
    def evaluations(self) -> int:
        """Model evaluations so far."""

    def work(self) -> Iterator[None]:
        """Compute; yield after every batch of model calls; return when done."""

    def answer(self, seconds: float) -> _GivenT_co:
        """The result so far; never calls the model."""

    def extend(self, **amounts: int) -> None:
        """Ask for more."""

    def what_if(self, visible: NDArray[np.bool_]) -> tuple[ClassScore, ...]:
        """The model's best classes when only ``visible`` is shown."""

    def map_for(self, index: int) -> NDArray[np.float32] | None:
        """Another class's map, if that class was seen."""

    def for_target(self, index: int) -> Procedure[_GivenT_co]:
        """The same question about another class."""

    def changed(self, **settings: Any) -> Procedure[_GivenT_co]:
        """The same question with other settings."""

    def state(self) -> tuple[dict[str, Any], Arrays]:
        """Everything needed to go on later: JSON values and arrays."""

    def restore(self, state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> None:
        """Take over what `state` gave."""


class Run(Generic[ResultT]):
    """One computation, driven by iterating over it.

    >>> for progress in run:                              # doctest: +SKIP
    ...     print(progress.fraction, progress.evaluations)

    Iterating ends when the run is finished, paused or cancelled; iterating
    again resumes a paused run, and tries again after a failure. ``break`` loses
    nothing. `pause`, `resume`, `cancel`, `extend`, `result`, `save`, `what_if`
    and `map_for` may be called from any thread and act between two batches of
    model calls.

    Attributes
    ----------
    status
        "ready", "running", "paused", "cancelled", "finished" or "failed".
    progress
        The last `Progress`.
    error
        What the model raised, after a failure.
    attended
        Another thread, such as a panel's, has undertaken to drive the run.
    """

    def __init__(self, procedure: Procedure[ResultT]) -> None:
        self.status = "ready"
        self.progress = Progress()
        self.error: BaseException | None = None
        self.attended = False
        self._procedure = procedure
        self._border = Border()
        self._work: Iterator[None] | None = None
        self._pause = False
        self._cancel = False
        self._seconds = 0.0
        self._rate_from = (0, 0.0, 0.0)

    @property
    def method(self) -> str:
        """Name of the method."""
        return self._procedure.method

    @property
    def sample(self) -> Sample:
        """What is explained."""
        return self._procedure.sample

    @property
    def classifier(self) -> Classifier:
        """The model."""
        return self._procedure.classifier

    @property
    def settings(self) -> Any:
        """Settings, a frozen dataclass of the method."""
        return self._procedure.settings

    @property
    def seed(self) -> int:
        """Seed of all random choices (drawn if the settings name none)."""
        return self._procedure.seed

    @property
    def iters(self) -> int:
        """Iterations (of relax: masks) asked for, extensions included."""
        return int(getattr(self._procedure, "iters", 0))

    @property
    def masks(self) -> int:
        """Masks that the estimate is made of so far; 0 for a method that estimates nothing."""
        return int(getattr(self._procedure, "masks", 0))

    @property
    def counted(self) -> str:
        """What a method counts besides evaluations, in words: "64 masks"; empty where nothing."""
        masks = f"{self.masks} masks" if self.masks else ""
        return str(getattr(self._procedure, "counted", masks))

    @property
    def current_settings(self) -> Any:
        """`settings` with the seed that was drawn and all that `extend` has asked for."""
        now = getattr(self._procedure, "current_settings", None)
        if now is not None:
            return now()
        return replace(self.settings, iters=self.iters, seed=self.seed)

    @property
    def trace(self) -> Any:
        """What the search has done so far, a `rex_widgets.causal.trace.SearchTrace`.

        It may be read from any thread, and grows while the run goes on; ``None`` for a method
        that keeps none.
        """
        return getattr(self._procedure, "trace", None)

    def mutant(self, split: int, mutant: int) -> NDArray[np.float32]:
        """What the model saw of one mutant of the `trace`; never calls the model.

        Parameters
        ----------
        split
            Number of the split in the trace.
        mutant
            Which of its mutants; 14 where the split has four parts.

        Returns
        -------
        ndarray
            Float32 ``(C, *space)``, normalised: the input with everything else hidden.

        Raises
        ------
        InputError
            The method keeps no trace, or there is no such mutant.
        """
        trace = self.trace
        if trace is None:
            raise InputError(f"A run of the method {self.method!r} keeps no trace of mutants.")
        try:
            if min(split, mutant) < 0:
                raise IndexError
            made: NDArray[np.float32] = self._procedure.mutant(split, mutant)  # type: ignore[attr-defined]
        except IndexError:
            raise InputError(
                f"Mutant {mutant} of split {split} was asked for; the trace holds {len(trace)} "
                "splits, with 14 mutants each where there are four parts, counted from 0."
            ) from None
        return made

    def __repr__(self) -> str:
        why = f" ({self._failure()})" if self.status == "failed" else ""
        return (
            f"<Run {self.method} of {self.sample.source!r}: {self.status}{why}, "
            f"{self.progress.fraction:.0%}, {self.progress.evaluations} evaluations>"
        )

    def __iter__(self) -> Run[ResultT]:
        self.resume()
        if self.status == "failed":
            self.status, self.error = "ready", None
        self._rate_from = (
            self._procedure.evaluations,
            self._seconds,
            self._procedure.fraction,
        )
        return self

    def __next__(self) -> Progress:
        if self._pause and self.status in ("ready", "running"):
            self.status = "paused"
        if self.status in ("paused", "cancelled", "finished", "failed"):
            raise StopIteration
        return self._advance()

    def step(self) -> Progress:
        """Compute one batch, and stay paused after it."""
        if self.status in ("finished", "cancelled"):
            return self.progress
        progress = self._advance()
        if self.status == "running":
            self._pause, self.status = True, "paused"
        return progress

    def pause(self) -> None:
        """Stop at the next border; iterate again (or `resume`) to go on."""
        self._pause = True
        with self._border.visiting():
            if self._pause and self.status in ("ready", "running"):
                self.status = "paused"

    def resume(self) -> None:
        """Allow a paused run to be iterated again."""
        self._pause = False
        with self._border.visiting():
            if self.status == "paused":
                self.status = "ready"

    def cancel(self) -> None:
        """End at the next border, keeping everything found so far."""
        self._cancel = True
        with self._border.visiting():
            if self.status in ("ready", "running", "paused"):
                self.status = "cancelled"

    def extend(self, **amounts: int) -> None:
        """Ask for more: ``extend(iters=10)``; the run goes on from where it is.

        Raises
        ------
        SettingsError
            The method does not know the unit, or the amount is not positive.
        """
        with self._border.visiting():
            self._procedure.extend(**amounts)
            self._cancel = False
            if self.status in ("finished", "cancelled", "failed"):
                self.status, self.error = "ready", None
                self._work = None
            self.progress = self._progress()

    def result(self) -> ResultT:
        """The result so far; never calls the model."""
        with self._border.visiting():
            found = self._procedure.answer(self._seconds)
        if self.status == "failed":
            return replace(found, message=f"The run failed: {self._failure()}")
        return found

    def wait(self, timeout: float | None = None) -> ResultT:
        """Wait for the end of the run, and return its result.

        A run that nobody drives is driven here; one that a panel drives is
        waited for, also while it is paused there.

        Parameters
        ----------
        timeout
            Most seconds to wait; ``None`` waits until the run is finished,
            cancelled or failed.

        Raises
        ------
        TimeoutError
            The run was still going on, or paused, after ``timeout`` seconds.
        ModelError
            The model failed; `result` still gives what was found.
        """
        end = None if timeout is None else time.monotonic() + timeout
        if not self.attended:
            iter(self)
        while self.status not in ENDS:
            if end is not None and time.monotonic() >= end:
                raise TimeoutError(
                    f"The run is {self.status} at {self.progress.fraction:.0%} after "
                    f"{timeout:g} s. Wait longer, or take run.result() as it stands."
                )
            if self.attended:
                time.sleep(WAIT_STEP)
            else:
                self._advance()
        if self.status == "failed":
            raise ModelError(
                f"The run failed: {self._failure()} run.result() has what was found before."
            ) from self.error
        return self.result()

    def what_if(self, visible: NDArray[np.bool_]) -> tuple[ClassScore, ...]:
        """The model's best classes when only ``visible`` (bool ``(H, W)``) is shown."""
        with self._border.visiting():
            return self._procedure.what_if(np.asarray(visible, dtype=np.bool_))

    def map_for(self, index: int) -> NDArray[np.float32] | None:
        """Map of another class from the same search; ``None`` if it was never given."""
        with self._border.visiting():
            return self._procedure.map_for(index)

    def for_target(self, index: int) -> Run[ResultT]:
        """A new run that explains another class, reusing what has been evaluated."""
        with self._border.visiting():
            return type(self)(self._procedure.for_target(index))

    def changed(self, **settings: Any) -> Run[ResultT]:
        """A new run with other settings: ``run.changed(strategy="multi")``.

        What has been evaluated is not asked again, unless the settings change what hidden
        places become or which class is explained.

        Raises
        ------
        SettingsError
            A name is unknown or a value is wrong.
        """
        with self._border.visiting():
            return type(self)(self._procedure.changed(**settings))

    def save(self, path: str | Path) -> Path:
        """Write the run to a file, whole or not at all; see `load_run`."""
        from rex_widgets.run_file import write_run

        with self._border.visiting():
            state, arrays = self._procedure.state()
            document = {
                "method": self.method,
                "seed": self.seed,
                "seconds": self._seconds,
                "status": self.status,
                "state": state,
            }
            return write_run(Path(path), document, arrays)

    def restore(
        self, document: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]
    ) -> None:
        """Take over a saved run's document and arrays."""
        self._procedure.restore(document["state"], arrays)
        self._seconds = float(document["seconds"])
        self.status = document["status"]
        if self.status in ("running", "failed"):
            self.status = "ready"
        self._pause = self.status == "paused"
        self.progress = self._progress()

    def _advance(self) -> Progress:
        with interrupt_at_end(), self._border.working():
            self.status, self.error = "running", None
            started = time.perf_counter()
            try:
                if self._work is None:
                    self._work = self._procedure.work()
                next(self._work)
            except StopIteration:
                self.status = "finished"
                self._work = None
            except BaseException as error:
                self.status, self.error, self._work = "failed", error, None
                raise
            finally:
                self._seconds += time.perf_counter() - started
            if self.status == "running" and self._cancel:
                self.status = "cancelled"
            elif self.status == "running" and self._pause:
                self.status = "paused"
            self.progress = self._progress()
        return self.progress

    def _failure(self) -> str:
        """What went wrong, on one line."""
        words = " ".join(str(self.error).split())
        return f"{type(self.error).__name__}: {words}".rstrip(" :.") + "."

    def _progress(self) -> Progress:
        fraction = 1.0 if self.status == "finished" else self._procedure.fraction
        evaluations = self._procedure.evaluations
        since, seconds, begun = self._rate_from
        if evaluations <= since:
            # preparing a model takes long once, and says nothing of the speed that follows
            self._rate_from = (evaluations, self._seconds, fraction)
        elapsed = self._seconds - seconds
        rate = (evaluations - since) / elapsed if elapsed > 0 else 0.0
        gained = fraction - begun
        left = elapsed * (1 - fraction) / gained if gained > 0.02 else None
        left = 0.0 if fraction >= 1 else left
        return Progress(
            fraction=fraction,
            evaluations=evaluations,
            evaluations_per_second=rate,
            seconds=self._seconds,
            seconds_left=left,
            stage=self._procedure.stage,
            message=self._procedure.message,
        )
