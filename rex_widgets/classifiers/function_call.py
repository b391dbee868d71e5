"""Calling a person's function on a batch, and naming it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from typing import Any

from rex_widgets.classifiers.shape import InputShape


class FunctionCall:
    """Calls a function with the kind of array that it takes.

    One that refuses numpy arrays with a TypeError or AttributeError, in a process where torch is
    loaded, gets torch tensors from then on.
    """

    def __init__(self, function: Callable[[Any], Any]) -> None:
        self._function = function
        self.shape = InputShape()
        self._tensors: bool | None = None

    def __call__(self, batch: Any) -> Any:
        """Return the function's answer to a batch (N, C, *size), arranged as it takes it."""
        batch = self.shape.arrange(batch)
        if self._tensors is None:
            return self._first(batch)
        return _with_tensors(self._function, batch) if self._tensors else self._function(batch)

    def _first(self, batch: Any) -> Any:
        try:
            output = self._function(batch)
            self._tensors = False
        except (TypeError, AttributeError) as error:
            if "torch" not in sys.modules:
                raise
            try:
                output = _with_tensors(self._function, batch)
            except Exception:
                # The second answer is to a question the person did not ask.
                raise error from None
            self._tensors = True
        return output


def _with_tensors(function: Callable[[Any], Any], batch: Any) -> Any:
    import torch

    if isinstance(batch, torch.Tensor):
        tensor = batch
    else:
        # torch warns of arrays that it cannot write to.
        tensor = torch.from_numpy(batch if batch.flags.writeable else batch.copy())
    with torch.no_grad():
        return function(tensor)


def function_identity(function: object) -> bytes:
    """Return bytes that name a function: its place and its source, where there is one."""
    name = getattr(function, "__qualname__", type(function).__qualname__)
    module = getattr(function, "__module__", type(function).__module__)
    try:
        source = inspect.getsource(function)  # type: ignore[arg-type]
    except (OSError, TypeError):
        source = ""
    return f"{module}.{name}\n{source}".encode()
