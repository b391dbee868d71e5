"""Messages that no page of ours would send: refused in words or left alone, and nothing breaks."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import traitlets

from rex_widgets.errors import InputError
from rex_widgets.widgets import _region_state as region_state
from rex_widgets.widgets.linked_views import LinkedViews
from rex_widgets.widgets.region import RegionCanvas
from rex_widgets.widgets.search_controls import SearchControls
from rex_widgets.widgets.volume_view import VolumeView

HUGE = 10**400
NO_NAMES: list[Any] = [[], {}, ["region"], {"region": 1}, None, 3, HUGE]


def picture() -> Any:
    return np.zeros((8, 8, 3), np.uint8)


def edit(canvas: RegionCanvas, **changes: Any) -> dict[str, Any]:
    """An edit that sets all pixels, but for changes of its only region or of the message."""
    box = {"kind": "box", "op": "add", "points": [0, 0, 2048, 2048]}
    entry = {"name": "region", "of": "region", "keep": 0, "shapes": [box], "feather": 0}
    entry |= {"colour": "#ffffff", "rect": [0, 0, 8, 8]}
    entry |= {k: v for k, v in changes.items() if k in entry}
    message = {"type": "edit", "epoch": canvas._epoch, "height": 8, "width": 8}
    message |= {"regions": [entry], "active": "region"}
    return message | {k: v for k, v in changes.items() if k in message}


@pytest.mark.parametrize("kind", NO_NAMES)
def test_a_region_canvas_leaves_alone_what_is_of_no_kind(kind: Any) -> None:
    canvas = RegionCanvas(picture())
    canvas._receive(canvas, {"type": kind}, [])
    assert canvas.error == "" and not canvas.mask.any()


@pytest.mark.parametrize("name", NO_NAMES)
@pytest.mark.parametrize("kind", ["load", "save"])
def test_a_region_that_cannot_be_is_refused(kind: str, name: Any) -> None:
    canvas = RegionCanvas(picture(), mask=np.ones((8, 8), np.bool_))
    png = b"" if kind == "save" else open_png()
    canvas._receive(canvas, {"type": kind, "format": "png", "region": name}, [png])
    assert "no region" in canvas.error and canvas.mask.all()


def open_png() -> bytes:
    from rex_widgets.regions import mask_bytes

    return mask_bytes(np.zeros((8, 8), np.bool_), "png")


@pytest.mark.parametrize("active", NO_NAMES)
def test_an_active_region_that_cannot_be_is_the_first(active: Any) -> None:
    canvas = RegionCanvas(picture())
    canvas._receive(canvas, edit(canvas, active=active), [b"\xff" * 8])
    assert canvas.active == "region" and canvas.mask.all() and canvas.error == ""


def test_half_a_character_is_no_name() -> None:
    canvas = RegionCanvas(picture())
    # what is left of an emoji when a field of a page is full
    canvas._receive(canvas, edit(canvas, name=json.loads(r'"a\ud83d"')), [b"\xff" * 8])
    assert "name is text" in canvas.error and list(canvas.regions) == ["region"]
    canvas.error.encode()
    canvas.add_region("\U0001f600")
    assert "\U0001f600" in canvas.regions


def test_a_region_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(region_state, "MOST_NUMBERS", 10)
    canvas = RegionCanvas(picture())
    for keep in (0, 1):
        canvas._receive(canvas, edit(canvas, keep=keep), [b"\xff" * 8])
        assert canvas.error == ""
    canvas._receive(canvas, edit(canvas, keep=2), [b"\xff" * 8])
    assert "more than 10 numbers" in canvas.error and len(canvas.shapes) == 2


@pytest.mark.parametrize("number", [HUGE, -HUGE, float("nan"), float("inf"), 1e300])
@pytest.mark.parametrize("place", ["size", "points"])
def test_a_volume_takes_no_stroke_beyond_all_numbers(place: str, number: Any) -> None:
    view = VolumeView(np.zeros((2, 2, 2), np.float32))
    stroke: dict[str, Any] = {"tool": "brush", "shape": "ball", "axis": 0, "size": 1.0}
    stroke |= {"points": [[0, 0, 0]]}
    stroke[place] = number if place == "size" else [[0, number, 0]]
    view._receive(view, {"type": "stroke", "shape": [2, 2, 2], "strokes": [stroke]}, [b"\xff"])
    assert "was ignored" in view.error and not view.region.any() and view.strokes == []


def test_wishes_of_any_size_come_within_their_range() -> None:
    controls = SearchControls()
    heard: list[Any] = []
    controls.on_wish(heard.append)
    for value in (HUGE, -HUGE, float("inf"), float("nan"), "1", None):
        controls._receive(controls, {"type": "step", "value": value, "id": 1}, [])
    assert heard == [("step", 1.0), ("step", -1.0), ("step", 1.0)]


@pytest.mark.parametrize(
    ("name", "value"), [("cursor", [1]), ("cursor", [100, 100]), ("selection", [5, 5, 1, 1])]
)
def test_a_place_outside_is_taken_back_from_linked_views(name: str, value: list[int]) -> None:
    views = LinkedViews(picture())
    setattr(views, name, [1, 1] if name == "cursor" else [1, 1, 3, 3])
    before = list(getattr(views, name))
    with pytest.raises(traitlets.TraitError):
        views.set_state({name: value, "opacity": 0.5})  # as a page does
    assert getattr(views, name) == before
    with pytest.raises(InputError):
        setattr(views, name, value)
    assert getattr(views, name) == before
