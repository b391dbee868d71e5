"""Trying a model on made-up inputs, to learn its size and its number of classes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.memory import is_out_of_memory
from rex_widgets.classifiers.metadata.found import Metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.shape import InputShape, parse_shape
from rex_widgets.errors import ModelError

USUAL_SIZES = (224, 32, 28, 64, 96, 128, 256, 299, 384)
"""Sides tried, in this order, where nothing tells the model's size."""


def known_shape(
    options: ClassifierOptions, found: Sequence[Metadata], own: InputShape | None = None
) -> tuple[InputShape, bool]:
    """Return what is known of the input shape, and whether its size is settled.

    Parameters
    ----------
    options
        What the person said; `input_shape` wins.
    found
        What the metadata say.
    own
        What the model's structure says.
    """
    own = own or InputShape()
    channels = next((m.channels for m in found if m.channels is not None), None) or own.channels
    size = next((m.size for m in found if m.size is not None), None) or own.size
    shape = replace(own, channels=channels, size=size)
    if options.input_shape is None:
        return shape, shape.size is not None
    given = parse_shape(options.input_shape)
    settled = replace(
        given, channels=given.channels or shape.channels, batch=given.batch or own.batch
    )
    return settled, True


def probe_batch(shape: InputShape, rows: int = 2) -> NDArray[np.float32]:
    """Return (rows, C, H, W) float32: zeros, then seeded noise of the usual range."""
    height, width = shape.size or (USUAL_SIZES[0], USUAL_SIZES[0])
    noise = np.random.default_rng(0).standard_normal(
        (shape.batch or rows, shape.channels or 3, height, width), dtype=np.float32
    )
    noise[0] = 0
    return noise


def find_shape(
    shape: InputShape, settled: bool, evaluate: Callable[[NDArray[np.float32], InputShape], Any]
) -> tuple[InputShape, Any, tuple[str, ...]]:
    """Evaluate a probe, trying the usual sizes where the size is not settled.

    Parameters
    ----------
    shape
        What is known.
    settled
        The size was told: what the model raises for it propagates unchanged.
    evaluate
        Runs the model on a (N, C, H, W) batch of the given shape.

    Returns
    -------
    shape, output, choices
        The shape that works, what the model returned, sentences for people.

    Raises
    ------
    ModelError
        If no usual size works.
    """
    if settled:
        shape = replace(shape, channels=shape.channels or 3)
        return shape, evaluate(probe_batch(shape), shape), ()
    first: Exception | None = None
    for channels in (shape.channels,) if shape.channels else (3, 1):
        for side in USUAL_SIZES:
            trial = replace(shape, channels=channels, size=(side, side))
            try:
                output = evaluate(probe_batch(trial), trial)
            except Exception as error:
                if is_out_of_memory(error):
                    raise
                first = first or error
                continue
            sentence = (
                f"Nothing tells the input size: {channels} channel(s), {side}x{side} works and is "
                f"used; say otherwise with input_shape=(channels, height, width)."
            )
            return trial, output, (sentence,)
    raise ModelError(
        "The model's input size is unknown and none of the usual ones works (the first try, "
        f"{USUAL_SIZES[0]}x{USUAL_SIZES[0]}, gave: {_short(first)}). "
        "Give input_shape=(channels, height, width)."
    ) from first


def _short(error: Exception | None) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "..."
