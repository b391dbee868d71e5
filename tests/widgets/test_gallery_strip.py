"""GalleryStrip: what it takes, what it refuses, what it tells the browser and hears from it."""

from __future__ import annotations

import io
import threading
from typing import Any

import numpy as np
import pytest
import traitlets
from PIL import Image

from rex_widgets.errors import InputError
from rex_widgets.widgets import GalleryStrip, gallery_strip

RED, GREEN, BLUE = (
    np.full((6, 8, 3), colour, np.uint8) for colour in ([255, 0, 0], [0, 255, 0], [0, 0, 255])
)
ITEMS = [("red.jpg", 0.2, RED), ("green.jpg", 0.9, GREEN), ("blue.jpg", -0.1, BLUE)]


@pytest.fixture
def strip() -> GalleryStrip:
    return GalleryStrip(ITEMS, title="Most similar")


@pytest.fixture
def sent(strip: GalleryStrip, monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, list[bytes]]]:
    messages: list[tuple[Any, list[bytes]]] = []
    monkeypatch.setattr(
        strip, "send", lambda content, buffers=(): messages.append((content, [*buffers]))
    )
    return messages


def test_the_most_similar_comes_first(strip: GalleryStrip) -> None:
    assert strip.entries == [
        {"index": 1, "name": "green.jpg", "similarity": 0.9},
        {"index": 0, "name": "red.jpg", "similarity": 0.2},
        {"index": 2, "name": "blue.jpg", "similarity": -0.1},
    ]
    strip.show([("a", 1, None), ("b", np.float32(1), None), ("c", 2, None)])
    assert [entry["name"] for entry in strip.entries] == ["c", "a", "b"]
    assert type(strip.entries[2]["similarity"]) is float


def test_thumbnails_are_sent_when_asked(strip: GalleryStrip, sent: list[Any]) -> None:
    strip._handle_custom_msg({"type": "ready"}, [])
    assert sent == [
        ({"type": "thumbnail", "index": i, "height": 6, "width": 8}, [picture.tobytes()])
        for i, (_, _, picture) in enumerate(ITEMS)
    ]
    for other in ({"type": "go"}, {}, "ready", None):
        strip._handle_custom_msg(other, [])
    assert len(sent) == 3


def test_only_thumbnails_that_changed_are_sent_again(strip: GalleryStrip, sent: list[Any]) -> None:
    strip.show([("red.jpg", 0.3, RED.copy()), ("green.jpg", 0.1, BLUE), ("none", 0.2, None)])
    assert [(content["index"], content["width"]) for content, _ in sent] == [(1, 8), (2, 0)]
    assert sent[1][1] == []
    assert [entry["index"] for entry in strip.entries] == [0, 2, 1]


def test_a_large_thumbnail_is_made_small(sent: list[Any], strip: GalleryStrip) -> None:
    wide = np.repeat(np.arange(640, dtype=np.uint8)[None, :, None], 320, 0).repeat(3, 2)
    strip.show([("wide", 0.5, wide)])
    assert (sent[0][0]["height"], sent[0][0]["width"]) == (80, 160)
    assert len(sent[0][1][0]) == 80 * 160 * 3


@pytest.mark.parametrize(
    ("item", "words"),
    [
        (("a", 0.5), "expected a name, a similarity and a thumbnail"),
        (("a", "high", RED), "expected a name, a similarity and a thumbnail"),
        (("a", None, RED), "expected a name, a similarity and a thumbnail"),
        (3, "Item 0 is 3"),
        (("", 0.5, RED), "name of item 0 was ''"),
        (("a" * 201, 0.5, RED), "1 to 200 characters"),
        ((7, 0.5, RED), "name of item 0 was 7"),
        (("a", float("nan"), RED), "similarity of 'a' is nan"),
        (("a", float("inf"), RED), "finite number"),
        (("a", 0.5, RED.astype(float)), "float64"),
        (("a", 0.5, RED[..., 0]), r"shape \(6, 8\)"),
        (("a", 0.5, np.zeros((0, 4, 3), np.uint8)), "0 × 4 pixels"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    strip: GalleryStrip, sent: list[Any], item: Any, words: str
) -> None:
    before = list(strip.entries)
    with pytest.raises(InputError, match=words):
        strip.show([item])
    assert strip.entries == before
    assert sent == []


def test_too_many_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gallery_strip, "MOST_ITEMS", 2)
    with pytest.raises(InputError, match="There are 3 items; at most 2"):
        GalleryStrip(ITEMS)


def test_choosing_calls_back_with_the_index_as_given(strip: GalleryStrip) -> None:
    heard: list[int] = []
    strip.on_choose(heard.append)
    strip.set_state({"chosen": 2})
    strip.set_state({"chosen": 2})
    strip.chosen = -1
    strip.on_choose(heard.append, remove=True)
    strip.chosen = 0
    assert heard == [2, -1]
    strip.on_choose(heard.append)
    strip.close()
    strip.chosen = 1
    assert heard == [2, -1]


@pytest.mark.parametrize("index", [3, -2, 10**9, "one", None])
def test_an_item_that_is_not_there_cannot_be_chosen(strip: GalleryStrip, index: Any) -> None:
    strip.chosen = 1
    with pytest.raises(traitlets.TraitError):
        strip.chosen = index
    assert strip.chosen == 1
    with pytest.raises(traitlets.TraitError):
        GalleryStrip(ITEMS, chosen=index)


def test_the_choice_stays_with_its_name(strip: GalleryStrip) -> None:
    assert GalleryStrip(ITEMS, chosen=1).chosen == 1
    strip.chosen = 2
    heard: list[int] = []
    strip.on_choose(heard.append)
    strip.show([(name, value + 0.1, picture) for name, value, picture in ITEMS])
    assert strip.chosen == 2
    strip.show([ITEMS[0], ITEMS[2], ITEMS[1]])
    assert strip.chosen == -1
    strip.chosen = 2
    strip.show([])
    assert heard == [-1, 2, -1]
    assert strip.entries == []


def test_the_still_picture(strip: GalleryStrip) -> None:
    assert strip.still_words() == "<GalleryStrip: green.jpg 0.9, red.jpg 0.2, blue.jpg -0.1>"
    sheet = np.asarray(Image.open(io.BytesIO(strip.still_png())))
    assert sheet[-1, 0].tolist() == [0, 255, 0]
    assert sheet[-1, -1].tolist() == [0, 0, 255]
    assert GalleryStrip().still_words() == "<GalleryStrip: nothing>"
    assert Image.open(io.BytesIO(GalleryStrip().still_png())).size[0] >= 1
    many = GalleryStrip([(f"n{i}", i, None) for i in range(20)])
    assert many.still_words().endswith("and 12 more>")
    assert many.still_png()[:4] == b"\x89PNG"


def test_arrays_stay_out_of_the_saved_state(strip: GalleryStrip) -> None:
    assert not any(isinstance(v, (bytes, np.ndarray)) for v in strip.get_state().values())


def test_threads_may_show_at_once(strip: GalleryStrip) -> None:
    def show() -> None:
        for n in range(20):
            strip.show([(f"item {i}", i + n, RED) for i in range(n % 4)])

    threads = [threading.Thread(target=show) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [e["name"] for e in strip.entries] == ["item 2", "item 1", "item 0"]
