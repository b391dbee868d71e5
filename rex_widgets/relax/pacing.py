"""How many masks are evaluated between two borders, and where a run may stop."""

from __future__ import annotations

from collections.abc import Iterator

from rex_widgets.relax.draws import BLOCK

MOST_AT_ONCE = 64
"""Masks given to the encoder at once, so that a pause need not wait long for it."""

LEAST_AT_ONCE = 8
"""Fewer than these would spend the time on bookkeeping."""


def piece_end(done: int, goal: int, batch_size: int, at_once: int, border: int | None) -> int:
    """Where the next piece of masks ends.

    A batch of the settings is cut into pieces of about equal size. They depend on where a batch
    begins and not on where a run was interrupted or extended, so that an encoder whose last bits
    depend on the batch is given the same batches.

    Parameters
    ----------
    done, goal
        Masks evaluated, and to be evaluated.
    batch_size
        Of the settings.
    at_once
        Masks that the encoder takes at once.
    border
        Where the run may stop next, or ``None``.
    """
    limit = max(LEAST_AT_ONCE, min(at_once, MOST_AT_ONCE, batch_size))
    pieces = -(-batch_size // limit)
    size = -(-batch_size // pieces)
    inside = done % batch_size
    start = done - inside
    end = min(start + (inside // size + 1) * size, start + batch_size, goal)
    return min(end, border) if border is not None and border > done else end


def borders(replicates: int) -> Iterator[int]:
    """Numbers of masks after which a run may stop by its estimated error, without end.

    Every replicate has the same number of masks at each of them: 1, 2, 3, 4, 6, 8, 12, … blocks,
    the powers of two and what lies halfway, so that the error is judged seldom and a run is at
    most half as long again as it has to be.
    """
    blocks = 1
    while True:
        yield BLOCK * replicates * blocks
        if blocks > 1:
            yield BLOCK * replicates * blocks * 3 // 2
        blocks *= 2


def next_border(done: int, replicates: int) -> int:
    """Return the first of the `borders` after ``done`` masks."""
    return next(border for border in borders(replicates) if border > done)


def border_for(masks: float, replicates: int) -> int:
    """Return the first of the `borders` at or after that many masks."""
    return next(border for border in borders(replicates) if border >= masks)
