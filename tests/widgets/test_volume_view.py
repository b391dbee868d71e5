from __future__ import annotations

import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.inputs.sample import Sample
from rex_widgets.widgets import VolumeView

SHAPE = (4, 5, 6)
VOLUME = np.arange(120, dtype=np.uint8).reshape(SHAPE)
MASK = VOLUME % 7 == 0
MAP = np.linspace(0, 1, 120, dtype=np.float32).reshape(SHAPE)
STROKES: list[dict[str, Any]] = [
    {"tool": "brush", "shape": "ball", "axis": 2, "size": 3, "points": [[0, 0, 0], [1, 1.5, 2]]},
    {"tool": "clear"},
]
AXES = Axes(
    ("right", "anterior", "superior"),
    ("mm",) * 3,
    (2.0, 2.0, 3.0),
    affine=np.diag([2.0, 2.0, 3.0, 1.0]),
)


class Sent:
    """A VolumeView whose messages to the browser are kept."""

    def __init__(self, view: VolumeView, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(view, "send", lambda m, b=None: self.messages.append((m, b or [])))

    def kinds(self) -> list[str]:
        return [message["type"] for message, _ in self.messages]


@pytest.fixture
def view() -> VolumeView:
    return VolumeView(VOLUME, axes=AXES)


@pytest.fixture
def sent(view: VolumeView, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(view, monkeypatch)


def stroke(view: VolumeView, mask: NDArray[Any], **changes: Any) -> None:
    """Deliver a stroke message as a front end does."""
    content = {"type": "stroke", "shape": list(SHAPE), "strokes": STROKES} | changes
    view._handle_custom_msg(content, [memoryview(np.packbits(mask).tobytes())])


def test_the_front_end_gets_all_there_is_when_it_asks(view: VolumeView, sent: Sent) -> None:
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["volume"]
    message, buffers = sent.messages[0]
    assert message["shape"] == [4, 5, 6]
    assert message["channels"][0]["kind"] == "uint8"
    assert message["orientation"]["spacing"] == [2.0, 2.0, 3.0]
    assert buffers == [VOLUME.tobytes()]
    json.dumps(message, allow_nan=False)

    view.set_map(MAP)
    view.set_mask(MASK)
    stroke(view, MASK)
    sent.messages.clear()
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["volume", "map", "mask", "strokes"]
    assert sent.messages[1][0]["top"] == [3, 4, 5]
    assert sent.messages[1][1] == [MAP.tobytes()]
    assert sent.messages[2][1] == [np.packbits(MASK).tobytes()]
    assert sent.messages[3][0]["strokes"] == view.strokes


def test_layers_are_pushed_and_taken_away(view: VolumeView, sent: Sent) -> None:
    view.set_map(MAP)
    view.set_mask(MASK)
    view.set_map(None)
    view.set_mask(None)
    assert [len(buffers) for _, buffers in sent.messages] == [1, 1, 0, 0]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds()[4:] == ["volume"]


def test_arrays_are_no_part_of_the_saved_state(view: VolumeView) -> None:
    before = len(json.dumps(view.get_state(), default=str))
    view.set_map(MAP)
    view.set_mask(MASK)
    view.region = MASK
    assert len(json.dumps(view.get_state(), default=str)) == before


def test_what_is_given_is_copied(view: VolumeView, sent: Sent) -> None:
    values = MAP.copy()
    view.set_map(values)
    values[:] = 7
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [MAP.tobytes()]
    with pytest.raises(ValueError, match="read-only"):
        view.volume[0, 0, 0, 0] = 1


def test_it_starts_in_the_middle_with_most_values_between_black_and_white() -> None:
    view = VolumeView(np.r_[np.zeros(100), np.arange(900), 1e6].reshape(1, 7, 143).astype("f4"))
    assert view.crosshair == [0, 3, 71]
    assert view.level + view.window / 2 == pytest.approx(890, abs=1)
    assert view.level - view.window / 2 == 0
    assert VolumeView(np.full(SHAPE, 7)).window == 1.0


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (np.ones((4, 5, 7)), r"shape \(4, 5, 7\), the volume \(4, 5, 6\)"),
        (np.ones((4, 5)), "three-dimensional"),
        (np.ones(SHAPE, int), "int64"),
        (np.full(SHAPE, np.nan), "120 values that are NaN"),
        (np.full(SHAPE, 1e300), "too large"),
    ],
)
def test_a_map_that_does_not_fit_changes_nothing(
    view: VolumeView, sent: Sent, values: NDArray[Any], words: str
) -> None:
    view.set_map(MAP)
    with pytest.raises(InputError, match=words):
        view.set_map(values)
    assert sent.kinds() == ["map"]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1][1] == [MAP.tobytes()]


