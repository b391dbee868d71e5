"""The panel of the method relax as the kernel knows it: what it shows, and what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import rex_widgets as rw
from rex_widgets.errors import InputError
from rex_widgets.report.relax_words import is_resolved
from rex_widgets.widgets.explain_panel import ExplainPanel
from rex_widgets.widgets.panels import panel_for
from rex_widgets.widgets.relax_panel import RelaxPanel
from tests.widgets.bright_square import bright_run, wait_until
from tests.widgets.mean_square import SIDE, SQUARE, MeanSquare, picture, relax_run


@pytest.fixture
def encoder() -> MeanSquare:
    return MeanSquare()


@pytest.fixture
def panel(encoder: MeanSquare) -> Iterator[RelaxPanel]:
    made = RelaxPanel(relax_run(encoder), written={"image": "img", "model": "encoder"})
    yield made
    made.close()
    made.worker.close(wait=10)


@pytest.fixture
def with_gallery(encoder: MeanSquare) -> Iterator[RelaxPanel]:
    gallery = [picture(corner) for corner in (250, 120, 0)]
    made = RelaxPanel(relax_run(encoder, gallery=gallery))
    yield made
    made.close()
    made.worker.close(wait=10)


@pytest.fixture
def long_panel(encoder: MeanSquare) -> Iterator[RelaxPanel]:
    made = RelaxPanel(relax_run(encoder, num_batches=5000, stopping="never"))
    yield made
    made.close()
    made.worker.close(wait=10)


def _settle(panel: RelaxPanel) -> None:
    """Wait until everything given to the worker so far has been carried out."""
    done: list[Any] = []
    panel.worker.call(done.append)
    wait_until(lambda: done)


def _finished(panel: RelaxPanel) -> None:
    """Wait until what was asked for last has begun, has ended, and is shown."""
    _settle(panel)
    wait_until(lambda: panel._parts.controls.status == "finished")
    _settle(panel)


def _finish(panel: RelaxPanel) -> None:
    panel.start()
    _finished(panel)


def _hidden_square() -> np.ndarray[Any, Any]:
    painted = np.zeros((SIDE, SIDE), bool)
    painted[SQUARE] = True
    return painted


def test_the_run_s_method_chooses_the_panel(panel: RelaxPanel) -> None:
    causal, relax = panel_for(bright_run()), panel_for(relax_run(), written={"image": "img"})
    assert type(causal) is ExplainPanel and type(relax) is RelaxPanel
    assert relax.code().startswith("%explain img model --method relax")
    assert rw.panel_of(relax.run) is relax and rw.panel_of(causal.run) is causal
    causal.close()
    relax.close()
    run = relax_run()
    run._procedure.method = "unheard"
    with pytest.raises(InputError, match="unheard"):
        panel_for(run)


def test_the_picture_is_there_before_anything_is_computed(panel: RelaxPanel) -> None:
    views = panel._parts.maps.views
    assert views.names == ("photo",)
    assert np.array_equal(views.values("photo"), panel.run.sample.picture)
    assert panel._parts.controls.status == "ready" and not panel.worker.alive
    assert "similar to itself, by cosine similarity" in panel._parts.facts.value


def test_it_shows_what_was_found(panel: RelaxPanel) -> None:
    _finish(panel)
    parts, found = panel._parts, panel.run.result()
    views = parts.maps.views
    assert views.names == ("photo", "importance", "uncertainty", "U-RELAX")
    assert np.array_equal(views.values("importance"), found.importance)
    assert np.array_equal(views.values("uncertainty"), found.uncertainty)
    assert (views.values("U-RELAX") > 0).mean() == pytest.approx(0.5, abs=0.02)
    # The square is what the representation is made of.
    inside = found.importance[SQUARE].mean()
    assert inside > found.importance[:, 22:].mean()
    for words in (
        "of the whole input 1",
        "masks: standard error",
        "of the differences between places",
        "in the encoder",
        "evaluated by",
        found.embedding_text,
    ):
        assert words in parts.facts.value
    assert parts.controls.fraction == 1 and "masks" in parts.controls.stage
    assert parts.controls.verified_text
    assert parts.gallery.layout.display == "none"


def test_the_errors_are_shown_on_demand(panel: RelaxPanel) -> None:
    _finish(panel)
    maps, found = panel._parts.maps, panel.run.result()
    maps.errors.value = "standard errors"
    assert np.array_equal(maps.views.values("error of the importance"), found.importance_error)
    assert np.array_equal(maps.views.values("error of the uncertainty"), found.uncertainty_error)
    maps.errors.value = "none"
    assert maps.views.names == ("photo", "importance", "uncertainty", "U-RELAX")


def test_the_threshold_of_uncertainty_is_the_settings_one() -> None:
    panel = RelaxPanel(relax_run(uncertainty_threshold=0.25))
    _finish(panel)
    views = panel._parts.maps.views
    assert views.quantile == 0.25
    assert (views.values("U-RELAX") > 0).mean() == pytest.approx(0.25, abs=0.02)
    views.quantile = 0.75
    assert (views.values("U-RELAX") > 0).mean() == pytest.approx(0.75, abs=0.02)
    panel.close()


def test_pause_resume_step_and_stop(long_panel: RelaxPanel, encoder: MeanSquare) -> None:
    press, controls = long_panel._parts.controls._callbacks, long_panel._parts.controls
    press("start")
    wait_until(lambda: "masks" in controls.stage)
    press("pause")
    wait_until(lambda: controls.status == "paused")
    calls = encoder.calls
    press("step")
    wait_until(lambda: encoder.calls > calls)
    press("resume")
    press("stop")
    wait_until(lambda: controls.status == "cancelled")
    _settle(long_panel)
    found = long_panel.run.result()
    assert 0 < found.masks < 5000 * 128
    assert long_panel._parts.controls.stage.startswith("stopped: ")


def test_the_slider_extends_and_never_shortens(panel: RelaxPanel) -> None:
    panel.use_settings(replace(panel.run.settings, stopping="never"))
    _finished(panel)
    run, slider = panel.run, panel._parts.masks
    assert slider.value == 512 == run.result().masks
    slider.value = 768
    wait_until(lambda: run.iters == 768)
    _finished(panel)
    assert run.result().masks == 768 and panel.run is run and "--num-batches 6" in panel.code()
    slider.value = 128
    wait_until(lambda: slider.value == 768)


def test_a_line_goes_past_the_rule_where_the_run_did(panel: RelaxPanel) -> None:
    panel.use_settings(replace(panel.run.settings, tolerance=0.5))
    _finished(panel)
    assert panel.run.result().stopped_by == "tolerance"
    assert panel._parts.masks.value == panel.run.result().masks == 256
    panel.extend_to(384)
    wait_until(lambda: panel.run.iters == 384)
    _finished(panel)
    assert panel.run.result().masks == 384
    line = panel.code()
    assert "--num-batches 3" in line and "--stopping never" in line and "tolerance" not in line


def test_more_batches_in_the_settings_extend_the_run(panel: RelaxPanel) -> None:
    panel.use_settings(replace(panel.run.settings, stopping="never"))
    _finished(panel)
    run = panel.run
    panel.use_settings(replace(run.settings, num_batches=5))
    wait_until(lambda: run.iters == 640)
    _finished(panel)
    assert panel.run is run and run.result().masks == 640


def test_other_settings_make_another_run_and_the_old_one_is_kept(panel: RelaxPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.use_settings(replace(first.settings, num_cells=8))
    _finished(panel)
    assert panel.run is not first and panel.run.settings.num_cells == 8
    assert panel.history == [first] and "--num-cells 8" in panel.code()
    panel.use_settings(panel.run.settings)
    _settle(panel)
    assert panel.history == [first]


def test_the_settings_page_offers_every_setting(panel: RelaxPanel) -> None:
    panel._parts.tabs.show("Settings")
    form = panel._parts.tabs._boxes[1].children[0]
    names = {field["name"] for field in form.fields}
    assert {"num_cells", "sampling", "tolerance", "similarity_measure"} <= names
    form.draft = {"sampling": "iid"}
    assert form.apply()
    wait_until(lambda: panel.run.settings.sampling == "iid")


def test_the_brush_hides_and_clearing_brings_back(panel: RelaxPanel) -> None:
    _finish(panel)
    parts = panel._parts
    parts.tabs.show("Hide a part")
    view = parts.tabs._boxes[0].children[0].children[0]
    assert view.tool == "brush" and np.array_equal(view._map, panel.run.result().importance)
    assert "Paint a part" in parts.hidden.value
    view._callbacks(_hidden_square())
    wait_until(lambda: "With the painted part hidden" in parts.hidden.value)
    value = panel.run.what_if(~_hidden_square())[0].confidence
    assert value < 0.8 and f"similarity {value:.3g}" in parts.hidden.value
    view._callbacks(np.zeros((SIDE, SIDE), bool))
    wait_until(lambda: "Paint a part" in parts.hidden.value)


def test_a_new_run_is_asked_about_what_is_painted(panel: RelaxPanel) -> None:
    _finish(panel)
    panel._painted(_hidden_square())
    wait_until(lambda: "With the painted part hidden" in panel._parts.hidden.value)
    before = panel._parts.hidden.value
    panel.use_settings(replace(panel.run.settings, similarity_measure="dot"))
    _finished(panel)
    wait_until(lambda: "With the painted part hidden" in panel._parts.hidden.value)
    assert panel._parts.hidden.value != before


def test_a_neighbour_shows_what_makes_the_pair_similar(with_gallery: RelaxPanel) -> None:
    panel = with_gallery
    _finish(panel)
    parts, found = panel._parts, panel.run.result()
    assert parts.gallery.layout.display is None and len(found.neighbours) == 3
    listed = [entry["name"] for entry in parts.gallery.entries]
    assert listed == [one.name for one in found.neighbours]
    panel.choose_neighbour(2)
    title = f"similar to {found.neighbours[2].name}"
    views = parts.maps.views
    assert views.names[-1] == title
    assert np.array_equal(views.values(title), found.neighbours[2].importance)
    panel.choose_neighbour(0)
    assert title not in views.names
    assert views.names[-1] == f"similar to {found.neighbours[0].name}"
    panel.choose_neighbour(-1)
    assert views.names == ("photo", "importance", "uncertainty", "U-RELAX")


def test_another_run_begins_without_a_pair(with_gallery: RelaxPanel) -> None:
    panel = with_gallery
    _finish(panel)
    panel.choose_neighbour(0)
    # These masks still hold, so that the neighbours are there at once; the choice is made anew.
    panel.use_settings(replace(panel.run.settings, control_variate=False))
    _finished(panel)
    assert panel._parts.gallery.chosen == -1
    views, found = panel._parts.maps.views, panel.run.result()
    name = f"similar to {found.neighbours[0].name}"
    assert name not in views.names
    panel.choose_neighbour(0)
    assert np.array_equal(views.values(name), found.neighbours[0].importance)


def test_negative_similarities_are_drawn_and_said(panel: RelaxPanel) -> None:
    panel.use_settings(replace(panel.run.settings, similarity_measure="euclidean"))
    _finished(panel)
    found, views = panel.run.result(), panel._parts.maps.views
    assert found.importance.max() <= 0
    shown = views.values("importance")
    assert shown.min() == 0 and np.allclose(shown, found.importance - found.importance.min())
    heading = next(h for h in views._kept.headings() if h["name"] == "importance")
    assert "above its least value, -" in heading["note"]


def test_an_exception_of_the_encoder_is_shown_and_keeps_the_rest(
    long_panel: RelaxPanel, encoder: MeanSquare
) -> None:
    panel = long_panel
    panel.start()
    wait_until(lambda: "importance" in panel._parts.maps.views.names)
    encoder.raises = ZeroDivisionError("<b>broken</b>")
    wait_until(lambda: panel._parts.controls.status == "failed")
    _settle(panel)
    trouble = panel._parts.trouble.value
    assert "ZeroDivisionError" in trouble and "<b>broken" not in trouble
    assert "importance" in panel._parts.maps.views.names
    encoder.raises = None
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "running")
    assert panel._parts.trouble.value == ""


def test_saving_says_so(panel: RelaxPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _finish(panel)
    menu = panel._parts.save
    assert menu.code == panel.code() and menu.suggestion.startswith("representation")
    assert "." not in menu.suggestion
    assert [kind["kind"] for kind in menu.kinds] == ["html", "png", "npz", "json", "run", "code"]
    for kind in ("html", "png", "npz", "json", "run"):
        menu._receive(menu, {"type": "save", "kind": kind, "name": "a"}, [])
        wait_until(lambda kind=kind: f"a.{kind}" in menu.message)
        assert (tmp_path / f"a.{kind}").stat().st_size > 100
    again = rw.load_run(tmp_path / "a.run", MeanSquare())
    assert np.array_equal(again.result().importance, panel.run.result().importance)


def test_the_copied_line_says_what_differs(panel: RelaxPanel) -> None:
    assert panel.code() == (
        "%explain img encoder --method relax --num-batches 4 --batch-size 128 --num-cells 4 "
        "--seed 1"
    )


def test_results_are_listed_and_come_back(panel: RelaxPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.use_settings(replace(first.settings, num_cells=8))
    _finished(panel)
    panel._parts.tabs.show("History")
    listed = panel._history._list
    assert [entry["name"] for entry in listed.entries] == ["similar to itself"] * 2
    assert "masks · error" in listed.entries[0]["strategy"]
    assert listed.entries[0]["verified"] is is_resolved(first.result())
    listed._receive(listed, {"type": "restore", "id": listed.ids[1]}, [])
    wait_until(lambda: panel.run is first)
    listed._receive(listed, {"type": "compare", "ids": list(listed.ids)}, [])
    (compared,) = panel._history._compared
    assert compared.names == (
        "photo", "1: importance", "2: importance", "1 − 2", "1: uncertainty", "2: uncertainty",
    )  # fmt: skip


def test_as_the_value_of_a_cell_it_has_text_and_a_picture(panel: RelaxPanel) -> None:
    _finish(panel)
    data = panel._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "importance" in data["text/plain"].lower()
    assert "responsib" not in data["text/plain"].lower()
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id


def test_close_ends_the_thread_and_leaves_no_widget(encoder: MeanSquare) -> None:
    before = set(_instances)
    panel = RelaxPanel(relax_run(encoder, num_batches=5000, stopping="never"))
    panel.start()
    wait_until(lambda: "importance" in panel._parts.maps.views.names)
    tabs = panel._parts.tabs
    for number in range(1, len(tabs.widget.titles)):
        tabs.widget.selected_index = number
    assert len(set(_instances) - before) > 25
    panel.close()
    panel.worker.close(wait=10)
    assert panel.closed and panel.run.status == "paused" and not panel.worker.alive
    assert [type(_instances[key]).__name__ for key in set(_instances) - before] == []
