"""A batch that is spread over threads gives what one session gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper

from rex_widgets.classifiers.onnx_session import open_session
from rex_widgets.classifiers.split_session import SplitSession


class _Counting:
    """A session's stand-in: scores are sums, and calls are recorded."""

    def __init__(self, per_row: bool = True) -> None:
        self.sizes: list[int] = []
        self._per_row = per_row

    def run(self, outputs: list[str] | None, feed: dict[str, NDArray[np.float32]]) -> list[object]:
        (batch,) = feed.values()
        self.sizes.append(len(batch))
        scores = batch.reshape(len(batch), -1).sum(axis=1, keepdims=True)
        return [scores if self._per_row else scores.sum(keepdims=True)[0]]


@pytest.mark.parametrize("count", [4, 5, 9, 16])
def test_pieces_are_put_together_in_order(count: int) -> None:
    whole, single = _Counting(), _Counting()
    session = SplitSession(whole, single, threads=2)
    batch = np.arange(count * 3, dtype=np.float32).reshape(count, 3, 1, 1)
    (scores,) = session.run(None, {"x": batch})
    assert np.array_equal(scores, batch.reshape(count, 3).sum(axis=1, keepdims=True))
    assert whole.sizes == []
    assert sorted(single.sizes, reverse=True)[0] == 2


def test_a_small_batch_takes_all_threads_at_once() -> None:
    whole, single = _Counting(), _Counting()
    SplitSession(whole, single, threads=2).run(None, {"x": np.ones((3, 1, 1, 1), np.float32)})
    assert (whole.sizes, single.sizes) == ([3], [])


def test_an_output_without_rows_is_asked_for_whole() -> None:
    whole, single = _Counting(per_row=False), _Counting(per_row=False)
    batch = np.ones((8, 1, 1, 1), np.float32)
    (total,) = SplitSession(whole, single, threads=2).run(None, {"x": batch})
    assert total.tolist() == [8.0]


def _model(path: Path, batch: int | str) -> str:
    node = helper.make_node("ReduceMean", ["x"], ["y"], axes=[2, 3], keepdims=0)
    shape = [batch, 3, 8, 8]
    graph = helper.make_graph(
        [node],
        "means",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [batch, 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(model, str(path))
    return str(path)


def test_only_a_free_batch_is_split(tmp_path: Path) -> None:
    free = open_session(_model(tmp_path / "free.onnx", "batch"), 2)
    fixed = open_session(_model(tmp_path / "fixed.onnx", 4), 2)
    assert isinstance(free, SplitSession)
    assert not isinstance(fixed, SplitSession)
    batch = np.random.default_rng(0).normal(size=(11, 3, 8, 8)).astype(np.float32)
    (means,) = free.run(None, {"x": batch})
    assert np.allclose(means, batch.mean(axis=(2, 3)), atol=1e-6)
