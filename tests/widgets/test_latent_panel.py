"""The panel of latent counterfactuals as the kernel knows it: what it shows, and what it does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from ipywidgets.widgets.widget import _instances

import rex_widgets as rw
from rex_widgets.errors import InputError
from rex_widgets.latent.registry import EXPLAINERS
from rex_widgets.widgets import CounterfactualGallery, LatentExplorer, LatentPanel, latent_words
from rex_widgets.widgets.panels import PANELS, panel_for
from tests.widgets.bright_square import wait_until
from tests.widgets.small_space import RightIsBright, latent_run, models


@pytest.fixture
def panel() -> Iterator[LatentPanel]:
    written = {"image": "z", "model": "classifier", "spelled": {"generator": "decoder"}}
    made = LatentPanel(latent_run(), written=written)
    yield made
    made.close()
    made.worker.close(wait=10)


@pytest.fixture
def long_panel() -> Iterator[LatentPanel]:
    # A class that cannot be reached by such small steps: the search goes on.
    made = LatentPanel(latent_run(num_iters=100_000, lr=1e-5))
    yield made
    made.close()
    made.worker.close(wait=10)


def _settle(panel: LatentPanel) -> None:
    """Wait until everything given to the worker so far has been carried out."""
    done: list[Any] = []
    panel.worker.call(done.append)
    wait_until(lambda: done)


def _finished(panel: LatentPanel) -> None:
    _settle(panel)
    wait_until(lambda: panel._parts.controls.status == "finished")
    _settle(panel)


def _finish(panel: LatentPanel) -> None:
    panel.start()
    _finished(panel)


def test_every_method_has_this_panel() -> None:
    assert set(EXPLAINERS) <= set(PANELS)
    for method in ("growing_spheres", "stylex"):
        made = panel_for(latent_run(method=method, num_iters=None, lr=None))
        assert type(made) is LatentPanel
        _finish(made)
        assert made._parts.controls.verified_text
        hidden = made._parts.steps.layout.display == "none"
        assert hidden == (method == "stylex")
        assert f"--method {method}" in made.code()
        made.close()


def test_it_shows_what_was_found(panel: LatentPanel) -> None:
    assert panel._parts.controls.status == "ready" and not panel.worker.alive
    assert "another class" in panel._parts.facts.value
    _finish(panel)
    parts, found = panel._parts, panel.run.result()
    assert parts.gallery.found is not None
    assert np.array_equal(parts.gallery.found.counterfactuals, found.counterfactuals)
    assert found.changed.all()
    for words in ("6 of 6 counterfactuals", "2 of 2 samples", "standard deviations away", "models"):
        assert words in parts.facts.value
    assert parts.controls.fraction == 1
    assert (parts.controls.verified, parts.controls.verified_text) == ("ok", "verified")
    assert parts.save.suggestion == "counterfactuals-dice-2-latents"
    listed = replace(found, source="world 3, 17 and 2 more")
    assert latent_words.suggestion(listed) == "counterfactuals dice world 3 17 and 2 more"


def test_it_is_watched_while_it_forms(long_panel: LatentPanel) -> None:
    press, controls = long_panel._parts.controls._callbacks, long_panel._parts.controls
    gallery = long_panel._parts.gallery
    press("start")
    wait_until(lambda: gallery.table["rows"][0]["cells"][0][1] is not None)
    assert long_panel.run.status == "running" and gallery.chosen
    first = gallery.found.counterfactuals
    wait_until(lambda: not np.array_equal(gallery.found.counterfactuals, first))
    press("pause")
    wait_until(lambda: controls.status == "paused")
    steps = long_panel.run.result().statistics["steps"]
    press("step")
    wait_until(lambda: long_panel.run.result().statistics["steps"] > steps)
    press("resume")
    press("stop")
    wait_until(lambda: controls.status == "cancelled")


def test_the_slider_extends_and_never_shortens() -> None:
    panel = LatentPanel(latent_run(lr=1e-5))
    _finish(panel)
    run, slider = panel.run, panel._parts.steps
    assert slider.value == 12 and "none found for 2 of 2" in panel._parts.controls.verified_text
    assert "Sample 0" in panel._parts.facts.value
    slider.value = 20
    wait_until(lambda: run.iters == 20)
    _finished(panel)
    assert panel.run is run and "--num-iters 20" in panel.code()
    slider.value = 5
    wait_until(lambda: slider.value == 20)
    panel.use_settings(replace(panel.run.settings, num_iters=25))
    wait_until(lambda: run.iters == 25)
    assert panel.run is run
    panel.close()


def test_other_settings_make_another_run_and_the_old_one_is_kept(panel: LatentPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.choose(1, 2)
    panel.use_settings(replace(first.settings, num_explanations=2))
    _finished(panel)
    assert panel.run is not first and panel.history == [first]
    assert len(panel._parts.gallery.table["rows"][0]["cells"]) == 2
    assert "--num-explanations 2" in panel.code()


def test_the_settings_page_offers_every_setting(panel: LatentPanel) -> None:
    panel._parts.tabs.show("Settings")
    form = panel._parts.tabs._boxes[1].children[0]
    names = {field["name"] for field in form.fields}
    assert {"num_explanations", "lr", "proximity_weight", "diversity_weight"} <= names
    form.draft = {"proximity_weight": "0.5"}
    assert form.apply()
    wait_until(lambda: panel.run.settings.proximity_weight == 0.5)


def test_the_explorer_begins_at_what_is_chosen(panel: LatentPanel) -> None:
    _finish(panel)
    found = panel.run.result()
    panel.choose(1, 2)
    assert panel._explore.explorer is None
    panel._parts.tabs.show("Explore")
    explorer = panel._explore.explorer
    assert explorer.point == pytest.approx(found.counterfactuals[1, 2].tolist())
    assert [mark["name"] for mark in explorer.marks] == [
        "sample 1",
        "its counterfactual 3",
    ]
    assert explorer.marks[0]["point"] == pytest.approx(found.latents[1].tolist())
    wait_until(lambda: explorer.answer and explorer.answer.point == tuple(explorer.point))
    assert explorer.answer.probabilities == pytest.approx(found.after[1, 2].tolist(), abs=1e-4)
    explorer.point = [0.0, 0.0, 0.0]
    panel._parts.tabs.show("Counterfactuals")
    panel._parts.tabs.show("Explore")
    # Nothing else was chosen meanwhile: the point stays where a person has put it.
    assert explorer.point == [0.0, 0.0, 0.0]
    panel._parts.tabs.show("Counterfactuals")
    panel.choose(0)
    panel._parts.tabs.show("Explore")
    assert explorer.point == pytest.approx(found.latents[0].tolist())
    assert len(explorer.marks) == 1


def test_the_explorers_map_is_of_the_class_asked_for() -> None:
    class Three(RightIsBright):
        def forward(self, pictures: Any) -> Any:
            logits = super().forward(pictures)
            return torch.cat((logits[:, :1], logits[:, 1:], logits[:, 1:] - 1), 1)

    panel = LatentPanel(latent_run(Three().eval(), target=2, labels=["left", "right", "dim"]))
    _finish(panel)
    panel._parts.tabs.show("Explore")
    explorer = panel._explore.explorer
    assert explorer.shown_class == 2
    explorer.shown_class = 1
    panel._parts.tabs.show("Counterfactuals")
    panel.choose(1, 0)
    panel._parts.tabs.show("Explore")
    # A class that a person has chosen stays.
    assert explorer.shown_class == 1
    panel._parts.tabs.show("History")
    assert panel._history._list.entries[0]["strategy"].endswith(" changed to dim")
    alone = LatentExplorer.of(panel.run)
    assert alone.shown_class == 2
    for one in (alone, panel):
        one.close()
    panel.worker.close(wait=10)


def test_the_explorers_page_says_why_there_is_none(
    panel: LatentPanel, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_given: Any) -> None:
        raise InputError("The latents have one coordinate; a map needs <two>.")

    monkeypatch.setattr("rex_widgets.widgets.latent_explore.LatentExplorer", refuse)
    panel._parts.tabs.show("Explore")
    (said,) = panel._explore._box.children
    assert ">The latents have one coordinate; a map needs &lt;two&gt;.<" in said.value
    assert not caplog.records


def test_an_exception_of_the_models_is_shown_and_keeps_the_rest(long_panel: LatentPanel) -> None:
    panel = long_panel
    classifier = panel.run.classifier.classifier
    assert isinstance(classifier, RightIsBright)
    panel.start()
    wait_until(lambda: panel._parts.gallery.table["rows"][0]["cells"][0][1] is not None)

    def broken(_pictures: Any) -> Any:
        raise ZeroDivisionError("<b>broken</b>")

    good, classifier.forward = classifier.forward, broken  # type: ignore[method-assign]
    wait_until(lambda: panel._parts.controls.status == "failed")
    _settle(panel)
    trouble = panel._parts.trouble.value
    assert "ZeroDivisionError" in trouble and "<b>broken" not in trouble
    assert panel._parts.gallery.table["rows"]
    classifier.forward = good  # type: ignore[method-assign]
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "running")
    assert panel._parts.trouble.value == ""


@pytest.mark.parametrize("kind", ["html", "png", "npz", "json", "run"])
def test_saving_says_so(
    panel: LatentPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    monkeypatch.chdir(tmp_path)
    _finish(panel)
    menu = panel._parts.save
    menu._receive(menu, {"type": "save", "kind": kind, "name": "a"}, [])
    wait_until(lambda: f"a.{kind}" in menu.message or menu.state == "error")
    assert menu.state == "ok", menu.message
    assert (tmp_path / f"a.{kind}").stat().st_size > 100
    if kind == "run":
        generator, classifier = models()
        again = rw.load_run(tmp_path / "a.run", classifier, generator=generator)
        found = again.result()
        assert np.array_equal(found.counterfactuals, panel.run.result().counterfactuals)


def test_the_copied_line_says_what_differs(panel: LatentPanel) -> None:
    line = panel.code().splitlines()[-1]
    assert line.startswith("%explain z classifier --method dice --num-explanations 3")
    assert "--generator decoder" in line and "--lr 0.3" in line and "--seed 1" in line
    assert panel._parts.save.code == panel.code()


def test_results_are_listed_compared_and_come_back(panel: LatentPanel) -> None:
    _finish(panel)
    first = panel.run
    panel.use_settings(replace(first.settings, num_explanations=2))
    _finished(panel)
    panel._parts.tabs.show("History")
    listed = panel._history._list
    assert [entry["name"] for entry in listed.entries] == ["dice: 2 latents"] * 2
    assert {entry["strategy"] for entry in listed.entries} == {"6 of 6 changed", "4 of 4 changed"}
    listed._receive(listed, {"type": "restore", "id": listed.ids[1]}, [])
    wait_until(lambda: panel.run is first)
    listed._receive(listed, {"type": "compare", "ids": list(listed.ids)}, [])
    one, other = panel._history._compared
    assert isinstance(one, CounterfactualGallery) and one.title.startswith("1: dice")
    assert one.found is not other.found


def test_as_the_value_of_a_cell_it_has_text_and_a_picture(panel: LatentPanel) -> None:
    _finish(panel)
    data = panel._repr_mimebundle_()
    assert data["image/png"].startswith(b"\x89PNG")
    assert "what gives another class" in data["text/plain"]
    assert data["application/vnd.jupyter.widget-view+json"]["model_id"] == panel.model_id


def test_close_ends_the_threads_and_leaves_no_widget() -> None:
    before = set(_instances)
    panel = LatentPanel(latent_run(num_iters=100_000, lr=1e-5))
    panel.start()
    wait_until(lambda: panel._parts.gallery.table["rows"][0]["cells"][0][1] is not None)
    tabs = panel._parts.tabs
    for number in range(1, len(tabs.widget.titles)):
        tabs.widget.selected_index = number
    assert len(set(_instances) - before) > 20
    explorer = panel._explore.explorer
    panel.close()
    panel.worker.close(wait=10)
    assert panel.closed and panel.run.status == "paused" and not panel.worker.alive
    wait_until(lambda: explorer._asker._thread is None)
    assert [type(_instances[key]).__name__ for key in set(_instances) - before] == []
