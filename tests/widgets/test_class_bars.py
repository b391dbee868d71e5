from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import traitlets

from rex_widgets.widgets import ClassBars

ROWS = [
    {"index": 285, "label": "Egyptian cat", "confidence": 0.8},
    {"index": 281, "label": "<b>tabby</b>", "confidence": 0.1},
]


def test_a_press_is_called_back_with_the_index() -> None:
    heard: list[int] = []
    bars = ClassBars(classes=ROWS, chosen=285)
    bars.on_choose(heard.append)
    bars._handle_custom_msg({"type": "choose", "index": 281}, [])
    assert heard == [281]
    assert bars.chosen == 285
    bars.on_choose(heard.append, remove=True)
    bars._handle_custom_msg({"type": "choose", "index": 281}, [])
    assert heard == [281]


@pytest.mark.parametrize(
    "content",
    [
        None,
        {"type": "choose"},
        {"type": "choose", "index": 7},
        {"type": "choose", "index": "285"},
        {"type": "choose", "index": [285]},
        {"index": 285},
    ],
)
def test_other_messages_are_ignored(content: Any) -> None:
    heard: list[int] = []
    bars = ClassBars(classes=ROWS)
    bars.on_choose(heard.append)
    bars._handle_custom_msg(content, [])
    assert heard == []


def test_numbers_become_plain() -> None:
    bars = ClassBars(
        classes=[{"index": np.int64(3), "label": "x", "confidence": np.float32(0.5), "more": 1}]
    )
    assert bars.classes == [{"index": 3, "label": "x", "confidence": 0.5}]
    assert type(bars.classes[0]["index"]) is int
    assert type(bars.classes[0]["confidence"]) is float


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"index": 1, "label": "x"}, "expected a dict with"),
        ({"index": "one", "label": "x", "confidence": 0.5}, "expected a dict with"),
        ({"index": 1, "label": "x", "confidence": 1.5}, "Class 1 has confidence 1.5"),
        ({"index": 1, "label": "x", "confidence": float("nan")}, "confidence nan"),
    ],
)
def test_rows_are_checked_and_the_old_ones_stay(row: dict[str, Any], words: str) -> None:
    bars = ClassBars(classes=ROWS)
    with pytest.raises(traitlets.TraitError, match=words):
        bars.classes = [row]
    assert bars.classes == ROWS
