"""Rasterising: every shape against its definition, and properties that must hold."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rex_widgets.errors import InputError
from rex_widgets.regions import checked_shapes, feathered, pixels_shape, rasterise
from rex_widgets.regions.morph import grown, shrunk
from tests.regions.drawing import random_shape, slow_mask, slow_soft

seeds = st.integers(0, 2**32)
masks = st.builds(
    lambda height, width, seed, share: np.random.default_rng(seed).random((height, width)) < share,
    st.integers(1, 24),
    st.integers(1, 24),
    seeds,
    st.sampled_from([0.02, 0.3, 0.9, 0.99, 1.0]),
)


@settings(max_examples=150, deadline=None)
@given(seeds, st.integers(1, 18), st.integers(1, 18))
def test_a_mask_is_what_its_shapes_are_defined_to_cover(seed: int, height: int, width: int) -> None:
    random = Random(seed)
    shapes = [random_shape(random, height, width) for _ in range(random.randint(1, 4))]
    mask = rasterise(checked_shapes(shapes), height, width)
    assert mask.dtype == np.bool_
    np.testing.assert_array_equal(mask, slow_mask(shapes, height, width))


@settings(max_examples=60, deadline=None)
@given(masks, st.sampled_from([0, 1, 2, 3, 5, 12, 100]))
def test_a_soft_mask_is_what_it_is_defined_to_be(mask: Any, n: int) -> None:
    soft = feathered(mask, n)
    assert soft.dtype == np.float32
    np.testing.assert_array_equal(soft, slow_soft(mask, n))
    np.testing.assert_array_equal(soft > 0.5, mask)


def test_a_feather_by_hand() -> None:
    # One row, border between the second and the third pixel; distances 2, 1, 1, 2, 3.
    soft = feathered(np.array([[True, True, False, False, False]]), 2)
    # 1/2 ± (d - 1/2) / 2n
    assert soft.tolist() == [[0.875, 0.625, 0.375, 0.125, 0.0]]


def test_a_feather_in_bands_is_that_in_one_piece() -> None:
    mask = np.zeros((700, 40), np.bool_)
    mask[250:265, 10:20] = True
    mask[520, 3] = True
    soft = feathered(mask, 9)
    np.testing.assert_array_equal(soft, feathered(mask.T.copy(), 9).T)
    assert soft[256:].any() and soft[:256].any()


@settings(max_examples=60, deadline=None)
@given(masks, st.integers(0, 30))
def test_growing_and_shrinking_are_one_anothers_mirror(mask: Any, by: int) -> None:
    np.testing.assert_array_equal(~grown(mask, by), shrunk(~mask, by))
    assert (grown(mask, by) >= mask).all() and (shrunk(mask, by) <= mask).all()
    # Closing never loses what was there.
    assert (shrunk(grown(mask, by), by) >= mask).all()


def test_a_disc_by_hand() -> None:
    dot = np.zeros((5, 5), np.bool_)
    dot[2, 2] = True
    assert grown(dot, 2).astype(int).tolist() == [
        [0, 0, 1, 0, 0],
        [0, 1, 1, 1, 0],
        [1, 1, 1, 1, 1],
        [0, 1, 1, 1, 0],
        [0, 0, 1, 0, 0],
    ]


@settings(max_examples=80, deadline=None)
@given(seeds)
def test_mirrored_shapes_cover_mirrored_pixels(seed: int) -> None:
    """No side of a border is better than another."""
    random = Random(seed)
    height, width = random.randint(1, 40), random.randint(1, 40)
    shape = random_shape(random, height, width)
    while "points" not in shape or any(v % 256 == 0 for v in shape["points"]):
        shape = random_shape(random, height, width)
    if max(map(abs, shape["points"])) > 2**20:
        return
    shape["op"] = "add"
    flipped = [v if i % 2 else 256 * width - v for i, v in enumerate(shape["points"])]
    mask = rasterise([shape], height, width)
    mirrored = rasterise([{**shape, "points": flipped}], height, width)
    np.testing.assert_array_equal(mask[:, ::-1], mirrored)
    turned = [v for x, y in zip(*[iter(shape["points"])] * 2, strict=True) for v in (y, x)]
    np.testing.assert_array_equal(mask.T, rasterise([{**shape, "points": turned}], width, height))


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(-600, 5000), min_size=4, max_size=4))
def test_a_box_is_the_polygon_of_its_corners(corners: list[int]) -> None:
    x0, y0, x1, y1 = corners
    box = {"kind": "box", "op": "add", "points": corners}
    polygon = {"kind": "polygon", "op": "add", "points": [x0, y0, x1, y0, x1, y1, x0, y1]}
    np.testing.assert_array_equal(rasterise([box], 16, 16), rasterise([polygon], 16, 16))


def test_borders_count_and_empty_boxes_cover_middles_only() -> None:
    def area(points: list[int]) -> int:
        return int(rasterise([{"kind": "box", "op": "add", "points": points}], 4, 4).sum())

    assert area([128, 128, 384, 384]) == 4
    assert area([129, 129, 384, 384]) == 1
    assert area([128, 128, 128, 128]) == 1
    assert area([127, 127, 127, 127]) == 0
    assert area([-(2**21), -(2**21), 2**21, 2**21]) == 16


def test_a_fine_brush_leaves_no_gap() -> None:
    line = {"kind": "brush", "op": "add", "size": 0, "points": [5, 3, 16 * 256 - 9, 9 * 256 + 77]}
    mask = rasterise([line], 12, 16)
    assert mask.any(axis=0).all()


def test_a_long_stroke_is_worked_off_in_portions(monkeypatch: pytest.MonkeyPatch) -> None:
    random = Random(7)
    points = [random.randint(0, 40 * 256) for _ in range(400)]
    strokes = [
        {"kind": "brush", "op": "add", "size": 300, "points": points},
        {"kind": "polygon", "op": "subtract", "points": points},
    ]
    whole = rasterise(strokes, 40, 40)
    monkeypatch.setattr("rex_widgets.regions.spans._MOST_ROWS", 50)
    np.testing.assert_array_equal(rasterise(strokes, 40, 40), whole)


@settings(max_examples=40, deadline=None)
@given(masks)
def test_a_mask_as_a_shape_gives_the_mask(mask: Any) -> None:
    shape = pixels_shape(mask)
    np.testing.assert_array_equal(rasterise(checked_shapes([shape]), *mask.shape), mask)


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (8193, 2), (2, 20_000), (-1, 4)])
def test_pictures_of_impossible_size_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match="at most 8192"):
        rasterise([], *size)


@pytest.mark.parametrize("n", [-1, 1025, 1.5, True, "3"])
def test_an_impossible_feather_is_refused(n: Any) -> None:
    with pytest.raises(InputError, match="from 0 to 1024"):
        feathered(np.ones((2, 2), np.bool_), n)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"kind": "box"}, "Shapes were given as dict; expected a list"),
        ([3], "Shape 0 is int; expected a dict"),
        ([{"kind": "star"}], "'star'; expected one of brush, box"),
        ([{"kind": "box", "op": "xor", "points": [0, 0, 1, 1]}], "op 'xor'; expected one of add"),
        ([{"kind": "box", "op": "add", "points": [0, 0, 1]}], "has 3 coordinates; expected"),
        ([{"kind": "grow", "by": True}], "by is True; expected a whole number from 0 to 1024"),
        (
            [{"kind": "polygon", "op": "add", "points": [0, 2**22]}],
            "reach from 0 to 4194304; expected numbers from -2097152",
        ),
        ([{"kind": "polygon", "op": "add", "points": [0, 0.5]}], "something else than whole"),
        ([{"kind": "polygon", "op": "add", "points": [[0], [0, 1]]}], "something else than whole"),
        ([{"kind": "polygon", "op": "add", "points": [float("nan")] * 2}], "else than whole"),
    ],
)
def test_what_are_no_shapes_is_refused(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said.replace("[", r"\[").replace("?", r"\?")):
        checked_shapes(given)


def test_too_many_numbers_are_refused() -> None:
    shape = {"kind": "polygon", "op": "add", "points": np.zeros(2_000_002, np.int32)}
    with pytest.raises(InputError, match="more than 4000000 numbers"):
        checked_shapes([shape, shape])
    numpy_numbers = checked_shapes(
        [{**shape, "points": np.arange(4)}, {"kind": "grow", "by": np.int8(3)}]
    )
    assert numpy_numbers[0]["points"] == [0, 1, 2, 3]
    assert type(numpy_numbers[1]["by"]) is int
