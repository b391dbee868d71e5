"""Files of the release's layout with made-up contents, the same on every machine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import torch
from numpy.typing import NDArray

Shapes = Mapping[str, tuple[int, ...]]

ROWS = 60
CORRELATED = (3, 7, 11, 20, 21, 40)
CONTINUOUS = ("rotation", "scale", "translation-x", "translation-y")


def numbers(name: str, count: int) -> NDArray[np.float64]:
    """Numbers in [-1, 1), decided by a name with integers alone."""
    x = np.arange(count, dtype=np.uint64) + np.uint64(crc32(name.encode()) << 20)
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
    return (x ^ (x >> np.uint64(31))).astype(np.float64) / 2.0**63 - 1


def weights(shapes: Shapes) -> dict[str, torch.Tensor]:
    """Weights for a state dict; singular vectors are nearly those of their matrix."""
    made: dict[str, torch.Tensor] = {}
    for name, shape in shapes.items():
        values = numbers(name, int(np.prod(shape))).reshape(shape)
        if name.endswith("num_batches_tracked"):
            made[name] = torch.tensor(7)
        elif name.endswith(("weight_u", "weight_v")):
            made[name] = torch.zeros(shape)
        elif name.endswith("running_var"):
            made[name] = torch.tensor(1 + values / 2, dtype=torch.float32)
        else:
            scale = 1.5 / np.sqrt(np.prod(shape[1:])) if len(shape) > 1 else 0.5
            made[name] = torch.tensor(values * scale, dtype=torch.float32)
    for name in [name for name in made if name.endswith("weight_orig")]:
        left, right = _vectors(made[name].double().flatten(1), name)
        stem = name.removesuffix("orig")
        made[f"{stem}u"], made[f"{stem}v"] = left.float(), right.float()
    return made


def _vectors(matrix: torch.Tensor, name: str) -> tuple[torch.Tensor, torch.Tensor]:
    left = torch.tensor(numbers(f"{name} u", len(matrix)))
    for _ in range(2):
        right = torch.nn.functional.normalize(matrix.T @ left, dim=0)
        left = torch.nn.functional.normalize(matrix @ right, dim=0)
    return left, right


def shapes_of(module: torch.nn.Module) -> dict[str, tuple[int, ...]]:
    return {name: tuple(value.shape) for name, value in module.state_dict().items()}


def embedding(name: str) -> dict[str, torch.Tensor]:
    return {"weight": torch.tensor(numbers(name, 144).reshape(48, 3), dtype=torch.float32)}


def generator_file(shapes: Shapes) -> dict[str, Any]:
    """What ``generator.pth`` holds; the two embeddings differ from those in the first entry."""
    return {
        "generator": weights(shapes),
        "char_embedding": embedding("characters"),
        "font_embedding": embedding("fonts"),
        "opt": {"state": {}, "param_groups": [{"lr": 0.001}]},
    }


def attributes(rows: int = ROWS) -> list[dict[str, Any]]:
    kinds = {name: (numbers(name, rows) * 24 + 24).astype(int) for name in ("char", "font")}
    values = {name: numbers(name, rows).tolist() for name in CONTINUOUS}
    inverted = (numbers("inversion", rows) > 0).astype(int)
    return [
        {
            "seed": 1000 + row,
            "char": int(kinds["char"][row]),
            "font": int(kinds["font"][row]),
            "pixel_noise_scale": 0.01,
            "inverse_color": int(inverted[row]),
            **{name: values[name][row] for name in CONTINUOUS},
        }
        for row in range(rows)
    ]


def dataset_arrays(rows: int = ROWS) -> dict[str, Any]:
    """What a data set holds, by name."""
    items = attributes(rows)
    pixels = numbers("pixels", rows * 32 * 32 * 3) * 128 + 128
    return {
        "x": pixels.astype(np.uint8).reshape(rows, 32, 32, 3),
        "y": [json.dumps(item) for item in items],
        "correlated_att": np.array(CORRELATED),
        "labels": np.array([float(item["char"] % 2) for item in items]),
    }


def write_hdf5(path: Path, arrays: Mapping[str, Any]) -> Path:
    import h5py

    path.parent.mkdir(parents=True, exist_ok=True)
    with h5py.File(path, "w") as file:
        for name, array in arrays.items():
            file[name] = array
    return path


def latents(rows: int, spread: float = 2.0) -> torch.Tensor:
    """Latents ``(rows, 11)`` to decode."""
    return torch.tensor(numbers("latents", rows * 11).reshape(rows, 11) * spread).float()
