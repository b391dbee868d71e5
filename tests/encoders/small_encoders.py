"""Small encoders that the tests share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

SHAPE = (3, 8, 8)
BATCH = np.random.default_rng(0).standard_normal((20, *SHAPE)).astype(np.float32)


class SmallEncoder(nn.Module):
    """Two layers of features of 3x8x8 pictures and a head; the head takes this size only."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.features = nn.Sequential(
            nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 6, 3)
        )
        self.head = nn.Linear(6 * 4 * 4, 5)
        self.unused = nn.Linear(2, 2)
        self.heads_called = 0

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        found = self.features(image)
        self.heads_called += 1
        return self.head(found.flatten(1))


def returning(output: Any) -> nn.Module:
    """A module that makes its answer of the picture's channel means, (N, 3), by a function."""

    class Returning(nn.Module):
        def forward(self, image: torch.Tensor) -> Any:
            return output(image.mean(dim=(2, 3)))

    return Returning().eval()


def two_outputs(path: Path, shape: tuple[int | str, ...] = ("N", *SHAPE)) -> Path:
    """Write an ONNX model: 'maps' = relu(2 * image), 'means' over places, 'scores' of these."""
    floats, whole = TensorProto.FLOAT, TensorProto.INT64
    nodes = [
        helper.make_node("Mul", ["image", "two"], ["doubled"], name="doubling"),
        helper.make_node("Relu", ["doubled"], ["maps"]),
        helper.make_node("ReduceMean", ["maps", "axes"], ["means"], keepdims=0),
        helper.make_node("MatMul", ["means", "wide"], ["scores"]),
    ]
    weights = [
        helper.make_tensor("two", floats, [], [2.0]),
        helper.make_tensor("axes", whole, [2], [2, 3]),
        helper.make_tensor("wide", floats, [3, 4], [float(i) for i in range(12)]),
    ]
    graph = helper.make_graph(
        nodes,
        "g",
        [helper.make_tensor_value_info("image", floats, shape)],
        [
            helper.make_tensor_value_info("means", floats, [shape[0], 3]),
            helper.make_tensor_value_info("scores", floats, [shape[0], 4]),
        ],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    onnx.save_model(model, str(path))
    return path
