"""Reading NIfTI volumes: sizes from the header first, then no more than the volume that is meant.

The layout is that of NIfTI-1.1 and NIfTI-2 (https://nifti.nimh.nih.gov); nibabel interprets the
header.
"""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, BinaryIO, cast

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.inputs.content import Content, is_gzip, unpacked_head
from rex_widgets.inputs.limits import MAX_SKIPPED_BYTES, check_values
from rex_widgets.inputs.numbers import Numbers

if TYPE_CHECKING:
    from numpy import dtype

RAS = ("right", "anterior", "superior")
"""Where each axis of a canonical volume points."""
_CHUNK = 1 << 20
# The codes of NIfTI for microns and metres, and what makes millimetres of them.
_TO_MM = {"mm": 1.0, "unknown": 1.0, "meter": 1000.0, "micron": 0.001}


@dataclass(frozen=True)
class _Header:
    shape: tuple[int, int, int]
    count: int
    kind: dtype[Any]
    offset: int
    slope: float
    intercept: float
    affine: NDArray[np.float64]


def read_nifti(content: Content, volume: int | None, channels: int) -> Numbers:
    """Read a volume, turned so that its axes point right, anterior and superior.

    Parameters
    ----------
    content
        A .nii file or a .nii.gz file.
    volume
        Which one of several volumes, from 0.
    channels
        How many the model takes: a file of just as many volumes is read as channels if no
        volume was named.

    Returns
    -------
    Numbers
        (C, D1, D2, D3) float32, the header's scale applied, with axes in millimetres.

    Raises
    ------
    InputError
        If it is no NIfTI file, is truncated or damaged, claims sizes that are not there, holds
        colours, complex numbers or NaN, or several volumes of which none was named.
    """
    source = content.source
    with content.open() as raw:
        packed = is_gzip(content.head)
        stream = cast(BinaryIO, gzip.GzipFile(fileobj=raw)) if packed else raw
        try:
            header = _header(stream, content)
            first, count = _wanted(header, volume, channels, source)
            check_values((count, *header.shape), source, header.kind.itemsize)
            _check_length(header, first, count, content, packed)
            array = _voxels(stream, header, first, count, source)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise InputError(
                f"{source} is truncated or damaged ({' '.join(str(error).split())[:120]}); save "
                "it again."
            ) from None
        except OSError as error:
            raise InputError(f"{source} cannot be read ({error.strerror or error}).") from None
    notes = []
    if header.count > 1:
        chosen = f"volume {first} of {header.count}" if count == 1 else f"{count} volumes"
        notes.append(chosen if count == 1 else f"{chosen} taken as channels")
    if (header.slope, header.intercept) != (1.0, 0.0):
        notes.append(f"scaled by the header: {header.slope:g} x + {header.intercept:g}")
    return _canonical(array, header, content, notes)


def _header(stream: BinaryIO, content: Content) -> _Header:
    source = content.source
    data = stream.read(544)
    first = data[:4]
    wrong = InputError(
        f"{source} is not a NIfTI file (.nii or .nii.gz of version 1 or 2); check it, or convert "
        "it with a tool such as dcm2niix."
    )
    from nibabel import nifti1, nifti2
    from nibabel.spatialimages import HeaderDataError

    kind: Any
    if first in (b"\x5c\x01\0\0", b"\0\0\x01\x5c"):
        kind, length, magic = nifti1.Nifti1Header, 348, data[344:348]
    elif first in (b"\x1c\x02\0\0", b"\0\0\x02\x1c"):
        kind, length, magic = nifti2.Nifti2Header, 540, data[4:8]
    else:
        raise wrong
    if len(data) < length:
        raise InputError(f"{source} is truncated (its header); save it again.")
    if magic[:3] in (b"ni1", b"ni2"):
        raise InputError(
            f"{source} is one half of a pair (.hdr and .img); save it as one .nii file."
        )
    if magic[:3] not in (b"n+1", b"n+2"):
        raise wrong
    try:
        # What nibabel would repair or report to its log is checked below.
        with np.errstate(all="ignore"):
            order = "<" if first[0] else ">"
            found = kind.from_fileobj(io.BytesIO(data[:length]), order, check=False)
            return _checked(found, length, source)
    except (HeaderDataError, ValueError, OverflowError, KeyError, struct.error) as error:
        if isinstance(error, InputError):
            raise
        text = " ".join(str(error).split())[:120]
        raise InputError(f"{source} has a damaged header ({text}); save it again.") from None


