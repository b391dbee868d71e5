"""Whatever a person may have as a mask."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.regions import Region, as_mask, coco_of, write_mask

MASK = np.array([[0, 1, 1], [0, 0, 1]], bool)


@pytest.mark.parametrize(
    "given",
    [
        MASK,
        MASK.astype(np.uint8),
        MASK.astype(np.uint8) * 255,
        MASK.astype(np.float64),
        MASK.astype(np.int64) * -3,
        np.asfortranarray(MASK),
        MASK.tolist(),
        MASK.astype(int).tolist(),
        Image.fromarray(MASK.astype(np.uint8) * 255),
        Image.fromarray(MASK),
        pd.DataFrame(MASK),
        coco_of(MASK),
        coco_of(MASK, compressed=False),
        Region("a", MASK),
        SimpleNamespace(mask=MASK),
    ],
    ids=lambda given: type(given).__name__,
)
def test_forms_that_are_taken(given: Any) -> None:
    found = as_mask(given, (2, 3))
    assert found.dtype == np.bool_ and found.flags.c_contiguous
    np.testing.assert_array_equal(found, MASK)


def test_the_array_given_is_not_shared() -> None:
    mask = MASK.copy()
    as_mask(mask, (2, 3))[:] = True
    as_mask(Region("a", mask), (2, 3))[:] = True
    np.testing.assert_array_equal(mask, MASK)


def test_files_and_their_bytes(tmp_path: Path) -> None:
    for name in ("m.png", "m.npz", "m.json"):
        path = write_mask(tmp_path / name, MASK)
        for given in (path, str(path), path.read_bytes(), bytearray(path.read_bytes())):
            np.testing.assert_array_equal(as_mask(given, (2, 3)), MASK)


@pytest.mark.parametrize("shape", [(7,), (2, 3, 4)])
def test_any_number_of_axes(shape: tuple[int, ...], tmp_path: Path) -> None:
    mask = np.random.default_rng(0).random(shape) < 0.5
    np.testing.assert_array_equal(as_mask(mask, shape), mask)
    path = write_mask(tmp_path / "mask.npz", mask)
    np.testing.assert_array_equal(as_mask(path, shape), mask)


def test_a_tensor() -> None:
    torch = pytest.importorskip("torch")
    np.testing.assert_array_equal(as_mask(torch.tensor(MASK), (2, 3)), MASK)
    with pytest.raises(InputError, match="given as Tensor"):
        as_mask(torch.ones(2, 3, requires_grad=True), (2, 3))


def test_masks_of_nothing_and_of_all() -> None:
    assert not as_mask(np.zeros((2, 3)), (2, 3)).any()
    assert as_mask(np.full((2, 3), 255), (2, 3)).all()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "given as NoneType; expected a bool array"),
        (len, "given as builtin_function_or_method"),
        (object(), "given as object"),
        ({}, "no COCO RLE"),
        ("none.png", "does not exist"),
        (3, r"shape \(\); expected \(2, 3\)"),
        (MASK.T, r"shape \(3, 2\); expected \(2, 3\)\. Turn it: mask\.T"),
        (MASK[None], r"shape \(1, 2, 3\); expected \(2, 3\)\. Use a mask made for this input"),
        (np.full((2, 3), np.nan), "holds NaN"),
        (np.array([[0, 0.5, 1], [0, 0, 0]]), "more than two values"),
        (np.array([["a"] * 3] * 2), "given as ndarray"),
        (np.array([[None] * 3] * 2), "given as ndarray"),
        ([[1, 2], [3]], "given as list"),
        (np.ma.masked_array(MASK, MASK), "masked array"),
        (SimpleNamespace(mask="mask.png"), "given as str"),
        (SimpleNamespace(mask=None), "given as SimpleNamespace"),
        (coco_of(MASK.T), "3 x 2 .rows x columns.; expected 2 x 3"),
    ],
)
def test_what_is_no_mask_is_refused(given: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        as_mask(given, (2, 3))
