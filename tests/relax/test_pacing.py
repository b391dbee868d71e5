"""Pieces of masks between two borders."""

from __future__ import annotations

from itertools import islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.relax.pacing import border_for, borders, next_border, piece_end


def pieces(goal: int, batch_size: int, at_once: int, border: int | None = None) -> list[int]:
    ends = [0]
    while ends[-1] < goal:
        ends.append(piece_end(ends[-1], goal, batch_size, at_once, border))
    return ends


def test_a_batch_is_cut_into_equal_pieces() -> None:
    assert pieces(200, 100, 64) == [0, 50, 100, 150, 200]
    assert pieces(64, 32, 64) == [0, 32, 64]
    assert pieces(130, 65, 64) == [0, 33, 65, 98, 130]
    assert pieces(20, 100, 64) == [0, 20]
    assert pieces(16, 16, 1) == [0, 8, 16], "fewer than eight are not worth the bookkeeping"
    assert pieces(200, 100, 64, border=128) == [0, 50, 100, 128, 150, 200]


@given(st.integers(1, 500), st.integers(1, 150), st.integers(1, 100), st.integers(0, 499))
def test_pieces_do_not_depend_on_where_they_began(
    goal: int, batch_size: int, at_once: int, start: int
) -> None:
    ends = pieces(goal, batch_size, at_once)
    assert all(0 < b - a <= max(8, min(64, at_once, batch_size)) for a, b in pairwise(ends))
    first = min(start, goal - 1)
    assert piece_end(first, goal, batch_size, at_once, None) in ends


def test_borders_give_every_replicate_the_same_number() -> None:
    assert list(islice(borders(8), 9)) == [128, 256, 384, 512, 768, 1024, 1536, 2048, 3072]
    assert all(border % 48 == 0 for border in islice(borders(3), 20))
    assert (next_border(0, 8), next_border(128, 8), next_border(129, 8)) == (128, 256, 256)
    assert (border_for(0, 8), border_for(128, 8), border_for(129, 8)) == (128, 128, 256)
