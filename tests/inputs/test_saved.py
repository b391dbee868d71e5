"""A sample as values and arrays, and back."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rex_widgets.axes import usual_axes
from rex_widgets.inputs import Sample
from rex_widgets.inputs.saved import sample_of, sample_state


@pytest.mark.parametrize(
    ("kind", "shape"), [("image", (3, 4, 5)), ("signal", (2, 7)), ("volume", (1, 3, 4, 5))]
)
@pytest.mark.parametrize("whole", [True, False])
def test_a_sample_comes_back(kind: str, shape: tuple[int, ...], whole: bool) -> None:
    generator = np.random.default_rng(0)
    data = generator.normal(size=shape).astype(np.float32)
    extra: dict[str, Any] = {}
    if whole:
        extra = {"axes": usual_axes(kind, len(shape) - 1), "values": data * 2}
    picture = generator.integers(0, 256, (4, 5, 3), dtype=np.uint8)
    sample = Sample(data, picture, "cat.png", ("a note",), kind, **extra)
    state, arrays = sample_state(sample)
    found = sample_of(json.loads(json.dumps({"sample": state})), arrays)
    assert found.digest() == sample.digest()
    np.testing.assert_array_equal(found.picture, picture)
    assert (found.source, found.notes, found.kind) == ("cat.png", ("a note",), kind)
    assert (found.values is None) == (found.axes is None) == (not whole)
    if found.axes is not None and found.values is not None:
        assert found.axes.names == extra["axes"].names
        np.testing.assert_array_equal(found.values, extra["values"])
