"""The Embedder: batches cut, counted and timed, and made smaller when memory runs out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from rex_widgets import model_calls
from rex_widgets.embedder import Embedder
from rex_widgets.encoders import Encoder, as_encoder
from rex_widgets.errors import InputError, ModelError

SHAPE = (1, 4, 4)
BATCH = np.random.default_rng(0).standard_normal((23, *SHAPE)).astype(np.float32)
ROWS = BATCH.reshape(23, -1)


class Noting:
    """A function that flattens, and notes the batches that it is given."""

    def __init__(self, before: Callable[[int], None] = lambda rows: None) -> None:
        self.sizes: list[int] = []
        self.before = before

    def __call__(self, batch: Any) -> Any:
        self.sizes.append(len(batch))
        self.before(len(batch))
        return batch.reshape(len(batch), -1)


def made(
    before: Callable[[int], None] = lambda rows: None, **options: Any
) -> tuple[Encoder, Noting]:
    function = Noting()
    encoder = as_encoder(function, input_shape=SHAPE, **options)
    function.sizes.clear()
    function.before = before
    return encoder, function


@pytest.mark.parametrize(("size", "sizes"), [(64, [23]), (10, [10, 10, 3]), (1, [1] * 23)])
def test_batches_are_cut(size: int, sizes: list[int]) -> None:
    encoder, function = made()
    embedder = Embedder(encoder, BATCH[0], batch_size=size)
    np.testing.assert_array_equal(embedder.embed(BATCH, "masks"), ROWS)
    assert function.sizes == sizes
    assert embedder.batch_size == size
    assert embedder.notes == []


def test_everything_is_counted_and_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    encoder, _ = made()
    embedder = Embedder(encoder, BATCH[0], batch_size=10)
    ticks = iter(range(100))
    monkeypatch.setattr("rex_widgets.embedder.time.perf_counter", lambda: float(next(ticks)))
    embedder.embed(BATCH, "masks")
    embedder.embed(BATCH[:2], "input")
    embedder.embed(BATCH[:1], "masks")
    assert embedder.counts == {"masks": 24, "input": 2}
    assert embedder.evaluations == 26
    assert embedder.seconds_in_model == 5.0  # a second a call: three, one and one


def test_memory_that_runs_out_halves_the_batch() -> None:
    def greedy(rows: int) -> None:
        if rows > 6:
            raise MemoryError(f"{rows} rows")

    encoder, function = made(greedy)
    embedder = Embedder(encoder, BATCH[0], batch_size=16)
    np.testing.assert_array_equal(embedder.embed(BATCH, "masks"), ROWS)
    assert function.sizes == [16, 8, 4, 4, 4, 4, 4, 3]
    assert embedder.counts == {"masks": 23}
    assert embedder.batch_size == 4
    assert embedder.notes == [
        "The model ran out of memory at 16 inputs a batch; going on with 8.",
        "The model ran out of memory at 8 inputs a batch; going on with 4.",
    ]


def test_no_memory_for_a_single_input() -> None:
    def never(rows: int) -> None:
        raise MemoryError(f"{rows} rows")

    encoder, function = made(never)
    embedder = Embedder(encoder, BATCH[0], batch_size=4)
    with pytest.raises(ModelError, match=r"ran out of memory on a batch of 1\..*1 rows"):
        embedder.embed(BATCH, "masks")
    assert function.sizes == [4, 2, 1]
    assert embedder.counts == {}


def test_a_fixed_batch_is_filled_up_and_not_counted() -> None:
    function = Noting()
    encoder = as_encoder(function, input_shape=(5, *SHAPE))
    function.sizes.clear()
    embedder = Embedder(encoder, BATCH[0], batch_size=64)
    assert embedder.batch_size == 5
    np.testing.assert_array_equal(embedder.embed(BATCH, "masks"), ROWS)
    assert function.sizes == [5] * 5
    assert embedder.evaluations == 23

    def never(rows: int) -> None:
        raise MemoryError

    function.before = never
    with pytest.raises(ModelError, match="a batch of 5"):
        embedder.embed(BATCH, "masks")


def test_large_inputs_and_large_representations_make_small_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    encoder, _ = made()
    monkeypatch.setattr(model_calls, "MAX_BATCH_BYTES", 3 * BATCH[0].nbytes)
    embedder = Embedder(encoder, BATCH[0], batch_size=8)
    assert embedder.batch_size == 3
    assert embedder.notes == ["Each input takes 0 kB: at most 3 inputs a batch instead of 8."]
    monkeypatch.setattr("rex_widgets.embedder.MAX_BATCH_BYTES", 2 * 4 * 16)
    assert embedder.batch_size == 2
    np.testing.assert_array_equal(embedder.embed(BATCH, "masks"), ROWS)


def test_the_advised_batch_is_followed() -> None:
    encoder, function = made()
    encoder.advised_batch = 7  # type: ignore[misc]
    embedder = Embedder(encoder, BATCH[0])
    assert embedder.batch_size == 7
    embedder.embed(BATCH, "masks")
    assert function.sizes == [7, 7, 7, 2]


@pytest.mark.parametrize("shape", [(0, *SHAPE), (2, 1, 4, 5), (1, 4, 4), (2, 3, 4, 4)])
def test_another_shape_is_refused(shape: tuple[int, ...]) -> None:
    encoder, function = made()
    with pytest.raises(InputError, match=r"expected \(N, 1, 4, 4\) with N >= 1"):
        Embedder(encoder, BATCH[0]).embed(np.zeros(shape, np.float32), "masks")
    assert function.sizes == []


def test_what_the_encoder_raises_is_passed_on() -> None:
    def broken(rows: int) -> None:
        raise LookupError("gone")

    encoder, _ = made(broken)
    embedder = Embedder(encoder, BATCH[0])
    with pytest.raises(LookupError, match="gone"):
        embedder.embed(BATCH, "masks")
    assert embedder.evaluations == 0
    assert embedder.seconds_in_model > 0
