from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import traitlets
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.regions import Region, pixels_shape, rasterise
from rex_widgets.widgets import RegionCanvas

H, W = 5, 7
PICTURE = np.arange(H * W * 3, dtype=np.uint8).reshape(H, W, 3)
MASK = np.arange(H * W).reshape(H, W) % 3 == 0
BOX = {"kind": "box", "op": "add", "points": [256, 256, 768, 1024]}
BOXED = np.zeros((H, W), dtype=np.bool_)
BOXED[1:4, 1:3] = True


class Sent:
    """A RegionCanvas whose messages to the browser are kept."""

    def __init__(self, canvas: RegionCanvas, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(canvas, "send", lambda m, b=None: self.messages.append((m, b or [])))

    def kinds(self) -> list[str]:
        return [message["type"] for message, _ in self.messages]

    def last(self) -> dict[str, Any]:
        return self.messages[-1][0]


@pytest.fixture
def canvas() -> RegionCanvas:
    return RegionCanvas(PICTURE, names=("one", "two"))


@pytest.fixture
def sent(canvas: RegionCanvas, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(canvas, monkeypatch)


def entry(name: str = "one", **changes: Any) -> dict[str, Any]:
    """One region of an edit, as the browser sends it: unchanged, unless told."""
    same = {"name": name, "of": name, "keep": 0, "shapes": [], "feather": 0, "rect": None}
    return same | {"colour": "#2f9bff" if name == "one" else "#ff9f1c"} | changes


def edit(canvas: RegionCanvas, *entries: Any, bits: Any = (), **changes: Any) -> None:
    """Deliver an edit as a front end does."""
    content = {"type": "edit", "epoch": 0, "height": H, "width": W, "active": "one"}
    content |= {"regions": list(entries)} | changes
    canvas._handle_custom_msg(content, [memoryview(np.packbits(b).tobytes()) for b in bits])


def draw(canvas: RegionCanvas, **changes: Any) -> None:
    """Deliver the first box of region one."""
    drawn = entry(shapes=[BOX], rect=[1, 1, 3, 4])
    edit(canvas, drawn, entry("two"), bits=[np.ones((3, 2), dtype=np.bool_)], **changes)


def test_the_front_end_gets_all_there_is_when_it_asks(canvas: RegionCanvas, sent: Sent) -> None:
    values = np.linspace(0, 1, H * W).reshape(H, W)
    canvas.link_map("map", values)
    draw(canvas)
    sent.messages.clear()
    canvas._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds() == ["picture", "map", "regions"]
    assert sent.messages[0] == ({"type": "picture", "height": H, "width": W}, [PICTURE.tobytes()])
    assert sent.messages[1] == ({"type": "map", "name": "map"}, [values.astype("<f4").tobytes()])
    document = sent.last()["document"]
    assert document["active"] == "one"
    assert [(r["name"], r["shapes"]) for r in document["regions"]] == [("one", [BOX]), ("two", [])]
    assert sent.last()["undoable"] is False


def test_an_edit_gives_shapes_and_mask_and_calls_back(canvas: RegionCanvas) -> None:
    heard: list[Region] = []
    canvas.on_region(heard.append)
    draw(canvas)
    assert canvas.shapes == [BOX]
    assert (canvas.mask == BOXED).all()
    assert (rasterise(canvas.regions["one"].shapes, H, W) == canvas.mask).all()
    assert [(r.name, r.pixels) for r in heard] == [("one", 6)]
    canvas.on_region(heard.append, remove=True)
    emptied = entry(keep=1, shapes=[{"kind": "clear"}], rect=[0, 0, 7, 5])
    edit(canvas, emptied, entry("two"), bits=[np.zeros((5, 7), dtype=np.bool_)])
    assert [s["kind"] for s in canvas.shapes] == ["box", "clear"]
    assert not canvas.mask.any()
    assert len(heard) == 1
    assert heard[0].mask.sum() == 6  # what was given is of its moment


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_any_rectangle_of_bits_lands_where_it_belongs(data: st.DataObject) -> None:
    height, width = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 12))
    x0, y0 = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    x1, y1 = data.draw(st.integers(x0 + 1, width)), data.draw(st.integers(y0 + 1, height))
    rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
    before, bits = rng.random((height, width)) < 0.5, rng.random((y1 - y0, x1 - x0)) < 0.5
    canvas = RegionCanvas(np.zeros((height, width), np.uint8), mask=before)
    keep = len(canvas.shapes)
    change = entry("region", keep=keep, shapes=[BOX], rect=[x0, y0, x1, y1])
    edit(canvas, change, bits=[bits], height=height, width=width, active="region")
    assert canvas.error == ""
    before[y0:y1, x0:x1] = bits
    assert (canvas.mask == before).all()


