"""The characters of the atlas."""

from __future__ import annotations

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabdefghkmnqrty23456789"
"""48 characters that differ in shape, not only in size (so "s", "o" and "1" are missing)."""
