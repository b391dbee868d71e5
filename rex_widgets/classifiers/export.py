"""Turning a torch module into ONNX, in memory and in silence."""

from __future__ import annotations

import contextlib
import logging
import sys
import threading
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rex_widgets.classifiers.outputs import pick_scores

if TYPE_CHECKING:
    import torch


def onnx_bytes(module: torch.nn.Module, shape: tuple[int, ...]) -> bytes:
    """Export a module with a free batch axis.

    Parameters
    ----------
    module
        A module on the CPU, in evaluation mode.
    shape
        The module's own axes without the batch: (C, H, W), or (H, W, C) for a module that takes
        channels last, (F,), (C, L), (D1, D2, D3), …

    Returns
    -------
    bytes
        The serialised ONNX model, weights included; input "image", output "scores".

    Raises
    ------
    Exception
        Whatever the exporter raises for a module that it cannot follow.
    """
    import torch

    # A batch of 2: an exporter may take a 1 for a constant.
    example = torch.zeros((2, *shape))
    batch = torch.export.Dim("batch", min=1, max=65536)
    with _silence(), torch.no_grad():
        program = torch.onnx.export(
            _scores_only(module),
            (example,),
            input_names=["image"],
            output_names=["scores"],
            dynamic_shapes=({0: batch},),
            dynamo=True,
            verbose=False,
        )
        assert program is not None
        serialised: bytes = program.model_proto.SerializeToString()
    return serialised


def _scores_only(module: torch.nn.Module) -> torch.nn.Module:
    import torch

    class ScoresOnly(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.module = module

        def forward(self, image: torch.Tensor) -> Any:
            return pick_scores(self.module(image))

    wrapped = ScoresOnly()
    wrapped.training = False
    return wrapped


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Keep the exporter from printing, warning and logging; put everything back after."""
    names = ("torch", "torch.onnx", "torch.export", "onnxscript", "onnx_ir", "onnx_ir.passes")
    loggers = [logging.getLogger(name) for name in names]
    before = [logger.level for logger in loggers]
    muted = {name: _MutedHere(getattr(sys, name)) for name in ("stdout", "stderr")}
    try:
        for name, stream in muted.items():
            setattr(sys, name, stream)
        for logger in loggers:
            logger.setLevel(logging.CRITICAL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
        for name, stream in muted.items():
            if getattr(sys, name) is stream:  # somebody else may have put theirs on top
                setattr(sys, name, stream.stream)


class _MutedHere:
    """A stream that drops what the thread that made it writes; other threads' text passes.

    An export may run in a worker thread for seconds, while a person's own cell prints.
    """

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self._thread = threading.get_ident()

    def write(self, text: str) -> int:
        if threading.get_ident() == self._thread:
            return len(text)
        written: int = self.stream.write(text)
        return written

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stream, name)