def test_regions_are_added_renamed_and_removed_in_the_browser(canvas: RegionCanvas) -> None:
    heard: list[str] = []
    canvas.on_region(lambda region: heard.append(region.name))
    draw(canvas)
    edit(canvas, entry("nose", of="one", keep=1), entry("two"), active="nose")
    assert list(canvas.regions) == ["nose", "two"]
    assert (canvas.active, canvas.mask.sum()) == ("nose", 6)
    edit(canvas, entry("nose", keep=1), active="nose")
    assert list(canvas.regions) == ["nose"]
    edit(canvas, entry("nose", keep=1, feather=2), active="nose")
    assert canvas.feather == 2
    assert 0 < canvas.soft_mask[0, 1] < 0.5
    new = entry("new", of=None, rect=[0, 0, 7, 5])
    bits = [np.zeros((5, 7), dtype=np.bool_)]
    edit(canvas, entry("nose", keep=1, feather=2), new, bits=bits, active="new")
    assert canvas.active == "new"
    assert heard == ["one", "nose", "nose", "nose", "new"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"height": 6}, "6 × 7"),
        ({"regions": []}, "1 to 256 regions"),
        ({"regions": "x"}, "1 to 256 regions"),
        ({"regions": [3]}, "no object"),
        ({"regions": [entry(), entry()]}, "two regions"),
        ({"regions": [entry(name=" ")]}, "1 to 64 characters"),
        ({"regions": [entry(keep=2)]}, "not known here"),
        ({"regions": [entry(keep=True)]}, "keep"),
        ({"regions": [entry(of="three", keep=1)]}, "not known here"),
        ({"regions": [entry(feather=-1)]}, "feather"),
        ({"regions": [entry(colour="red")]}, "#rrggbb"),
        ({"regions": [entry(rect=[0, 0, 8, 1])]}, "a column"),
        ({"regions": [entry(rect=[0, 3, 1, 3])]}, "empty"),
        ({"regions": [entry(rect=[0, 0, 7])]}, "four numbers"),
        ({"regions": [entry(rect=[0, 0, 7, 5])]}, "0 bytes came for 35 pixels"),
        ({"regions": [entry(shapes=[{"kind": "star"}])]}, "star"),
        ({"regions": [entry(shapes=[BOX | {"points": [0.5, 0, 1, 1]}])]}, "point"),
    ],
)
def test_a_message_that_does_not_fit_changes_nothing(
    canvas: RegionCanvas, sent: Sent, changes: dict[str, Any], words: str
) -> None:
    draw(canvas)
    edit(canvas, **({"regions": [entry(keep=1), entry("two")]} | changes))
    assert words in canvas.error
    assert canvas.shapes == [BOX]
    assert (canvas.mask == BOXED).all()
    # The browser is told what counts, and the next edit clears the error.
    assert "regions" in sent.kinds()
    edit(canvas, entry(keep=1), entry("two"), epoch=canvas._epoch)
    assert canvas.error == ""


def test_a_mask_is_set_from_python_as_a_step_of_undo(canvas: RegionCanvas, sent: Sent) -> None:
    canvas.mask = MASK
    assert (canvas.mask == MASK).all()
    assert canvas.shapes == [pixels_shape(MASK)]
    assert sent.last()["undoable"] is True
    first, second = sent.last()["document"]["regions"]
    assert first["shapes"] == canvas.shapes
    assert "shapes" not in second  # only what has changed
    given = MASK.copy()
    canvas.mask = given
    given[:] = False
    assert (canvas.mask == MASK).all()
    with pytest.raises(ValueError, match="read-only"):
        canvas.mask[0, 0] = True
    canvas.clear()
    assert not canvas.mask.any()
    assert canvas.shapes == []


