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
from rex_widgets.classifiers.preprocessing import NDIM
from rex_widgets.classifiers.shape import InputShape, parse_shape
from rex_widgets.errors import ModelError

USUAL_SIZES = (224, 32, 28, 64, 96, 128, 256, 299, 384)
"""Sides tried, in this order, where nothing tells a picture's size."""

_MODES = {"table": "tabular", "signal": "spectral", "audio": "audio", "volume": "voxel"}


def known_shape(
    options: ClassifierOptions, found: Sequence[Metadata], own: InputShape | None = None
) -> tuple[InputShape, bool]:
    """Return what is known of the input shape, and whether its size is settled.

    Parameters
    ----------
    options
        What the person said; `input_shape` and `mode` win.
    found
        What the metadata say.
    own
        What the model's structure says.
    """
    own = own or InputShape()
    kind = options.kind or own.kind
    if kind is not None and own.kind is not None and NDIM[kind] != NDIM[own.kind]:
        own = InputShape(batch=own.batch)
    if kind in (None, "image"):
        channels = next((m.channels for m in found if m.channels is not None), None) or own.channels
        size = next((m.size for m in found if m.size is not None), None) or own.size
        own = replace(own, channels=channels or options.channels, size=size)
    shape = replace(own, kind=kind)
    if options.input_shape is not None:
        given = parse_shape(options.input_shape, kind)
        shape = replace(
            given, channels=given.channels or shape.channels, batch=given.batch or own.batch
        )
        return shape, True
    if shape.size is None and options.fallback_shape is not None and kind not in (None, "image"):
        shape = _like_the_input(shape, options.fallback_shape)
    return shape, shape.size is not None


def _like_the_input(shape: InputShape, given: Sequence[int]) -> InputShape:
    """Take the size of the input at hand for a model that does not tell its own."""
    channels, *size = given
    ndim = NDIM[shape.kind or "image"]
    if len(size) != ndim:
        return shape
    return replace(
        shape,
        channels=shape.channels or channels,
        size=tuple(size),
        channel_axis=shape.channel_axis and shape.kind != "table",
        assumed=True,
    )


def probe_batch(shape: InputShape, rows: int = 2) -> NDArray[np.float32]:
    """Return (rows, C, *size) float32: zeros, then seeded noise of the usual range."""
    size = shape.size or (USUAL_SIZES[0],) * NDIM[shape.kind or "image"]
    noise = np.random.default_rng(0).standard_normal(
        (shape.batch or rows, shape.channels or _usual_channels(shape), *size), dtype=np.float32
    )
    noise[0] = 0
    return noise


def _usual_channels(shape: InputShape) -> int:
    return 3 if shape.kind in (None, "image") else 1


def find_shape(
    shape: InputShape, settled: bool, evaluate: Callable[[NDArray[np.float32], InputShape], Any]
) -> tuple[InputShape, Any, tuple[str, ...]]:
    """Evaluate a probe, trying the usual sizes where a picture's size is not settled.

    Where there is one channel, a model that refuses it is tried without its axis, and the other
    way round.

    Parameters
    ----------
    shape
        What is known.
    settled
        The size was told: what the model raises for it propagates unchanged.
    evaluate
        Runs the model on a (N, C, *size) batch of the given shape.

    Returns
    -------
    shape, output, choices
        The shape that works, what the model returned, sentences for people.

    Raises
    ------
    ModelError
        If no usual size works, or the size of an input that is no picture is unknown.
    """
    if shape.kind not in (None, "image"):
        return _find_axes(shape, settled, evaluate)
    if settled:
        shape = replace(shape, channels=shape.channels or 3, kind="image")
        return shape, evaluate(probe_batch(shape), shape), ()
    first: Exception | None = None
    for channels in (shape.channels,) if shape.channels else (3, 1):
        for side in USUAL_SIZES:
            trial = replace(shape, channels=channels, size=(side, side), kind="image")
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


def _find_axes(
    shape: InputShape, settled: bool, evaluate: Callable[[NDArray[np.float32], InputShape], Any]
) -> tuple[InputShape, Any, tuple[str, ...]]:
    if not settled:
        raise unknown_size(shape)
    given = replace(shape, channels=shape.channels or 1)
    trials = [given]
    if given.channels == 1:
        trials.append(replace(given, channel_axis=not given.channel_axis, channels_last=False))
    first: Exception | None = None
    for trial in trials:
        try:
            output = evaluate(probe_batch(trial), trial)
        except Exception as error:
            if is_out_of_memory(error):
                raise
            first = first or error
            continue
        why = ", the size of this input because nothing tells the model's" if trial.assumed else ""
        return trial, output, (f"Input: {trial.kind}, a batch is {trial.shown()}{why}.",)
    assert first is not None
    if not shape.assumed:
        raise first
    raise ModelError(
        f"Nothing tells the model's input size, and it refuses the size of this input, "
        f"{given.shown()} ({_short(first)}); give input_shape={_form(shape)}."
    ) from first


def unknown_size(shape: InputShape) -> ModelError:
    """Return the error for a model whose size only the person can tell."""
    return ModelError(
        f"The model's input size is unknown ({shape.kind}); give input_shape={_form(shape)}, or "
        f"say mode={_MODES[shape.kind or 'signal']!r}, and the input's own size is tried."
    )


def _form(shape: InputShape) -> str:
    forms = {1: "(length,) or (channels, length)", 3: "(D1, D2, D3) or (channels, D1, D2, D3)"}
    return forms.get(NDIM[shape.kind or "image"], "(channels, height, width)")


def _short(error: Exception | None) -> str:
    text = " ".join(str(error).split())
    return text if len(text) <= 160 else text[:157] + "..."
