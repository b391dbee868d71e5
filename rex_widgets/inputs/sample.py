"""One input: what the model sees and what a person sees of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from rex_widgets.axes import Axes
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs.arrays import (
    as_array,
    load_npy,
    picture_from_array,
    processed_from_array,
    without_batch,
)
from rex_widgets.inputs.limits import MAX_PIXELS, check_bytes
from rex_widgets.inputs.pictures import from_pillow, open_picture
from rex_widgets.inputs.pixels import Pixels, fit

_URL = re.compile(r"^(?:[a-z][a-z0-9+.-]+://|data:)", re.IGNORECASE)
_NPY = b"\x93NUMPY"


@dataclass(frozen=True, eq=False)
class Sample:
    """One input at the model's resolution.

    Attributes
    ----------
    data
        (C, H, W) float32, what the unmasked model sees; read-only. (C, L) for tables, signals
        and sound, (C, D1, D2, D3) for volumes; a model without a channel axis has it taken away
        by its classifier.
    picture
        (H, W, 3) uint8, what a person sees; read-only. A volume's middle slice; a strip of one
        row for one axis.
    source
        A short name for people: a file's name without its folder, or "array".
    notes
        What was done to it on the way, e.g. "EXIF orientation applied".
    kind
        One of `rex_widgets.axes.KINDS`.
    axes
        What the axes mean; None for pictures.
    values
        (C, …) float32 as a person reads it, before normalisation; None for pictures.
    """

    data: NDArray[np.float32]
    picture: NDArray[np.uint8]
    source: str
    notes: tuple[str, ...] = ()
    kind: str = "image"
    axes: Axes | None = None
    values: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        for array in (self.data, self.picture):
            array.setflags(write=False)

    def digest(self) -> str:
        """Return the SHA-256 of what the model sees, as 64 hexadecimal digits."""
        digest = sha256(repr(self.data.shape).encode())
        digest.update(np.ascontiguousarray(self.data).tobytes())
        return digest.hexdigest()


def load_sample(image: Any, preprocessing: Preprocessing, *, processed: bool = False) -> Sample:
    """Read a picture in any usual form and bring it to a model's shape and range.

    Parameters
    ----------
    image
        A path (PNG, JPEG, WebP, …, or .npy), the bytes of such a file, a Pillow picture, a numpy
        array (H, W), (H, W, C) or (C, H, W), or a torch tensor (C, H, W) or (1, C, H, W).
        Whole numbers are 0..255 (uint16: 0..65535); floats are 0..1 or 0..255. Floats with
        negative values are taken as preprocessed.
    preprocessing
        What the model expects.
    processed
        An array is preprocessed already, whatever its values; it must have the model's shape.

    Returns
    -------
    Sample

    Raises
    ------
    InputError
        If it cannot be read, is empty, is larger than 100 megapixels or 512 MB, holds NaN, or
        does not fit.
    """
    if isinstance(image, Sample):
        return image
    if isinstance(image, str | Path):
        return _from_path(image, preprocessing, processed)
    if isinstance(image, bytes | bytearray | memoryview):
        content = bytes(image)
        check_bytes(len(content), "The bytes given")
        if content.startswith(_NPY):
            array = load_npy(content, "The bytes given")
            return _from_array(array, preprocessing, processed, "bytes")
        return _picture(open_picture(content, "The bytes given"), preprocessing, processed, "bytes")
    if isinstance(image, Image.Image):
        name = Path(getattr(image, "filename", "") or "").name or "picture"
        return _picture(from_pillow(image, "The picture"), preprocessing, processed, name)
    if hasattr(image, "detach") and hasattr(image, "cpu"):
        return _from_array(as_array(image), preprocessing, processed, "tensor", True)
    if isinstance(image, np.ndarray):
        return _from_array(image, preprocessing, processed, "array")
    raise InputError(
        f"An input of type {type(image).__name__} was given; expected a path, the bytes of a "
        "picture file, a Pillow picture, a numpy array or a torch tensor."
    )


def _from_path(image: str | Path, preprocessing: Preprocessing, processed: bool) -> Sample:
    if isinstance(image, str) and _URL.match(image):
        raise InputError(
            f"{image[:60]!r} is a web address; nothing is downloaded. Save the picture and give "
            "its path."
        )
    path = Path(image).expanduser()
    source = f"{path.name or path.resolve().name!r}"
    try:
        if path.is_dir():
            raise InputError(f"{source} is a folder; give the path of one picture.")
        size = path.stat().st_size
    except FileNotFoundError:
        raise InputError(
            f"{source} does not exist; check the path (it is looked up from the working folder)."
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InputError(
            f"{source[:80]} cannot be read ({reason}); give the path of a picture."
        ) from None
    if not path.is_file():
        raise InputError(f"{source} is not a regular file; give the path of one picture.")
    check_bytes(size, source)
    if path.suffix.lower() == ".npy":
        return _from_array(load_npy(path, source), preprocessing, processed, path.name)
    return _picture(open_picture(path, source), preprocessing, processed, path.name)


def _from_array(
    array: NDArray[Any],
    preprocessing: Preprocessing,
    processed: bool,
    name: str,
    channels_first: bool = False,
) -> Sample:
    source = repr(name) if "." in name else f"The {name}"
    if array.size > 4 * MAX_PIXELS:
        raise InputError(
            f"{source} has {array.size / 1e6:.0f} million values (shape {array.shape}); at most "
            f"{MAX_PIXELS // 1_000_000} megapixels are read. Make it smaller first."
        )
    array = without_batch(array, source)
    negative = array.dtype.kind == "f" and array.size > 0 and bool((array < 0).any())
    if processed or negative:
        why = "processed=True" if processed else "it holds negative values"
        data = processed_from_array(array, preprocessing, source, why)
        notes = () if processed else ("negative values: taken as preprocessed",)
        return Sample(data, preprocessing.picture(data), name, notes)
    return _picture(picture_from_array(array, source, channels_first), preprocessing, False, name)


def _picture(pixels: Pixels, preprocessing: Preprocessing, processed: bool, name: str) -> Sample:
    if processed:
        raise InputError(
            "processed=True was given with a picture; only an array or tensor can be "
            "preprocessed already. Leave processed out."
        )
    fitted = fit(pixels, preprocessing)
    values = fitted.values
    shown = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    if shown.shape[2] == 1:
        shown = np.repeat(shown, 3, axis=2)
    return Sample(preprocessing.normalise(values), np.ascontiguousarray(shown), name, fitted.notes)
