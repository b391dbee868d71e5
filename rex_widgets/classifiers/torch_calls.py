"""Calling a torch module: where it is, in evaluation mode, without gradients."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from itertools import chain
from typing import TYPE_CHECKING, Any

from rex_widgets.classifiers.outputs import pick_scores
from rex_widgets.classifiers.shape import InputShape

if TYPE_CHECKING:
    import torch


def placement(module: torch.nn.Module) -> tuple[torch.device, torch.dtype]:
    """Return device and floating type of a module's first floating parameter or buffer."""
    import torch

    # One after the other: walking a whole network takes a millisecond, and this is asked each call.
    for tensor in chain(module.parameters(), module.buffers()):
        if tensor.is_floating_point():
            return tensor.device, tensor.dtype
    return torch.device("cpu"), torch.float32


@contextmanager
def evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Put a module in evaluation mode, and every part back as it was."""
    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        yield
    finally:
        for part in training:
            part.training = True


class EagerCall:
    """Calls a module on a numpy or torch batch (N, C, *size) and returns its raw output.

    Parameters
    ----------
    module
        The module.
    shape
        Which of its axes holds what.
    memory_channels_last
        Whether the batch is laid out in memory with the channels last.
    pick
        Chooses the answer in what the module returns; the class scores by default.
    evaluation
        Whether the module is put in evaluation mode for the call.
    """

    def __init__(
        self,
        module: torch.nn.Module,
        shape: InputShape,
        memory_channels_last: bool = False,
        *,
        pick: Callable[[Any], Any] = pick_scores,
        evaluation: bool = True,
    ) -> None:
        self._module = module
        self._shape = shape
        self._memory_channels_last = memory_channels_last
        self._pick = pick
        self._evaluation = evaluation

    def channels_last(self) -> EagerCall:
        """Return the same call with the channels last in memory."""
        return EagerCall(
            self._module, self._shape, True, pick=self._pick, evaluation=self._evaluation
        )

    def __call__(self, batch: Any) -> Any:
        """Return the module's answer, not converted, or raise what the module raises."""
        import torch

        if isinstance(batch, torch.Tensor):
            tensor = batch
        else:
            # torch warns of arrays that it cannot write to, though nothing writes here.
            tensor = torch.from_numpy(batch if batch.flags.writeable else batch.copy())
        device, dtype = placement(self._module)
        tensor = self._shape.arrange(tensor.to(device=device, dtype=dtype))
        if self._memory_channels_last:
            tensor = tensor.contiguous(memory_format=torch.channels_last)
        mode = evaluating(self._module) if self._evaluation else nullcontext()
        with mode, torch.no_grad():
            return self._pick(self._module(tensor))


def weights_stamp(tensors: Iterable[torch.Tensor]) -> tuple[tuple[int, int], ...]:
    """Return what changes when any of the tensors is written to or replaced."""
    return tuple(
        (tensor.data_ptr(), -1 if tensor.is_inference() else tensor._version) for tensor in tensors
    )
