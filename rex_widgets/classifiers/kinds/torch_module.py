"""A `torch.nn.Module`, on whatever device it is."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import as_scores, pick_scores
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape, known_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape

if TYPE_CHECKING:
    import torch


class TorchClassifier(ModelClassifier):
    """A torch module, called eagerly until `prepare` finds a faster runtime that agrees."""

    def __init__(
        self, module: torch.nn.Module, options: ClassifierOptions, shape: InputShape, **common: Any
    ) -> None:
        device, _ = placement(module)
        on_cpu = device.type == "cpu"
        super().__init__(
            runtime="torch eager",
            array_library="numpy" if on_cpu else "torch",
            device="cpu" if on_cpu else str(device),
            **common,
        )
        self._module = module
        self._options = options
        self._shape = shape
        self._call = eager_call(module, shape.channels_last)

    def _evaluate(self, batch: Any) -> Any:
        return self._call(batch)

    def _identity(self) -> bytes:
        digest = sha256(type(self._module).__qualname__.encode())
        for name, tensor in sorted(self._module.state_dict().items()):
            if hasattr(tensor, "detach"):
                digest.update(name.encode())
                digest.update(_bytes_of(tensor))
        return digest.digest()


def placement(module: torch.nn.Module) -> tuple[torch.device, torch.dtype]:
    """Return device and floating type of a module's first floating parameter or buffer."""
    import torch

    for tensor in (*module.parameters(), *module.buffers()):
        if tensor.is_floating_point():
            return tensor.device, tensor.dtype
    return torch.device("cpu"), torch.float32


@contextmanager
def evaluating(module: torch.nn.Module) -> Iterator[None]:
    """Put a module in evaluation mode without gradients, and every part back as it was."""
    import torch

    training = [part for part in module.modules() if part.training]
    for part in training:
        part.training = False
    try:
        with torch.inference_mode():
            yield
    finally:
        for part in training:
            part.training = True


class eager_call:  # noqa: N801 - used as a function
    """Calls a module on a numpy or torch batch (N, C, H, W) and returns its raw output."""

    def __init__(
        self, module: torch.nn.Module, channels_last: bool, memory_channels_last: bool = False
    ) -> None:
        self._module = module
        self._channels_last = channels_last
        self._memory_channels_last = memory_channels_last

    def __call__(self, batch: Any) -> Any:
        import torch

        if isinstance(batch, torch.Tensor):
            tensor = batch
        else:
            # torch warns of arrays that it cannot write to, though nothing writes here.
            tensor = torch.from_numpy(batch if batch.flags.writeable else batch.copy())
        device, dtype = placement(self._module)
        tensor = tensor.to(device=device, dtype=dtype)
        if self._channels_last:
            tensor = tensor.permute(0, 2, 3, 1).contiguous()
        elif self._memory_channels_last:
            tensor = tensor.contiguous(memory_format=torch.channels_last)
        with evaluating(self._module):
            return pick_scores(self._module(tensor))


def own_shape(module: torch.nn.Module) -> InputShape:
    """Return what the module's structure tells: the channels of its first convolution."""
    import torch

    for part in module.modules():
        if isinstance(part, torch.nn.Conv2d):
            return InputShape(part.in_channels if part.in_channels in (1, 3) else None)
        if isinstance(part, torch.nn.Linear):
            break
    return InputShape()


@KINDS.register(10)
def torch_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of a torch module; torch is not imported where it is not loaded."""
    torch = sys.modules.get("torch")
    if torch is None or not isinstance(model, torch.nn.Module):
        return None
    module: torch.nn.Module = model
    found = find_metadata(module, options)
    shape, settled = known_shape(options, found, own_shape(module))

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> NDArray[np.float32]:
        return as_scores(eager_call(module, trial.channels_last)(batch), len(batch))

    shape, scores, choices = find_shape(shape, settled, evaluate)
    agreed = settle(options, found, shape, int(scores.shape[1]))
    if any(part.training for part in module.modules()):
        choices = (
            *choices,
            "The module is in training mode: evaluated as after .eval(), its flags put back.",
        )
    return TorchClassifier(
        module,
        options,
        shape,
        name=options.name or type(module).__name__,
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=ScoreReader(options.activation, options.binary_threshold),
        choices=(*choices, *agreed.choices),
        fixed_batch=shape.batch,
    )


def _bytes_of(tensor: torch.Tensor) -> bytes:
    import torch

    plain = tensor.detach().cpu().contiguous()
    return plain.reshape(-1).view(torch.uint8).numpy().tobytes()
