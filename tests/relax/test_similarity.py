"""Similarities of representations, by name and by function."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.relax.similarity import similarities, similarities_to, takes_reference

H = np.array([3.0, 4.0], np.float32)
ROWS = np.array([[3, 4], [4, -3], [-6, -8], [3, 0], [0, 0]], np.float32)


@pytest.mark.parametrize(
    ("measure", "expected", "undefined"),
    [
        ("cosine", [1, 0, -1, 0.6, 0], 1),
        ("dot", [25, 0, -50, 9, 0], 0),
        ("euclidean", [0, -np.sqrt(50), -15, -4, -5], 0),
    ],
)
def test_by_name(measure: str, expected: list[float], undefined: int) -> None:
    found, zeros = similarities(measure, H, ROWS)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert found.dtype == np.float64
    assert zeros == undefined


@pytest.mark.parametrize("measure", ["cosine", "dot", "euclidean"])
def test_a_row_does_not_depend_on_its_batch(measure: str) -> None:
    generator = np.random.default_rng(0)
    h = generator.normal(size=1283).astype(np.float32)
    rows = generator.normal(size=(67, 1283)).astype(np.float32)
    together, _ = similarities(measure, h, rows)
    alone = [similarities(measure, h, row[None])[0][0] for row in rows]
    assert together.tolist() == alone


@pytest.mark.parametrize("measure", ["cosine", "dot", "euclidean", lambda h, masked: masked[:, 0]])
def test_several_references_are_single_ones_side_by_side(measure: Any) -> None:
    generator = np.random.default_rng(0)
    references = generator.normal(size=(5, 37)).astype(np.float32)
    rows = generator.normal(size=(9, 37)).astype(np.float32)
    rows[3] = 0
    together, undefined = similarities_to(measure, references, rows)
    for column, reference in enumerate(references):
        alone, one_undefined = similarities(measure, reference, rows)
        assert together[:, column].tolist() == alone.tolist()
        assert one_undefined == undefined


def test_numbers_that_are_too_large_are_told() -> None:
    with pytest.raises(ModelError, match=r"dot similarity of 1 inputs is .* not a number"):
        similarities("dot", H, np.array([[np.inf, 0], [1, 1]], np.float32))


def test_a_function_of_both_is_given_the_reference_for_every_row() -> None:
    seen: list[tuple[int, ...]] = []

    def measure(h: Any, masked: Any) -> Any:
        seen.extend((h.shape, masked.shape))
        return (h * masked).sum(axis=1)

    found, undefined = similarities(measure, H, ROWS)
    assert seen == [(5, 2), (5, 2)]
    assert undefined == 0
    np.testing.assert_allclose(found, [25, 0, -50, 9, 0])


def test_a_function_of_the_masked_alone() -> None:
    found, _ = similarities(lambda masked: masked[:, :1], H, ROWS)
    np.testing.assert_allclose(found, ROWS[:, 0])
    found, _ = similarities(lambda masked: masked[:, 0].tolist(), H, ROWS)
    np.testing.assert_allclose(found, ROWS[:, 0])


def test_torch_functions_and_modules() -> None:
    torch = pytest.importorskip("torch")
    expected = similarities("cosine", H, ROWS[:4])[0]
    found, _ = similarities(torch.nn.CosineSimilarity(dim=1), H, ROWS[:4])
    np.testing.assert_allclose(found, expected, atol=1e-6)
    found, _ = similarities(torch.nn.functional.cosine_similarity, H, ROWS[:4])
    np.testing.assert_allclose(found, expected, atol=1e-6)

    def mine(h: Any, masked: Any) -> Any:
        return (h * masked).sum(dim=1).unsqueeze(1)

    np.testing.assert_allclose(similarities(mine, H, ROWS)[0], [25, 0, -50, 9, 0])


@pytest.mark.parametrize(
    ("function", "both"),
    [
        (lambda h, masked: 0, True),
        (lambda masked: 0, False),
        (lambda masked, scale=1.0: 0, False),
        (lambda h=None, masked=None: 0, True),
        (lambda *rows: 0, True),
        (lambda masked, *, scale=1.0: 0, False),
        (np.dot, True),
    ],
)
def test_the_signature_tells_what_a_function_takes(function: Any, both: bool) -> None:
    assert takes_reference(function) is both


@pytest.mark.parametrize(
    ("function", "words"),
    [
        (lambda masked: masked, r"gave an array of shape \(5, 2\) for 5 rows; expected \(5,\)"),
        (lambda masked: 1.0, r"gave an array of shape \(\)"),
        (lambda masked: None, "gave NoneType; expected 5 numbers"),
        (lambda masked: ["a"] * 5, "gave list; expected 5 numbers"),
        (lambda masked: masked[:, 0] / 0, "numbers that are not finite"),
        (lambda masked: masked[:, 0] * 1e16, "gave 6e\\+16; expected numbers of at most 1e\\+15"),
        (lambda masked: masked.nothing, "failed: AttributeError"),
        (lambda a, b, c: 0, "failed: TypeError"),
    ],
)
def test_what_a_function_gives_is_checked(function: Any, words: str) -> None:
    with np.errstate(all="ignore"), pytest.raises(SettingsError, match=words):
        similarities(function, H, ROWS)


@pytest.mark.parametrize("measure", ["dot", "euclidean"])
def test_representations_too_large_for_the_maps_are_told(measure: str) -> None:
    large = np.full((3, 2), 1e30, np.float32)
    with pytest.raises(ModelError, match=rf"The {measure} similarity of 3 inputs is beyond 1e\+15"):
        similarities(measure, np.zeros(2, np.float32) + 1, large)
    assert similarities("cosine", large[0], large)[0] == pytest.approx(1)