@pytest.mark.parametrize(
    ("mask", "words"),
    [
        (np.ones((H, W + 1), dtype=np.bool_), r"\(5, 8\).*\(5, 7\)"),
        (np.full((H, W), np.nan), "NaN"),
        ("no-such-file.png", "no-such-file"),
        (object(), "mask"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(
    canvas: RegionCanvas, sent: Sent, mask: Any, words: str
) -> None:
    draw(canvas)
    sent.messages.clear()
    with pytest.raises(InputError, match=words):
        canvas.mask = mask
    assert (canvas.mask == BOXED).all()
    assert sent.messages == []


def test_an_edit_drawn_before_a_change_made_here_does_not_undo_it(
    canvas: RegionCanvas, sent: Sent
) -> None:
    canvas.mask = MASK
    draw(canvas, epoch=0)
    assert (canvas.mask == MASK).all()
    assert sent.last()["document"]["regions"][0]["shapes"] == [pixels_shape(MASK)]
    edit(canvas, entry(keep=1), entry("two"), active="two", epoch=sent.last()["epoch"])
    assert canvas.active == "two"


def test_files_are_loaded_and_saved_by_the_browsers_buttons(
    canvas: RegionCanvas, sent: Sent, tmp_path: Path
) -> None:
    heard: list[str] = []
    canvas.on_region(lambda region: heard.append(region.name))
    canvas.mask = MASK
    for wanted, name in (("png", "one.png"), ("npz", "one.npz"), ("coco", "one.json")):
        canvas._handle_custom_msg({"type": "save", "format": wanted, "region": "one"}, [])
        message, buffers = sent.messages[-1]
        assert (message["type"], message["name"]) == ("file", name)
        load = {"type": "load", "name": name, "region": "two"}
        canvas._handle_custom_msg(load, [memoryview(buffers[0])])
        assert (canvas.regions["two"].mask == MASK).all()
    assert heard == ["two"] * 3
    canvas._handle_custom_msg({"type": "load", "region": "two"}, [b"\x89PNG\r\n\x1a\nrubbish"])
    assert "PNG" in canvas.error
    assert sent.last() == {"type": "answered"}
    assert (canvas.regions["two"].mask == MASK).all()
    canvas._handle_custom_msg({"type": "save", "format": "bmp", "region": "one"}, [])
    assert "bmp" in canvas.error
    canvas._handle_custom_msg({"type": "save", "format": "png", "region": "no"}, [])
    assert "no region 'no'" in canvas.error


@pytest.mark.parametrize("ending", [".png", ".npz", ".json"])
def test_files_are_saved_and_loaded_from_python(
    canvas: RegionCanvas, tmp_path: Path, ending: str
) -> None:
    canvas.mask = MASK
    path = canvas.save(tmp_path / f"mask{ending}")
    other = RegionCanvas(PICTURE)
    other.load(path)
    assert (other.mask == MASK).all()
    assert (RegionCanvas(PICTURE, mask=path).mask == MASK).all()
    small = RegionCanvas(PICTURE[:3])
    with pytest.raises(InputError, match=r"5.*7.*3.*7"):
        small.load(path)


def test_names_are_managed_from_python(canvas: RegionCanvas, sent: Sent) -> None:
    canvas.add_region("three", mask=MASK)
    assert (canvas.active, list(canvas.regions)) == ("three", ["one", "two", "three"])
    canvas.rename_region("three", "nose")
    assert (canvas.active, canvas.mask.sum()) == ("nose", MASK.sum())
    canvas.active = "two"
    canvas.remove_region("two")
    assert (canvas.active, list(canvas.regions)) == ("one", ["one", "nose"])
    assert len({region.colour for region in canvas.regions.values()}) == 2
    assert sent.kinds() == ["regions"] * 4
    canvas.feather = 3
    assert canvas.regions["one"].feather == 3
    refused: list[tuple[Callable[[], object], str]] = [
        (lambda: canvas.add_region("one"), "already"),
        (lambda: canvas.add_region("x" * 65), "64"),
        (lambda: canvas.rename_region("one", "nose"), "already"),
        (lambda: canvas.rename_region("ten", "x"), "'one', 'nose'"),
        (lambda: canvas.remove_region("ten"), "'one', 'nose'"),
        (lambda: setattr(canvas, "active", "ten"), "'one', 'nose'"),
        (lambda: setattr(canvas, "feather", 2000), "1024"),
        (lambda: setattr(canvas, "feather", 1.5), "whole"),
    ]
    for call, words in refused:
        with pytest.raises(InputError, match=words):
            call()
    canvas.remove_region("nose")
    with pytest.raises(InputError, match="only region"):
        canvas.remove_region("one")


def test_maps_are_linked_and_taken_away(canvas: RegionCanvas, sent: Sent) -> None:
    canvas.link_map("a", np.ones((H, W)))
    canvas.link_map("b", SimpleNamespace(map=np.zeros((H, W), np.float32)))
    for values, words in (
        (np.full((H, W), np.nan), "35 values that are NaN"),
        (np.ones((H + 1, W)), "shape"),
        (np.ones((H, W), int), "floats"),
    ):
        with pytest.raises(InputError, match=words):
            canvas.link_map("a", values)
    canvas.link_map("b", None)
    assert [len(buffers) for _, buffers in sent.messages] == [1, 1, 0]
    canvas._handle_custom_msg({"type": "ready"}, [])
    assert sent.kinds()[3:] == ["picture", "map", "regions"]


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.broadcast_to(np.uint8(0), (20_000, 20_000, 3)), r"20000 × 20000.*\[::5, ::5\]"),
        (np.zeros((0, 4, 3), np.uint8), "0 × 4"),
        (np.zeros((4, 4, 4), np.uint8), r"\(4, 4, 4\)"),
        (np.zeros((4, 4, 3)), "float64"),
    ],
)
def test_a_picture_that_does_not_fit_is_refused(
    canvas: RegionCanvas, picture: NDArray[Any], words: str
) -> None:
    with pytest.raises(InputError, match=words):
        RegionCanvas(picture)
    draw(canvas)
    with pytest.raises(InputError, match=words):
        canvas.set_picture(picture)
    assert (canvas.picture == PICTURE).all()
    assert (canvas.mask == BOXED).all()


