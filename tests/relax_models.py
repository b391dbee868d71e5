"""A small ONNX encoder and pictures for tests of the doors of the method relax."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SIDE = 16


def write_encoder(path: Path, side: int = SIDE) -> Path:
    """Write an encoder (N, 3, side, side) -> (N, 4 · (side / 4)²): one convolution of 4 × 4."""
    import onnx
    from onnx import TensorProto, helper

    weights = np.random.default_rng(0).normal(size=(4, 3, 4, 4)).astype(np.float32)
    nodes = [
        helper.make_node("Conv", ["pixels", "weights"], ["convolved"], strides=[4, 4]),
        helper.make_node("Relu", ["convolved"], ["features"]),
        helper.make_node("Flatten", ["features"], ["representation"]),
    ]
    values = helper.make_tensor_value_info
    graph = helper.make_graph(
        nodes,
        "encoder",
        [values("pixels", TensorProto.FLOAT, ["n", 3, side, side])],
        [values("representation", TensorProto.FLOAT, ["n", 4 * (side // 4) ** 2])],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.tobytes(), True)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, str(path))
    return path


def prepare(folder: Path) -> None:
    """Write encoder.onnx, cat.png, dog.png, and photos/ with two pictures more."""
    write_encoder(folder / "encoder.onnx")
    generator = np.random.default_rng(1)
    (folder / "photos").mkdir()
    for name in ("cat.png", "dog.png", "photos/fox.png", "photos/owl.png"):
        pixels = generator.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / name)
