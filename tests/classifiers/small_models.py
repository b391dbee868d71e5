"""Small torch and ONNX models that the tests share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import onnx
import torch
from onnx import TensorProto, helper
from torch import nn

PICTURE = ("N", 3, 8, 8)


class SmallNet(nn.Module):
    """Five classes of 3x8x8 pictures; any size will do."""

    def __init__(self, classes: int = 5, channels: int = 3) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = nn.Conv2d(channels, 4, 3)
        self.norm = nn.BatchNorm2d(4)
        self.head = nn.Linear(4, classes)

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return self.head(torch.relu(self.norm(self.conv(image))).mean(dim=(2, 3)))


def onnx_model(
    path: Path,
    *,
    shape: tuple[int | str, ...] = PICTURE,
    classes: int = 5,
    kind: int = TensorProto.FLOAT,
    outputs: tuple[str, ...] = ("scores",),
    extra_input: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> Path:
    """Write an ONNX model whose scores are a picture's mean times 0, 1, 2, …"""
    inputs = [helper.make_tensor_value_info("image", kind, shape)]
    if extra_input:
        inputs.append(helper.make_tensor_value_info("threshold", TensorProto.FLOAT, [1]))
    axes = list(range(1, len(shape)))
    nodes = [
        helper.make_node("Cast", ["image"], ["floats"], to=TensorProto.FLOAT),
        helper.make_node("ReduceMean", ["floats", "axes"], ["mean"], keepdims=0),
        helper.make_node("Unsqueeze", ["mean", "last"], ["column"]),
        helper.make_node("Mul", ["column", "weights"], ["scores"]),
    ]
    weights = [
        helper.make_tensor("axes", TensorProto.INT64, [len(axes)], axes),
        helper.make_tensor("last", TensorProto.INT64, [1], [1]),
        helper.make_tensor(
            "weights", TensorProto.FLOAT, [classes], list(map(float, range(classes)))
        ),
    ]
    values = {
        "scores": helper.make_tensor_value_info("scores", TensorProto.FLOAT, [shape[0], classes]),
        "floats": helper.make_tensor_value_info("floats", TensorProto.FLOAT, shape),
        "mean": helper.make_tensor_value_info("mean", TensorProto.FLOAT, [shape[0]]),
    }
    graph = helper.make_graph(nodes, "g", inputs, [values[o] for o in outputs], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    helper.set_model_props(model, dict(metadata or {}))
    onnx.save_model(model, str(path))
    return path
