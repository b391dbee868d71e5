"""LinkedViews: what it takes, what it refuses, what it tells the browser."""

from __future__ import annotations

import json
import math
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets

from rex_widgets.api import Run
from rex_widgets.errors import InputError
from rex_widgets.widgets import LinkedViews, _linked_data
from tests.plots import subjects
from tests.widgets.bright_square import bright_run

H, W = 4, 6
PICTURE = np.arange(H * W * 3, dtype=np.uint8).reshape(H, W, 3)
A = np.linspace(0, 1, H * W).reshape(H, W)
B = A[::-1] * 4
MASK = A > 0.5


class Sent:
    """What a widget sends, in order."""

    def __init__(self, views: LinkedViews, monkeypatch: pytest.MonkeyPatch) -> None:
        self.messages: list[tuple[dict[str, Any], list[bytes]]] = []
        monkeypatch.setattr(
            views, "send", lambda content, buffers=(): self.messages.append((content, [*buffers]))
        )

    def last_list(self) -> dict[str, Any]:
        return [content for content, _ in self.messages if content["type"] == "views"][-1]

    def data(self) -> dict[str, bytes]:
        names = {view["id"]: view["name"] for view in self.last_list()["views"]}
        return {
            names[content["id"]]: buffers[0]
            for content, buffers in self.messages
            if content["type"] == "data" and content["id"] in names
        }


@pytest.fixture
def views() -> LinkedViews:
    return LinkedViews(PICTURE)


@pytest.fixture
def sent(views: LinkedViews, monkeypatch: pytest.MonkeyPatch) -> Sent:
    return Sent(views, monkeypatch)


def ready(views: LinkedViews) -> None:
    views._handle_custom_msg({"type": "ready"}, [])


def test_each_view_is_sent_once_and_all_when_asked(views: LinkedViews, sent: Sent) -> None:
    views.add_map("a", A, note="first").add_map("b", B).add_mask("m", MASK)
    views.add_difference("d", "a", "b").add_picture("p", PICTURE[::-1])
    assert views.names == ("photo", "a", "b", "m", "d", "p")
    data = [content["type"] for content, _ in sent.messages].count("data")
    assert data == 5
    sent.messages.clear()
    ready(views)
    listed = sent.last_list()
    assert (listed["width"], listed["height"]) == (W, H)
    assert [v["kind"] for v in listed["views"]] == [
        "picture", "map", "map", "mask", "difference", "picture",
    ]  # fmt: skip
    assert listed["views"][1]["note"] == "first"
    assert listed["views"][4]["note"] == "a − b"
    assert sent.data() == {
        "photo": PICTURE.tobytes(),
        "a": A.astype("<f4").tobytes(),
        "b": B.astype("<f4").tobytes(),
        "m": np.packbits(MASK).tobytes(),
        "d": (A.astype("<f4").astype(float) - B.astype("<f4")).astype("<f4").tobytes(),
        "p": PICTURE[::-1].tobytes(),
    }


def test_views_given_at_once_are_told_apart_by_type() -> None:
    views = LinkedViews(PICTURE, {"a": A, "m": MASK, "p": PICTURE}, name="scan", mode="swipe")
    assert [v.kind for v in views._kept.views] == ["picture", "map", "mask", "picture"]
    assert views.names[0] == "scan"
    assert views.mode == "swipe"
    with pytest.raises(InputError, match=r"int64 of shape \(4, 6\); expected floats"):
        LinkedViews(PICTURE, {"a": A.astype(int)})


def test_a_replaced_map_takes_its_differences_along(views: LinkedViews, sent: Sent) -> None:
    views.add_map("a", A).add_map("b", B).add_difference("d", "a", "b", scaled=True)
    assert views.values("d").max() == pytest.approx(A.max() - B[0, 0] / 4, abs=1)
    sent.messages.clear()
    views.add_map("b", np.full((H, W), 2.0))
    assert set(sent.data()) == {"b", "d"}
    assert np.allclose(views.values("d"), A - 1)
    assert views.names == ("photo", "a", "b", "d")
    views.remove("b")
    views.add_map("a", B)
    assert np.allclose(views.values("d"), A - 1)


