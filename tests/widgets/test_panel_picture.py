"""The picture's side of a panel, for inputs that are no images."""

from __future__ import annotations

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.widgets.explain_panel import ExplainPanel
from rex_widgets.widgets.panel_picture import FigurePicture, LayeredPicture, picture_of
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
    assert isinstance(picture_of(_signal_run().sample), FigurePicture)


def test_a_signal_is_drawn_when_the_run_rests() -> None:
    panel = ExplainPanel(_signal_run())
    picture = panel._parts.picture
    assert isinstance(picture, FigurePicture) and panel._parts.view is None
    before = picture._image.png
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "finished")
    wait_until(lambda: picture._image.png != before)
    assert picture._image.png.startswith(b"\x89PNG")
    assert "array" in picture._image.alt
    assert "of the signal" in panel._parts.facts.value
    panel.close()
    panel.worker.close(wait=10)


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
