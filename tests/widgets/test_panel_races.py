"""What is chosen in a panel while its worker is busy: the last wish counts, and the panel rests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from ipywidgets.widgets.widget import _instances

from rex_widgets.widgets import panel_history, run_panel
from rex_widgets.widgets.explain_panel import ExplainPanel
from tests.synthetic import in_thread, join
from tests.widgets.bright_square import BrightSquare, bright_run, wait_until


@pytest.fixture
def model() -> BrightSquare:
    return BrightSquare()


@pytest.fixture
def panel(model: BrightSquare) -> Iterator[ExplainPanel]:
    made = ExplainPanel(bright_run(model))
    yield made
    model.gate.set()
    made.close()
    made.worker.close(wait=10)


def settled(panel: ExplainPanel) -> None:
    """Wait until everything given to the worker so far has been carried out."""
    done: list[Any] = []
    panel.worker.call(done.append)
    wait_until(lambda: done)


def test_strategies_chosen_in_haste_do_not_chase_each_other(
    panel: ExplainPanel, model: BrightSquare
) -> None:
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "finished")
    model.gate.clear()
    choice = panel._parts.strategy
    panel.worker.call(lambda run: model.gate.wait(30))  # busy, as with a slow model
    for name in ("spatial", "contrastive", "spatial", "multi"):
        choice.value = name
    model.gate.set()
    wait_until(lambda: panel.run.settings.strategy == "multi")
    settled(panel)
    wait_until(lambda: panel._parts.controls.status == "finished")
    shown = []
    choice.observe(lambda change: shown.append(change["new"]), "value")
    time.sleep(0.5)
    assert shown == [] and choice.value == panel.run.settings.strategy == "multi"
    assert panel.run.status == "finished"


def test_a_closed_panel_makes_nothing_anew(panel: ExplainPanel) -> None:
    panel.start()
    wait_until(lambda: panel._parts.controls.status == "finished")
    tabs = panel._parts.tabs
    tabs.show("Views")
    panel.close()
    before = set(_instances)
    # what a worker or a page may still have on its way
    tabs.on_run(panel.run)
    tabs.on_rest(panel.run, panel.run.result())
    for number in range(len(tabs.widget.titles)):
        tabs.widget.selected_index = number
    assert set(_instances) == before


def test_what_is_kept_of_earlier_runs_is_bounded(
    panel: ExplainPanel, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (run_panel, panel_history):
        monkeypatch.setattr(module, "MAX_ENTRIES", 3)
    runs = []
    for iters in range(1, 7):
        panel.use_settings(replace(panel.run.settings, iters=iters))
        settled(panel)
        panel.start()
        wait_until(lambda: panel._parts.controls.status == "finished")
        settled(panel)
        runs.append(panel.run)
    assert panel.history == runs[-4:-1]
    assert [run for run, _ in panel._history._waiting] == runs[-3:]


def test_opening_the_views_does_not_wait_for_the_model(
    panel: ExplainPanel, model: BrightSquare
) -> None:
    panel.run.extend(iters=2000)
    panel.start()
    wait_until(lambda: panel.run.progress.evaluations > 100)
    model.gate.clear()
    calls = model.calls
    time.sleep(0.2)  # the call that goes on has ended, and the next one waits
    assert model.calls <= calls + 1
    box = panel._parts.tabs._boxes[0]
    opened, raised = in_thread(lambda: panel._parts.tabs.show("Views"))
    join(opened)  # the model still computes
    assert not raised and not model.gate.is_set()
    model.gate.set()
    wait_until(lambda: [type(one).__name__ for one in box.children[0].children] == ["LinkedViews"])


def test_closing_one_of_two_panels_of_a_run_leaves_it_to_the_other(model: BrightSquare) -> None:
    run = bright_run(model, iters=5000)
    first, second = ExplainPanel(run), ExplainPanel(run)
    try:
        first.start()
        wait_until(lambda: run.progress.evaluations > 100)
        second.close()
        second.worker.close(wait=10)
        assert run.attended
        so_far = run.progress.evaluations
        wait_until(lambda: run.progress.evaluations > so_far + 500)
        with pytest.raises(TimeoutError):
            run.wait(timeout=0.1)
    finally:
        for panel in (first, second):
            panel.close()
            panel.worker.close(wait=10)
    assert run.status == "paused" and not run.attended


def test_a_panel_that_turns_to_another_run_leaves_the_old_one_to_the_other(
    panel: ExplainPanel,
) -> None:
    run = panel.run
    other = ExplainPanel(run)
    other.worker.change_run(lambda now: now.changed(iters=2))
    wait_until(lambda: other.run is not run)
    assert run.attended and run.status == "ready" and other.run.attended
    other.close()
    other.worker.close(wait=10)
