"""Reading masks from files: PNG, NPZ, NPY, COCO RLE in JSON and NIfTI."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.content import Content, content_of, is_nifti, unpacked_head
from rex_widgets.inputs.limits import MAX_TEXT_BYTES, MAX_VALUES, check_bytes, check_values
from rex_widgets.inputs.nifti_file import read_nifti
from rex_widgets.inputs.npy_file import load_npy
from rex_widgets.regions.binary import check_shape, two_valued
from rex_widgets.regions.coco import mask_of_coco
from rex_widgets.regions.png import read_png

_KEYS = ("mask", "region")
_MOST_MEMBERS = 1000
_CHUNK = 1 << 20


def read_mask(
    source: str | Path | bytes | bytearray | memoryview, shape: tuple[int, ...] | None = None
) -> NDArray[np.bool_]:
    """Read a mask from a file, or from the content of one.

    Parameters
    ----------
    source
        The path or the bytes of a PNG of two colours, of which one is black; an .npz with an array
        "mask" (or "region", or just one array); an .npy; a COCO RLE as JSON; a NIfTI volume, turned
        so that its axes point right, anterior and superior. Numbers are 0 and one other value.
    shape
        What the mask has to be; checked before pixels are unpacked.

    Returns
    -------
    ndarray
        Bool, new, of any number of axes.

    Raises
    ------
    InputError
        If there is no such file, it is damaged, too large, no mask, or of another shape. Python
        objects are never unpickled.
    """
    content = content_of(source)
    check_bytes(content.size, content.source)
    head = content.head
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return read_png(content, shape)
    if head.startswith(b"PK\x03\x04"):
        return _npz(content, shape)
    if head.startswith(b"\x93NUMPY"):
        return _values(load_npy(content.place, content.source), content.source, shape)
    if is_nifti(unpacked_head(head)) or content.suffix in (".nii", ".nii.gz"):
        array = read_nifti(content, None, 1).array[0]
        return _values(array, content.source, shape)
    if head.lstrip()[:1] in (b"{", b"[") or content.suffix == ".json":
        return mask_of_coco(_json(content), content.source, shape)
    raise InputError(
        f"{content.source} is no mask that can be read; expected a PNG, .npz, .npy, a COCO RLE "
        "(.json) or NIfTI (.nii, .nii.gz)."
    )


def _values(array: NDArray[Any], source: str, shape: tuple[int, ...] | None) -> NDArray[np.bool_]:
    check_shape(array.shape, shape, source)
    check_values(array.shape, source, array.dtype.itemsize)
    return two_valued(array, source)


def _npz(content: Content, shape: tuple[int, ...] | None) -> NDArray[np.bool_]:
    source = content.source
    try:
        with content.open() as file, zipfile.ZipFile(file) as archive:
            member = _member(archive, source)
            check_bytes(member.file_size, f"The mask in {source}", 8 * MAX_VALUES + 4096)
            data = _unpacked(archive, member, source)
    except (InputError, MemoryError):
        raise
    except OSError as error:
        raise InputError(f"{source} cannot be read ({error.strerror or error}).") from None
    except Exception as error:
        # Damaged archives make their reader raise many types; none of them is a defect of ours.
        text = " ".join(str(error).split())[:120] or type(error).__name__
        raise InputError(f"{source} is damaged or no .npz ({text}); save it again.") from None
    return _values(load_npy(data, f"{member.filename} in {source}"), source, shape)


def _member(archive: zipfile.ZipFile, source: str) -> zipfile.ZipInfo:
    members = {item.filename.removesuffix(".npy"): item for item in archive.infolist()}
    if len(archive.infolist()) > _MOST_MEMBERS:
        raise InputError(f"{source} holds {len(archive.infolist())} files; expected a few arrays.")
    for key in _KEYS:
        if key in members:
            return members[key]
    if len(members) == 1:
        return next(iter(members.values()))
    names = ", ".join(sorted(members))[:200] or "nothing"
    raise InputError(
        f'{source} holds {names}; expected an array called "mask". Save it with '
        "numpy.savez(path, mask=mask)."
    )


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo, source: str) -> bytes:
    # The archive's own word on the size is not trusted.
    data = io.BytesIO()
    with archive.open(member) as stream:
        while part := stream.read(_CHUNK):
            data.write(part)
            check_bytes(data.tell(), f"The mask in {source}", 8 * MAX_VALUES + 4096)
    return data.getvalue()


def _json(content: Content) -> Any:
    check_bytes(content.size, content.source, MAX_TEXT_BYTES)
    try:
        with content.open() as file:
            return json.loads(file.read())
    except (ValueError, RecursionError):
        raise InputError(
            f"{content.source} is no JSON that can be read; expected a COCO RLE: "
            '{"size": [height, width], "counts": ...}.'
        ) from None
    except OSError as error:
        raise InputError(f"{content.source} cannot be read ({error.strerror or error}).") from None
