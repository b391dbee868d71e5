"""What holds for all bundles of the front end at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[1] / "rex_widgets" / "static"
BUNDLES = sorted(STATIC.glob("*.js"))
_ROOT = re.compile(r'"rw (rw-[\w-]+)"')

_SHARED = ".rw-look"
"""How the sheet begins that several widgets share, and so belongs to none."""


def _names(bundle: Path) -> str:
    return bundle.stem


@pytest.mark.parametrize("bundle", BUNDLES, ids=_names)
def test_a_style_sheet_is_confined_to_its_widget(bundle: Path) -> None:
    text = bundle.read_text(encoding="utf-8")
    root = _ROOT.search(text)
    if root is None:
        pytest.skip("a page's script brings no style sheet")
    # The theme may stand before it in the same text.
    within = r"(?:(?!\1).)*"
    sheet = re.search(rf"""(["'`])(?:\.rw\{{{within}?)?(\.{root[1]}\{{{within})\1[;,)]""", text)
    assert sheet is not None
    # Everything stands inside a block that names the root.
    head = f".{root[1]}{{"
    depth, place = 0, 0
    while place < len(sheet[2]):
        if depth == 0:
            assert sheet[2].startswith((head, _SHARED), place)
            place = sheet[2].index("{", place) + 1
            depth = 1
            continue
        depth += (sheet[2][place] == "{") - (sheet[2][place] == "}")
        place += 1
    assert depth == 0


def test_the_bundles_are_small_enough() -> None:
    assert sum(bundle.stat().st_size for bundle in BUNDLES) <= 332_000
