"""Masks as PNG pictures of two colours."""

from __future__ import annotations

import io
import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.content import Content
from rex_widgets.inputs.limits import check_pixels
from rex_widgets.regions.binary import check_shape, two_valued


def png_of(mask: NDArray[np.bool_]) -> bytes:
    """Return a mask, bool (H, W), as a grey PNG: 255 inside, 0 outside."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(mask.astype(np.uint8) * 255).save(buffer, "PNG")
    return buffer.getvalue()


def read_png(content: Content, shape: tuple[int, ...] | None) -> NDArray[np.bool_]:
    """Read a mask, bool (H, W), from a PNG: what is not black is inside.

    In a picture whose transparency differs from place to place, what is not transparent is inside.

    Raises
    ------
    InputError
        If it is damaged, has more than 100 megapixels or two colours, none of them black, or is of
        another shape; size and shape are checked before a pixel is decoded.
    """
    from PIL import Image

    source = content.source
    stream: Any = content.path if content.path is not None else io.BytesIO(content.held)
    try:
        with warnings.catch_warnings():
            # The library's own limit on sizes is checked below.
            warnings.simplefilter("ignore")
            picture = Image.open(stream, formats=["PNG"])
    except Image.DecompressionBombError:
        raise InputError(
            f"{source} has more pixels than can be read safely; at most 100 megapixels are read. "
            "Make it smaller first."
        ) from None
    except MemoryError:
        raise
    except Exception as error:
        raise _damaged(source, error) from None
    with picture:
        check_pixels(picture.width, picture.height, source)
        check_shape((picture.height, picture.width), shape, source)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                values = _plain(picture)
        except MemoryError:
            raise
        except Exception as error:
            # Decoders raise many types for damaged data; none of them is a defect of ours.
            raise _damaged(source, error) from None
    return _mask(values, source)


def _plain(picture: Any) -> NDArray[Any]:
    if picture.mode in ("1", "L", "I", "I;16", "I;16B", "F") and "transparency" not in picture.info:
        return np.array(picture)
    return np.array(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))


def _mask(values: NDArray[Any], source: str) -> NDArray[np.bool_]:
    if values.ndim == 2:
        return two_valued(values, source)
    if values.shape[2] == 4:
        alpha = values[:, :, 3]
        if alpha.min() != alpha.max():
            return two_valued(alpha, f"The transparency of {source}")
    colours = values[:, :, :3].astype(np.int32)
    return two_valued((colours[..., 0] << 16) | (colours[..., 1] << 8) | colours[..., 2], source)


def _damaged(source: str, error: Exception) -> InputError:
    text = " ".join(str(error).split())[:120] or type(error).__name__
    return InputError(
        f"{source} is a damaged or truncated PNG ({text}); save the mask again or give another one."
    )
