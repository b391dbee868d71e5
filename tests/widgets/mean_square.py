"""An encoder that can be understood: two numbers, of a known square and of the rest."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rex_widgets as rw
from rex_widgets.run import Run

SIDE = 32
SQUARE = (slice(8, 18), slice(8, 18))
WAIT = 60.0


class MeanSquare:
    """The representation is the square's brightness (five times) beside that of the corner.

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

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        self.calls += 1
        assert self.gate.wait(WAIT)
        if self.raises is not None:
            raise self.raises
        images = np.asarray(batch)
        square = 5 * images[:, :, SQUARE[0], SQUARE[1]].mean(axis=(1, 2, 3))
        corner = images[:, :, 22:, 22:].mean(axis=(1, 2, 3))
        return np.stack([square, corner, np.full(len(images), 0.2)], axis=1).astype(np.float32)


def picture(corner: int = 120) -> NDArray[np.uint8]:
    """Return a dark picture with a bright square and a grey corner, uint8 (32, 32, 3)."""
    image = np.zeros((SIDE, SIDE, 3), np.uint8)
    image[SQUARE] = 255
    image[22:, 22:] = corner
    return image


def relax_run(encoder: Any = None, **settings: Any) -> Run[Any]:
    """Return a run that explains the picture's representation and has not begun."""
    given = {"seed": 1, "num_cells": 4, "num_batches": 4, "batch_size": 128, **settings}
    return rw.start(
        picture(),
        encoder if encoder is not None else MeanSquare(),
        method="relax",
        input_shape=(3, SIDE, SIDE),
        mean=0.0,
        std=1.0,
        **given,
    )
