"""A `torch.nn.Module`, on whatever device it is."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.preprocessing import PICTURE_CHANNELS
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape, known_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.runtime import choose_runtime
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.classifiers.torch_calls import EagerCall, placement, weights_stamp
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch


class TorchClassifier(ModelClassifier):
    """A torch module, called eagerly until `prepare` finds a faster runtime that agrees.

    Should the weights change after that, the module is called eagerly again until the next
    `prepare`, so that its answers are never those of old weights.
    """

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
        self._eager = EagerCall(module, shape)
        self._call: Callable[[Any], Any] = self._eager
        self._prepared_for: tuple[tuple[int, int], ...] | None = None
        self._watched: tuple[torch.Tensor, ...] = ()
        self._settled_choices = list(self._choices)

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
        choice = choose_runtime(
            self._module, self._shape, self._options, self._reader, probe, expected_evaluations
        )
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
        digest = sha256(type(self._module).__qualname__.encode())
        for name, tensor in sorted(self._module.state_dict().items()):
            if hasattr(tensor, "detach"):
                digest.update(name.encode())
                digest.update(_bytes_of(tensor))
        return digest.digest()


def own_shape(module: torch.nn.Module) -> InputShape:
    """Return what the module's first layer with weights tells of its input."""
    import torch

    for part in module.modules():
        if isinstance(part, torch.nn.Conv2d):
            return InputShape(part.in_channels if part.in_channels in PICTURE_CHANNELS else None)
        if isinstance(part, torch.nn.Conv1d):
            return InputShape(part.in_channels, kind="signal")
        if isinstance(part, torch.nn.Conv3d):
            return InputShape(part.in_channels, kind="volume")
        if isinstance(part, torch.nn.RNNBase) and part.batch_first:
            return InputShape(part.input_size, channels_last=True, kind="signal")
        if isinstance(part, torch.nn.Linear):
            break
    return InputShape()


def _features(module: torch.nn.Module) -> int | None:
    """Return how many values the module's first layer takes, if that layer is a linear one."""
    import torch

    kinds = (torch.nn.Linear, torch.nn.modules.conv._ConvNd, torch.nn.RNNBase, torch.nn.Embedding)
    first = next((part for part in module.modules() if isinstance(part, kinds)), None)
    return first.in_features if isinstance(first, torch.nn.Linear) else None


def _found_shape(
    module: torch.nn.Module,
    shape: InputShape,
    settled: bool,
    options: ClassifierOptions,
    evaluate: Callable[[NDArray[np.float32], InputShape], NDArray[np.float32]],
) -> tuple[InputShape, NDArray[np.float32], tuple[str, ...]]:
    features = _features(module)
    picture = shape.kind in (None, "image")
    if features is not None and options.input_shape is None and shape.kind != "volume":
        row = replace(shape, channels=1, size=(features,), channel_axis=False, assumed=False)
        told = options.fallback_shape
        if not picture and not (told and shape.size and prod(told) == features):
            return find_shape(row, True, evaluate)
        if shape.kind is None and not settled:
            try:
                return find_shape(shape, settled, evaluate)
            except ModelError:
                return find_shape(replace(row, kind="table"), True, evaluate)
    return find_shape(shape, settled, evaluate)


@KINDS.register(10)
def torch_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of a torch module; torch is not imported where it is not loaded."""
    loaded = sys.modules.get("torch")
    if loaded is None or not isinstance(model, loaded.nn.Module):
        return None
    module: torch.nn.Module = model
    found = find_metadata(module, options)
    shape, settled = known_shape(options, found, own_shape(module))
    # (1, 3, 224, 224) is how people write a shape; it does not mean "one at a time".
    shape = replace(shape, batch=None if shape.batch == 1 else shape.batch)

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> NDArray[np.float32]:
        return as_scores(EagerCall(module, trial)(batch), len(batch))

    shape, scores, choices = _found_shape(module, shape, settled, options, evaluate)
    agreed = settle(options, found, shape, int(scores.shape[1]))
    wanted = {True: "cuda", False: "cpu"}.get(options.gpu) if options.gpu is not None else None
    device = placement(module)[0].type
    if wanted is not None and device != wanted:
        choices = (
            *choices,
            f"gpu={options.gpu}, but the module is on {device}; it is called where it is.",
        )
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
