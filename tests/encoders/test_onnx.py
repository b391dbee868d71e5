"""ONNX models as encoders: outputs, tensors inside, fixed batches."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from rex_widgets.encoders import as_encoder
from rex_widgets.encoders.onnx_layers import hidden_model
from rex_widgets.errors import ModelError
from tests.encoders.small_encoders import BATCH, SHAPE, two_outputs

MAPS = np.maximum(2 * BATCH, 0)
MEANS = MAPS.mean(axis=(2, 3))


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return two_outputs(tmp_path_factory.mktemp("onnx") / "pair.onnx")


def test_several_outputs_have_to_be_chosen_from(path: Path) -> None:
    words = r"2 outputs \(means: shape \(2, 3\), scores: shape \(2, 4\)\).*output='means'"
    with pytest.raises(ModelError, match=words):
        as_encoder(path)
    for output in ("means", 0, "0"):
        encoder = as_encoder(path, output=output)
        np.testing.assert_allclose(encoder(BATCH), MEANS, rtol=1e-5, atol=1e-6)
    assert encoder.embedding is not None
    assert encoder.embedding.where == "output 'means'"
    scores = as_encoder(str(path), output=-1)
    assert scores(BATCH).shape == (20, 4)
    assert scores.fingerprint() != encoder.fingerprint()
    with pytest.raises(ModelError, match=r"output='maps' was given.*expected one of means, scores"):
        as_encoder(path, output="maps")
    assert (encoder.runtime, encoder.name, encoder.device) == ("onnxruntime", "pair", "cpu")


@pytest.mark.parametrize("layer", ["maps", "doubled", "doubling"])
def test_a_tensor_inside_by_its_name_or_its_nodes(path: Path, layer: str) -> None:
    expected = MAPS if layer == "maps" else 2 * BATCH
    flat = as_encoder(path, layer=layer)
    np.testing.assert_allclose(flat(BATCH), expected.reshape(20, -1), rtol=1e-6)
    pooled = flat.changed(pool="max")
    np.testing.assert_allclose(pooled(BATCH), expected.max(axis=(2, 3)), rtol=1e-6)
    assert pooled.embedding is not None
    assert pooled.embedding.text == f"layer '{layer}': 3×8×8 values, max over places: 3"


def test_only_what_leads_to_the_tensor_is_kept(path: Path) -> None:
    model = onnx.load_from_string(hidden_model(str(path), "maps"))
    assert [node.op_type for node in model.graph.node] == ["Mul", "Relu"]
    assert [weight.name for weight in model.graph.initializer] == ["two"]


def test_branches_read_from_outside() -> None:
    floats = TensorProto.FLOAT
    value = helper.make_tensor_value_info
    then = helper.make_graph(
        [helper.make_node("Mul", ["image", "factor"], ["a"])], "t", [], [value("a", floats, None)]
    )
    same = helper.make_node("Identity", ["shifted"], ["b"])
    other = helper.make_graph([same], "e", [], [value("b", floats, None)])
    nodes = [
        helper.make_node("Add", ["image", "one"], ["shifted"]),
        helper.make_node("If", ["yes"], ["chosen"], then_branch=then, else_branch=other),
        helper.make_node("Neg", ["chosen"], ["end"]),
    ]
    weights = [
        helper.make_tensor("yes", TensorProto.BOOL, [], [True]),
        helper.make_tensor("factor", floats, [], [3.0]),
        helper.make_tensor("one", floats, [], [1.0]),
    ]
    shape = ["N", *SHAPE]
    inputs = [value("image", floats, shape), value("one", floats, [])]  # as older files list it
    graph = helper.make_graph(nodes, "g", inputs, [value("end", floats, shape)], weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content = hidden_model(model.SerializeToString(), "chosen")
    kept = onnx.load_from_string(content).graph
    assert [node.op_type for node in kept.node] == ["Add", "If"]
    quiet = onnxruntime.SessionOptions()
    quiet.log_severity_level = 4
    session = onnxruntime.InferenceSession(content, quiet)
    np.testing.assert_allclose(session.run(None, {"image": BATCH})[0], 3 * BATCH, rtol=1e-6)
    plain = onnx.load_from_string(hidden_model(model.SerializeToString(), "shifted")).graph
    assert [i.name for i in plain.input] == ["image", "one"]


def test_unknown_tensors_name_those_near(path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"layer='map' .*the ONNX model has no .* near it are 'maps'"
    ):
        as_encoder(path, layer="map")
    with pytest.raises(ModelError, match=r"some of its 5 are 'doubled', 'maps'"):
        as_encoder(path, layer="zzz")


def test_bytes_and_sessions(path: Path) -> None:
    content = path.read_bytes()
    session = onnxruntime.InferenceSession(content)
    for model in (content, session, onnxruntime.InferenceSession(str(path))):
        encoder = as_encoder(model, layer="maps", pool="mean")
        np.testing.assert_allclose(encoder(BATCH), MEANS, rtol=1e-5, atol=1e-6)

    class Foreign:
        get_inputs, get_outputs = session.get_inputs, session.get_outputs
        get_modelmeta, get_providers, run = (
            session.get_modelmeta,
            session.get_providers,
            session.run,
        )

    with pytest.raises(ModelError, match="does not tell which file it was made from"):
        as_encoder(Foreign(), layer="maps")
    assert as_encoder(Foreign(), output=0)(BATCH).shape == (20, 3)


def test_a_fixed_batch(tmp_path: Path) -> None:
    fixed = two_outputs(tmp_path / "fixed.onnx", (4, *SHAPE))
    for said in ({"output": "means"}, {"layer": "maps", "pool": "mean"}):
        encoder = as_encoder(fixed, **said)  # type: ignore[arg-type]
        assert encoder.fixed_batch == 4
        np.testing.assert_allclose(encoder(BATCH[:3]), MEANS[:3], rtol=1e-5, atol=1e-6)
        encoder.prepare(BATCH, 100)
        assert any("exactly 4 input(s) at once" in words for words in encoder.choices)


def test_what_does_not_fit(path: Path, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="no training mode"):
        as_encoder(path, output=0, eval_mode=True)
    with pytest.raises(ModelError, match="runs only in ONNX Runtime"):
        as_encoder(path, output=0, runtime="eager")
    with pytest.raises(ModelError, match="does not exist"):
        as_encoder(tmp_path / "none.onnx")
    with pytest.raises(ModelError, match="is a pickle"):
        (tmp_path / "net.pt").write_bytes(b"x")
        as_encoder(tmp_path / "net.pt")
