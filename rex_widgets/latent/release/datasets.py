"""The release's data set: attributes, labels and pictures of its samples."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import InputError, ModelError
from rex_widgets.latent.release.hdf5 import Hdf5File, opened
from rex_widgets.latent.release.places import MOST_DATA

SIDE = 32
KINDS = 48
"""Characters, and fonts."""

CONTINUOUS = 5
TRAINING_SHARE = 0.8
SPLIT_SEED = 42
INVERSION = "inverse_color"
_UNUSED = ("seed", "pixel_noise_scale")
_CATEGORICAL = ("char", "font")
_PICTURES = (None, SIDE, SIDE, 3)


@dataclass(frozen=True, eq=False)
class ReleaseDataset:
    """All samples of a data set, in the file's order; pictures stay in the file.

    Parameters
    ----------
    path
        The file.
    characters, fonts
        Int64 ``(N,)``, 0 to 47.
    continuous
        Float32 ``(N, 5)``; the inversion of the colours comes first.
    continuous_names
        As the file calls them.
    labels
        Int64 ``(N,)``, 0 or 1.
    correlated
        Fonts that go with class 0 and with class 1.
    """

    path: Path
    characters: NDArray[np.int64]
    fonts: NDArray[np.int64]
    continuous: NDArray[np.float32]
    continuous_names: tuple[str, ...]
    labels: NDArray[np.int64]
    correlated: tuple[tuple[int, ...], tuple[int, ...]]

    def __len__(self) -> int:
        return len(self.labels)

    def pictures(self, indices: Sequence[int]) -> torch.Tensor:
        """Read pictures, float32 ``(B, 3, 32, 32)`` in [-1, 1].

        Raises
        ------
        InputError
            An index is not among the samples.
        ModelError
            The file cannot be read any more.
        """
        outside = [index for index in indices if not 0 <= index < len(self)]
        if outside:
            raise InputError(f"There is no sample {outside[0]}; expected 0 to {len(self) - 1}.")
        with opened(self.path, MOST_DATA) as file:
            read = file.rows("x", "u", _PICTURES, indices)
        scaled = torch.from_numpy(read.astype(np.float32)) / 127.5 - 1
        return scaled.permute(0, 3, 1, 2).contiguous()


def split(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the indices of training and validation samples, as BEX 0.5.2 takes them."""
    order = np.random.RandomState(SPLIT_SEED).permutation(count)
    first = int(TRAINING_SHARE * count)
    return order[:first].astype(np.int64), order[first:].astype(np.int64)


def load_dataset(path: str | Path, *, most_bytes: int = MOST_DATA) -> ReleaseDataset:
    """Read a ``dataset_font_….h5py`` of the release.

    It holds ``x`` (uint8 ``(N, 32, 32, 3)``), ``y`` (JSON, a sample's attributes by name),
    ``labels`` ``(N,)`` and ``correlated_att`` (fonts, half of them for each class). Attributes
    that are whole numbers are categorical, the rest continuous, in the file's order.

    Raises
    ------
    ModelError
        h5py is not installed, or the file is not what is expected.
    """
    path = Path(path)
    with opened(path, most_bytes) as file:
        count = _count(file)
        labels = _labels(file, count)
        correlated = _correlated(file)
        columns = _columns(file, count)
    try:
        return _dataset(path, columns, labels, correlated)
    except _Odd as odd:
        raise ModelError(f"{path}: {odd}") from None


class _Odd(Exception):
    """An attribute is not as it should be; the message says how."""


