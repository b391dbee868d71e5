from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.results import Target
from rex_widgets.widgets import HistoryList, _history_entries, history_list
from tests.explanations import hand_made


@pytest.fixture
def sent() -> list[Any]:
    """Return the messages sent: kind and id of each."""
    return []


@pytest.fixture
def history(sent: list[Any], monkeypatch: pytest.MonkeyPatch) -> HistoryList:
    made = HistoryList()

    def send(content: dict[str, Any], buffers: list[bytes]) -> None:
        assert buffers[0].startswith(b"\x89PNG")
        sent.append((content["type"], content["id"]))

    monkeypatch.setattr(made, "send", send)
    return made


@pytest.fixture
def gone(history: HistoryList) -> list[str]:
    found: list[str] = []
    history.on_remove(found.append)
    return found


def tell(history: HistoryList, **content: Any) -> None:
    history._handle_custom_msg(content, [])


def test_the_newest_comes_first_and_is_the_one_shown(history: HistoryList, sent: list[Any]) -> None:
    first = history.add(hand_made())
    second = history.add(hand_made(target=Target(281, "tabby", 0.1)), name="with a region")
    assert history.ids == (second, first)
    assert history.chosen == second
    assert sent == [("picture", first), ("picture", second)]
    assert len(history) == 2
    facts = history.entries[1]
    assert (facts["name"], facts["index"], facts["strategy"]) == ("Egyptian cat", 285, "global")
    assert (facts["confidence"], facts["verified"], facts["evaluations"]) == (0.713, True, 1936)
    assert facts["seconds"] == 14.23
    assert history.entries[0]["name"] == "with a region"
    assert history.entries[0]["label"] == "tabby"


def test_facts_are_plain_json_whatever_is_not_known(history: HistoryList) -> None:
    history.add(
        hand_made(
            confidence=float("nan"),
            area=float("nan"),
            verified=False,
            target=Target(-1, "<script>" * 100, float("nan")),
        )
    )
    facts = json.loads(json.dumps(history.entries, allow_nan=False))[0]
    assert (facts["confidence"], facts["area"], facts["label"]) == (None, None, "no class yet")
    history.add(hand_made(target=Target(3, "<script>" * 100, 0.5)))
    assert len(history.entries[0]["label"]) == 200


def test_a_page_that_is_loaded_anew_gets_the_pictures(
    history: HistoryList, sent: list[Any]
) -> None:
    ids = [history.add(hand_made()) for _ in range(2)]
    sent.clear()
    tell(history, type="ready")
    assert sent == [("picture", ids[1]), ("picture", ids[0])]


def test_choosing_and_comparing_call_back(history: HistoryList) -> None:
    heard: list[Any] = []
    history.on_restore(heard.append)
    history.on_compare(lambda *ids: heard.append(ids))
    first, second = history.add(hand_made()), history.add(hand_made())
    tell(history, type="restore", id=first)
    assert history.chosen == first
    tell(history, type="compare", ids=[second, first])
    assert heard == [first, (second, first)]
    assert history.explanation(first) is not history.explanation(second)


@pytest.mark.parametrize(
    "content",
    [
        {"type": "restore"},
        {"type": "restore", "id": "result-99"},
        {"type": "restore", "id": ["result-1"]},
        {"type": "remove", "id": {"a": 1}},
        {"type": "compare", "ids": ["result-1", "result-1"]},
        {"type": "compare", "ids": ["result-1", "result-7"]},
        {"type": "compare", "ids": ["result-1", []]},
        {"type": "compare", "ids": "ab"},
        {"type": "compare", "ids": ["result-1"]},
        {"type": "explode"},
        {},
        None,
        [1],
    ],
)
def test_what_a_stale_or_hostile_page_asks_for_changes_nothing(
    history: HistoryList, gone: list[str], content: Any
) -> None:
    heard: list[Any] = []
    history.add(hand_made())
    for register in (history.on_restore, history.on_compare):
        register(lambda *ids: heard.append(ids))  # type: ignore[operator]
    history._handle_custom_msg(content, [])
    assert (heard, gone, history.ids) == ([], [], ("result-1",))


