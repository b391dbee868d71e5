from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.results import Explanation
from rex_widgets.widgets import SignalView
from rex_widgets.widgets._signal_arrays import painted_by
from tests.explanations import hand_made

C, L = 2, 9
VALUES = np.arange(C * L, dtype=np.float64).reshape(C, L)
MASK = np.arange(L) % 3 == 0
MAP = np.linspace(0, 1, L)
STROKES = [{"tool": "brush", "start": 1, "stop": 6}, {"tool": "eraser", "start": 2, "stop": 3}]


class Sent:
    """The messages of a view to the browser."""

    def __init__(self, view: SignalView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(view, "send", lambda m, b=None: self.messages.append((m, b or [])))

    def kinds(self) -> list[str]:
        return [message["type"] for message, _ in self.messages]


@pytest.fixture
def view() -> SignalView:
    return SignalView(VALUES)


@pytest.fixture
def sent(view: SignalView, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(view, monkeypatch)


def stroke(view: SignalView, strokes: Any = STROKES, length: Any = L) -> None:
    """Deliver a selection as a front end does."""
    view._handle_custom_msg({"type": "stroke", "length": length, "strokes": strokes}, [])


def wavenumbers(places: Any) -> Axes:
    return Axes(("wavenumber",), ("1/cm",), (1.0,), np.asarray(places, np.float64))


def test_the_front_end_gets_all_there_is_when_it_asks(view: SignalView, sent: Sent) -> None:
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["data"]
    message, buffers = sent.messages[0]
    assert (message["kind"], message["channels"], message["length"]) == ("signal", C, L)
    assert buffers == [VALUES.astype("<f4").tobytes()]
    view.set_map(MAP)
    view.set_mask(MASK)
    stroke(view)
    sent.messages.clear()
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["data", "map", "mask", "strokes"]
    assert sent.messages[1][1] == [MAP.astype("<f4").tobytes()]
    assert sent.messages[2][1] == [np.packbits(MASK).tobytes()]
    assert sent.messages[3][0]["strokes"] == STROKES
    json.dumps([message for message, _ in sent.messages])


def test_layers_are_pushed_and_taken_away(view: SignalView, sent: Sent) -> None:
    view.set_map(MAP)
    view.set_mask(MASK)
    view.set_map(None)
    view.set_mask(None)
    assert sent.kinds() == ["map", "mask", "map", "mask"]
    assert [len(buffers) for _, buffers in sent.messages] == [1, 1, 0, 0]


def test_arrays_are_no_part_of_the_saved_state(view: SignalView) -> None:
    before = len(json.dumps(view.get_state(), default=str))
    view.set_map(MAP)
    view.set_mask(MASK)
    assert len(json.dumps(view.get_state(), default=str)) == before


def test_what_is_given_is_copied() -> None:
    values = VALUES.copy()
    view = SignalView(values)
    values[:] = 7
    assert (view.values == VALUES).all()
    with pytest.raises(ValueError, match="read-only"):
        view.values[0, 0] = 1


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.zeros(0), r"shape \(0,\)"),
        (np.array(["a"]), "numbers of"),
        (np.zeros(3, complex), "complex128"),
        (np.zeros((65, 3)), r"65 channels.*values\.T"),
        (np.zeros((1, 16_000_001), np.uint8), "16.0 million values"),
        (np.array([1.0, np.nan]), "1 numbers that are NaN"),
        (np.array([1e300, 0.0]), "too large for 32 bits"),
    ],
)
def test_values_that_cannot_be_shown_are_refused(values: NDArray[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        SignalView(values)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.zeros(L + 1), r"shape \(10,\), the input has 9"),
        (np.zeros((1, L)), "one axis of floats"),
        (np.zeros(L, int), "int64"),
        (np.full(L, np.nan), "The map holds 9 numbers"),
    ],
)
def test_a_map_that_does_not_fit_changes_nothing(
    view: SignalView, sent: Sent, values: NDArray[Any], words: str
) -> None:
    view.set_map(MAP)
    with pytest.raises(InputError, match=words):
        view.set_map(values)
    assert sent.kinds() == ["map"]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [MAP.astype("<f4").tobytes()]