def test_what_is_removed_is_no_longer_listed(views: LinkedViews, sent: Sent) -> None:
    views.add_map("a", A)
    views.remove("a")
    assert [v["name"] for v in sent.last_list()["views"]] == ["photo"]
    with pytest.raises(InputError, match="no view 'a'; there are 'photo'"):
        views.remove("a")
    with pytest.raises(InputError, match="it stays"):
        views.remove("photo")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda v: v.add_map("n", np.full((H, W), np.nan)), "24 values that are NaN"),
        (lambda v: v.add_map("n", A.T), r"shape \(6, 4\)"),
        (lambda v: v.add_map("n", A.astype(int)), "int64"),
        (lambda v: v.add_map("a", np.full((H, W), np.inf)), "infinite"),
        (lambda v: v.add_mask("n", A), "expected bool"),
        (lambda v: v.add_mask("n", MASK[:2]), r"shape \(2, 6\)"),
        (lambda v: v.add_picture("n", PICTURE[:2]), "2 × 6 pixels, the others 4 × 6"),
        (lambda v: v.add_picture("n", A), "expected uint8"),
        (lambda v: v.add_map("photo", A), "cannot become a map"),
        (lambda v: v.add_map("", A), "name was ''"),
        (lambda v: v.add_map("n" * 201, A), "1 to 200 characters"),
        (lambda v: v.add_map("n", A, note=3), "note was 3"),
        (lambda v: v.add_difference("n", "a", "x"), "no view 'x'"),
        (lambda v: v.add_difference("n", "a", "photo"), "'photo' is a picture"),
        (lambda v: v.add_map("a", np.full((H, W), 3e38)), "too large for 32 bits"),
    ],
)
def test_what_does_not_fit_changes_nothing(
    views: LinkedViews, sent: Sent, change: Any, words: str
) -> None:
    views.add_map("a", A).add_map("b", np.full((H, W), -3e38)).add_difference("d", "a", "b")
    sent.messages.clear()
    before = [(v.name, v.values.tobytes()) for v in views._kept.views]
    with pytest.raises(InputError, match=words):
        change(views)
    assert sent.messages == []
    assert [(v.name, v.values.tobytes()) for v in views._kept.views] == before


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((20_000, 1, 3), np.uint8), "20000 × 1 pixels; expected 1 to 4096"),
        (np.zeros((H, W, 4), np.uint8), r"\(4, 6, 4\)"),
        (np.zeros((0, W, 3), np.uint8), "0 × 6"),
        (A, "expected uint8"),
    ],
)
def test_a_picture_that_cannot_be_shown_is_refused(picture: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        LinkedViews(picture)


def test_too_many_views_are_refused(views: LinkedViews, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_linked_data, "MAX_PIXELS", H * W * 3)
    views.add_map("a", A).add_map("b", A)
    with pytest.raises(InputError, match=r"4 views of 24 pixels"):
        views.add_map("c", A)
    views.add_map("b", B)
    monkeypatch.setattr(_linked_data, "MAX_VIEWS", 3)
    with pytest.raises(InputError, match="at most 3"):
        views.add_map("c", A)
    assert views.names == ("photo", "a", "b")


def test_arrays_are_copied_and_kept_out_of_the_saved_state(views: LinkedViews) -> None:
    before = len(json.dumps(views.get_state(), default=str))
    given = A.copy()
    views.add_map("a", given)
    given[:] = 7
    assert views.values("a").max() == 1
    with pytest.raises(ValueError, match="read-only"):
        views.values("a")[0, 0] = 1
    assert len(json.dumps(views.get_state(), default=str)) == before


def test_what_a_person_drags_is_not_echoed(views: LinkedViews) -> None:
    for name in ("top", "divider", "blend", "cursor", "selection", "zoom", "mode", "first"):
        assert views.traits()[name].metadata["echo_update"] is False


def test_statistics_of_the_selection(views: LinkedViews) -> None:
    values = np.zeros((H, W))
    values[1, 2], values[1, 3], values[3, 5] = 1, 2, 3
    views.add_map("map", values).add_map("zero", np.zeros((H, W))).add_mask("mask", values > 1)
    views.add_difference("difference", "zero", "map")
    views.selection = [2, 1, 4, 3]
    found = views.statistics()
    assert (found["map"].mean, found["map"].max, found["map"].share) == (0.75, 2, 0.5)
    difference = found["difference"]
    assert (difference.mean, difference.max, difference.share) == (-0.75, 0, 0.5)
    assert (found["mask"].mean, found["mask"].max, found["mask"].share) == (0.25, 1, 0.5)
    assert math.isnan(found["zero"].share)
    assert math.isnan(found["photo"].share)
    one = views.statistics((1, 1, 2, 2))["photo"]
    assert one.mean == one.max == pytest.approx(PICTURE[1, 1] @ [0.299, 0.587, 0.114])
    views.selection = []
    assert views.statistics()["map"].share == 1


@pytest.mark.parametrize(
    "rectangle", [[0, 0, W + 1, 1], [0, 0, 0, 1], [-1, 0, 1, 1], [0, 0, 1], [2, 2, 1, 1]]
)
def test_a_rectangle_outside_the_picture_is_refused(
    views: LinkedViews, rectangle: list[int]
) -> None:
    views.selection = [0, 0, 1, 1]
    with pytest.raises(InputError, match="rectangle was"):
        views.statistics(rectangle)
    with pytest.raises(InputError, match="rectangle was"):
        views.selection = rectangle
    with pytest.raises(InputError, match="cursor was"):
        views.cursor = [W, 0]
    assert views.selection == [0, 0, 1, 1]
    views.pan_x = math.nan
    assert views.pan_x == 0


@pytest.mark.parametrize(
    "traits", [{"mode": "3d"}, {"top": 2}, {"divider": -1}, {"colormap": "jet"}, {"tool": "saw"}]
)
def test_traits_are_checked(traits: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        LinkedViews(PICTURE, **traits)


@pytest.mark.parametrize("content", [None, "ready", 3, {}, {"type": "other"}])
def test_other_messages_are_ignored(views: LinkedViews, sent: Sent, content: Any) -> None:
    views._handle_custom_msg(content, [])
    assert sent.messages == []


def test_maps_may_come_from_other_threads(views: LinkedViews, sent: Sent) -> None:
    def push(name: str) -> None:
        for value in range(20):
            views.add_map(name, np.full((H, W), float(value)))
            ready(views)

    threads = [threading.Thread(target=push, args=(f"map {n}",)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(views.names[1:]) == [f"map {n}" for n in range(4)]
    assert all((views.values(name) == 19).all() for name in views.names[1:])
    assert set(sent.data()) == set(views.names)


def test_the_page_replays_what_a_kernel_would_send(views: LinkedViews, tmp_path: Path) -> None:
    views.add_map("<b>a</b>", A).add_mask("m", MASK)
    views.selection, views.mode, views.top = [0, 0, 2, 2], "swipe", 0.25
    page = views.to_html(tmp_path / "page.html", title="T").read_text(encoding="utf-8")
    start_, end = page.index('id="data">') + len('id="data">'), page.rindex("</script>\n<script>")
    data = json.loads(page[start_:end])
    assert [m["content"]["type"] for m in data["messages"]] == ["views", "data", "data", "data"]
    traits = data["traits"]
    assert (traits["selection"], traits["mode"], traits["top"]) == ([0, 0, 2, 2], "swipe", 0.25)
    assert "layout" not in traits
    assert "<b>" not in page
    assert "3 views of one picture of 6 × 4 pixels" in page


@pytest.fixture(scope="module")
def run() -> Run:
    return bright_run(mask_value=0.1)


def test_an_explanation_becomes_views(run: Run) -> None:
    explanation = run.wait()
    views = LinkedViews.of(explanation, width=300)
    label = explanation.target.label
    assert views.names == (
        "photo", f"responsibility: {label}", "explanation", "explanation alone",
    )  # fmt: skip
    assert views.width == 300
    assert (views.values("explanation") == explanation.mask).all()
    alone = views.values("explanation alone")
    assert (alone[~explanation.mask] == 128).all()
    assert (alone[explanation.mask] == views.values("photo")[explanation.mask]).all()
    with pytest.raises(InputError, match="Give the run"):
        LinkedViews.of(explanation, classes=[2])
    with pytest.raises(InputError, match="explains a signal"):
        LinkedViews.of(replace(explanation, kind="signal"))
    with pytest.raises(InputError, match="explains a volume"):
        LinkedViews.of(subjects.volume())


def test_a_run_adds_other_classes_and_their_differences(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    explanation = run.wait()
    target = explanation.target
    other = 2
    values = np.random.default_rng(0).random(explanation.map.shape).astype(np.float32)
    monkeypatch.setattr(run, "map_for", lambda index: values if index == other else None)
    views = LinkedViews.of(run, classes=[target.index, other, other])
    label = run.classifier.label(other)
    assert views.names[-2:] == (f"responsibility: {label}", f"{target.label} − {label}")
    assert len(views.names) == 6
    # As the model saw it: its input is the picture divided by 255, and 0.1 is hidden's value.
    alone = views.values("explanation alone")
    assert set(np.unique(alone[~explanation.mask])) <= {25, 26}
    assert "hidden: 0.1" in views._kept.named("explanation alone").note
    expected = explanation.map / explanation.map.max() - values / values.max()
    assert np.allclose(views.values(views.names[-1]), expected, atol=1e-6)
    with pytest.raises(InputError, match="no mutant of this search"):
        LinkedViews.of(run, classes=[1, 0])
    with pytest.raises(InputError, match="no explanation yet"):
        LinkedViews.of(bright_run())
