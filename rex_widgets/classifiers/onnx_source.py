"""Opening what people have of an ONNX model: its path, its bytes, or a session."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

from rex_widgets.classifiers.memory import is_out_of_memory
from rex_widgets.classifiers.metadata.found import Metadata, find_metadata
from rex_widgets.classifiers.onnx_session import ImageInput, image_input, open_session
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.probe import known_shape
from rex_widgets.classifiers.shape import InputShape
from rex_widgets.errors import ModelError

_TORCH_SUFFIXES = {".pt", ".pth", ".ckpt", ".bin", ".pkl", ".pickle", ".joblib"}
_OTHER_SUFFIXES = {".h5", ".keras", ".pb", ".tflite", ".safetensors"}


@dataclass(frozen=True)
class OnnxSource:
    """An open ONNX model.

    Attributes
    ----------
    session
        ONNX Runtime's, on the model as it is.
    name
        For people.
    identity
        A hash of the file, or of what a session tells of itself.
    read
        Returns the path or the bytes that the session was made from, None where it does not tell.
    """

    session: Any
    name: str
    identity: bytes
    read: Callable[[], str | bytes | None]


def onnx_source(model: object, options: ClassifierOptions) -> OnnxSource | None:
    """Open an ONNX path, bytes or session; None for anything else.

    Raises
    ------
    ModelError
        If the file is missing, of another kind, or cannot be opened.
    """
    if isinstance(model, str | Path):
        path = _checked_path(Path(model))
        session = _open(str(path), path.name, options)
        return OnnxSource(session, path.stem, _hash_file(path), lambda: str(path))
    if isinstance(model, bytes | bytearray):
        content = bytes(model)
        session = _open(content, "(bytes)", options)
        return OnnxSource(session, "ONNX model", sha256(content).digest(), lambda: content)
    if all(hasattr(model, name) for name in ("get_inputs", "get_outputs", "get_modelmeta", "run")):
        return OnnxSource(
            model, "ONNX session", _session_identity(model), lambda: _session_source(model)
        )
    return None


def onnx_shape(
    session: Any, options: ClassifierOptions
) -> tuple[ImageInput, InputShape, bool, tuple[Metadata, ...]]:
    """Return the input that takes the data, what is known of its shape, whether that settles it.

    The last are the metadata that were found.

    Raises
    ------
    ModelError
        If there is no such input, or `input_shape` says otherwise than the file.
    """
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
    return image, shape, settled, found


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


def _hash_file(path: Path) -> bytes:
    digest = sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.digest()


def _session_identity(session: Any) -> bytes:
    source = _session_source(session)
    if source is not None:
        return _hash_file(Path(source)) if isinstance(source, str) else sha256(source).digest()
    meta = session.get_modelmeta()
    described = [(i.name, i.type, i.shape) for i in session.get_inputs()]
    described += [(o.name, o.type, o.shape) for o in session.get_outputs()]
    text = repr((meta.graph_name, meta.version, meta.custom_metadata_map, described))
    return sha256(text.encode()).digest()


def _session_source(session: Any) -> str | bytes | None:
    # A session does not give its bytes back; its path, where it has one, leads to them.
    path = getattr(session, "_model_path", None)
    if isinstance(path, str) and Path(path).is_file():
        return path
    content = getattr(session, "_model_bytes", None)
    return content if isinstance(content, bytes) else None
