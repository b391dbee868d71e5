"""A `torch.nn.Module`, on whatever device it is."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.agreement import same_classes
from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.module_runtime import ModuleRuntime
from rex_widgets.classifiers.module_shape import find_module_shape, own_shape
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import as_scores
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import known_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.runtime import Part, RuntimeChoice, choose_runtime
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.classifiers.torch_calls import EagerCall, placement

if TYPE_CHECKING:
    import torch


class TorchClassifier(ModuleRuntime, ModelClassifier):
    """A torch module in the fastest runtime that gives its own probabilities."""

    def __init__(
        self, module: torch.nn.Module, options: ClassifierOptions, shape: InputShape, **common: Any
    ) -> None:
        device, _ = placement(module)
        on_cpu = device.type == "cpu"
        super().__init__(
            module,
            EagerCall(module, shape),
            array_library="numpy" if on_cpu else "torch",
            device="cpu" if on_cpu else str(device),
            **common,
        )
        self._options = options
        self._shape = shape

    @property
    def module(self) -> torch.nn.Module:
        """The module itself."""
        return self._module

    @property
    def shape(self) -> InputShape:
        """Which of its input's axes holds what."""
        return self._shape

    def _choose(self, probe: NDArray[np.float32], expected_evaluations: int) -> RuntimeChoice:
        part = Part(self._eager, same_classes(self._reader), self._module, None)
        return choose_runtime(
            self._module,
            self._shape,
            self._options,
            self._reader,
            probe,
            expected_evaluations,
            part,
        )


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

    shape, scores, choices = find_module_shape(module, shape, settled, options, evaluate)
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
