"""A model that can be understood: class 1 where a known square is bright."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rex_widgets as rw
from rex_widgets.api import Run

SIDE = 64
SQUARE = (slice(20, 36), slice(20, 36))
WAIT = 60.0


class BrightSquare:
    """Class 1 the more, the brighter the square is; class 2 where the lower corner is bright.

    Attributes
    ----------
    calls
        How often it was called.
    gate
        Calls wait while it is cleared.
    raises
        What the next call raises, if anything.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.gate = threading.Event()
        self.gate.set()
        self.raises: Exception | None = None

    def __call__(self, batch: Any) -> NDArray[np.float64]:
        self.calls += 1
        assert self.gate.wait(WAIT)
        if self.raises is not None:
            raise self.raises
        images = np.asarray(batch)
        square = images[:, :, SQUARE[0], SQUARE[1]].mean(axis=(1, 2, 3))
        corner = images[:, :, 44:, 44:].mean(axis=(1, 2, 3))
        return np.stack([np.full(len(images), 0.6), 4 * square, 3 * corner], axis=1)


def picture() -> NDArray[np.uint8]:
    """Return a dark picture with a bright square and a grey corner, uint8 (64, 64, 3)."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[SQUARE] = 255
    image[44:, 44:] = 120
    return image


def bright_run(model: Any = None, **settings: Any) -> Run:
    """Return a run that explains the picture and has not begun."""
    given = {"iters": 3, "seed": 1, "min_box_size": 4, "minimise_budget": 60, **settings}
    return rw.start(
        picture(),
        model if model is not None else BrightSquare(),
        input_shape=(3, SIDE, SIDE),
        mean=0.0,
        std=1.0,
        labels=["nothing", "a <bright> square", "a corner"],
        **given,
    )


def wait_until(condition: Callable[[], object]) -> None:
    """Wait until the condition holds; fail if it never does."""
    end = time.monotonic() + WAIT
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.005)