def _checked(found: Any, length: int, source: str) -> _Header:
    dims = [int(value) for value in found["dim"]]
    ndim = dims[0]
    if not 1 <= ndim <= 7:
        raise InputError(f"{source} claims {ndim} axes; expected 3 or 4. Save it again.")
    shape = dims[1 : ndim + 1]
    if min(shape) < 1:
        raise InputError(
            f"{source} has no voxels (shape {tuple(shape)}); expected at least one along each axis."
        )
    shape += [1] * (4 - ndim)
    if len(shape) > 4 and math.prod(shape[4:]) > 1:
        raise InputError(
            f"{source} has {ndim} axes (shape {tuple(shape)}); expected 3, or 4 with one volume "
            "after the other."
        )
    kind = found.get_data_dtype()
    if kind.kind not in "iuf" or kind.itemsize > 8:
        raise InputError(
            f"{source} holds voxels of type {_type_name(kind)}; expected whole numbers or floats "
            "of at most 64 bits. Save one channel or the magnitude."
        )
    offset = float(found["vox_offset"])
    if not math.isfinite(offset) or offset < length or offset > 2**40:
        raise InputError(f"{source} says its voxels begin at byte {offset:g}; save it again.")
    slope, intercept = (None if v is None else float(v) for v in found.get_slope_inter())
    return _Header(
        (shape[0], shape[1], shape[2]),
        shape[3],
        kind,
        int(offset),
        1.0 if slope is None else slope,
        0.0 if intercept is None else intercept,
        _affine(found, source),
    )


def _type_name(kind: dtype[Any]) -> str:
    return "colour" if kind.names else str(kind)


def _affine(found: Any, source: str) -> NDArray[np.float64]:
    affine = np.array(found.get_best_affine(), np.float64)
    affine[:3] *= _TO_MM.get(found.get_xyzt_units()[0], 1.0)
    zooms = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    good = np.isfinite(affine).all() and bool(zooms.min() > 1e-9) and bool(zooms.max() < 1e9)
    # The volume of a voxel of unit edges tells whether three axes point three ways.
    if not good or abs(float(np.linalg.det(affine[:3, :3] / zooms))) < 1e-6:
        raise InputError(
            f"{source} has no usable affine (voxel sizes {np.round(zooms, 6).tolist()}); set it, "
            "e.g. with nibabel.Nifti1Image(data, affine)."
        )
    return affine


def _wanted(header: _Header, volume: int | None, channels: int, source: str) -> tuple[int, int]:
    count = header.count
    if volume is None:
        if count == 1:
            return 0, 1
        if count == channels:
            return 0, count
        raise InputError(
            f"{source} holds {count} volumes; one is explained at a time: choose it with volume=0 "
            f"to volume={count - 1}."
        )
    if volume >= count:
        raise InputError(
            f"volume={volume} was given, but {source} holds {count}: expected volume=0"
            + (f" to volume={count - 1}." if count > 1 else ".")
        )
    return volume, 1


def _check_length(header: _Header, first: int, count: int, content: Content, packed: bool) -> None:
    one = math.prod(header.shape) * header.kind.itemsize
    begin = header.offset + first * one
    end = begin + count * one
    if not packed and end > content.size:
        raise InputError(
            f"{content.source} is truncated: its header says {end} bytes (shape {header.shape}), "
            f"the file holds {content.size}. Save it again."
        )
    # Deflate never packs better than about 1032 to 1.
    if packed and end > 1040 * content.size + len(unpacked_head(content.head)):
        raise InputError(
            f"{content.source} is truncated: its header says {end} bytes (shape {header.shape}), "
            f"more than {content.size} compressed bytes can hold. Save it again."
        )
    if packed and begin > MAX_SKIPPED_BYTES:
        raise InputError(
            f"volume {first} of {content.source} lies behind {begin / 1024**3:.1f} GB of "
            "compressed volumes; save it as a file of its own."
        )


def _voxels(
    stream: BinaryIO, header: _Header, first: int, count: int, source: str
) -> NDArray[np.float32]:
    one = math.prod(header.shape) * header.kind.itemsize
    stream.seek(header.offset + first * one)
    volumes = np.empty((count, *header.shape), np.float32)
    for channel in range(count):
        data = _read(stream, one, source)
        raw = np.frombuffer(data, header.kind).reshape(header.shape, order="F")
        with np.errstate(over="ignore", invalid="ignore"):
            if (header.slope, header.intercept) == (1.0, 0.0):
                volumes[channel] = raw
            else:
                volumes[channel] = raw * np.float64(header.slope) + np.float64(header.intercept)
    return volumes


def _read(stream: BinaryIO, count: int, source: str) -> bytearray:
    data = bytearray()
    while len(data) < count:
        part = stream.read(min(count - len(data), _CHUNK))
        if not part:
            raise InputError(
                f"{source} is truncated: {count} bytes of voxels expected, {len(data)} found. "
                "Save it again."
            )
        data += part
    return data


def _canonical(
    array: NDArray[np.float32], header: _Header, content: Content, notes: list[str]
) -> Numbers:
    from nibabel import orientations

    turning: Any = orientations
    orientation = turning.io_orientation(header.affine)
    if not np.isfinite(orientation).all():
        raise InputError(f"{content.source} has no usable affine; set it before saving.")
    affine = header.affine @ turning.inv_ornt_aff(orientation, header.shape)
    turned = np.stack([turning.apply_orientation(volume, orientation) for volume in array])
    if not np.array_equal(orientation, [[0, 1], [1, 1], [2, 1]]):
        notes.append("turned to right, anterior, superior")
    spacing = np.sqrt((affine[:3, :3] ** 2).sum(axis=0))
    axes = Axes(RAS, ("mm",) * 3, tuple(float(step) for step in spacing), affine=affine)
    return Numbers(turned, content.name, content.source, notes=tuple(notes), axes=axes)
