"""The picture's side of a panel, for inputs that are no images."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.errors import InputError
from rex_widgets.widgets.explain_panel import ExplainPanel
from rex_widgets.widgets.panel_picture import (
    FigurePicture,
    LayeredPicture,
    ViewedPicture,
    picture_of,
)
from rex_widgets.widgets.signal_view import SignalView
from rex_widgets.widgets.volume_view import VolumeView
from tests.widgets.bright_square import bright_run, wait_until


def _spikes(batch: np.ndarray) -> np.ndarray:
    high = np.asarray(batch).reshape(len(batch), -1)[:, 40:50].mean(axis=1)
    return np.stack([np.full(len(batch), 1.0), high], axis=1)


def _signal_run() -> rw.api.Run:
    signal = np.zeros(100, np.float32)
    signal[40:50] = 4
    return rw.start(
        signal, _spikes, mode="spectral", input_shape=(1, 100), iters=3, seed=0, min_box_size=4
    )


def test_each_kind_has_its_picture() -> None:
    assert isinstance(picture_of(bright_run().sample), LayeredPicture)
    signal = picture_of(_signal_run().sample)
    assert isinstance(signal, ViewedPicture) and isinstance(signal.view, SignalView)


def test_what_is_too_large_for_a_view_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_sample: object, **_options: object) -> None:
        raise InputError("too large")

    monkeypatch.setattr(SignalView, "of", refuse)
    assert isinstance(picture_of(_signal_run().sample), FigurePicture)


def test_a_signal_is_shown_and_a_painted_part_hidden() -> None:
    panel = ExplainPanel(_signal_run())
    view = panel._parts.view
    assert isinstance(view, SignalView)
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "finished")
    found = panel.run.result()
    wait_until(lambda: view._mask is not None)
    assert np.array_equal(view._map, found.map) and np.array_equal(view._mask, found.mask)
    assert "of the signal" in panel._parts.facts.value
    hidden = np.zeros(100, np.bool_)
    hidden[40:50] = True
    view._callbacks(hidden)
    wait_until(lambda: panel._parts.hidden_top.classes)
    assert panel._parts.hidden_top.classes[0]["index"] == 0
    panel.close()
    panel.worker.close(wait=10)


def test_large_maps_are_sent_less_often_until_the_run_rests(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = [100.0]
    monkeypatch.setattr("rex_widgets.widgets.panel_picture.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("rex_widgets.widgets.panel_picture._BYTES_A_SECOND", 400.0)
    run = _signal_run()
    picture = picture_of(run.sample)
    sent: list[object] = []
    monkeypatch.setattr(picture.view, "set_map", sent.append)
    found = run.result()
    for step in range(10):
        clock[0] += 0.25
        changed = replace(found, map=np.full(100, step, np.float32))
        picture.show(changed, None, rests=False)
    assert len(sent) == 3
    picture.show(replace(found, map=np.full(100, 99, np.float32)), None, rests=True)
    assert len(sent) == 4


def test_drawing_takes_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [100.0]
    drawn = []

    def draw(_explanation: object) -> bytes:
        drawn.append(clock[0])
        clock[0] += 0.5
        return b"\x89PNG" + bytes(len(drawn))

    monkeypatch.setattr("rex_widgets.widgets.panel_picture.time.monotonic", lambda: clock[0])
    monkeypatch.setattr("rex_widgets.widgets.panel_picture.explanation_png", draw)
    run = _signal_run()
    picture = FigurePicture(run.sample)
    for _ in range(200):
        picture.show(run.result(), None, rests=False)
        clock[0] += 0.25
    assert len(drawn) == pytest.approx(0.05 * (clock[0] - 100) / 0.5, abs=1.5)
    picture.show(run.result(), None, rests=True)
    assert drawn[-1] == pytest.approx(clock[0] - 0.5)


def test_the_crosshair_goes_to_the_maximum_once() -> None:
    volume = np.zeros((6, 6, 6), np.float32)
    volume[4, 1, 2] = 4

    def bright(batch: np.ndarray) -> np.ndarray:
        seen = np.asarray(batch).reshape(len(batch), 6, 6, 6)[:, 4, 1, 2]
        return np.stack([np.full(len(batch), 1.0), seen], axis=1)

    run = rw.start(
        volume, bright, mode="voxel", input_shape=(1, 6, 6, 6), iters=4, seed=0, min_box_size=1
    )
    picture = picture_of(run.sample)
    assert isinstance(picture.view, VolumeView)
    before = picture.view.crosshair
    picture.show(run.result(), None, rests=True)
    assert picture.view.crosshair == before  # nothing is known yet
    found = run.wait()
    picture.show(found, found.mask, rests=False)
    assert picture.view.crosshair == before
    picture.show(found, found.mask, rests=True)
    top = np.unravel_index(found.map.argmax(), found.map.shape)
    assert picture.view.crosshair == list(top) != before
    picture.view.crosshair = [0, 0, 0]
    picture.show(found, found.mask, rests=True)
    assert picture.view.crosshair == [0, 0, 0]
