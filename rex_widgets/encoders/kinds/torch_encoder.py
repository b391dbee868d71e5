"""A `torch.nn.Module`, or one of its hidden layers, on whatever device it is."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.memory import is_out_of_memory
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.module_runtime import ModuleRuntime, module_identity
from rex_widgets.classifiers.module_shape import (
    find_module_shape,
    linear_features,
    own_shape,
)
from rex_widgets.classifiers.probe import known_shape, probe_batch
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.runtime import Part, RuntimeChoice, choose_runtime
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.classifiers.torch_calls import EagerCall, placement
from rex_widgets.encoders.agreement import same_representations
from rex_widgets.encoders.base import Encoder, ModelEncoder
from rex_widgets.encoders.independence import HALF_TOLERANCE
from rex_widgets.encoders.kinds.registered import KINDS
from rex_widgets.encoders.layers import (
    Passed,
    features_last,
    find_layer,
    part_of,
    pass_through,
)
from rex_widgets.encoders.options import EncoderOptions
from rex_widgets.encoders.picking import pick_output
from rex_widgets.encoders.reader import EmbeddingReader
from rex_widgets.encoders.training import check_mode
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch


class TorchEncoder(ModuleRuntime, ModelEncoder):
    """A torch module, or what a layer of it gives, in the fastest runtime that agrees.

    Should the weights change, the module is called eagerly until the next `prepare`.
    """

    def __init__(
        self,
        whole: torch.nn.Module,
        part: torch.nn.Module,
        shape: InputShape,
        said: EncoderOptions,
        evaluation: bool,
        **common: Any,
    ) -> None:
        device, dtype = placement(whole)
        eager = EagerCall(part, shape, pick=_as_it_is, evaluation=evaluation)
        super().__init__(part, eager, device=str(device), **common)
        self._whole = whole
        self._shape = shape
        self._said = said
        if dtype.itemsize < 4:
            self.tolerance = HALF_TOLERANCE
        if any(module.training for module in whole.modules()):
            self.advice = " The module is in training mode: try eval_mode=True (--eval-mode)."

    def prepare(self, probe: NDArray[np.float32], expected_evaluations: int) -> None:
        """Check real inputs and choose the runtime; again only if the weights have changed.

        Parameters
        ----------
        probe
            (n, C, *size) float32 real masked inputs, on which the candidates must agree.
        expected_evaluations
            How many evaluations the run will ask for: a short run does not repay an export.

        Raises
        ------
        ModelError
            If a row depends on its batch, or runtime="onnxruntime" was asked for and cannot be
            had.
        """
        ModelEncoder.prepare(self, probe, expected_evaluations)
        ModuleRuntime.prepare(self, probe, expected_evaluations)

    def _choose(self, probe: NDArray[np.float32], expected_evaluations: int) -> RuntimeChoice:
        name = ("encoder", self._said.layer, self._said.output)
        part = Part(self._eager, same_representations, self._whole, name)
        return choose_runtime(
            self._module,
            self._shape,
            self._said.model,
            self._reader,
            probe,
            expected_evaluations,
            part,
        )

    def _identity(self) -> bytes:
        return module_identity(self._whole)


def _as_it_is(output: Any) -> Any:
    return output


@KINDS.register(10)
def torch_encoder(
    model: object, options: EncoderOptions, given: Mapping[str, Any]
) -> Encoder | None:
    """Make an encoder of a torch module; torch is not imported where it is not loaded."""
    loaded = sys.modules.get("torch")
    if loaded is None or not isinstance(model, loaded.nn.Module):
        return None
    module: torch.nn.Module = model
    target = None if options.layer is None else find_layer(module, options.layer)
    evaluation, told = check_mode(module, options.eval_mode)
    found = find_metadata(module, options.model)
    shape, settled = known_shape(options.model, found, own_shape(module))
    # (1, 3, 224, 224) is how people write a shape; it does not mean "one at a time".
    shape = replace(shape, batch=None if shape.batch == 1 else shape.batch)
    shape, passed, choices, stop = _probed(module, target, shape, settled, options, evaluation)
    raw = _taken(passed, target, options.layer, module)
    value, note = pick_output(raw, options.output, None)
    reader = EmbeddingReader(
        pool=options.pool,
        kind=shape.kind or "image",
        channels_last=shape.channels_last,
        features_last=features_last(target),
        where=_where(options),
        note=note,
    )
    probe = probe_batch(shape)
    reader.read(value, len(probe), finite=False)
    if len(passed.outputs) > 1:
        choices = (
            *choices,
            f"The layer {options.layer!r} is called {len(passed.outputs)} times for an input: its "
            "last output is taken.",
        )
    final = passed.final if target is not None else value
    classes = int(final.shape[1]) if len(getattr(final, "shape", ())) == 2 else None
    agreed = settle(options.model, found, shape, classes, labelled=False)
    encoder = TorchEncoder(
        module,
        part_of(module, target, stop, lambda raw: pick_output(raw, options.output, None)[0]),
        shape,
        options,
        evaluation,
        source=model,
        options=given,
        name=options.model.name or type(module).__name__,
        preprocessing=agreed.preprocessing,
        reader=reader,
        choices=(
            *choices,
            *told,
            *agreed.choices,
            *_of_device(module, options),
        ),
        fixed_batch=shape.batch,
    )
    encoder.check(probe)
    return encoder


def _probed(
    module: torch.nn.Module,
    target: torch.nn.Module | None,
    shape: InputShape,
    settled: bool,
    options: EncoderOptions,
    evaluation: bool,
) -> tuple[InputShape, Passed, tuple[str, ...], bool]:
    """Evaluate a probe of the shape that works, the whole module where it can be had.

    The last value tells whether a call may end at the layer.
    """
    features = linear_features(module)

    def evaluate(batch: NDArray[np.float32], trial: InputShape, stop: bool = False) -> Passed:
        def call(image: Any) -> Passed:
            if target is None:
                return Passed((), module(image))
            return pass_through(module, target, image, stop)

        passed: Passed = EagerCall(
            _Holder.of(module, call), trial, pick=_as_it_is, evaluation=evaluation
        )(batch)
        last = passed.final
        # A linear layer takes the rows of a picture one by one; that is no size found.
        by_rows = batch.ndim == 4 and features == batch.shape[-1]
        if not settled and by_rows and getattr(last, "shape", ())[:-1] == batch.shape[:-1]:
            raise ModelError("The model takes rows, not pictures.")
        return passed

    try:
        found, passed, choices = find_module_shape(module, shape, settled, options.model, evaluate)
        return found, passed, choices, len(passed.outputs) == 1
    except Exception as error:
        if target is None or is_out_of_memory(error):
            raise
        try:
            found, passed, choices = find_module_shape(
                module, shape, settled, options.model, lambda b, t: evaluate(b, t, True)
            )
        except Exception:
            raise error from None  # of the two this one says what the whole module wants
        lines = str(error).strip().splitlines() or [type(error).__name__]
        sentence = (
            f"The module fails behind the layer ({lines[0][:160]}); it is called up to there."
        )
        return found, passed, (*choices, sentence), True


class _Holder:
    """A call that `EagerCall` takes for the module, so that it finds device and flags."""

    def __init__(self, module: torch.nn.Module, call: Any) -> None:
        self._held = module
        self._call = call

    @classmethod
    def of(cls, module: torch.nn.Module, call: Any) -> Any:
        """Return it as the type that `EagerCall` names."""
        return cls(module, call)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._held, name)

    def __call__(self, image: Any) -> Any:
        return self._call(image)


def _taken(
    passed: Passed, target: torch.nn.Module | None, layer: str | None, module: torch.nn.Module
) -> Any:
    if target is None:
        return passed.final
    if not passed.outputs:
        raise ModelError(
            f"layer={layer!r} was given, but {type(module).__name__} does not call that "
            f"{type(target).__name__} in its forward pass (a list of layers, a part that is not "
            "used, or a scripted module); name a layer that is called, such as one inside it."
        )
    return passed.outputs[-1]


def _where(options: EncoderOptions) -> str:
    layer = "" if options.layer is None else f"layer {options.layer!r}"
    output = "" if options.output is None else f"output {options.output!r}"
    return ", ".join(words for words in (layer, output) if words)


def _of_device(module: torch.nn.Module, options: EncoderOptions) -> tuple[str, ...]:
    device = placement(module)[0].type
    gpu = options.model.gpu
    if gpu is None or device == ("cuda" if gpu else "cpu"):
        return ()
    return (f"gpu={gpu}, but the module is on {device}; it is called where it is.",)
