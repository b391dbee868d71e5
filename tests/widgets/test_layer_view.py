from __future__ import annotations

import json
import logging
import threading
from typing import Any

import numpy as np
import pytest
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.widgets import LayerView

H, W = 5, 7
PICTURE = np.arange(H * W * 3, dtype=np.uint8).reshape(H, W, 3)
MASK = np.arange(H * W).reshape(H, W) % 3 == 0
STROKES = [{"tool": "brush", "size": 3, "points": [[0.5, 0.5], [2.5, 1.5]]}, {"tool": "clear"}]


class Sent:
    """A LayerView whose messages to the browser are kept."""

    def __init__(self, view: LayerView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(view, "send", lambda m, b=None: self.messages.append((m, b or [])))

    def kinds(self) -> list[str]:
        return [message["type"] for message, _ in self.messages]


@pytest.fixture
def view() -> LayerView:
    return LayerView(PICTURE)


@pytest.fixture
def sent(view: LayerView, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(view, monkeypatch)


def stroke(view: LayerView, mask: NDArray[Any], **changes: Any) -> None:
    """Deliver a stroke message as a front end does."""
    content = {"type": "stroke", "height": H, "width": W, "strokes": STROKES} | changes
    view._handle_custom_msg(content, [memoryview(np.packbits(mask).tobytes())])


def test_the_front_end_gets_all_there_is_when_it_asks(view: LayerView, sent: Sent) -> None:
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["picture"]
    message, buffers = sent.messages[0]
    assert (message["height"], message["width"]) == (H, W)
    assert buffers == [PICTURE.tobytes()]

    values = np.linspace(0, 1, H * W).reshape(H, W)
    view.set_map(values)
    view.set_mask(MASK)
    stroke(view, MASK)
    sent.messages.clear()
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["picture", "map", "mask", "strokes"]
    assert sent.messages[1][1] == [values.astype("<f4").tobytes()]
    assert sent.messages[2][1] == [np.packbits(MASK).tobytes()]
    assert sent.messages[3][0]["strokes"] == view.strokes


def test_layers_are_pushed_and_taken_away(view: LayerView, sent: Sent) -> None:
    view.set_map(np.ones((H, W), np.float32))
    view.set_mask(MASK)
    view.set_map(None)
    view.set_mask(None)
    assert sent.kinds() == ["map", "mask", "map", "mask"]
    assert [len(buffers) for _, buffers in sent.messages] == [1, 1, 0, 0]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds()[4:] == ["picture"]


def test_arrays_are_no_part_of_the_saved_state(view: LayerView) -> None:
    before = len(json.dumps(view.get_state(), default=str))
    view.set_map(np.ones((H, W)))
    view.set_mask(MASK)
    assert len(json.dumps(view.get_state(), default=str)) == before
    state = view.get_state().values()
    assert not any(isinstance(value, (bytes, memoryview, np.ndarray)) for value in state)


def test_what_is_given_is_copied(view: LayerView, sent: Sent) -> None:
    values = np.ones((H, W), np.float32)
    view.set_map(values)
    values[:] = 7
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [np.ones((H, W), "<f4").tobytes()]
    with pytest.raises(ValueError, match="read-only"):
        view.picture[0, 0, 0] = 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ones((H, W + 1)), r"shape \(5, 8\), the picture \(5, 7\)"),
        (np.ones((H, W, 1)), "two-dimensional"),
        (np.ones((H, W), int), "int64"),
        (np.full((H, W), np.nan), "35 values that are NaN"),
        (np.full((H, W), 1e300), "too large"),
    ],
)
def test_a_map_that_does_not_fit_changes_nothing(
    view: LayerView, sent: Sent, values: NDArray[Any], words: str
) -> None:
    view.set_map(np.ones((H, W)))
    with pytest.raises(InputError, match=words):
        view.set_map(values)
    assert sent.kinds() == ["map"]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [np.ones((H, W), "<f4").tobytes()]


