"""Choosing the fastest runtime for a torch module that gives the module's own answers."""

from __future__ import annotations

import importlib.util
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.agreement import Agreement, Refused
from rex_widgets.classifiers.export import onnx_bytes
from rex_widgets.classifiers.onnx_session import (
    ImageInput,
    advised_batch,
    open_session,
    run_session,
)
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.classifiers.torch_calls import EagerCall, evaluating, placement, weights_stamp
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch

_EXPORT_SECONDS = 8.0
"""What an export is reckoned to cost before it has been made."""
_REPAID_SHARE = 0.75
"""Share of the eager time that ONNX Runtime saves, reckoned carefully (measured: 0.87-0.92)."""
_PROBE_ROWS = 8
_PROBE_SECONDS = 1.0


@dataclass(frozen=True)
class RuntimeChoice:
    """The runtime taken, and the sentence that says why.

    Attributes
    ----------
    call
        From a batch to raw scores; None means the plain eager call.
    runtime
        Its name.
    advised_batch
        Batch from which it is no faster.
    sentence
        Why it was taken.
    """

    call: Callable[[Any], Any] | None
    runtime: str
    advised_batch: int | None
    sentence: str


class Reader(Protocol):
    """From a module's raw output to the answers that are compared."""

    def read(self, output: Any, rows: int, /) -> NDArray[np.float32]:
        """Return one row per input."""
        ...


@dataclass(frozen=True)
class _Exported:
    key: tuple[object, ...]  # weights, shape and threads that the session was made for
    session: Any


# Modules compare by identity, and an entry goes with its module.
_EXPORTED: weakref.WeakKeyDictionary[Any, dict[object, _Exported]] = weakref.WeakKeyDictionary()


@dataclass(frozen=True)
class Part:
    """What of a person's module is evaluated: the whole, or up to one of its layers.

    Attributes
    ----------
    eager
        Calls the module.
    agreement
        Compares its answers.
    whole
        The module that the person gave; an export is kept as long as it lives.
    name
        Tells its parts from each other; None for its class scores.
    """

    eager: EagerCall
    agreement: Agreement
    whole: torch.nn.Module
    name: object


def choose_runtime(
    module: torch.nn.Module,
    shape: InputShape,
    options: ClassifierOptions,
    reader: Reader,
    probe: NDArray[np.float32],
    expected_evaluations: int,
    part: Part,
) -> RuntimeChoice:
    """Measure the module on real mutants and take ONNX Runtime where it repays and agrees.

    Parameters
    ----------
    module
        The person's module.
    shape
        Its input shape.
    options
        `runtime` and `threads` are read.
    reader
        Turns raw outputs into probabilities or representations, so that these are compared.
    probe
        (n, C, *size) float32 real mutants.
    expected_evaluations
        How many evaluations the run will ask for.
    part
        What of the person's module is evaluated, and how its answers are compared.

    Returns
    -------
    RuntimeChoice

    Raises
    ------
    ModelError
        If runtime="onnxruntime" was asked for and cannot be had. What the module itself raises
        is passed on unchanged.
    """
    if options.runtime == "eager":
        return RuntimeChoice(None, "torch eager", None, "Runtime: torch eager, as asked for.")
    reason = _obstacle(module, shape, probe)
    if reason is None:
        answers, seconds = _measure_eager(part.eager, reader, probe)
        try:
            return _onnx_choice(
                module, shape, options, reader, probe, answers, seconds, expected_evaluations, part
            )
        except Refused as refusal:
            reason = str(refusal)
        plain = shape.channel_axis and not shape.channels_last
        if options.runtime is None and plain and probe.ndim == 4:
            faster = _memory_order(part, reader, probe[: len(answers)], answers, seconds)
            if faster is not None:
                sentence = f"Runtime: torch eager, channels-last memory, because {reason}."
                return RuntimeChoice(faster, "torch eager (channels last)", None, sentence)
    if options.runtime == "onnxruntime":
        raise ModelError(
            f"runtime='onnxruntime' was given, but {reason}. Leave runtime out, or give 'eager'."
        )
    return RuntimeChoice(None, "torch eager", None, f"Runtime: torch eager, because {reason}.")


def _obstacle(module: torch.nn.Module, shape: InputShape, probe: NDArray[np.float32]) -> str | None:
    import torch

    device, dtype = placement(module)
    if device.type != "cpu":
        return f"the module is on {device}"
    if dtype != torch.float32:
        return f"the module computes in {str(dtype).removeprefix('torch.')}"
    if shape.batch is not None:
        return f"the module takes exactly {shape.batch} inputs at once"
    if len(probe) == 0:
        return "there was nothing to compare runtimes on"
    missing = [
        name
        for name in ("onnx", "onnxscript", "onnxruntime")
        if importlib.util.find_spec(name) is None
    ]
    if missing:
        return f"{' and '.join(missing)} cannot be imported (pip install {' '.join(missing)})"
    return None


