"""Reading Pillow pictures: modes, transparency, orientation, frames."""

from __future__ import annotations

import io
import warnings
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from rex_widgets.errors import InputError
from rex_widgets.inputs.limits import check_pixels
from rex_widgets.inputs.pixels import Pixels

# Not every format that Pillow knows: reading EPS would start another program.
_FORMATS = (
    *("PNG", "JPEG", "WEBP", "AVIF", "TIFF", "GIF", "BMP", "DIB", "PPM", "JPEG2000"),
    *("TGA", "ICO", "PSD", "PCX", "SGI", "DDS"),
)
_DEEP_MODES = ("I;16", "I;16L", "I;16B", "I;16N", "I", "F")


def open_picture(file: Path | bytes, source: str, keep_alpha: bool = False) -> Pixels:
    """Decode a picture file; its size is checked from the header, before it is decoded.

    Parameters
    ----------
    file
        Path or content.
    source
        How people call it.
    keep_alpha
        Keep a fourth channel, where there is one, instead of putting the picture on white.

    Raises
    ------
    InputError
        If it is no picture, is truncated, or is too large.
    """
    Image.init()
    formats = [name for name in _FORMATS if name in Image.OPEN]
    stream = io.BytesIO(file) if isinstance(file, bytes) else file
    try:
        with warnings.catch_warnings():
            # The library's own limit is checked below, and says what to do; of damage it warns
            # where it can read on.
            warnings.simplefilter("ignore")
            picture = Image.open(stream, formats=formats)
    except Image.DecompressionBombError:
        raise InputError(
            f"{source} has more pixels than can be read safely; at most 100 megapixels are "
            "read. Make it smaller first."
        ) from None
    except MemoryError:
        raise
    except Exception as error:
        if isinstance(error, OSError) and not isinstance(error, UnidentifiedImageError):
            raise InputError(
                f"{source} cannot be read ({error.strerror or _short(error)}); check the file and "
                "the permission to read it."
            ) from None
        # Damaged headers make decoders raise many types; none of them is a defect of ours.
        raise InputError(
            f"{source} is not a picture that can be read; expected PNG, JPEG, WebP, TIFF, GIF, "
            "BMP or a .npy array."
        ) from None
    with picture:
        return from_pillow(picture, source, keep_alpha)


def from_pillow(picture: Image.Image, source: str, keep_alpha: bool = False) -> Pixels:
    """Turn a Pillow picture of any mode into pixels, noting every conversion."""
    check_pixels(picture.width, picture.height, source)
    notes: list[str] = []
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            image = _first_frame_upright(picture, notes)
    except MemoryError:
        raise
    except Exception as error:
        # Decoders raise many types for damaged data; none of them is a defect of ours.
        raise InputError(
            f"{source} is damaged or truncated ({_short(error)}); "
            "save the picture again or give another one."
        ) from None
    if image.mode in _DEEP_MODES:
        return Pixels(_deep(image, source, notes), tuple(notes))
    return Pixels(_shallow(image, notes, keep_alpha), tuple(notes))


def _first_frame_upright(picture: Image.Image, notes: list[str]) -> Image.Image:
    frames = getattr(picture, "n_frames", 1)
    if frames > 1:
        notes.append(f"first of {frames} frames")
        if picture.tell() != 0:
            picture.seek(0)
    picture.load()
    upright = ImageOps.exif_transpose(picture)
    if upright is not None and picture.getexif().get(0x0112, 1) not in (0, 1):
        notes.append("EXIF orientation applied")
    return upright if upright is not None else picture


def _shallow(image: Image.Image, notes: list[str], keep_alpha: bool) -> NDArray[np.uint8]:
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        if keep_alpha:
            return np.array(rgba, dtype=np.uint8)
        alpha = rgba.getchannel("A")
        if alpha.getextrema()[0] != 255:
            white = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
            rgba = Image.alpha_composite(white, rgba)
            notes.append("alpha composited on white")
        image = rgba.convert("L" if image.mode in ("L", "LA", "La", "1") else "RGB")
    elif image.mode in ("CMYK", "YCbCr", "LAB", "HSV"):
        notes.append(f"converted from {image.mode}")
        image = image.convert("RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in ("L", "RGB"):
        image = image.convert("RGB")
    values = np.array(image, dtype=np.uint8)
    return values[:, :, None] if values.ndim == 2 else values


def _deep(image: Image.Image, source: str, notes: list[str]) -> NDArray[np.float32]:
    values = np.array(image).astype(np.float32)
    if not np.isfinite(values).all():
        raise InputError(f"{source} holds NaN or infinite values; expected finite pixels.")
    if values.min() < 0:
        raise InputError(
            f"{source} holds negative pixels (mode {image.mode}); expected values from 0 on."
        )
    top = float(values.max())
    if image.mode == "F" and top <= 1:
        values *= 255
        notes.append("floating-point pixels scaled from 0..1")
    elif image.mode.startswith("I;16") or 255 < top <= 65535:
        values /= 257
        notes.append("16-bit pixels scaled to 0..255")
    elif top > 65535:
        values *= 255 / top
        notes.append(f"{image.mode} pixels scaled from 0..{top:g} to 0..255")
    return values[:, :, None]


def _short(error: Exception) -> str:
    text = " ".join(str(error).split()) or type(error).__name__
    return text if len(text) <= 120 else text[:117] + "..."