@pytest.mark.parametrize(
    ("mask", "words"),
    [(MASK.T, r"shape \(7, 5\)"), (MASK.astype(np.uint8), "expected bool")],
)
def test_a_mask_that_does_not_fit_is_refused(
    view: LayerView, mask: NDArray[Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        view.set_mask(mask)


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((H, W), np.uint8), r"shape \(height, width, 3\)"),
        (np.zeros((H, W, 4), np.uint8), r"\(5, 7, 4\)"),
        (np.zeros((H, W, 3)), "float64"),
        (np.zeros((0, W, 3), np.uint8), "0 × 7"),
        (np.zeros((1, 5000, 3), np.uint8), "1 × 5000"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_refused(picture: NDArray[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        LayerView(picture)


def test_another_picture_of_another_size_drops_the_layers(view: LayerView, sent: Sent) -> None:
    view.set_map(np.ones((H, W)))
    stroke(view, MASK)
    view.set_picture(PICTURE[::-1])
    assert view.painted.sum() == MASK.sum()
    view.set_picture(np.zeros((2, 2, 3), np.uint8))
    assert view.painted.shape == (2, 2)
    assert view.strokes == []
    sent.messages.clear()
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["picture"]


def test_a_stroke_reaches_the_callbacks_as_a_mask(view: LayerView) -> None:
    heard: list[NDArray[np.bool_]] = []
    view.on_stroke(heard.append)
    stroke(view, MASK)
    assert heard[0].dtype == np.bool_
    assert (heard[0] == MASK).all()
    assert (view.painted == MASK).all()
    assert view.strokes == [
        {"tool": "brush", "size": 3.0, "points": [[0.5, 0.5], [2.5, 1.5]]},
        {"tool": "clear"},
    ]
    heard[0][:] = True
    assert (view.painted == MASK).all()
    view.on_stroke(heard.append, remove=True)
    stroke(view, MASK)
    assert len(heard) == 1


def test_a_failing_callback_does_not_stop_the_others(
    view: LayerView, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[Any] = []

    def fail(_: Any) -> None:
        raise RuntimeError("mine")

    view.on_stroke(fail)
    view.on_stroke(heard.append)
    with caplog.at_level(logging.ERROR):
        stroke(view, MASK)
    assert len(heard) == 1
    assert "mine" in caplog.text


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"height": H + 1}, "6 × 7"),
        ({"width": None}, "5 × None"),
        ({"strokes": "no"}, "a list"),
        ({"strokes": [{"tool": "knife"}]}, "a shape that is none"),
        ({"strokes": [{"tool": "brush", "size": 1, "points": [[1, float("nan")]]}]}, "none"),
        ({"strokes": [{"tool": "brush", "size": 1, "points": [[1]]}]}, "none"),
        ({"strokes": [{"tool": "clear"}] * 10_001}, "at most 10000"),
    ],
)
def test_a_malformed_stroke_is_ignored_and_said(
    view: LayerView, changes: dict[str, Any], words: str
) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    stroke(view, MASK, **changes)
    assert heard == []
    assert not view.painted.any()
    assert "ignored" in view.error
    assert words in view.error
    stroke(view, MASK)
    assert view.error == ""


@pytest.mark.parametrize("buffers", [[], [b"1234"], [b"123456"]])
def test_a_buffer_of_the_wrong_size_is_ignored(view: LayerView, buffers: list[bytes]) -> None:
    content = {"type": "stroke", "height": H, "width": W, "strokes": []}
    view._handle_custom_msg(content, buffers)
    assert f"{sum(map(len, buffers))} bytes" in view.error
    assert "expected 5 bytes" in view.error


@pytest.mark.parametrize("content", [None, "ready", 3, [], {}, {"type": "other"}])
def test_other_messages_are_ignored(view: LayerView, sent: Sent, content: Any) -> None:
    view._handle_custom_msg(content, [])
    assert sent.messages == []
    assert view.error == ""


def test_strokes_are_cleared_without_a_call(view: LayerView, sent: Sent) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    stroke(view, MASK)
    view.clear_strokes()
    assert len(heard) == 1
    assert not view.painted.any()
    assert sent.messages[-1][0] == {"type": "strokes", "strokes": []}


@pytest.mark.parametrize(
    "traits",
    [{"threshold": 1.5}, {"opacity": -1}, {"colormap": "jet"}, {"tool": "saw"}, {"zoom": 0.5}],
)
def test_traits_are_checked(traits: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        LayerView(PICTURE, **traits)


def test_a_pan_that_is_no_number_is_zero(view: LayerView) -> None:
    view.pan_x = float("nan")
    view.pan_y = 3
    assert (view.pan_x, view.pan_y) == (0.0, 3.0)


def test_maps_may_come_from_other_threads(view: LayerView, sent: Sent) -> None:
    def push(value: int) -> None:
        for _ in range(20):
            view.set_map(np.full((H, W), value, np.float32))
            view._handle_custom_msg({"type": "ready"}, [])

    threads = [threading.Thread(target=push, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = [buffers[0] for message, buffers in sent.messages if message["type"] == "map"][-1]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [last]
