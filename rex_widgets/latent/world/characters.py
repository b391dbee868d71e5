"""The world's characters, and what is asked about them."""

from __future__ import annotations

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghkmnqrty23456789"
"""48 characters that differ in shape, not only in size (so "s", "o" and "1" are missing)."""


def is_odd(character: int) -> bool:
    """Whether a character's number is odd, which is what the world's classifiers decide."""
    return character % 2 == 1
