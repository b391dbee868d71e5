"""The atlas of glyphs as the world reads it, and where the world keeps its weights."""

from __future__ import annotations

from pathlib import Path

from rex_widgets.glyphs.atlas import (
    ATLAS_FILE,
    FONTS_FILE,
    SIDE,
    Atlas,
    load_atlas,
    write_atlas,
)

__all__ = ["ATLAS_FILE", "DATA", "FONTS_FILE", "SIDE", "Atlas", "load_atlas", "write_atlas"]

DATA = Path(__file__).with_name("data")