@pytest.mark.parametrize(
    ("mask", "words"), [(MASK.T, r"\(6, 5, 4\)"), (MASK.astype(np.uint8), "expected bool")]
)
def test_a_mask_that_does_not_fit_is_refused(
    view: VolumeView, mask: NDArray[Any], words: str
) -> None:
    view.region = MASK
    with pytest.raises(InputError, match=words):
        view.set_mask(mask)
    with pytest.raises(InputError, match=words):
        view.region = mask
    assert np.array_equal(view.region, MASK)


@pytest.mark.parametrize(
    ("volume", "words"),
    [
        (np.zeros((4, 5)), r"shape \(D1, D2, D3\)"),
        (np.zeros(SHAPE, complex), "complex128"),
        (np.array("head"), "shape"),
        (np.zeros((0, 5, 6)), "0 × 5 × 6"),
        (np.zeros((1, 1, 513), np.uint8), "1 × 1 × 513"),
        (np.zeros((9, 2, 2, 2)), "9 channels"),
        (np.full(SHAPE, np.inf), "120 values that are NaN, infinite"),
        (np.broadcast_to(np.uint8(0), (512, 512, 512)), "134 million voxels"),
    ],
)
def test_a_volume_that_cannot_be_shown_is_refused(volume: NDArray[Any], words: str) -> None:
    with pytest.raises(InputError, match=words):
        VolumeView(volume)


def test_another_volume_of_another_shape_drops_the_layers(view: VolumeView, sent: Sent) -> None:
    view.set_map(MAP)
    stroke(view, MASK)
    view.set_volume(VOLUME[::-1], axes=AXES)
    assert np.array_equal(view.region, MASK)
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds()[-3:] == ["volume", "map", "strokes"]
    # In the browser the strokes would cover other voxels if these had another size.
    assert sent.messages[-1][0]["strokes"] == []
    assert sent.messages[-1][1] == [np.packbits(MASK).tobytes()]

    view.set_volume(np.zeros((2, 2, 2), np.uint8))
    assert view.region.shape == (2, 2, 2)
    assert (view.crosshair, view.strokes) == ([1, 1, 1], [])
    sent.messages.clear()
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["volume"]


def test_a_stroke_reaches_the_callbacks_as_a_region(view: VolumeView) -> None:
    heard: list[NDArray[np.bool_]] = []
    view.on_stroke(heard.append)
    stroke(view, MASK)
    assert heard[0].dtype == np.bool_
    for region in (heard[0], view.region, view.painted, view.mask):
        assert np.array_equal(region, MASK)
    assert view.strokes[0] == STROKES[0]
    heard[0][:] = True
    assert np.array_equal(view.region, MASK)
    view.on_stroke(heard.append, remove=True)
    stroke(view, MASK)
    assert len(heard) == 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"shape": [4, 5, 7]}, r"\[4, 5, 7\]"),
        ({"shape": None}, "None"),
        ({"strokes": "no"}, "a list"),
        ({"strokes": [{"tool": "knife"}]}, "a stroke that is none"),
        ({"strokes": [STROKES[0] | {"axis": 3}]}, "none"),
        ({"strokes": [STROKES[0] | {"shape": "cube"}]}, "none"),
        ({"strokes": [STROKES[0] | {"points": []}]}, "none"),
        ({"strokes": [STROKES[0] | {"points": [[1, 2, float("nan")]]}]}, "none"),
        ({"strokes": [STROKES[0] | {"size": True}]}, "none"),
        ({"strokes": [{"tool": "clear"}] * 10_001}, "at most 10000"),
        ({"strokes": [STROKES[0] | {"points": [[1, 2, 3]] * 500_001}]}, "500000 points"),
    ],
)
def test_a_malformed_stroke_is_ignored_and_said(
    view: VolumeView, changes: dict[str, Any], words: str
) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    stroke(view, MASK, **changes)
    assert heard == []
    assert not view.region.any()
    assert "ignored" in view.error
    assert words.replace("\\", "") in view.error
    stroke(view, MASK)
    assert view.error == ""


@pytest.mark.parametrize("buffers", [[], [b"1234"], [b"1" * 16]])
def test_a_buffer_of_the_wrong_size_is_ignored(view: VolumeView, buffers: list[bytes]) -> None:
    content = {"type": "stroke", "shape": list(SHAPE), "strokes": []}
    view._handle_custom_msg(content, buffers)
    assert f"{sum(map(len, buffers))} bytes" in view.error
    assert "expected 15 bytes" in view.error


