"""An ONNX model up to one of the tensors inside it."""

from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING, Any

from rex_widgets.encoders.layers import unknown_layer
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import onnx

_LARGEST = 2**31 - 2**20
"""Bytes that a serialised ONNX model can have, with some left for its frame."""


def hidden_model(source: str | bytes, layer: str) -> bytes:
    """Return a model whose only output is a tensor inside another, with what leads to it.

    Parameters
    ----------
    source
        Path of the ONNX file, or its bytes.
    layer
        Name of a tensor, or of a node, whose first output is meant.

    Returns
    -------
    bytes
        The serialised model, weights included.

    Raises
    ------
    ModelError
        If there is no such tensor, with the nearest names; if onnx is not installed; if the part
        is too large to be written.
    """
    if importlib.util.find_spec("onnx") is None:
        raise ModelError(
            f"layer={layer!r} was given, but reading inside an ONNX model needs the package onnx; "
            "install it with `pip install onnx`."
        )
    import onnx

    model = onnx.load(source) if isinstance(source, str) else onnx.load_from_string(source)
    graph = model.graph
    name = _tensor(graph, layer)
    needed = _leading_to(graph, name)
    kept = [node for node in graph.node if needed & set(node.output)]
    weights = [w for w in graph.initializer if w.name in needed]
    # Older models list their weights among the inputs as well.
    dropped = {w.name for w in graph.initializer} - needed
    inputs = [i for i in graph.input if i.name not in dropped]
    shape = next((v for v in (*graph.value_info, *graph.output) if v.name == name), None)
    output = onnx.ValueInfoProto()
    if shape is None:
        output.name = name
    else:
        output.CopyFrom(shape)
    for field in ("node", "initializer", "input", "output", "value_info"):
        graph.ClearField(field)
    graph.node.extend(kept)
    graph.input.extend(inputs)
    graph.initializer.extend(weights)
    graph.output.append(output)
    if model.ByteSize() > _LARGEST:
        raise ModelError(
            f"The model up to layer={layer!r} has {model.ByteSize() / 2**30:.1f} GB; a model of "
            "at most 2 GB can be cut off at a layer. Export it with that output instead."
        )
    content: bytes = model.SerializeToString()
    return content


def _tensor(graph: onnx.GraphProto, layer: str) -> str:
    made = [name for node in graph.node for name in node.output if name]
    if layer in made:
        return layer
    by_node: dict[str, str] = {
        node.name: node.output[0] for node in graph.node if node.name and node.output
    }
    if layer in by_node:
        return by_node[layer]
    names = list(dict.fromkeys([*made, *by_node]))
    raise unknown_layer(layer, names, "the ONNX model")


def _leading_to(graph: onnx.GraphProto, name: str) -> set[str]:
    """Names of all tensors of the graph that a tensor depends on, itself included."""
    maker = {output: node for node in graph.node for output in node.output}
    needed: set[str] = set()
    waiting = [name]
    while waiting:
        wanted = waiting.pop()
        if wanted in needed:
            continue
        needed.add(wanted)
        node = maker.get(wanted)
        if node is not None:
            waiting.extend(_read_by(node))
    return needed


def _read_by(node: onnx.NodeProto) -> list[str]:
    """Names that a node reads, those that its branches take from outside included."""
    names = [name for name in node.input if name]
    for attribute in node.attribute:
        graphs: list[Any] = [attribute.g] if attribute.HasField("g") else []
        for inner in (*graphs, *attribute.graphs):
            for part in inner.node:
                names.extend(_read_by(part))
            # A branch may hand on what it has not made.
            names.extend(output.name for output in inner.output)
    return names