@pytest.mark.parametrize(
    ("mask", "words"),
    [(MASK[1:], r"shape \(8,\)"), (MASK.astype(np.uint8), "expected bool")],
)
def test_a_mask_that_does_not_fit_is_refused(
    view: SignalView, mask: NDArray[Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        view.set_mask(mask)


@pytest.mark.parametrize(
    ("axes", "words"),
    [
        (wavenumbers([1, 2]), r"positions of shape \(2,\); expected 9"),
        (wavenumbers([np.nan] * L), "finite numbers"),
        (Axes(("a", "b"), ("", ""), (1.0, 1.0)), "one name, unit"),
        (Axes(("a",), ("",), (0.0,)), "spacing of axes is 0.0"),
        (Axes(("a",), ("",), (1.0,), labels=("x",)), "1 labels in axes, but 9 places"),
        ("time", "expected rex_widgets.axes.Axes"),
    ],
)
def test_an_axis_that_does_not_fit_is_refused(axes: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SignalView(VALUES, axes=axes)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"kind": "image"}, "signal, audio, table"),
        ({"sample_rate": 0}, "above 0"),
        ({"sample_rate": 10, "axes": wavenumbers(range(L))}, "one of them"),
        ({"channel_names": ["one"]}, "1 channel_names, but 2 channels"),
        ({"kind": "table"}, r"\(features,\) or"),
    ],
)
def test_options_that_do_not_fit_are_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        SignalView(VALUES, **options)


def axis_of(view: SignalView) -> tuple[dict[str, Any], list[bytes]]:
    message, buffers = view._messages()[0]
    return message["axis"], buffers


def test_falling_positions_travel_and_are_drawn_as_they_fall() -> None:
    places = np.array([9.0, 8, 6, 5, 4, 3, 2, 1, 0.5])
    view = SignalView(VALUES, axes=wavenumbers(places))
    axis, buffers = axis_of(view)
    assert axis["positions"] is True
    assert buffers[1] == places.astype("<f8").tobytes()
    assert view.reverse is True
    assert SignalView(VALUES, axes=wavenumbers(places), reverse=False).reverse is False


def test_wavenumbers_run_from_high_to_low_and_other_axes_do_not() -> None:
    assert SignalView(VALUES, axes=wavenumbers(np.arange(L))).reverse is True
    assert SignalView(VALUES, axes=Axes(("time",), ("s",), (0.5,))).reverse is False


def test_regular_positions_are_two_numbers_and_give_the_rate() -> None:
    axes = Axes(("time",), ("s",), (0.25,), np.linspace(3.0, 5.0, L))
    axis, buffers = axis_of(SignalView(VALUES, axes=axes, kind="audio"))
    assert (axis["first"], axis["step"], axis["rate"], len(buffers)) == (3.0, 0.25, 4.0, 1)
    axis, _ = axis_of(SignalView(VALUES, sample_rate=8000, kind="audio"))
    assert axis["rate"] == pytest.approx(8000)
    assert axis_of(SignalView(VALUES))[0]["rate"] is None


def test_positions_that_turn_back_are_replaced_by_numbers_and_said() -> None:
    view = SignalView(VALUES, axes=wavenumbers([0, 1, 2, 1, 0, 1, 2, 3, 4]))
    assert "do not run in one direction" in view.status
    assert axis_of(view)[0]["name"] == "sample"


def test_names_are_text_of_bounded_length() -> None:
    labels = ("<script>", "x" * 1000)
    view = SignalView([1.0, 2.0], kind="table", axes=Axes(("f",), ("",), (1.0,), labels=labels))
    message, _ = view._messages()[0]
    assert message["labels"] == ["<script>", "x" * 200]


def test_a_selection_reaches_the_callbacks_as_a_mask(view: SignalView) -> None:
    heard: list[NDArray[np.bool_]] = []
    view.on_stroke(heard.append)
    stroke(view)
    wanted = [0, 1, 0, 1, 1, 1, 0, 0, 0]
    assert heard[0].dtype == np.bool_
    assert heard[0].astype(int).tolist() == wanted
    heard[0][:] = True
    assert view.painted.astype(int).tolist() == view.region.astype(int).tolist() == wanted
    assert view.strokes == STROKES
    view.on_stroke(heard.append, remove=True)
    stroke(view, [*STROKES, {"tool": "clear"}])
    assert len(heard) == 1
    assert not view.painted.any()


@pytest.mark.parametrize(
    ("strokes", "length", "words"),
    [
        (STROKES, L + 1, "for 10 places, expected 9"),
        (STROKES, None, "None places"),
        ("no", L, "a list"),
        ([{"tool": "knife"}], L, "none"),
        ([{"tool": "brush", "start": 3, "stop": 3}], L, "none"),
        ([{"tool": "brush", "start": -1, "stop": 3}], L, "none"),
        ([{"tool": "brush", "start": 0, "stop": L + 1}], L, "none"),
        ([{"tool": "brush", "start": True, "stop": 3}], L, "none"),
        ([{"tool": "brush", "start": 0.0, "stop": 3}], L, "none"),
        ([3], L, "none"),
        ([{"tool": "clear"}] * 10_001, L, "at most 10000"),
    ],
)
def test_a_malformed_selection_is_ignored_and_said(
    view: SignalView, strokes: Any, length: Any, words: str
) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    stroke(view)
    stroke(view, strokes, length)
    assert len(heard) == 1
    assert view.strokes == STROKES
    assert words in view.error
    assert "ignored" in view.error
    stroke(view)
    assert view.error == ""