def _dataset(
    path: Path,
    columns: dict[str, list[Any]],
    labels: NDArray[np.int64],
    correlated: tuple[tuple[int, ...], tuple[int, ...]],
) -> ReleaseDataset:
    names = [name for name in columns if name not in (*_UNUSED, INVERSION)]
    categorical = [name for name in names if not any(isinstance(v, float) for v in columns[name])]
    # By name where the names are known, else by place, as the release does.
    chosen = _CATEGORICAL if set(_CATEGORICAL) <= set(categorical) else tuple(categorical[:2])
    continuous = (INVERSION, *(name for name in names if name not in categorical))
    if INVERSION not in columns or len(chosen) < 2 or len(continuous) != CONTINUOUS:
        raise _Odd(
            f"the attributes are {', '.join(columns)}; expected {INVERSION}, two that are whole "
            f"numbers (character and font), and {CONTINUOUS - 1} that are not."
        )
    for name in (*chosen, *continuous):
        columns[name] = [_number(name, value) for value in columns[name]]
    values = np.stack([np.array(columns[name], np.float64) for name in continuous], 1)
    with np.errstate(over="ignore"):
        attributes = values.astype(np.float32)
    if not np.isfinite(attributes).all():
        raise _Odd("continuous attributes hold NaN or infinite values.")
    characters, fonts = (_kinds(name, columns[name]) for name in chosen)
    return ReleaseDataset(path, characters, fonts, attributes, continuous, labels, correlated)


def _count(file: Hdf5File) -> int:
    shape = file.shape("x")
    file.rows("x", "u", _PICTURES, [])
    for name in ("y", "labels"):
        if file.shape(name) != shape[:1]:
            raise ModelError(
                f"{file.path}: {name!r} has shape {file.shape(name)}; expected ({shape[0]},), one "
                "for each picture."
            )
    if int(TRAINING_SHARE * shape[0]) < 2 or shape[0] < 5:
        raise ModelError(f"{file.path} has {shape[0]} samples; expected many.")
    return shape[0]


def _labels(file: Hdf5File, count: int) -> NDArray[np.int64]:
    given = file.array("labels", "iufb", (count,), 8 * count)
    classes, labels = np.unique(given, return_inverse=True)
    if len(classes) != 2:
        raise ModelError(
            f"{file.path}: 'labels' has {len(classes)} different values; expected 2, even and odd."
        )
    return labels.astype(np.int64)


def _correlated(file: Hdf5File) -> tuple[tuple[int, ...], tuple[int, ...]]:
    fonts = file.array("correlated_att", "iuf", (None,), 2**16)
    if len(fonts) < 2 or len(fonts) % 2 or not np.isin(fonts, np.arange(KINDS)).all():
        raise ModelError(
            f"{file.path}: 'correlated_att' is {fonts[:12].tolist()}; expected an even number of "
            f"fonts, 0 to {KINDS - 1}, the first half for class 0."
        )
    listed = [int(font) for font in fonts]
    return tuple(listed[: len(listed) // 2]), tuple(listed[len(listed) // 2 :])


def _columns(file: Hdf5File, count: int) -> dict[str, list[Any]]:
    columns: dict[str, list[Any]] = {}
    for row, text in enumerate(file.texts("y")):
        try:
            item = json.loads(text)
        except (ValueError, RecursionError) as error:
            raise ModelError(f"{file.path}: 'y' of sample {row} is no JSON ({error}).") from None
        if not isinstance(item, dict) or not item or (row and item.keys() != columns.keys()):
            names = ", ".join(columns) or "a dictionary of attributes"
            raise ModelError(f"{file.path}: 'y' of sample {row} is {text[:200]}; expected {names}.")
        for name, value in item.items():
            columns.setdefault(name, []).append(value)
    return columns


def _number(name: str, value: Any) -> float | int:
    if not isinstance(value, int | float):
        raise _Odd(f"attribute {name!r} is {str(value)[:80]!r}; expected a number.")
    if isinstance(value, int) and abs(value) > 2**31:
        raise _Odd(f"attribute {name!r} is a number of {len(str(value))} digits.")
    return value


def _kinds(name: str, values: list[Any]) -> NDArray[np.int64]:
    kinds = np.array(values, np.int64)
    if kinds.min() < 0 or kinds.max() >= KINDS:
        raise _Odd(
            f"attribute {name!r} goes from {kinds.min()} to {kinds.max()}; expected 0 to "
            f"{KINDS - 1}, the numbers that the generator has embeddings of."
        )
    return kinds
