"""A gallery, sorted."""

from __future__ import annotations

import numpy as np

from rex_widgets.relax.neighbours import neighbours, ranked
from rex_widgets.relax.references import Reference


def test_the_most_similar_first_and_equal_ones_as_given() -> None:
    similarities = np.array([0.2, 0.9, 0.2, -0.5])
    assert ranked(similarities) == [1, 0, 2, 3]
    assert ranked(np.zeros(0)) == []
    blank = np.zeros((1, 2, 2), np.float32)
    gallery = [Reference(name, blank, np.full((2, 2, 3), 7, np.uint8)) for name in "abcd"]
    asked: list[int] = []

    def importance(index: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        asked.append(index)
        return np.full((2, 2), index, np.float32)

    found = neighbours(gallery, similarities, importance)
    assert [one.name for one in found] == ["b", "a", "c", "d"]
    assert [one.similarity for one in found] == [0.9, 0.2, 0.2, -0.5]
    assert [int(one.importance[0, 0]) for one in found] == asked == [1, 0, 2, 3]
    assert found[0].thumbnail.max() == 7