@pytest.mark.parametrize("content", [None, "ready", 3, [], {}, {"type": "other"}])
def test_other_messages_are_ignored(view: SignalView, sent: Sent, content: Any) -> None:
    view._handle_custom_msg(content, [])
    assert sent.messages == []
    assert view.error == ""


_INTERVALS = st.tuples(st.sampled_from(["brush", "eraser"]), st.integers(0, 29), st.integers(1, 30))


@settings(max_examples=50)
@given(st.lists(_INTERVALS, max_size=12))
def test_strokes_do_what_a_set_does(given_strokes: list[tuple[str, int, int]]) -> None:
    strokes: list[dict[str, Any]] = []
    places: set[int] = set()
    for tool, start, width in given_strokes:
        stop = min(30, start + width)
        strokes.append({"tool": tool, "start": start, "stop": stop})
        covered = set(range(start, stop))
        places = places | covered if tool == "brush" else places - covered
    assert set(np.flatnonzero(painted_by(strokes, 30)).tolist()) == places


def test_a_selection_is_cleared_without_a_call(view: SignalView, sent: Sent) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    stroke(view)
    view.clear_strokes()
    assert len(heard) == 1
    assert not view.painted.any()
    assert sent.messages[-1][0] == {"type": "strokes", "strokes": []}


def test_other_values_keep_what_still_fits(view: SignalView) -> None:
    view.set_map(MAP)
    stroke(view)
    view.set_values(VALUES[:1])
    assert view.painted.sum() == 4
    view.set_values(np.zeros(4))
    assert view.painted.shape == (4,)
    assert view.strokes == []
    assert [message["type"] for message, _ in view._messages()] == ["data"]
    with pytest.raises(InputError, match="NaN"):
        view.set_values([np.nan])
    assert view.values.shape == (1, 4)


@pytest.mark.parametrize(
    "traits",
    [{"threshold": 1.5}, {"colormap": "jet"}, {"tool": "saw"}, {"sort": "size"}, {"height": 5}],
)
def test_traits_are_checked(traits: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        SignalView(VALUES, **traits)


def test_ends_that_are_no_numbers_show_the_whole(view: SignalView) -> None:
    view.start, view.end = float("nan"), 3
    assert (view.start, view.end) == (None, 3.0)


def _explanation(**changes: Any) -> Explanation:
    usual: dict[str, Any] = {
        "map": MAP.astype(np.float32),
        "mask": MASK,
        "kind": "signal",
        "values": VALUES.astype(np.float32),
        "axes": wavenumbers(np.arange(L)),
        "parts": (),
    }
    return replace(hand_made(), **(usual | changes))


def test_an_explanation_is_shown_with_its_map_and_mask() -> None:
    view = SignalView.of(_explanation(), value_name="absorbance")
    kinds = [message["type"] for message, _ in view._messages()]
    assert kinds == ["data", "map", "mask"]
    assert view.axes.names == ("wavenumber",)
    assert (view.values == VALUES).all()


def test_a_sample_is_shown() -> None:
    picture = np.zeros((1, L, 3), np.uint8)
    sample = Sample(VALUES.astype(np.float32)[:1].copy(), picture, "array", kind="table")
    view = SignalView.of(sample)
    assert (view.kind, view.values.shape) == ("table", (1, L))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (hand_made(), "the kind 'image'"),
        (VALUES, "ndarray of the kind None"),
        (_explanation(values=None), "does not hold the values"),
    ],
)
def test_what_is_no_signal_is_refused(source: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        SignalView.of(source)


def test_the_page_holds_everything(view: SignalView, tmp_path: Path) -> None:
    view.set_map(MAP)
    view.set_mask(MASK)
    path = view.to_html(tmp_path / "signal.html", title="A <signal>")
    page = path.read_text(encoding="utf-8")
    assert "A &lt;signal&gt;" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_closed_view_calls_nobody(view: SignalView) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    view.close()
    stroke(view)
    assert heard == []


def test_maps_may_come_from_other_threads(view: SignalView, sent: Sent) -> None:
    def push(value: int) -> None:
        for _ in range(20):
            view.set_map(np.full(L, value, np.float32))
            view._handle_custom_msg({"type": "ready"}, [])

    threads = [threading.Thread(target=push, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = [buffers[0] for message, buffers in sent.messages if message["type"] == "map"][-1]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [last]
