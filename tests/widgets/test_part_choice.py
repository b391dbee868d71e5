"""Names of what can be shown of an explanation with several masks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from rex_widgets.results import ClassScore, Explanation, Part
from rex_widgets.widgets import facts
from rex_widgets.widgets.part_choice import ALL, EXPLANATION, part_mask, part_names, separate_sets
from tests.explanations import hand_made


def _square(row: int, column: int, side: int = 4) -> NDArray[np.bool_]:
    mask = np.zeros((16, 16), np.bool_)
    mask[row : row + side, column : column + side] = True
    return mask


def _part(name: str, mask: NDArray[np.bool_], without: ClassScore | None = None) -> Part:
    return Part(name, mask, 0.9, float(mask.mean()), True, without=without)


@pytest.fixture
def several() -> Explanation:
    """Three explanations, of which the first two overlap."""
    masks = [_square(0, 0), _square(2, 2), _square(10, 10)]
    parts = tuple(_part(f"spotlight {i + 1}", mask) for i, mask in enumerate(masks))
    return replace(
        hand_made(), mask=masks[0], map=np.ones((16, 16), np.float32), parts=parts,
        strategy="multi",
    )  # fmt: skip


def test_a_single_mask_offers_no_choice() -> None:
    assert part_names(hand_made()) == []


def test_multiple_explanations_together_apart_and_one_by_one(several: Explanation) -> None:
    assert part_names(several) == [
        ALL, "separate: 1, 3", "separate: 2, 3", "spotlight 1", "spotlight 2", "spotlight 3",
    ]  # fmt: skip
    masks = [part.mask for part in several.parts]
    assert np.array_equal(part_mask(several, ALL), masks[0] | masks[1] | masks[2])
    assert np.array_equal(part_mask(several, "separate: 2, 3"), masks[1] | masks[2])
    assert np.array_equal(part_mask(several, "spotlight 3"), masks[2])
    assert np.array_equal(part_mask(several, "a name of before"), several.mask)
    assert set(separate_sets(several)) == {(0, 2), (1, 2)}


def test_the_halves_of_a_contrastive_explanation(several: Explanation) -> None:
    inner, outer = _square(2, 2), _square(0, 0, 8)
    parts = (
        _part("sufficient", inner),
        _part("contrastive", outer, ClassScore(4, "a <dog>", 0.5)),
    )
    both = replace(several, parts=parts, strategy="contrastive", mask=outer)
    assert part_names(both) == [EXPLANATION, "sufficient", "contrastive"]
    assert np.array_equal(part_mask(both, EXPLANATION), outer)
    words = facts.facts_html(both)
    assert "without it the model answers a &lt;dog&gt; (class 4)" in words


def test_the_facts_count_what_was_found(several: Explanation) -> None:
    words = facts.facts_html(several)
    assert "3 explanations found, at most 2 of them apart from each other" in words


def test_the_facts_speak_of_the_kind_of_input(several: Explanation) -> None:
    assert "on the whole signal" in facts.facts_html(replace(several, kind="signal"))
