"""An ONNX file, its bytes, or an open ONNX Runtime session."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.base import Classifier, ModelClassifier
from rex_widgets.classifiers.kinds.registered import KINDS
from rex_widgets.classifiers.memory import is_out_of_memory
from rex_widgets.classifiers.metadata.found import find_metadata
from rex_widgets.classifiers.onnx_session import (
    ImageInput,
    advised_batch,
    image_input,
    open_session,
    run_session,
)
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.outputs import pick_scores
from rex_widgets.classifiers.probabilities import ScoreReader
from rex_widgets.classifiers.probe import find_shape, known_shape
from rex_widgets.classifiers.resolve import settle
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError

_TORCH_SUFFIXES = {".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib"}
_OTHER_SUFFIXES = {".h5", ".keras", ".pb", ".tflite", ".safetensors"}


class OnnxClassifier(ModelClassifier):
    """A model run by ONNX Runtime."""

    def __init__(
        self, session: Any, image: ImageInput, output: str, identity: bytes, **common: Any
    ) -> None:
        on_cpu = session.get_providers()[0] == "CPUExecutionProvider"
        super().__init__(
            runtime="onnxruntime",
            advised_batch=advised_batch(None, image.shape) if on_cpu else None,
            **common,
        )
        self._session = session
        self._image = image
        self._outputs = [output]
        self._hash = identity

    def _evaluate(self, batch: Any) -> Any:
        array = batch.cpu().numpy() if hasattr(batch, "cpu") else batch
        return run_session(self._session, self._outputs, self._image, array)[0]

    def _identity(self) -> bytes:
        return self._hash


@KINDS.register(20)
def onnx_classifier(model: object, options: ClassifierOptions) -> Classifier | None:
    """Make a classifier of an ONNX path, bytes or session."""
    if isinstance(model, str | Path):
        path = _checked_path(Path(model))
        return _build(_open(str(path), path.name, options), options, path.stem, _hash_file(path))
    if isinstance(model, bytes | bytearray):
        content = bytes(model)
        session = _open(content, "(bytes)", options)
        return _build(session, options, "ONNX model", sha256(content).digest())
    if all(hasattr(model, name) for name in ("get_inputs", "get_outputs", "get_modelmeta", "run")):
        return _build(model, options, "ONNX session", _session_identity(model))
    return None


def _checked_path(path: Path) -> Path:
    suffix = path.suffix.lower()
    try:
        missing, folder = not path.exists(), path.is_dir()
    except (OSError, ValueError):
        missing, folder = True, False
    if missing:
        raise ModelError(
            f"The model file {path.name!r} does not exist; give the path of an ONNX file, or the "
            "model itself."
        )
    if folder:
        raise ModelError(f"{path.name!r} is a folder; give the path of an ONNX file.")
    if suffix in _TORCH_SUFFIXES:
        raise ModelError(
            f"{path.name!r} is a pickle, which can run any code when it is read, so it is not "
            "opened. Load it yourself and give the torch.nn.Module: "
            "model.load_state_dict(torch.load(path, weights_only=True))."
        )
    if suffix in _OTHER_SUFFIXES:
        raise ModelError(
            f"{path.name!r} is not an ONNX file ({suffix}); export it to ONNX, or load it "
            "yourself and give the model or a function from a batch to scores."
        )
    if path.stat().st_size == 0:
        raise ModelError(f"The model file {path.name!r} is empty; expected an ONNX file.")
    return path


def _open(source: str | bytes, shown: str, options: ClassifierOptions) -> Any:
    if options.runtime == "eager":
        raise ModelError(
            "runtime='eager' was given, but an ONNX model runs only in ONNX Runtime; "
            "leave runtime out."
        )
    try:
        return open_session(source, **options.session())
    except ImportError:
        raise ModelError(
            "An ONNX model was given, but onnxruntime is not installed; "
            "install it with `pip install onnxruntime`."
        ) from None
    except Exception as error:
        if is_out_of_memory(error):
            raise MemoryError(str(error)) from error
        text = " ".join(str(error).split())
        raise ModelError(
            f"{shown!r} cannot be opened as an ONNX model ({_without_paths(text, source)}); "
            "expected a file written by an ONNX exporter."
        ) from None


def _without_paths(text: str, source: str | bytes) -> str:
    if isinstance(source, str):
        text = text.replace(source, Path(source).name)
    return text if len(text) <= 240 else text[:237] + "..."


def _build(session: Any, options: ClassifierOptions, name: str, identity: bytes) -> Classifier:
    image = image_input(session, options.kind)
    found = find_metadata(session, options)
    shape, settled = known_shape(options, found, image.shape)
    # The axes' order and the batch are the file's; nobody can say otherwise.
    fixed = image.shape.batch
    shape = replace(
        shape,
        channels_last=image.shape.channels_last,
        channel_axis=image.shape.channel_axis,
        kind=image.shape.kind,
        batch=fixed,
    )
    if image.shape.channels is not None:
        shape = replace(shape, channels=image.shape.channels)
    if image.shape.size is not None:
        if options.input_shape is not None and shape.size != image.shape.size:
            raise ModelError(
                f"input_shape={tuple(options.input_shape)} was given, but the ONNX model takes "
                f"{'x'.join(map(str, image.shape.size))}; leave input_shape out."
            )
        shape, settled = replace(shape, size=image.shape.size, assumed=False), True

    def evaluate(batch: NDArray[np.float32], trial: InputShape) -> list[Any]:
        if trial.channel_axis != image.shape.channel_axis:
            raise ModelError("The file tells its axes.")
        return run_session(session, None, image, batch)

    shape, outputs, choices = find_shape(shape, settled, evaluate)
    if options.gpu and session.get_providers()[0] == "CPUExecutionProvider":
        choices = (*choices, "gpu=True, but this ONNX Runtime has no CUDA: the CPU is used.")
    output, chosen = _choose_output(session, outputs, shape.batch or 2)
    if image.dtype is np.uint8 and options.scale is None:
        options = replace(options, scale=1.0)
        choices = (*choices, "The model takes bytes: values 0..255 are given as they are.")
    agreed = settle(options, found, shape, _classes(outputs, output, session))
    if fixed is not None:
        choices = (*choices, f"The model takes exactly {fixed} input(s) at once.")
    return OnnxClassifier(
        session,
        image,
        output,
        identity,
        name=options.name or name,
        preprocessing=agreed.preprocessing,
        labels=agreed.labels,
        reader=ScoreReader(options.activation, options.binary_threshold),
        choices=(*choices, *chosen, *agreed.choices),
        fixed_batch=fixed,
    )


def _choose_output(session: Any, outputs: list[Any], rows: int) -> tuple[str, tuple[str, ...]]:
    names = [output.name for output in session.get_outputs()]
    outputs = [pick_scores(value) if isinstance(value, list) else value for value in outputs]
    shapes: list[tuple[int, ...]] = [getattr(value, "shape", ()) for value in outputs]
    scores = [
        name
        for name, shape in zip(names, shapes, strict=True)
        if len(shape) >= 2 and set(shape[2:]) <= {1} and shape[0] == rows
    ] or [
        name
        for name, value in zip(names, outputs, strict=True)
        if getattr(value, "shape", ()) == (rows,) and value.dtype.kind == "f"
    ]
    listed = ", ".join(f"{name}: {tuple(shape)}" for name, shape in zip(names, shapes, strict=True))
    if not scores:
        raise ModelError(
            f"The ONNX model's outputs for {rows} inputs are {listed}; expected one of shape "
            f"({rows}, classes). If this is no classifier, wrap it in a function that gives scores."
        )
    if len(names) == 1:
        return scores[0], ()
    words = ("logit", "prob", "score", "class", "output")
    best = next((n for word in words for n in scores if word in n.lower()), scores[0])
    return best, (f"The model has {len(names)} outputs ({listed}): {best!r} taken as scores.",)


def _classes(outputs: list[Any], output: str, session: Any) -> int:
    names = [item.name for item in session.get_outputs()]
    shape = pick_scores(outputs[names.index(output)]).shape
    return int(shape[1]) if len(shape) > 1 else 1


def _hash_file(path: Path) -> bytes:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()


def _session_identity(session: Any) -> bytes:
    # A session does not give its bytes back; its path, where it has one, leads to them.
    path = getattr(session, "_model_path", None)
    if isinstance(path, str) and Path(path).is_file():
        return _hash_file(Path(path))
    content = getattr(session, "_model_bytes", None)
    if isinstance(content, bytes):
        return sha256(content).digest()
    meta = session.get_modelmeta()
    described = [(i.name, i.type, i.shape) for i in session.get_inputs()]
    described += [(o.name, o.type, o.shape) for o in session.get_outputs()]
    text = repr((meta.graph_name, meta.version, meta.custom_metadata_map, described))
    return sha256(text.encode()).digest()
