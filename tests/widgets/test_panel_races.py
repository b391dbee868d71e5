"""What is chosen in a panel while its worker is busy: the last wish counts, and the panel rests."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from rex_widgets.widgets.explain_panel import ExplainPanel
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
