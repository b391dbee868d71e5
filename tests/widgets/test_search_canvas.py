"""SearchCanvas as the kernel knows it: what it draws, what it hears, and that it ends."""

from __future__ import annotations

import gc
import json
import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets import widget as ipywidget

import rex_widgets as rw
from rex_widgets.api import Run
from rex_widgets.inputs import Sample
from rex_widgets.widgets import SearchCanvas, search_canvas
from rex_widgets.widgets._search_pace import FRAMES_PER_SECOND
from rex_widgets.widgets.search_controls import SearchControls
from tests.synthetic import drive
from tests.synthetic_kinds import BallModel, SpikeModel
from tests.widgets.bright_square import bright_run, wait_until

ALIVE = "rex_widgets search canvas"


class Sent:
    """The messages that go to the browser for one canvas."""

    def __init__(self, canvas: SearchCanvas) -> None:
        self.messages: list[tuple[list[Any], list[Any]]] = []
        canvas._drawing._manager.send = self._send

    def _send(self, _content: Any, buffers: Any = None) -> None:
        commands = json.loads(bytes(buffers[0]))
        self.messages.append((commands, list(buffers[1:])))


def threads() -> int:
    return sum(thread.name == ALIVE for thread in threading.enumerate())


@pytest.fixture
def still(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Run], SearchCanvas]]:
    """A canvas whose thread does nothing: the test ticks."""
    made: list[SearchCanvas] = []
    monkeypatch.setattr(search_canvas, "_work", lambda *_: None)

    def make(run: Run) -> SearchCanvas:
        made.append(SearchCanvas(run))
        return made[-1]

    yield make
    for canvas in made:
        canvas.close()


@pytest.fixture(scope="module")
def finished() -> Run:
    run = bright_run()
    drive(run)
    return run


def settle(canvas: SearchCanvas, ticks: int = 40) -> None:
    for _ in range(ticks):
        canvas._tick()


def run_of_kind(kind: str) -> Run:
    model: Any = SpikeModel() if kind == "signal" else BallModel()
    data = model.data()
    sample = Sample(data, np.zeros((4, 4, 3), np.uint8), "array", (), kind, None, data)
    return rw.start(sample, model, seed=0, iters=3, minimise_budget=0)


def test_a_finished_run_is_shown_at_its_start_or_wherever_one_looks(
    still: Callable[[Run], SearchCanvas], finished: Run
) -> None:
    canvas = still(finished)
    sent = Sent(canvas)
    settle(canvas, 3)
    assert len(sent.messages) == 2, "the picture, and one drawing"
    assert canvas._controls.count == len(finished.trace)
    canvas.seek(5)
    settle(canvas, 3)
    assert canvas.position == canvas._controls.position == 5
    assert len(sent.messages) == 3
    assert canvas._controls.summary.startswith(f"Tree {finished.trace[4].tree + 1} of 3")
    assert len(canvas._controls.mutants) == 14
    assert canvas._drawing.pictures == 1


def test_one_frame_is_one_message_and_nothing_new_is_no_message(
    still: Callable[[Run], SearchCanvas], finished: Run
) -> None:
    canvas = still(finished)
    settle(canvas, 2)
    sent = Sent(canvas)
    for position in range(1, 8):
        canvas.seek(position)
        settle(canvas, 3)
        assert len(sent.messages) == position
    for commands, buffers in sent.messages:
        assert all(isinstance(command, list) for command in commands)
        assert len(commands) < 150
        assert sum(map(len, buffers)) < 40_000


def test_the_canvas_follows_whoever_drives(still: Callable[[Run], SearchCanvas]) -> None:
    run = bright_run()
    canvas = still(run)
    assert canvas._controls.count == 0
    seen = set()
    for _ in run:
        canvas._tick()
        seen.add(canvas.position)
    settle(canvas)
    assert len(seen) > 3
    assert canvas.position == len(run.trace)
    assert canvas._controls.live and not canvas._controls.growing
    made = canvas.frames
    settle(canvas)
    assert canvas.frames == made, "a view at rest draws nothing"
    run.extend(iters=1)
    drive(run)
    settle(canvas)
    assert canvas.position == len(run.trace)