def test_what_is_removed_comes_back_until_more_is_removed(
    history: HistoryList, gone: list[str]
) -> None:
    a, b, c = (history.add(hand_made()) for _ in range(3))
    tell(history, type="remove", id=b)
    assert (history.ids, history.can_undo, gone) == ((c, a), True, [])
    history.explanation(b)
    d = history.add(hand_made())
    tell(history, type="undo")
    assert (history.ids, history.can_undo) == ((d, c, b, a), False)
    history.remove(b)
    tell(history, type="clear")
    assert (history.ids, gone, history.chosen) == ((), [b], "")
    with pytest.raises(InputError):
        history.explanation(b)
    history.undo()
    assert history.ids == (d, c, a)
    history.undo()
    assert history.ids == (d, c, a)


def test_clearing_an_empty_list_keeps_what_can_be_brought_back(
    history: HistoryList, gone: list[str]
) -> None:
    only = history.add(hand_made())
    history.clear()
    history.clear()
    history.undo()
    assert (history.ids, gone) == ((only,), [])


def test_the_oldest_goes_and_the_list_says_so(gone: list[str]) -> None:
    history = HistoryList(max_entries=3)
    history.on_remove(gone.append)
    ids = [history.add(hand_made(), name=f"<i>{number}") for number in range(4)]
    assert (history.ids, gone) == ((ids[3], ids[2], ids[1]), [ids[0]])
    assert "<i>0" in history.notice
    history.clear()
    history.add(hand_made())
    history.add(hand_made())
    history.undo()
    assert len(history) == 3
    assert gone == ids[:3]


def test_the_oldest_goes_when_the_arrays_are_large(
    history: HistoryList, gone: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = _history_entries.bytes_of([hand_made()])
    assert one == 64 * 64 * (4 + 1 + 3)
    shared = hand_made()
    assert _history_entries.bytes_of([shared, shared]) == one
    monkeypatch.setattr(history_list, "MAX_BYTES", 2 * one)
    ids = [history.add(hand_made()) for _ in range(3)]
    assert gone == [ids[0]]
    large = history.add(hand_made(side=256))
    assert history.ids == (large,)


@pytest.mark.parametrize("given", [None, "result", {"map": 1}])
def test_only_explanations_are_listed(history: HistoryList, given: Any) -> None:
    with pytest.raises(InputError, match="Explanation"):
        history.add(given)
    assert len(history) == 0


@pytest.mark.parametrize("most", [0, 101, True, -1])
def test_the_bound_is_bounded(most: int) -> None:
    with pytest.raises(InputError):
        HistoryList(max_entries=most)


def _signal(kind: str, length: int) -> Callable[[], Any]:
    def make() -> Any:
        places = np.arange(length)
        return hand_made(
            kind=kind,
            map=places.astype(np.float32),
            mask=places < length // 3 + 1,
            picture=None,
            values=np.sin(places)[None].astype(np.float32),
        )

    return make


def _volume(**changes: Any) -> Any:
    ball = np.zeros((12, 10, 8), np.bool_)
    ball[4:8, 3:6, 6] = True
    fields = {
        "kind": "volume", "map": ball.astype(np.float32), "mask": ball, "picture": None,
        "values": np.arange(ball.size, dtype=np.float32).reshape(1, *ball.shape),
    }  # fmt: skip
    return hand_made(**(fields | changes))


@pytest.mark.parametrize(
    "make",
    [
        hand_made,
        lambda: hand_made(picture=None),
        lambda: hand_made(side=1),
        _signal("signal", 200),
        _signal("signal", 5000),
        _signal("table", 7),
        _signal("table", 1),
        _signal("audio", 33),
        lambda: hand_made(kind="signal", map=np.zeros(9, np.float32), mask=np.zeros(9, np.bool_)),
        _volume,
        lambda: _volume(mask=np.zeros((12, 10, 8), np.bool_)),
        lambda: _volume(mask=np.zeros((5, 4, 3), np.bool_), map=np.zeros((5, 4, 3), np.float32)),
        lambda: _volume(values=None),
    ],
)  # fmt: skip
def test_every_kind_has_a_small_picture(history: HistoryList, make: Callable[[], Any]) -> None:
    history.add(make())
    data = history._held[0].picture
    image = Image.open(io.BytesIO(data))
    assert max(image.size) == 144
    assert len(data) < 60_000


def test_the_small_picture_of_a_volume_is_the_slice_with_the_explanation() -> None:
    from rex_widgets.report.thumbnail import _plane

    assert np.array_equal(_plane(_volume()).mask, _volume().mask[..., 6])


def test_closing_lets_go_of_everything(history: HistoryList, gone: list[str]) -> None:
    history.add(hand_made())
    history.close()
    assert (len(history), gone) == (0, [])
