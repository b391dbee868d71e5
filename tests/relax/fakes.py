"""Small encoders whose representations are known, and cannot depend on how a batch is made up.

Every row is computed by itself, in float64. What a test wants to happen in the middle of a run it
hangs in `before_call`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers import Preprocessing
from rex_widgets.encoders import Embedding
from rex_widgets.inputs import Sample
from rex_widgets.relax.procedure import RelaxProcedure
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.settings import build

Row = Callable[[NDArray[np.float64]], NDArray[np.float64]]
SHAPE = (1, 16, 20)


class Fake:
    """An `Encoder` over rows: `row` gives the representation of one (C, *space) input."""

    runtime = "callable"
    array_library: Literal["numpy", "torch"] = "numpy"
    device = "cpu"
    advised_batch: int | None = None

    def __init__(
        self,
        row: Row,
        shape: tuple[int, ...] = SHAPE,
        *,
        kind: str = "image",
        name: str = "fake",
        fixed_batch: int | None = None,
        **preprocessing: Any,
    ) -> None:
        self.name = name
        self.row = row
        self.preprocessing = Preprocessing(
            size=shape[1:], channels=shape[0], kind=kind, **preprocessing
        )
        self.fixed_batch = fixed_batch
        self.choices: tuple[str, ...] = ("chosen by the fake",)
        self.source: Any = row
        self.options: Mapping[str, Any] = {}
        self.embedding: Embedding | None = None
        self.calls = 0
        self.batches: list[int] = []
        self.prepared: list[tuple[NDArray[np.float32], int]] = []
        self.before_call: Callable[[int, int], None] = lambda call, rows: None

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        self.calls += 1
        self.before_call(self.calls, len(batch))
        self.batches.append(len(batch))
        found = np.stack([np.atleast_1d(self.row(one.astype(np.float64))) for one in batch])
        self.embedding = Embedding((found.shape[1],), found.shape[1], "as it is")
        return found.astype(np.float32)

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        self.prepared.append((probe, expected_evaluations))

    def fingerprint(self) -> str:
        return sha256(self.name.encode()).hexdigest()

    def changed(self, **options: Any) -> Fake:
        made = Fake(self.row, (self.preprocessing.channels, *(self.preprocessing.size or ())))
        made.options = {**self.options, **options}
        made.row = (lambda data: self.row(data)[:2]) if options.get("layer") else self.row
        return made


def boxes(data: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean brightness of the left upper quarter and of the rest, and a constant."""
    rows, columns = data.shape[1] // 2, data.shape[2] // 2
    corner = data[0, :rows, :columns].mean()
    return np.array([corner, data[0].mean() * 0.2, 0.1])


def projected(seed: int = 0, size: int = 8, shape: tuple[int, ...] = SHAPE) -> Row:
    """A random linear map with a rectifier."""
    weights = np.random.default_rng([9, seed]).normal(size=(size, int(np.prod(shape))))
    weights /= np.sqrt(weights.shape[1])
    return lambda data: np.maximum(weights @ data.reshape(-1) + 0.05, 0)


def sample(shape: tuple[int, ...] = SHAPE, seed: int = 0, source: str = "array") -> Sample:
    """A random input without zeros."""
    data = np.random.default_rng([8, seed]).uniform(0.2, 1.0, shape).astype(np.float32)
    side = shape[1:] if len(shape) == 3 else (1, shape[1]) if len(shape) == 2 else shape[1:3]
    kind = {2: "signal", 3: "image", 4: "volume"}[len(shape)]
    return Sample(data, np.full((*side, 3), 128, np.uint8), source, (), kind)


def procedure(
    row: Row | Fake = boxes, given: Sample | None = None, *, seed: int = 0, **options: Any
) -> RelaxProcedure:
    """A procedure that has done nothing yet; few masks and no stopping unless `options` say so."""
    usual = {"num_batches": 4, "batch_size": 32, "num_cells": 4, "stopping": "never"}
    if "tolerance" in options or "stopping" in options:
        del usual["stopping"]
    given = given or sample()
    encoder = row if isinstance(row, Fake) else Fake(row, given.data.shape, kind=given.kind)
    return RelaxProcedure(encoder, given, build(RelaxSettings, **{**usual, **options}), seed)


def finish(made: RelaxProcedure) -> Any:
    """Work to the end and answer."""
    for _ in made.work():
        pass
    return made.answer(1.0)


def bits(result: Any) -> tuple[Any, ...]:
    """What has to be equal, to the last bit, between two explanations that are said to be."""
    return (
        result.importance.tobytes(),
        result.uncertainty.tobytes(),
        result.importance_error.tobytes(),
        result.uncertainty_error.tobytes(),
        result.uncertainty_released.tobytes(),
        result.embedding.tobytes(),
        result.similarity,
        result.masks,
        result.stage,
        result.stopped_by,
        tuple((one.name, one.similarity, one.importance.tobytes()) for one in result.neighbours),
    )
