"""Small classifiers whose answers are known, and cannot depend on how a batch is made up.

Every row is computed by itself, in float64. What a test wants to happen in the middle of a run
(a failure, a signal, a pause) it hangs in `before_call`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.api import Run, start
from rex_widgets.classifiers import Preprocessing
from rex_widgets.inputs import Sample
from rex_widgets.results import Explanation

Box = tuple[int, int, int, int]

PATIENCE = 30.0
"""Seconds after which a thread counts as stuck."""


class Synthetic:
    """A `Classifier` over rows; subclasses give `row`: probabilities of one (C, …) input.

    Other kinds of input than pictures, and models for them, are in `tests.synthetic_kinds`.
    """

    runtime = "callable"
    array_library: Literal["numpy", "torch"] = "numpy"
    device = "cpu"
    advised_batch: int | None = None
    choices: tuple[str, ...] = ()

    def __init__(
        self,
        shape: tuple[int, ...],
        labels: tuple[str, ...] | None = None,
        kind: str = "image",
    ) -> None:
        self.name = type(self).__name__
        self.preprocessing = Preprocessing(size=shape, channels=1, kind=kind)
        self.labels = labels
        self.fixed_batch: int | None = None
        self.calls = 0
        self.batches: list[int] = []
        self.seen: Counter[bytes] = Counter()
        self.prepared = 0
        self.before_call: Callable[[int, int], None] = lambda call, rows: None

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        raise NotImplementedError

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        self.calls += 1
        self.before_call(self.calls, len(batch))
        self.batches.append(len(batch))
        self.seen.update(one.tobytes() for one in batch)
        return np.stack([self.row(one.astype(np.float64)) for one in batch]).astype(np.float32)

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        given: NDArray[np.int64] = probabilities.argmax(axis=1)
        return given

    def label(self, index: int) -> str:
        return self.labels[index] if self.labels else f"class {index}"

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        self.prepared += 1

    def fingerprint(self) -> str:
        return sha256(self.name.encode()).hexdigest()


def softmax(scores: Sequence[float] | NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(np.asarray(scores, np.float64) - np.max(scores))
    return np.asarray(powers / powers.sum(), np.float64)


class RegionClassifier(Synthetic):
    """Class k (from 1) where enough of every one of its rectangles is visible and bright.

    The probability rises with what is visible; class 0 is the answer otherwise. A `spoiler`
    rectangle takes class 1 away again when more than half of it is bright, which makes the model
    non-monotone.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        regions: Sequence[Sequence[Box]],
        *,
        need: float = 0.5,
        gain: float = 8.0,
        spoiler: Box | None = None,
    ) -> None:
        super().__init__(shape)
        self.regions = [list(boxes) for boxes in regions]
        self.need = need
        self.gain = gain
        self.spoiler = spoiler

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        bright = np.clip(data.mean(axis=0), 0, 1)
        scores = [0.0]
        for boxes in self.regions:
            seen = min(float(bright[r0:r1, c0:c1].mean()) for r0, r1, c0, c1 in boxes)
            scores.append(self.gain * (seen - self.need))
        if self.spoiler is not None:
            r0, r1, c0, c1 = self.spoiler
            scores[1] -= 2 * self.gain * float(bright[r0:r1, c0:c1].mean() > 0.5)
        return softmax(scores)

    def picture(self, dim: float = 0.02) -> NDArray[np.float32]:
        """An input with all regions bright and the rest dim, (1, H, W)."""
        size = self.preprocessing.size
        assert size is not None
        data = np.full((1, *size), dim, np.float32)
        for boxes in self.regions:
            for r0, r1, c0, c1 in boxes:
                data[0, r0:r1, c0:c1] = 1.0
        return data


