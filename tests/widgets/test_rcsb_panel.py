"""The panel of region-constrained counterfactuals as the kernel knows it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ipywidgets.widgets.widget import _instances

import rex_widgets as rw
from rex_widgets.widgets import ChangeView, RcsbPanel
from rex_widgets.widgets.panels import panel_for
from tests.widgets.bright_square import wait_until
from tests.widgets.digit_runs import LONG, box, digit_run


@pytest.fixture
def panel() -> Iterator[RcsbPanel]:
    made = RcsbPanel(digit_run(), written={"image": "3", "model": "digits"})
    yield made
    made.close()
    made.worker.close(wait=10)


@pytest.fixture
def long_panel() -> Iterator[RcsbPanel]:
    made = RcsbPanel(digit_run(nfe=LONG, n_inpaints=1))
    yield made
    made.close()
    made.worker.close(wait=10)


def _settle(panel: RcsbPanel) -> None:
    """Wait until everything given to the worker so far has been carried out."""
    done: list[Any] = []
    panel.worker.call(done.append)
    wait_until(lambda: done)


def _finished(panel: RcsbPanel) -> None:
    _settle(panel)
    wait_until(lambda: panel._parts.controls.status == "finished")
    _settle(panel)


def _finish(panel: RcsbPanel) -> None:
    panel.start()
    _finished(panel)


def _press(panel: RcsbPanel, name: str) -> None:
    getattr(panel._parts.question, name).click()


def _drawn(panel: RcsbPanel, mask: Any) -> None:
    """Draw on the canvas, as a person does."""
    panel._parts.pictures.show("Region")
    panel._parts.region.canvas.mask = mask


def test_the_method_has_this_panel() -> None:
    made = panel_for(digit_run())
    assert type(made) is RcsbPanel
    assert made._parts.controls.status == "ready" and not made.worker.alive
    assert "for another answer?" in made._parts.facts.value
    made.close()


def test_it_shows_what_was_found(panel: RcsbPanel) -> None:
    _finish(panel)
    parts, found = panel._parts, panel.run.result()
    assert parts.view.found is not None and parts.view.story["finished"]
    assert np.array_equal(parts.view.found.after, found.after)
    assert parts.view.sample == found.best
    for words in ("The classifier says 7", "in the region for 8?", "39.1 % of the picture", "SSIM"):
        assert words in parts.facts.value
    hits = int(found.reached.sum())
    assert parts.controls.verified_text.startswith(f"{hits} of 2 reached")
    assert parts.save.suggestion == "change-7-to-8"
    assert parts.question.bars.classes[0]["label"] == "7"
    assert len(parts.question.bars.classes) == 10 and parts.question.bars.chosen == 8
    assert parts.question.names.layout.display == "none"
    values = [getattr(parts.question, n).value for n in ("scale", "start", "steps", "samples")]
    assert values == [15, 600, 6, 2]


def test_it_is_watched_while_it_forms_and_obeys(long_panel: RcsbPanel) -> None:
    panel, view = long_panel, long_panel._parts.view
    press, controls = panel._parts.controls._callbacks, panel._parts.controls
    press("start")
    wait_until(lambda: view.found is not None and view.story["samples"][0]["sure"] is not None)
    assert panel.run.status == "running" and view.story["best"] == -1
    assert "So far" in view.story["samples"][0]["words"]
    first = view.found.after
    wait_until(lambda: not np.array_equal(view.found.after, first))
    press("pause")
    wait_until(lambda: controls.status == "paused")
    steps = panel.run.result().statistics["steps"]
    press("step")
    wait_until(lambda: panel.run.result().statistics["steps"] == steps + 1)
    assert f"of {LONG}" in controls.stage or controls.stage == "paused"
    press("resume")
    wait_until(lambda: controls.status == "running")
    press("stop")
    wait_until(lambda: controls.status == "cancelled")


def test_a_class_and_sliders_are_a_draft_until_run_is_pressed(panel: RcsbPanel) -> None:
    _finish(panel)
    first, question = panel.run, panel._parts.question
    question.bars._callbacks(9)
    question.scale.value = 30
    assert panel.run is first and question.bars.chosen == 9
    _press(panel, "run")
    wait_until(lambda: panel.run is not first)
    _finished(panel)
    assert (panel.run.settings.target, panel.run.settings.scale) == (9, 3.0)
    assert panel.history == [first] and panel.run.result().target_label == "9"
    assert question.changes() == {}
    assert "--target 9" in panel.code() and "--scale 3.0" in panel.code()


def test_the_same_question_again_is_told(panel: RcsbPanel) -> None:
    _press(panel, "run")  # nothing was changed, and nothing has begun: it begins
    _finished(panel)
    run = panel.run
    _press(panel, "run")
    wait_until(lambda: "what was asked" in panel._parts.trouble.value)
    assert panel.run is run


def test_a_class_that_is_given_already_is_told(panel: RcsbPanel) -> None:
    _finish(panel)
    run = panel.run
    panel._parts.question.choose(7)
    _press(panel, "run")
    wait_until(lambda: panel._parts.trouble.value)
    assert panel.run is run and "7" in panel._parts.trouble.value


def test_a_stopped_question_is_asked_anew(long_panel: RcsbPanel) -> None:
    long_panel.start()
    wait_until(lambda: long_panel._parts.view.story["samples"][0]["sure"] is not None)
    long_panel.stop()
    wait_until(lambda: long_panel._parts.controls.status == "cancelled")
    run = long_panel.run
    _press(long_panel, "run")
    wait_until(lambda: long_panel.run is not run)
    wait_until(lambda: long_panel._parts.controls.status == "running")
    assert long_panel.history == [run]


def test_more_samples_go_on_with_the_same_run(panel: RcsbPanel) -> None:
    _finish(panel)
    run, before = panel.run, panel.run.result()
    _press(panel, "more")
    wait_until(lambda: run.result().samples == 6)
    _finished(panel)
    assert panel.run is run and len(panel._parts.view.story["samples"]) == 6
    assert np.array_equal(run.result().after[:2], before.after)
    assert panel._parts.question.samples.value == 6
    panel._parts.question.samples.value = 7
    _press(panel, "run")
    wait_until(lambda: run.result().samples == 7)
    _finished(panel)
    assert panel.run is run and panel.history == []
    panel.use_settings(replace(run.settings, seed=0, n_inpaints=8))
    wait_until(lambda: run.result().samples == 8)
    assert panel.run is run


def test_a_run_goes_on_from_a_step_with_another_class(panel: RcsbPanel) -> None:
    _finish(panel)
    first, parts = panel.run, panel._parts
    # A finished picture has no step left.
    assert parts.question.go_on.disabled
    parts.view.moment = 2
    assert not parts.question.go_on.disabled
    assert parts.question.go_on.description == "Continue from step 3"
    parts.question.choose(9)
    parts.question.scale.value = 40
    _press(panel, "go_on")
    wait_until(lambda: panel.run is not first)
    _finished(panel)
    found, before = panel.run.result(), first.result()
    assert found.target_label == "9" and found.settings.scale == 4.0
    assert "the first 3 steps" in parts.facts.value
    # What was kept is as it was, and then it goes another way.
    assert np.array_equal(found.forming[:3], before.forming[:3])
    assert not np.array_equal(found.after, before.after)
    assert parts.view.moment == -1 and panel.history == [first]
    _press(panel, "more")
    wait_until(lambda: panel.run.result().samples == 4 + len(before.after))
    _finished(panel)
    more = panel.run.result()
    assert not parts.trouble.value and panel.run.status == "finished"
    assert np.array_equal(more.after[: len(found.after)], found.after)
    assert more.done.tolist() == [len(more.steps)] * more.samples


def test_a_drawn_region_is_asked_by_run(panel: RcsbPanel) -> None:
    _finish(panel)
    first, region = panel.run, panel._parts.region
    assert region.changes() == {}
    _drawn(panel, box(4, 4, 12))
    assert set(region.changes()) >= {"region", "area_from", "control"}
    _press(panel, "run")
    wait_until(lambda: panel.run is not first)
    _finished(panel)
    assert np.array_equal(panel.run.result().region, box(4, 4, 12))
    assert region.changes() == {}
    assert "region = rex_widgets.panel_of(run)" in panel.code()
    _drawn(panel, np.zeros((32, 32), bool))
    second = panel.run
    _press(panel, "run")
    wait_until(lambda: "There is no region" in panel._parts.trouble.value)
    assert panel.run is second


def test_inverse_and_random_are_shown_before_they_are_asked(panel: RcsbPanel) -> None:
    _finish(panel)
    first, region = panel.run, panel._parts.region
    panel._parts.pictures.show("Region")
    region.press("inverse")
    wait_until(lambda: np.array_equal(region.mask, ~box()))
    assert panel.run is first and region.changes() == {"control": "inverse"}
    region.press("inverse")
    wait_until(lambda: np.array_equal(region.mask, box()))
    region.press("random")
    wait_until(lambda: not np.array_equal(region.mask, box()))
    assert region.mask.sum() == pytest.approx(box().sum(), rel=0.05)
    assert region.changes() == {"control": "random"}
    shown = region.mask
    _press(panel, "run")
    wait_until(lambda: panel.run is not first)
    _finished(panel)
    assert np.array_equal(panel.run.result().region, shown)


def test_a_region_is_found_with_the_area_that_was_set(panel: RcsbPanel) -> None:
    _finish(panel)
    first, region = panel.run, panel._parts.region
    panel._parts.pictures.show("Region")
    region.by.value, region.area.value, region.cell.value = "saliency", 20, 2
    region.press("find")
    wait_until(lambda: not np.array_equal(region.mask, box()))
    assert region.mask.mean() == pytest.approx(0.2, abs=0.02) and panel.run is first
    _press(panel, "run")
    wait_until(lambda: panel.run is not first)
    _finished(panel)
    now = panel.run.settings
    assert (now.region, now.attribution, now.area, now.cell_size) == (None, "saliency", 0.2, 2)
    assert "--area 0.2" in panel.code() and "region =" not in panel.code()


def test_a_search_that_fails_is_told(panel: RcsbPanel) -> None:
    panel._parts.pictures.show("Region")
    panel.find_region({"map": "nowhere.npy", "region": None})
    wait_until(lambda: "nowhere.npy" in panel._parts.trouble.value)
    assert "may change" in panel._parts.region._words.value
    panel.find_region({})
    wait_until(lambda: "nowhere.npy" not in panel._parts.trouble.value)


def test_an_exception_of_the_models_is_shown_and_keeps_the_rest(
    long_panel: RcsbPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = long_panel
    panel.start()
    wait_until(lambda: panel._parts.view.story["samples"][0]["sure"] is not None)

    def broken(*_given: Any, **_named: Any) -> Any:
        raise ZeroDivisionError("<b>broken</b>")

    with monkeypatch.context() as patched:
        patched.setattr("rex_widgets.bridge.sampler.Sampler.advance", broken)
        wait_until(lambda: panel._parts.controls.status == "failed")
        _settle(panel)
    trouble = panel._parts.trouble.value
    assert "ZeroDivisionError" in trouble and "<b>broken" not in trouble
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "running")
    assert panel._parts.trouble.value == ""


@pytest.mark.parametrize("kind", ["html", "png", "npz", "json", "run"])
def test_saving_says_so(
    panel: RcsbPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    _finish(panel)
    menu = panel._parts.save
    menu._receive(menu, {"type": "save", "kind": kind, "name": "a"}, [])
    wait_until(lambda: f"a.{kind}" in menu.message or menu.state == "error")
    assert menu.state == "ok", menu.message
    assert (tmp_path / f"a.{kind}").stat().st_size > 100
    if kind == "run":
        again = rw.load_run(tmp_path / "a.run", "digits")
        assert np.array_equal(again.result().after, panel.run.result().after)


def test_results_are_listed_compared_and_come_back(panel: RcsbPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.ask(target=9)
    wait_until(lambda: panel.run is not first)
    _finished(panel)
    panel._parts.tabs.show("History")
    listed = panel._history._list
    assert [entry["name"] for entry in listed.entries] == ["7 to 9", "7 to 8"]
    assert all("of 2 reached · scale 1.5" in entry["strategy"] for entry in listed.entries)
    assert listed.entries[0]["area"] == pytest.approx(box().mean())
    listed._receive(listed, {"type": "restore", "id": listed.ids[1]}, [])
    wait_until(lambda: panel.run is first)
    listed._receive(listed, {"type": "compare", "ids": list(listed.ids)}, [])
    views = [one for one in panel._history._compared if isinstance(one, ChangeView)]
    assert [one.found.target_label for one in views] == ["8", "9"] or (
        [one.found.target_label for one in views] == ["9", "8"]
    )


def test_the_settings_page_offers_every_setting(panel: RcsbPanel) -> None:
    panel._parts.tabs.show("Settings")
    form = panel._parts.tabs._boxes[0].children[0]
    names = {field["name"] for field in form.fields}
    assert {"target", "scale", "start_step", "nfe", "guidance", "lpips", "cell_size"} <= names
    form.draft = {"scale": "2.5"}
    assert form.apply()
    wait_until(lambda: panel.run.settings.scale == 2.5)


def test_as_the_value_of_a_cell_it_has_text_and_a_picture(panel: RcsbPanel) -> None:
    _finish(panel)
    data = panel._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "which is 7" in data["text/plain"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id


def test_close_ends_the_thread_and_leaves_no_widget() -> None:
    before = set(_instances)
    panel = RcsbPanel(digit_run(nfe=LONG, n_inpaints=1))
    panel.start()
    wait_until(lambda: panel._parts.view.story["samples"][0]["sure"] is not None)
    for tabs in (panel._parts.tabs, panel._parts.pictures):
        for number in range(1, len(tabs.widget.titles)):
            tabs.widget.selected_index = number
    assert len(set(_instances) - before) > 20
    panel.close()
    panel.worker.close(wait=10)
    assert panel.closed and panel.run.status == "paused" and not panel.worker.alive
    assert [type(_instances[key]).__name__ for key in set(_instances) - before] == []


def test_a_first_time_user_is_told_what_the_slider_has_and_where_the_rest_is() -> None:
    panel = RcsbPanel(digit_run(nfe=20, n_inpaints=1))
    assert panel._parts.moments.value == ""
    _finish(panel)
    assert "A picture is kept at 12 of 20 steps" in panel._parts.moments.value
    assert "a run can be continued from them" in panel._parts.moments.value
    panel._parts.pictures.show("Region")
    told = panel._parts.region._box.children[-1].value
    for words in ("prompt", "map", "best_of", "on the page Settings"):
        assert words in told
    assert "Settings" in panel._parts.tabs.widget.titles
    panel.close()
    panel.worker.close(wait=10)


def test_found_by_names_what_was_used(monkeypatch: pytest.MonkeyPatch) -> None:
    from rex_widgets.bridge.judges import Judge

    usual = {"region": None, "nfe": 3, "n_inpaints": 1}
    panel = RcsbPanel(digit_run(**usual))
    region = panel._parts.region
    assert region.by.value == "integrated_gradients"
    _finish(panel)
    assert region.by.value == "integrated_gradients"
    panel.close()
    panel.worker.close(wait=10)
    # a module through which no gradient comes, which shows when the region is looked for
    monkeypatch.setattr(Judge, "why_flat", lambda *_given: "it is a stone")
    panel = RcsbPanel(digit_run(guidance="best_of", candidates=2, **usual))
    region = panel._parts.region
    _finish(panel)
    assert panel.run.result().region_source.startswith("occlusion of")
    assert region.by.value == "occlusion"
    # what a person has chosen meanwhile stays
    region.by.value = "lime"
    panel._screen.on_result(panel.run.result(), "finished")
    assert region.by.value == "lime"
    panel.close()
    panel.worker.close(wait=10)


def test_found_by_is_known_beforehand_of_a_function() -> None:
    def answers(batch: Any) -> Any:
        return np.tile(np.linspace(0.1, 0.9, 3), (len(batch), 1))

    run = rw.start(
        3, answers, method="rcsb", network="digits", guidance="best_of", nfe=3, n_inpaints=1,
        seed=0, input_shape=(1, 32, 32),
    )  # fmt: skip
    panel = RcsbPanel(run)
    assert panel._parts.region.by.value == "occlusion"
    panel.close()