def _measure_eager(
    call: Callable[[Any], Any], reader: Reader, probe: NDArray[np.float32]
) -> tuple[NDArray[np.float32], float]:
    """Return the module's own probabilities on part of the probe, and its seconds per input."""
    reader.read(call(probe[:1]), 1)  # the first call sets libraries up
    started = time.perf_counter()
    call(probe[:1])
    alone = max(time.perf_counter() - started, 1e-6)
    rows = int(min(_PROBE_ROWS, len(probe), max(2, _PROBE_SECONDS / alone)))
    started = time.perf_counter()
    output = call(probe[:rows])
    seconds = (time.perf_counter() - started) / min(rows, len(probe))
    return reader.read(output, min(rows, len(probe))), seconds


def _onnx_choice(
    module: torch.nn.Module,
    shape: InputShape,
    options: ClassifierOptions,
    reader: Reader,
    probe: NDArray[np.float32],
    answers: NDArray[np.float32],
    eager_seconds: float,
    expected: int,
    part: Part,
) -> RuntimeChoice:
    channels, *size = (int(axis) for axis in probe.shape[1:])
    axes = shape.axes(channels, size)
    stamp = weights_stamp((*module.parameters(), *module.buffers()))
    key = (stamp, axes, tuple(options.session().values()))
    kept = _EXPORTED.get(part.whole, {}).get(part.name)
    if kept is not None and kept.key == key:
        session, cost = kept.session, 0.0
    else:
        saved = expected * eager_seconds * _REPAID_SHARE
        if options.runtime is None and saved < _EXPORT_SECONDS:
            raise Refused(
                f"about {expected} evaluations take {expected * eager_seconds:.1f} s eagerly, "
                "too few to repay an export to ONNX"
            )
        started = time.perf_counter()
        session = _export(module, axes, options)
        cost = time.perf_counter() - started
    # The export takes what the module takes, whatever an ONNX file of that shape would mean.
    image = ImageInput(session.get_inputs()[0].name, shape, np.float32)

    def call(batch: Any) -> Any:
        array = batch.numpy() if hasattr(batch, "numpy") else batch
        return run_session(session, None, image, array)[0]

    rows = probe[: len(answers)]
    try:
        found = reader.read(call(rows), len(rows))
    except Exception as error:
        raise Refused(f"ONNX Runtime failed on it ({_short(error)})") from error
    agreement = part.agreement(answers, found)
    started = time.perf_counter()
    call(rows)
    seconds = (time.perf_counter() - started) / len(rows)
    _EXPORTED.setdefault(part.whole, {})[part.name] = _Exported(key, session)
    if options.runtime is None and seconds >= eager_seconds:
        raise Refused("ONNX Runtime is no faster for this module")
    how = f"exported in {cost:.1f} s" if cost else "exported before"
    return RuntimeChoice(
        call,
        "onnxruntime",
        advised_batch(None, shape),
        f"Runtime: ONNX Runtime, {eager_seconds / seconds:.1f} times as fast as the module called "
        f"eagerly ({how}); on {len(rows)} mutants {agreement}.",
    )


def _export(module: torch.nn.Module, axes: tuple[int, ...], options: ClassifierOptions) -> Any:
    try:
        with evaluating(module):
            content = onnx_bytes(module, axes)
        return open_session(content, **options.session())
    except MemoryError:
        raise
    except Exception as error:
        # The exporter fails in many ways on modules that it cannot follow; all mean "eager".
        raise Refused(f"the module cannot be exported to ONNX ({_short(error)})") from error


def _memory_order(
    part: Part,
    reader: Reader,
    rows: NDArray[np.float32],
    own: NDArray[np.float32],
    seconds: float,
) -> Callable[[Any], Any] | None:
    """Return a call with channels-last memory where it agrees and is clearly faster."""
    call = part.eager.channels_last()
    try:
        found = reader.read(call(rows), len(rows))
        part.agreement(own, found)
        started = time.perf_counter()
        call(rows)
        taken = (time.perf_counter() - started) / len(rows)
    except MemoryError:
        raise
    except Exception:
        return None  # a module may refuse this order; it has answered the usual one
    return call if taken < 0.8 * seconds else None


def _short(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    text = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    return text if len(text) <= 160 else text[:157] + "..."
