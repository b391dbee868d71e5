"""Reading the digits of the npm package, and dealing them out."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from rex_widgets.bridge.train.reading import Digits, read_digits, split
from rex_widgets.errors import InputError
from tests.bridge.train.digits_folder import write_digits


def test_pictures_are_padded_and_labelled_in_order(tmp_path: Path) -> None:
    digits = read_digits(write_digits(tmp_path, each=3))
    assert digits.pictures.shape == (30, 32, 32)
    assert digits.pictures.dtype == np.uint8
    np.testing.assert_array_equal(digits.labels, np.repeat(np.arange(10), 3))
    border = digits.pictures.copy()
    border[:, 2:-2, 2:-2] = 0
    assert not border.any()
    assert digits.pictures[-1, 2 + 2 * 9 + 3, 2 + 6] == round(0.9 * 255)


def test_nobody_sees_a_digit_twice_and_the_deal_is_always_the_same() -> None:
    numbers = np.arange(100, dtype=np.uint8)
    digits = Digits(np.broadcast_to(numbers[:, None, None], (100, 32, 32)), numbers)
    dealt = split(digits, held_out=20, validation=10)
    again = split(digits, held_out=20, validation=10)
    parts = (dealt.training, dealt.validation, dealt.held_out)
    assert [len(part) for part in parts] == [70, 10, 20]
    assert sorted(np.concatenate([part.labels for part in parts])) == list(range(100))
    np.testing.assert_array_equal(dealt.held_out.labels, again.held_out.labels)
    np.testing.assert_array_equal(dealt.training.pictures[:, 0, 0], dealt.training.labels)
    assert not np.array_equal(dealt.held_out.labels, np.sort(dealt.held_out.labels))


def test_too_few_digits_are_refused() -> None:
    digits = Digits(np.zeros((5, 32, 32), np.uint8), np.zeros(5, np.uint8))
    with pytest.raises(InputError, match="more than 5"):
        split(digits, held_out=3, validation=2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "missing"),
        ("[1, 2", "no list"),
        ("{}", "no list"),
        ('{"data": "digits"}', "no list"),
        (json.dumps({"data": [0.5] * 783}), "multiple"),
        (json.dumps({"data": []}), "multiple"),
        (json.dumps({"data": [2.0] * 784}), "outside"),
        (json.dumps({"data": [float("nan")] * 784}), "outside"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, text: str | None, said: str) -> None:
    folder = write_digits(tmp_path, each=1)
    file = folder / "src" / "digits" / "4.json"
    file.unlink()
    if text is not None:
        file.write_text(text)
    with pytest.raises(InputError, match=said):
        read_digits(folder)
