"""Writing files whole or not at all, and how arrays become their content."""

from __future__ import annotations

import gzip
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.run_file import replacing

NIFTI = (".nii", ".nii.gz")


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file, whole or not at all; return its absolute path."""
    return write_bytes(target_of(path), text.encode())


def check_array_file(path: str | Path, kind: str | None = None) -> Path:
    """Return the absolute path of a file for arrays; refuse what `save_arrays` cannot write."""
    target = target_of(path)
    ending = ending_of(target)
    if ending not in (".npz", ".npy", *NIFTI):
        raise InputError(
            f"{target.name!r} was given as the file for the arrays; expected a name that ends "
            "in .npz or .npy, or in .nii or .nii.gz for a volume."
        )
    if ending in NIFTI and kind not in (None, "volume"):
        raise InputError(
            f"{target.name!r} was given as the file for the arrays; NIfTI holds volumes, and "
            f"the input is of the kind {kind}. Expected a name that ends in .npz."
        )
    return target


def target_of(path: str | Path) -> Path:
    """Return the absolute path of a file to be written."""
    return Path(path).expanduser().absolute()


def write_bytes(target: Path, content: bytes) -> Path:
    """Write a file, whole or not at all; return its path."""
    try:
        with replacing(target) as file:
            file.write(content)
    except OSError as error:
        raise InputError(
            f"{target.name!r} cannot be written ({error.strerror}); name another file."
        ) from None
    return target


def ending_of(path: Path) -> str:
    """Return how a name ends, ".nii.gz" being one ending."""
    name = path.name.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()


def npy_bytes(values: NDArray[Any]) -> bytes:
    """Return an array as the content of a .npy file."""
    buffer = io.BytesIO()
    np.save(buffer, values, allow_pickle=False)
    return buffer.getvalue()


def affine_of(axes: Axes | None) -> NDArray[np.float64]:
    """Return the affine (4, 4) from voxel indices to millimetres."""
    if axes is None:
        return np.eye(4)
    if axes.affine is not None:
        return axes.affine
    return np.diag([*axes.spacing, 1.0])


def nifti_bytes(values: NDArray[Any], affine: NDArray[np.float64], ending: str) -> bytes:
    """Return a volume as the content of a NIfTI file."""
    import nibabel

    library: Any = nibabel
    image = library.Nifti1Image(values, affine)
    image.header.set_xyzt_units("mm")
    content: bytes = image.to_bytes()
    # without the time, so that the same map gives the same file
    return gzip.compress(content, mtime=0) if ending == ".nii.gz" else content
