"""What the views leave for where no widget is alive."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.axes import Axes
from rex_widgets.widgets import LinkedViews, RegionCanvas, SignalView, VolumeView
from rex_widgets.widgets._still import _seen
from rex_widgets.widgets._volume_orientation import orientation_of

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


@pytest.mark.parametrize("convention", ["radiological", "neurological"])
def test_the_slices_keep_to_the_convention(convention: str) -> None:
    volume = np.zeros((20, 24, 28), np.uint8)
    volume[12:, 14:, 18:] = 200  # right, anterior, superior
    axes = Axes(("i", "j", "k"), ("mm",) * 3, (2.0,) * 3, affine=np.diag([2.0, 2.0, 2.0, 1.0]))
    view = VolumeView(volume, axes=axes, crosshair=[15, 16, 20], convention=convention)
    seen = _png(view)[16:]
    axial, coronal, sagittal = seen[:96, :80], seen[:112, 106:186], seen[:112, 212:308]
    right = 4 if convention == "radiological" else -5
    for flat in (axial, coronal):
        assert flat[4, right].min() > 200 and flat[4, -1 - right].max() < 50
    assert sagittal[4, 4].min() > 200 and sagittal[4, -5].max() < 50  # anterior is on the left


def test_slices_of_an_unknown_orientation_stand_as_the_view_has_them() -> None:
    volume = np.zeros((8, 9, 10), np.uint8)
    volume[0, 0, 0] = volume[0, 8, 0] = volume[0, 0, 9] = 200
    for axis, (rows, columns) in enumerate([(2, 1), (0, 2), (0, 1)]):
        flat = _seen(volume, orientation_of(None), axis, 0)
        assert flat is not None and flat.shape == (volume.shape[rows], volume.shape[columns])
        assert flat[0, 0] == 200 and flat[-1, -1] == 0
        assert bool(flat[0, -1]) == (columns in (1, 2)) and bool(flat[-1, 0]) == (rows in (1, 2))


def test_signals_and_tables() -> None:
    line = SignalView(np.sin(np.arange(300.0)), kind="signal")
    line.set_map(np.linspace(0, 1, 300))
    assert _png(line).std() > 5
    row = SignalView(np.arange(8.0), kind="table")
    row.set_map(np.linspace(0, 1, 8))
    assert _png(row).std() > 5
