"""What holds for all bundles of the front end at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[1] / "rex_widgets" / "static"
BUNDLES = sorted(STATIC.glob("*.js"))
_SHEET = re.compile(r"\.rw-[\w-]+(?:[^{}`]*)\{[^{}]*:[^{}]*\}")
_ROOT = re.compile(r'"rw (rw-[\w-]+)"')
SHARED = (".rw-unseen", ".rw-look")


def _names(bundle: Path) -> str:
    return bundle.stem


@pytest.mark.parametrize("bundle", BUNDLES, ids=_names)
def test_a_style_sheet_is_confined_to_its_widget(bundle: Path) -> None:
    text = bundle.read_text(encoding="utf-8")
    root = _ROOT.search(text)
    if root is None:
        pytest.skip("a page's script brings no style sheet")
    own = re.compile(rf"\.{root[1]}(?![\w-])")
    for rule in _SHEET.findall(text):
        for selector in _selectors(rule.split("{")[0]):
            assert own.search(selector) or selector.startswith(SHARED), selector


def test_the_bundles_are_small_enough() -> None:
    assert sum(bundle.stat().st_size for bundle in BUNDLES) <= 300_000


def _selectors(text: str) -> list[str]:
    """Split a list of selectors at the commas outside of brackets."""
    parts, depth, start = [], 0, 0
    for place, sign in enumerate(text):
        depth += (sign in "([") - (sign in ")]")
        if sign == "," and depth == 0:
            parts.append(text[start:place].strip())
            start = place + 1
    return [*parts, text[start:].strip()]
