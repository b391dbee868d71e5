"""A torch module in the runtime that was chosen for it, until its weights change."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.called_model import CalledModel
from rex_widgets.classifiers.runtime import RuntimeChoice
from rex_widgets.classifiers.torch_calls import EagerCall, weights_stamp

if TYPE_CHECKING:
    import torch


class ModuleRuntime(CalledModel):
    """A torch module, called eagerly until `prepare` finds a faster runtime that agrees.

    Should the weights change after that, the module is called eagerly again until the next
    `prepare`, so that its answers are never those of old weights. A kind supplies `_choose`.
    """

    def __init__(self, module: torch.nn.Module, eager: EagerCall, **common: Any) -> None:
        super().__init__(runtime="torch eager", **common)
        self._module = module
        self._eager = eager
        self._call: Callable[[Any], Any] = eager
        self._prepared_for: tuple[tuple[int, int], ...] | None = None
        self._watched: tuple[torch.Tensor, ...] = ()
        self._settled_choices = list(self._choices)

    @abstractmethod
    def _choose(self, probe: NDArray[np.float32], expected_evaluations: int) -> RuntimeChoice:
        """Compare the runtimes."""

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        """Choose the runtime once; again only if the weights have changed since.

        Parameters
        ----------
        probe
            (n, C, *size) float32 real mutants, on which the candidates must agree.
        expected_evaluations
            How many evaluations the run will ask for: a short run does not repay an export.

        Raises
        ------
        ModelError
            If runtime="onnxruntime" was asked for and cannot be had.
        """
        stamp = weights_stamp(self._tensors())
        if stamp == self._prepared_for:
            return
        self._fall_back()
        self._choices = list(self._settled_choices)
        choice = self._choose(probe, expected_evaluations)
        self._call, self.runtime = choice.call or self._eager, choice.runtime
        self.advised_batch = choice.advised_batch
        self._choices.append(choice.sentence)
        self._prepared_for = stamp
        self._watched = self._tensors() if choice.runtime == "onnxruntime" else ()

    def _evaluate(self, batch: Any) -> Any:
        if self._watched and weights_stamp(self._watched) != self._prepared_for:
            self._fall_back()
            self._choices.append("The module's weights changed: it is called eagerly.")
        return self._call(batch)

    def _fall_back(self) -> None:
        self._call, self.runtime, self.advised_batch = self._eager, "torch eager", None
        self._watched, self._prepared_for = (), None

    def _tensors(self) -> tuple[torch.Tensor, ...]:
        return (*self._module.parameters(), *self._module.buffers())

    def _identity(self) -> bytes:
        return module_identity(self._module)


def module_identity(module: torch.nn.Module) -> bytes:
    """Return a digest of a module's class and weights."""
    digest = sha256(type(module).__qualname__.encode())
    for name, tensor in sorted(module.state_dict().items()):
        if hasattr(tensor, "detach"):
            digest.update(name.encode())
            digest.update(_bytes_of(tensor))
    return digest.digest()


def _bytes_of(tensor: torch.Tensor) -> bytes:
    import torch

    plain = tensor.detach().cpu().contiguous()
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes()