def test_a_mutant_is_shown_as_the_model_saw_it(
    still: Callable[[Run], SearchCanvas], finished: Run
) -> None:
    canvas = still(finished)
    canvas.seek(4)
    canvas.choose(6)
    settle(canvas, 2)
    split = finished.trace[3]
    assert canvas.chosen == canvas._controls.chosen == 6
    assert ("It passed." if split.passed[6] else "It failed.") in canvas._controls.detail
    assert f"{split.confidence[6]:.1%}" in canvas._controls.detail
    assert canvas._figure.png.startswith(b"\x89PNG")
    picture = canvas._stage.picture_of(finished.mutant(3, 6))
    assert search_canvas.png_of(picture) == canvas._figure.png
    canvas.choose(None)
    settle(canvas, 2)
    assert canvas._figure.png == b"" and canvas._controls.detail == ""


def test_a_click_and_a_touch_show_the_mutant_under_the_pointer(
    still: Callable[[Run], SearchCanvas], finished: Run
) -> None:
    canvas = still(finished)
    canvas.seek(1)
    settle(canvas, 2)
    box = np.array(finished.trace[0].children[0])
    left, top, width, height = canvas._stage.rects(box)[0]
    at = {"x": left + width / 2, "y": top + height / 2}
    canvas._drawing.canvas._handle_custom_msg({"event": "mouse_down", **at}, [])
    settle(canvas, 2)
    assert canvas.chosen == 0
    canvas._drawing.canvas._handle_custom_msg({"event": "touch_start", "touches": [at]}, [])
    settle(canvas, 2)
    assert canvas.chosen == 4


@pytest.mark.parametrize("kind", ["signal", "volume"])
def test_signals_and_volumes_are_shown(still: Callable[[Run], SearchCanvas], kind: str) -> None:
    run = run_of_kind(kind)
    drive(run)
    canvas = still(run)
    sent = Sent(canvas)
    for position in range(1, len(run.trace) + 1):
        canvas.seek(position)
        canvas.choose(position % 14)
        settle(canvas, 1)
        assert canvas._figure.png
    assert len(sent.messages) == len(run.trace) + 1
    assert canvas._controls.strip == (kind == "signal")


def test_a_page_that_is_loaded_anew_gets_the_picture_again(
    still: Callable[[Run], SearchCanvas], finished: Run
) -> None:
    canvas = still(finished)
    settle(canvas, 2)
    sent = Sent(canvas)
    canvas._drawing.canvas._handle_custom_msg({"event": "client_ready"}, [])
    settle(canvas, 2)
    assert len(sent.messages) == 2
    assert canvas._drawing.pictures == 2


def test_wishes_from_the_browser_are_checked_and_acknowledged() -> None:
    controls, heard = SearchControls(), []
    controls.on_wish(heard.append)
    send = controls._handle_custom_msg
    for nonsense in (
        None, [], "play", {"type": "burn"}, {"type": "seek", "value": "x"}, {"type": ["seek"]},
        {"type": "seek", "value": float("nan")}, {"type": "seek", "value": None},
    ):  # fmt: skip
        send(nonsense, [])
    assert heard == []
    for value, number in ((3, 3.0), (-5, 0.0), (1e300, float(2**31))):
        send({"type": "seek", "value": value, "id": 7}, [])
        assert heard[-1] == ("seek", number)
    send({"type": "speed", "value": 1e9, "id": 8}, [])
    assert heard[-1] == ("speed", 200.0)
    assert controls.heard == 8
    send({"type": "choose", "value": 99}, [])
    assert heard[-1] == ("choose", 13.0)
    controls.close()


def test_names_of_classes_are_text_and_clipped(
    still: Callable[[Run], SearchCanvas], finished: Run
) -> None:
    canvas = still(finished)
    canvas.seek(1)
    settle(canvas, 2)
    labels = {row["label"] for row in canvas._controls.mutants}
    assert "a <bright> square" in labels, "markup is the browser's to show as text"
    assert all(len(label) <= 80 for label in labels)


