"""The maps of a representation on the screen, of inputs that are no image."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.inputs import Sample
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.widgets.relax_maps import drawable, maps_of
from rex_widgets.widgets.relax_panel import RelaxPanel
from rex_widgets.widgets.relax_viewed import FiguredMaps, ViewedMaps
from tests.widgets.bright_square import wait_until

SHAPES = {"spectral": (60,), "voxel": (12, 10, 8)}


class Middle:
    """The representation is the mean of the middle, that of the first values, and a constant."""

    def __call__(self, batch: Any) -> Any:
        rows = np.asarray(batch).reshape(len(batch), -1)
        middle = rows.shape[1] // 2
        spot = 5 * rows[:, middle - 5 : middle + 5].mean(axis=1)
        return np.stack([spot, rows[:, :5].mean(axis=1), np.full(len(rows), 0.2)], axis=1)


def _run(mode: str, **settings: Any) -> Any:
    data = (0.3 + np.random.default_rng(0).random(SHAPES[mode])).astype(np.float32)
    given = {"seed": 1, "num_cells": 4, "num_batches": 2, "batch_size": 64, "stopping": "never"}
    return rw.start(data, Middle(), method="relax", mode=mode, **given | settings)


def _found(mode: str, **settings: Any) -> tuple[Sample, RelaxExplanation]:
    run = _run(mode, **settings)
    for _ in run:
        pass
    return run.sample, run.result()


@pytest.mark.parametrize("mode", SHAPES)
def test_one_map_is_chosen(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    sample, found = _found(mode)
    maps = maps_of(sample, 0.25)
    assert isinstance(maps, ViewedMaps)
    sent: dict[str, Any] = {}
    monkeypatch.setattr(maps.view, "set_map", lambda values: sent.update(map=values))
    monkeypatch.setattr(maps.view, "set_mask", lambda mask: sent.update(mask=mask))
    maps.show(found, True)
    assert np.array_equal(sent["map"], found.importance) and sent["mask"] is None
    for name, values in (
        ("uncertainty", found.uncertainty),
        ("error of the importance", found.importance_error),
        ("error of the uncertainty", found.uncertainty_error),
    ):
        maps.choice.value = name
        assert np.array_equal(sent["map"], values) and sent["mask"] is None
        assert getattr(maps.view, "map_name", name) == name
    assert maps.quantile.layout.display == "none"
    maps.choice.value = "U-RELAX"
    assert maps.quantile.layout.display is None
    assert getattr(maps.view, "map_name", "importance") == "importance"
    assert 0.25 <= sent["mask"].mean() <= 0.35  # equal values are kept together
    assert found.uncertainty[sent["mask"]].max() <= found.uncertainty[~sent["mask"]].min()
    maps.quantile.value = 80
    assert 0.8 <= sent["mask"].mean() <= 0.9
    maps.forget()
    assert sent["map"] is None and sent["mask"] is None


def test_a_pair_s_map_is_one_of_the_choices(monkeypatch: pytest.MonkeyPatch) -> None:
    gallery = [np.full(60, value, np.float32) for value in (0.2, 0.9)]
    sample, found = _found("spectral", gallery=gallery)
    maps = maps_of(sample, 0.5)
    assert isinstance(maps, ViewedMaps)
    sent: dict[str, Any] = {}
    monkeypatch.setattr(maps.view, "set_map", lambda values: sent.update(map=values))
    maps.show(found, True)
    before = list(maps.choice.names)
    maps.show_pair(1)
    assert maps.choice.value == f"similar to {found.neighbours[1].name}"
    assert np.array_equal(sent["map"], found.neighbours[1].importance)
    maps.show_pair(0)
    assert np.array_equal(sent["map"], found.neighbours[0].importance)
    maps.choice.value = "uncertainty"
    maps.show_pair(None)
    assert maps.choice.value == "uncertainty" and list(maps.choice.names) == before
    maps.show_pair(7)
    assert list(maps.choice.names) == before


def test_what_is_too_large_for_a_view_is_a_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    from rex_widgets.errors import InputError
    from rex_widgets.widgets import relax_maps

    def refuse(sample: Sample, width: int) -> Any:
        raise InputError("too large")

    sample, found = _found("spectral")
    monkeypatch.setattr(relax_maps, "view_of", refuse)
    maps = maps_of(sample, 0.5)
    assert isinstance(maps, FiguredMaps) and maps.view is None
    maps.show(found, True)
    assert maps.children[0].png.startswith(b"\x89PNG")


def test_a_map_without_anything_above_zero_is_lifted() -> None:
    values = np.array([-3.0, -1.0, -2.0], np.float32)
    shown, words = drawable(values)
    assert shown.tolist() == [0, 2, 1] and words == "above its least value, -3"
    for kept in ([0.5, 0.7], [-0.5, 0.7], [0.0, 0.0]):
        shown, words = drawable(np.array(kept, np.float32))
        assert np.array_equal(shown, np.array(kept, np.float32)) and not words


@pytest.mark.parametrize("mode", SHAPES)
def test_a_panel_of_other_kinds_asks_what_if(mode: str) -> None:
    panel = RelaxPanel(_run(mode))
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "finished")
    assert list(panel._parts.tabs.widget.titles) == ["Maps", "Settings", "History"]
    painted = np.ones(SHAPES[mode], bool)
    painted.ravel()[:5] = False
    panel._parts.maps.view._callbacks(painted)
    wait_until(lambda: "With the painted part hidden" in panel._parts.hidden.value)
    panel.close()
    panel.worker.close(wait=10)