def test_another_picture_keeps_what_fits(canvas: RegionCanvas, sent: Sent) -> None:
    draw(canvas)
    canvas.link_map("a", np.ones((H, W)))
    canvas.set_picture(PICTURE[::-1])
    assert (canvas.mask == BOXED).all()
    canvas.set_picture(np.zeros((3, 4), np.uint8))
    assert canvas.picture.shape == (3, 4, 3)
    assert canvas.mask.shape == (3, 4)
    assert list(canvas.regions) == ["one", "two"]
    assert sent.kinds()[-2:] == ["picture", "regions"]


def test_names_at_the_beginning() -> None:
    assert list(RegionCanvas(PICTURE, names="face").regions) == ["face"]
    with pytest.raises(InputError, match="at least one"):
        RegionCanvas(PICTURE, names=())
    with pytest.raises(InputError, match="already"):
        RegionCanvas(PICTURE, names=("a", "a"))


def test_arrays_are_no_part_of_the_saved_state(canvas: RegionCanvas) -> None:
    before = len(json.dumps(canvas.get_state(), default=str))
    canvas.mask = MASK
    canvas.link_map("map", np.ones((H, W)))
    assert len(json.dumps(canvas.get_state(), default=str)) == before


def test_traits_hold_their_ranges(canvas: RegionCanvas) -> None:
    canvas.pan_x = float("nan")
    assert canvas.pan_x == 0
    with pytest.raises(traitlets.TraitError):
        canvas.tool = "spray"
    with pytest.raises(traitlets.TraitError):
        canvas.brush_size = 0


def test_a_sample_and_a_closed_canvas() -> None:
    sample = Sample(np.zeros((3, H, W), np.float32), PICTURE.copy(), "tree.png")
    canvas = RegionCanvas.of(sample, names=("a",))
    assert "tree.png" in canvas.alt
    heard: list[Region] = []
    canvas.on_region(heard.append)
    canvas.close()
    edit(canvas, entry("a", feather=1), active="a")
    assert heard == []