def test_a_page_without_ipycanvas_is_told_so(
    still: Callable[[Run], SearchCanvas], finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = still(finished)
    settle(canvas, 2)
    assert canvas._controls.note == ""
    monkeypatch.setattr(search_canvas, "_PATIENCE", 0.0)
    canvas._controls._handle_custom_msg({"type": "ready"}, [])
    settle(canvas, 2)
    assert "pip install ipycanvas" in canvas._controls.note
    canvas._drawing.canvas._handle_custom_msg({"event": "client_ready"}, [])
    settle(canvas, 2)
    assert canvas._controls.note == ""


def test_a_full_record_and_a_method_without_one_are_told(
    still: Callable[[Run], SearchCanvas], finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = still(finished)
    monkeypatch.setattr(finished.trace, "dropped", 12)
    settle(canvas, 2)
    assert "12 later ones" in canvas._controls.note
    monkeypatch.setattr(finished.trace, "dropped", 0)
    other = still(finished)
    monkeypatch.setattr(type(finished._procedure), "trace", None)
    canvas.choose(1)
    other.play()
    settle(other, 3)
    assert "keeps no record" in other._controls.note


def test_what_goes_wrong_is_told_and_the_thread_goes_on(finished: Run) -> None:
    canvas = SearchCanvas(finished)
    wait_until(lambda: canvas.frames)

    def broken(*_: Any) -> None:
        raise ValueError("the mask_value function failed")

    canvas._stage.picture_of = broken  # type: ignore[method-assign]
    canvas.seek(2)
    canvas.choose(1)
    wait_until(lambda: "mask_value function failed" in canvas._controls.note)
    canvas.choose(None)
    canvas.seek(3)
    wait_until(lambda: canvas._controls.position == 3 and not canvas._controls.note)
    canvas.close()


def test_close_ends_the_thread_and_leaves_the_run_and_nothing_behind() -> None:
    instances = set(ipywidget._instances)
    run = bright_run()
    canvas = SearchCanvas(run)
    thread = canvas._thread
    for number, _ in enumerate(run):
        if number == 3:
            canvas.close()
    thread.join(60)
    assert not thread.is_alive()
    assert run.status == "finished"
    assert canvas.closed
    assert set(ipywidget._instances) <= instances
    canvas.close()


def test_a_canvas_that_is_forgotten_ends_its_thread(finished: Run) -> None:
    canvas = SearchCanvas(finished)
    wait_until(lambda pace=canvas._pace: pace.frames)
    thread, gone = canvas._thread, weakref.ref(canvas)
    # ipywidgets itself keeps every widget that a page may show
    ipywidget._instances.pop(canvas.model_id)
    canvas.comm._msg_callback = None
    del canvas

    def collected() -> bool:
        gc.collect()
        return gone() is None

    wait_until(collected)
    thread.join(60)
    assert not thread.is_alive()


def test_two_canvases_on_one_run_do_not_mix(finished: Run) -> None:
    one, two = SearchCanvas(finished), SearchCanvas(finished)
    first, second = Sent(one), Sent(two)
    one.seek(3)
    two.seek(6)
    two.choose(2)
    wait_until(lambda: one._controls.position == 3 and two._controls.chosen == 2)
    assert (one.position, two.position, one.chosen) == (3, 6, None)
    for canvas, sent in ((one, first), (two, second)):
        own = {f"IPY_MODEL_{c.model_id}" for c in (canvas._drawing.canvas, canvas._drawing._back)}
        named = set()
        for commands, _ in sent.messages:
            named |= {arg for c in commands for arg in c[1] if str(arg).startswith("IPY_MODEL")}
        assert named and named <= own
    one.close()
    two.close()


@pytest.mark.parametrize("updates", [400, pytest.param(10_000, marks=pytest.mark.slow)])
def test_many_updates_leak_nothing(
    still: Callable[[Run], SearchCanvas], finished: Run, updates: int
) -> None:
    canvas = still(finished)
    canvas._drawing._manager.send = lambda *_, **__: None
    count = len(finished.trace)

    def update(times: int) -> None:
        for number in range(times):
            canvas.seek(number % count + 1)
            canvas._tick()
        gc.collect()

    update(300)
    objects, blocks = len(gc.get_objects()), sys.getallocatedblocks()
    update(updates)
    assert canvas.frames >= updates
    assert len(gc.get_objects()) - objects < 200
    assert sys.getallocatedblocks() - blocks < 2000
    assert canvas._drawing._manager._commands_cache == []


def test_while_the_run_computes_frames_are_spaced_by_what_they_cost(
    still: Callable[[Run], SearchCanvas], finished: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    canvas = still(finished)
    canvas.seek(1)
    assert canvas._tick() == 1 / FRAMES_PER_SECOND
    canvas._pace.cost = 0.1
    monkeypatch.setattr(finished, "status", "running")
    canvas.seek(2)
    assert canvas._tick() > 1.5


def test_a_search_that_has_ended_is_shown_at_its_end(finished: Run) -> None:
    canvas = SearchCanvas(finished)
    assert finished.trace is not None
    assert canvas.position == len(finished.trace) > 0
    canvas.close()
