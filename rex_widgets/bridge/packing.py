"""Tensors by name as one array of bytes and a table of contents, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

_DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")

_PLANES = "planes"
"""How the bytes of a tensor lie; files from before that was noted have them as they come."""

State = dict[str, torch.Tensor | str]
Contents = list[list[Any]]


def packed(states: Sequence[Mapping[str, Any]]) -> tuple[NDArray[np.uint8], list[Contents]]:
    """Lay all tensors of several states one behind the other.

    Parameters
    ----------
    states
        Tensors and text by name.

    Returns
    -------
    bytes, contents
        All of them, and of each state name, type and shape of every tensor; text stands there
        itself.
    """
    pieces, told = [], []
    for state in states:
        contents: Contents = []
        for name, value in state.items():
            if isinstance(value, str):
                contents.append([name, "text", value])
                continue
            array = np.ascontiguousarray(value.detach().cpu().numpy())
            contents.append([name, str(array.dtype), list(np.shape(value)), _PLANES])
            # first bytes first, then all second ones: those of numbers alike are alike
            planes = array.reshape(-1, 1).view(np.uint8).T
            pieces.append(np.ascontiguousarray(planes).reshape(-1))
        told.append(contents)
    return (np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)), told


def unpacked(data: NDArray[np.uint8], told: Sequence[Contents]) -> list[State]:
    """Undo `packed`.

    Raises
    ------
    ValueError
        The table of contents does not fit the bytes.
    """
    states, place = [], 0
    for contents in told:
        state: State = {}
        for name, dtype, shape, *order in contents:
            if dtype == "text":
                state[str(name)] = str(shape)
                continue
            if dtype not in _DTYPES:
                raise ValueError(f"{name} is of the type {dtype!r}")
            sides = [int(side) for side in shape]
            length = int(np.prod(sides, dtype=np.int64)) * np.dtype(dtype).itemsize
            piece = data[place : place + length]
            if length < 0 or len(piece) != length:
                raise ValueError(f"{name} is cut off")
            if order == [_PLANES]:
                piece = np.ascontiguousarray(piece.reshape(np.dtype(dtype).itemsize, -1).T)
            array = np.frombuffer(piece.tobytes(), dtype).reshape(sides).copy()
            state[str(name)] = torch.from_numpy(array)
            place += length
        states.append(state)
    if place != len(data):
        raise ValueError("there are more bytes than tensors")
    return states