@pytest.mark.parametrize("content", [None, "ready", 3, [], {}, {"type": "other"}])
def test_other_messages_are_ignored(view: VolumeView, sent: Sent, content: Any) -> None:
    view._handle_custom_msg(content, [])
    assert (sent.messages, view.error) == ([], "")


def test_a_region_can_be_given_and_cleared_without_a_call(view: VolumeView, sent: Sent) -> None:
    heard: list[Any] = []
    view.on_stroke(heard.append)
    view.mask = MASK
    assert np.array_equal(view.region, MASK)
    assert sent.messages == [
        ({"type": "strokes", "strokes": []}, [np.packbits(MASK).tobytes()]),
    ]
    stroke(view, ~MASK)
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1] == (
        {"type": "strokes", "strokes": view.strokes},
        [np.packbits(MASK).tobytes()],
    )
    view.region = None
    assert len(heard) == 1
    assert not view.painted.any()
    assert sent.messages[-1] == ({"type": "strokes", "strokes": []}, [])


@pytest.mark.parametrize(
    "traits",
    [{"threshold": 1.5}, {"colormap": "jet"}, {"tool": "saw"}, {"zoom": 0.5}, {"speed": 0},
     {"convention": "left"}, {"plane": "oblique"}, {"brush_shape": "cube"}],
)  # fmt: skip
def test_traits_are_checked(traits: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        VolumeView(VOLUME, **traits)


def test_what_a_browser_may_say_is_brought_into_range(view: VolumeView) -> None:
    view.crosshair = [-3, 2, 99]
    assert view.crosshair == [0, 2, 5]
    view.crosshair = [1]
    assert view.crosshair == [2, 2, 3]
    window, level = view.window, view.level
    view.window, view.level = -1, float("nan")
    assert (view.window, view.level) == (window, level)
    view.centre = [1, float("inf"), 2]
    assert view.centre == []
    view.channel = 3
    assert view.channel == 0


def test_a_sample_is_shown_with_its_axes() -> None:
    picture = np.zeros((4, 5, 3), np.uint8)
    data = VOLUME[None].astype(np.float32)
    sample = Sample(data / np.float32(100), picture, "head", kind="volume", axes=AXES, values=data)
    view = VolumeView.of(sample, convention="neurological")
    assert view.orientation.codes == "RAS"
    assert np.array_equal(view.volume, data)
    assert view.convention == "neurological"
    plain = VolumeView.of(replace(sample, axes=None, values=None))
    assert plain.orientation.known is False
    assert float(plain.volume.max()) == pytest.approx(1.19)
    with pytest.raises(InputError, match="'image'"):
        VolumeView.of(Sample(data[:, 0], picture, "cat"))
    with pytest.raises(InputError, match=r"not ndarray.*VolumeView\(array\)"):
        VolumeView.of(data)  # type: ignore[arg-type]


def test_several_channels_are_sent_each_with_its_own_range(monkeypatch: Any) -> None:
    view = VolumeView(np.stack([VOLUME, VOLUME * 10.5]), channel=1)
    assert view.channel == 1
    sent = Sent(view, monkeypatch)
    view._handle_custom_msg({"type": "ready"}, [])
    message, buffers = sent.messages[0]
    assert [c["kind"] for c in message["channels"]] == ["uint8", "float32"]
    assert [len(buffer) for buffer in buffers] == [120, 480]


def test_the_page_holds_the_whole_view(view: VolumeView, tmp_path: Path) -> None:
    view.set_map(MAP)
    view.region = MASK
    view.playing = True
    page = view.to_html(tmp_path / "head.html", title="A <head>").read_text("utf-8")
    assert "A &lt;head&gt;" in page
    assert all(f'"type": "{kind}"' in page for kind in ("volume", "map", "strokes"))
    assert '"playing": false' in page
    assert '"convention": "radiological"' in page


def test_layers_may_come_from_other_threads(view: VolumeView, sent: Sent) -> None:
    def push(value: int) -> None:
        for _ in range(20):
            view.set_map(np.full(SHAPE, value, np.float32))
            view._handle_custom_msg({"type": "ready"}, [])

    threads = [threading.Thread(target=push, args=(n,)) for n in range(1, 5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = [m for m in sent.messages if m[0]["type"] == "map"][-1]
    view._handle_custom_msg({"type": "ready"}, [])
    assert sent.messages[-1] == last