class RandomNet(Synthetic):
    """A small random network: one hidden layer of rectified units, `classes` outputs.

    `bias` is added to class 0, so that little evidence is not enough for the others.
    """

    def __init__(
        self,
        shape: tuple[int, int],
        classes: int = 4,
        seed: int = 0,
        gain: float = 2.0,
        bias: float = 0.0,
    ) -> None:
        super().__init__(shape)
        generator = np.random.default_rng([77, seed])
        pixels = shape[0] * shape[1]
        self._first = generator.normal(size=(6, pixels)) * gain / np.sqrt(pixels)
        self._second = generator.normal(size=(classes, 6)) * gain
        self._bias = np.zeros(classes)
        self._bias[0] = bias

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        hidden = np.maximum(self._first @ data.reshape(-1), 0)
        return softmax(self._second @ hidden + self._bias)

    def picture(self, seed: int = 0) -> NDArray[np.float32]:
        """A random input without zeros, so that different masks give different inputs."""
        generator = np.random.default_rng([78, seed])
        size = self.preprocessing.size
        assert size is not None
        return generator.uniform(0.2, 1.0, (1, *size)).astype(np.float32)


class AlwaysFirst(Synthetic):
    """Gives class 0 whatever it is shown."""

    def row(self, data: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([0.9, 0.1])


class OnlyInCompany(RegionClassifier):
    """Its answer depends on the batch: alone, class 1 is given to the whole input at most."""

    def __init__(self, *args: Any, spare_whole: bool = True, **options: Any) -> None:
        super().__init__(*args, **options)
        self.spare_whole = spare_whole

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        probabilities = super().__call__(batch)
        whole = bool(np.array_equal(batch[0], self.picture()))
        if len(batch) == 1 and not (whole and self.spare_whole):
            probabilities[:, 0] += probabilities[:, 1]
            probabilities[:, 1] = 0
        return probabilities


def fail_at(call: int, error: type[BaseException] = RuntimeError) -> Callable[[int, int], None]:
    """A `before_call` that raises once, at the n-th call."""

    def hook(number: int, rows: int) -> None:
        if number == call:
            raise error(f"the model broke at call {number}")

    return hook


def out_of_memory_above(limit: int) -> Callable[[int, int], None]:
    """A `before_call` that runs out of memory on batches larger than `limit`."""

    def hook(number: int, rows: int) -> None:
        if rows > limit:
            raise MemoryError(f"{rows} rows")

    return hook


def sample_from(data: NDArray[np.float32]) -> Sample:
    """A sample of a preprocessed (1, H, W) input."""
    grey = np.clip(data[0] * 255, 0, 255).astype(np.uint8)
    return Sample(np.array(data, np.float32), np.stack([grey] * 3, axis=2), "array")


def run_of(classifier: Any, data: NDArray[np.float32], **options: Any) -> Run:
    """A run with seed 0 that has done nothing yet."""
    return start(sample_from(data), classifier, **{"seed": 0, **options})


def drive(run: Run) -> Explanation:
    """Iterate to the end of the run, a pause or a cancel."""
    for _ in run:
        pass
    return run.result()


def bits_of(result: Explanation) -> tuple[Any, ...]:
    """What has to be equal, to the last bit, between two runs that are said to be equal."""
    return (
        result.map.tobytes(),
        result.mask.tobytes(),
        result.target,
        result.confidence,
        result.area,
        result.verified,
        result.stage,
        result.certificate,
        dict(result.occlusions),
        result.message,
    )


def in_thread(work: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """Start `work` in a thread; what it raises is put into the list."""
    raised: list[BaseException] = []

    def guarded() -> None:
        try:
            work()
        except BaseException as error:  # the test looks at it
            raised.append(error)

    thread = threading.Thread(target=guarded, daemon=True)
    thread.start()
    return thread, raised


def join(*threads: threading.Thread) -> None:
    """Wait for threads; a stuck one is a failure, not a hanging test run."""
    for thread in threads:
        thread.join(PATIENCE)
        assert not thread.is_alive(), "a thread is stuck"
