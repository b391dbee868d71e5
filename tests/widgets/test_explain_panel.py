"""The panel as the kernel knows it: what it shows, and what its controls do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipycanvas.canvas import _CanvasManager
from ipywidgets.widgets.widget import _instances

import rex_widgets as rw
from rex_widgets.widgets import facts
from rex_widgets.widgets.command_line import explain_line, flag_of, value_words
from rex_widgets.widgets.explain_panel import ExplainPanel
from rex_widgets.widgets.name_choice import NameChoice
from tests.widgets.bright_square import SIDE, SQUARE, BrightSquare, bright_run, wait_until


@pytest.fixture
def model() -> BrightSquare:
    return BrightSquare()


@pytest.fixture
def panel(model: BrightSquare) -> Iterator[ExplainPanel]:
    made = ExplainPanel(bright_run(model), written={"image": "img", "model": "model"})
    yield made
    made.close()
    made.worker.close(wait=10)


@pytest.fixture
def long_panel(model: BrightSquare) -> Iterator[ExplainPanel]:
    made = ExplainPanel(bright_run(model, iters=5000))
    yield made
    made.close()
    made.worker.close(wait=10)


def _finish(panel: ExplainPanel) -> None:
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "finished")
    _settle(panel)


def _finished(panel: ExplainPanel) -> None:
    """Wait until what was asked for last has begun, has ended, and is shown."""
    _settle(panel)
    wait_until(lambda: panel._parts.controls.status == "finished")
    _settle(panel)


def _settle(panel: ExplainPanel) -> None:
    """Wait until everything given to the worker so far has been carried out."""
    done: list[Any] = []
    panel.worker.call(done.append)
    wait_until(lambda: done)


def test_the_photograph_is_there_before_anything_is_computed(panel: ExplainPanel) -> None:
    assert np.array_equal(panel._parts.view.picture, panel.run.sample.picture)
    assert panel._parts.controls.status == "ready" and not panel.worker.alive
    assert panel._parts.top.classes == []


def test_it_shows_what_was_found(panel: ExplainPanel) -> None:
    _finish(panel)
    parts, found = panel._parts, panel.run.result()
    assert parts.top.chosen == 1 and parts.top.classes[0]["label"] == "a <bright> square"
    assert parts.view._map is not None and np.array_equal(parts.view._map, found.map)
    assert parts.view._mask is not None and np.array_equal(parts.view._mask, found.mask)
    assert (parts.controls.verified, parts.controls.verified_text) == ("ok", "verified")
    assert parts.controls.fraction == 1 and parts.controls.evaluations == found.evaluations
    assert found.certificate is not None
    for words in (found.certificate.text, "keeps the class under", "of the image; alone it gives"):
        assert words in parts.facts.value
    assert "&lt;bright&gt;" in parts.facts.value and "<bright>" not in parts.facts.value
    assert "What was chosen" in parts.choices.value and "<details>" in parts.choices.value


def test_the_slider_extends_and_never_shortens(panel: ExplainPanel) -> None:
    _finish(panel)
    slider = panel._parts.iterations
    slider.value = 5
    wait_until(lambda: panel.run.iters == 5)
    _settle(panel)
    slider.value = 2
    wait_until(lambda: slider.value == 5)
    assert panel.run.iters == 5 and "--iters 5" in panel.code()


def test_the_slider_s_scale_grows(panel: ExplainPanel) -> None:
    slider = panel._parts.iterations
    slider.value = slider.max
    wait_until(lambda: slider.max > 100)
    assert slider.value == 100 == panel.run.iters


def test_pause_resume_step_and_stop(long_panel: ExplainPanel, model: BrightSquare) -> None:
    panel = long_panel
    press = panel._parts.controls._callbacks
    status = panel._parts.controls
    press("start")
    wait_until(lambda: status.evaluations > 20)
    press("pause")
    wait_until(lambda: status.status == "paused")
    calls = model.calls
    press("step")
    wait_until(lambda: model.calls > calls)
    press("resume")
    press("stop")
    wait_until(lambda: status.status == "cancelled")
    assert panel.run.result().evaluations > 0


def test_a_pressed_class_is_explained_and_the_old_run_kept(panel: ExplainPanel) -> None:
    _finish(panel)
    first = panel.run
    panel._parts.top._callbacks(2)
    wait_until(lambda: panel.run is not first and panel.run.status == "finished")
    _settle(panel)
    assert panel.history == [first] and panel._parts.top.chosen == 2
    assert panel.run.result().target.index == 2 and "--target 2" in panel.code()
    second = panel.run
    panel.explain_class(1)
    wait_until(lambda: panel.run is first)
    _settle(panel)
    assert panel.history == [second] and panel._parts.top.chosen == 1


def test_a_class_without_an_explanation_is_told(panel: ExplainPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.explain_class(0)  # the dark class: given when everything is hidden
    _finished(panel)
    assert panel.run is not first
    assert panel._parts.controls.verified == "warn"
    assert "when everything is hidden" in panel._parts.facts.value
    assert panel._parts.view._mask is None


def test_a_class_out_of_range_is_told(panel: ExplainPanel) -> None:
    panel.explain_class(77)
    wait_until(lambda: panel._parts.controls.status == "failed")
    assert "The target was class 77" in panel._parts.trouble.value
    assert "Traceback" not in panel._parts.trouble.value


def test_the_brush_hides_and_clearing_brings_back(panel: ExplainPanel) -> None:
    _finish(panel)
    painted = np.zeros((SIDE, SIDE), bool)
    painted[SQUARE] = True
    panel._parts.view._callbacks(painted)
    bars = panel._parts.hidden_top
    wait_until(lambda: bars.classes)
    assert bars.classes[0]["index"] != 1 and bars.layout.display is None
    panel._parts.view._callbacks(np.zeros((SIDE, SIDE), bool))
    wait_until(lambda: bars.layout.display == "none")


def test_an_exception_of_the_model_is_shown_once_and_keeps_the_rest(
    long_panel: ExplainPanel, model: BrightSquare
) -> None:
    panel = long_panel
    panel.start()
    wait_until(lambda: panel._parts.controls.evaluations > 20)
    model.raises = ZeroDivisionError("<b>broken</b>")
    wait_until(lambda: panel._parts.controls.status == "failed")
    _settle(panel)
    trouble = panel._parts.trouble.value
    assert trouble.count("<pre") == 1 and "ZeroDivisionError" in trouble
    assert "<b>broken" not in trouble and "&lt;b&gt;broken" in trouble
    assert panel.run.error is model.raises
    assert panel._parts.top.classes and panel._parts.view._map is not None
    model.raises = None
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "running")
    assert panel._parts.trouble.value == ""


def test_saving_gets_free_names_and_says_so(
    panel: ExplainPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    _finish(panel)
    menu = panel._parts.save
    assert menu.code == panel.code() and "bright" in menu.suggestion
    for name in ("result.html", "result-2.html"):
        menu._receive(menu, {"type": "save", "kind": "html", "name": "result"}, [])
        wait_until(lambda name=name: name in menu.message)
        assert (tmp_path / name).read_text(encoding="utf-8").lower().startswith("<!doctype html>")
        assert str(tmp_path) not in menu.message
    for kind, name in (("png", "a.png"), ("npz", "a.npz"), ("run", "a.run"), ("store", "a.db")):
        menu._receive(menu, {"type": "save", "kind": kind, "name": "a"}, [])
        wait_until(lambda name=name: name in menu.message)
        assert (tmp_path / name).stat().st_size > 100
    assert rw.load_run(tmp_path / "a.run", BrightSquare()).result().verified


def test_as_the_value_of_a_cell_it_has_text_and_a_picture(panel: ExplainPanel) -> None:
    _finish(panel)
    data = panel._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG") and "Verified" in data["text/plain"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id


def test_close_ends_the_thread_and_leaves_the_run_paused(model: BrightSquare) -> None:
    panel = ExplainPanel(bright_run(model, iters=5000))
    panel.start()
    wait_until(lambda: panel.run.progress.evaluations > 20)
    panel.close()
    wait_until(lambda: not panel.worker.alive)
    assert panel.closed and panel.run.status == "paused"
    panel.start()  # what comes too late does nothing
    assert not panel.worker.alive


def test_two_panels_on_one_model_do_not_disturb_each_other(model: BrightSquare) -> None:
    alone = bright_run()
    for _ in alone:
        pass
    panels = [ExplainPanel(bright_run(model)) for _ in range(2)]
    for panel in panels:
        panel.start()
    for panel in panels:
        wait_until(lambda panel=panel: panel._parts.controls.status == "finished")
        assert np.array_equal(panel.run.result().mask, alone.result().mask)
        panel.close()


def test_a_colour_that_does_not_exist_is_refused() -> None:
    choice = NameChoice(names=["magma", "gray"], value="gray")
    with pytest.raises(Exception, match="expected one of magma, gray"):
        choice.value = "red"


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"seed": 7}, "%explain image model --seed 7"),
        (
            {"seed": 7, "minimum_confidence_threshold": 0.5, "concentrate": "depth"},
            "%explain image model --threshold 0.5 --seed 7 --concentrate depth",
        ),
        (
            {"seed": 1, "distribution": "betabinom", "distribution_args": (1.5, 2.0)},
            "%explain image model --seed 1 --distribution betabinom --distribution-args 1.5,2.0",
        ),
        ({"seed": 1, "weighted": True}, "%explain image model --seed 1 --weighted true"),
    ],
)
def test_code_names_what_differs_from_the_defaults(settings: dict[str, Any], line: str) -> None:
    assert explain_line(rw.CausalSettings(**settings)) == line


def test_code_keeps_how_things_were_written() -> None:
    settings = rw.CausalSettings(seed=1, mask_value=np.zeros((3, 4, 4)))
    line = explain_line(
        settings,
        image='"my cat.png"',
        model="net",
        model_flags={"binary_threshold": "0.5"},
        spelled={"mask_value": "grey"},
        processed=True,
    )
    assert line == (
        '%explain "my cat.png" net --seed 1 --mask-value grey --binary-threshold 0.5 --processed'
    )
    assert flag_of("min_box_size") == "--min-box-size"
    assert value_words("two words") == '"two words"'


def test_problem_and_note_are_escaped() -> None:
    assert "<script>" not in facts.problem_html(ValueError("<script>"))
    assert "<script>" not in facts.note_html("<script>")
    assert facts.note_html("") == ""


def test_another_strategy_is_another_run_on_the_same_search(panel: ExplainPanel) -> None:
    _finish(panel)
    first = panel.run
    panel._parts.strategy.value = "multi"
    _finished(panel)
    found = panel.run.result()
    assert found.strategy == "multi" and panel.history == [first]
    assert found.evaluations.breakdown.get("search", 0) == 0
    assert "--strategy multi" in panel.code()
    assert panel._parts.strategy.value == "multi"


def test_parts_are_offered_and_shown(panel: ExplainPanel) -> None:
    _finish(panel)
    assert panel._parts.part.layout.display == "none"
    panel.use_strategy("contrastive")
    _finished(panel)
    assert panel.run.settings.strategy == "contrastive"
    found, choice = panel.run.result(), panel._parts.part
    assert choice.layout.display is None
    choice.value = found.parts[0].name
    assert panel._parts.view is not None
    assert np.array_equal(panel._parts.view._mask, found.parts[0].mask)


def test_a_class_pressed_keeps_the_strategy_and_a_strategy_comes_back(panel: ExplainPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.use_strategy("spatial")
    _finished(panel)
    spatial = panel.run
    panel.explain_class(2)
    _finished(panel)
    assert panel.run.result().target.index == 2 and panel.run.settings.strategy == "spatial"
    panel.explain_class(1)
    wait_until(lambda: panel.run is spatial)
    panel.use_strategy("global")
    wait_until(lambda: panel.run is first)


def test_a_run_that_was_left_before_it_began_is_not_kept(panel: ExplainPanel) -> None:
    _finish(panel)
    unbegun = panel.run.changed(strategy="spatial")
    assert panel._run_for(unbegun, 2) is not None
    assert panel.history == []


def test_a_copied_line_says_what_it_cannot_hold() -> None:
    settings = bright_run(context=np.zeros((3, SIDE, SIDE), np.float32)).settings
    note, line = explain_line(settings).split("\n")
    assert "settings.context" in note and "--context context" in line
    settings = bright_run(mask_value=lambda data, mask: data * mask).settings
    note, line = explain_line(settings).split("\n")
    assert "mask_value has no spelling" in note and "--mask-value" not in line


def test_the_whole_input_again_is_the_earlier_run(panel: ExplainPanel, model: BrightSquare) -> None:
    _finish(panel)
    first, mask = panel.run, np.zeros((SIDE, SIDE), np.bool_)
    mask[16:40, 16:40] = True
    panel.use_region(mask, "visible")
    _finished(panel)
    inside = panel.run
    assert inside is not first and "--outside visible" in panel.code()
    calls = model.calls
    panel.use_region(None, "visible")
    _finished(panel)
    assert panel.run is first and "--outside" not in panel.code()
    panel.use_region(mask.copy(), "visible")
    _finished(panel)
    assert panel.run is inside and model.calls == calls
    panel.use_region(mask, "hidden")
    _finished(panel)
    assert panel.run not in (first, inside) and panel.run.settings.outside == "hidden"


def test_a_closed_panel_leaves_no_widget_behind(model: BrightSquare) -> None:
    before = set(_instances)
    panel = ExplainPanel(bright_run(model))
    _finish(panel)
    for tabs in (panel._parts.tabs, panel._parts._sample_tabs):
        assert tabs is not None
        for number in range(1, len(tabs.widget.titles)):
            tabs.widget.selected_index = number
    assert len(set(_instances) - before) > 50
    panel.close()
    panel.worker.close(wait=10)
    # ipycanvas keeps one widget for all canvases.
    left = [_instances[key] for key in set(_instances) - before]
    assert [type(one).__name__ for one in left if not isinstance(one, _CanvasManager)] == []


def test_a_question_by_painting_is_no_new_result(panel: ExplainPanel) -> None:
    _finish(panel)
    first, mask = panel.run, np.zeros((SIDE, SIDE), np.bool_)
    mask[16:40, 16:40] = True
    panel._painted(mask)
    wait_until(lambda: panel._parts.hidden_top.classes)
    panel.use_region(mask)
    _finished(panel)
    panel.restore(first)
    _finished(panel)
    panel._parts.tabs.show("History")
    assert len(panel._history._known) == 2


def test_the_panel_of_a_run_has_what_is_on_show(panel: ExplainPanel) -> None:
    _finish(panel)
    first, region = panel.run, np.zeros((SIDE, SIDE), np.bool_)
    region[10:50, 10:50] = True
    panel.use_region(region)
    _finished(panel)
    assert rw.panel_of(first) is panel
    assert np.array_equal(rw.panel_of(first).run.settings.region, region)
    assert "panel_of(run)" in panel.code() and "--region region" in panel.code()
    with pytest.raises(rw.errors.InputError, match="no panel"):
        rw.panel_of(bright_run())


def test_the_history_says_what_was_found_inside_a_region(panel: ExplainPanel) -> None:
    _finish(panel)
    region = np.zeros((SIDE, SIDE), np.bool_)
    region[10:50, 10:50] = True
    panel.use_region(region)
    _finished(panel)
    panel._parts.tabs.show("History")
    listed = [entry["name"] for entry in panel._history._list.entries]
    assert listed == ["a <bright> square, inside a region", "a <bright> square"]
