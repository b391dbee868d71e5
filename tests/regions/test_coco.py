"""COCO run lengths against pycocotools."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.regions import as_mask, coco_of

theirs: Any = pytest.importorskip("pycocotools.mask")
# pycocotools 2.0 has an array type of before numpy 2, which numpy warns of.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@st.composite
def masks(draw: st.DrawFn) -> Any:
    height, width = draw(st.integers(1, 60)), draw(st.integers(1, 60))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    mask = random.random((height, width)) < draw(st.sampled_from([0, 0.01, 0.5, 0.97, 1]))
    return np.kron(mask, np.ones((draw(st.sampled_from([1, 40])), 1), bool))


@settings(max_examples=120, deadline=None)
@given(masks())
def test_the_same_text_as_pycocotools(mask: Any) -> None:
    expected = theirs.encode(np.asfortranarray(mask.astype(np.uint8)))
    found = coco_of(mask)
    assert found == {"size": expected["size"], "counts": expected["counts"].decode()}
    np.testing.assert_array_equal(theirs.decode(found), mask)


@settings(max_examples=120, deadline=None)
@given(masks())
def test_all_forms_are_read(mask: Any) -> None:
    expected = theirs.encode(np.asfortranarray(mask.astype(np.uint8)))
    counts = coco_of(mask, compressed=False)
    assert theirs.frPyObjects(counts, *mask.shape) == expected
    for rle in (expected, coco_of(mask), counts, {"segmentation": counts}):
        np.testing.assert_array_equal(as_mask(rle, mask.shape), mask)


def test_long_runs_keep_all_their_digits() -> None:
    mask = np.zeros((3000, 2500), bool)
    mask[2999, 2499] = mask[5, 1000] = True
    expected = theirs.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert coco_of(mask)["counts"] == expected["counts"].decode()
    np.testing.assert_array_equal(as_mask(expected, (3000, 2500)), mask)
