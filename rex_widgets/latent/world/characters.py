"""The world's characters, and what is asked about them."""

from __future__ import annotations

from rex_widgets.glyphs.characters import CHARACTERS

__all__ = ["CHARACTERS", "is_odd"]


def is_odd(character: int) -> bool:
    """Whether a character's number is odd, which is what the world's classifiers decide."""
    return character % 2 == 1
