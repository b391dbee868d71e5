"""What the views leave for where no widget is alive."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.axes import Axes
from rex_widgets.widgets import LinkedViews, RegionCanvas, SignalView, VolumeView

PICTURE = np.full((40, 60, 3), 100, np.uint8)


def _png(widget: Any) -> np.ndarray:
    bundle = widget._repr_mimebundle_()
    data = bundle[0] if isinstance(bundle, tuple) else bundle
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["text/plain"].startswith("<")
    return np.asarray(Image.open(io.BytesIO(data["image/png"])).convert("RGB"), int)


def test_a_region_is_tinted() -> None:
    canvas = RegionCanvas(PICTURE)
    canvas.mask = np.arange(60)[None, :].repeat(40, 0) < 30
    seen = _png(canvas)
    assert seen.shape == (40, 60, 3)
    assert (seen[20, 50] == 100).all() and seen[20, 10, 2] > 130
    assert "50" in canvas.still_words()


def test_linked_views_are_a_sheet_of_all() -> None:
    values = np.zeros((40, 60))
    values[:, 30:] = 1
    views = LinkedViews(PICTURE, {"a": values, "b": values[:, ::-1], "kept": values > 0})
    views.add_difference("a − b", "a", "b")
    seen = _png(views)
    assert seen.shape[1] == 4 * 60 + 3 * 10 and seen.shape[0] > 2 * 40
    assert views.still_words() == "<LinkedViews: photo, a, b, kept, a − b>"


@pytest.mark.parametrize("flips", [(1, 1, 1), (-1, 1, 1), (1, -1, -1)])
def test_the_slices_have_the_patient_s_right_on_the_left(flips: tuple[int, int, int]) -> None:
    # Bright where the patient's right, anterior, superior corner is, whatever the file's order.
    volume = np.zeros((20, 24, 28), np.uint8)
    volume[12:, 14:, 18:] = 200
    volume = volume[:: flips[0], :: flips[1], :: flips[2]]
    affine = np.diag([2.0 * flips[0], 2.0 * flips[1], 2.0 * flips[2], 1.0])
    axes = Axes(("i", "j", "k"), ("mm",) * 3, (2.0,) * 3, affine=affine)
    places = zip((15, 16, 20), flips, volume.shape, strict=True)
    corner = [place if flip > 0 else side - 1 - place for place, flip, side in places]
    view = VolumeView(volume, axes=axes, crosshair=corner)
    seen = _png(view)[16:]
    axial, coronal = seen[:96, :80], seen[:112, 106:186]
    assert axial[4, 4].min() > 200 and axial[-5, -5].max() < 50  # right and anterior: upper left
    assert coronal[4, 4].min() > 200 and coronal[-5, -5].max() < 50


def test_signals_and_tables() -> None:
    line = SignalView(np.sin(np.arange(300.0)), kind="signal")
    line.set_map(np.linspace(0, 1, 300))
    assert _png(line).std() > 5
    row = SignalView(np.arange(8.0), kind="table")
    row.set_map(np.linspace(0, 1, 8))
    assert _png(row).std() > 5
