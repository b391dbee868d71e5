"""Strategies and other kinds of input, as a person meets them in the panel."""

from __future__ import annotations

import time
from pathlib import Path

from playwright.sync_api import expect

PICTURES = Path(__file__).resolve().parents[2] / "reports" / "browser"

SETUP = """%load_ext rex_widgets
import numpy as np
img = np.full((96, 96, 3), 20, np.uint8)
img[10:30, 10:30] = 250
img[60:80, 60:80] = 250

def model(batch):
    a = batch[:, :, 10:30, 10:30].mean(axis=(1, 2, 3))
    b = batch[:, :, 60:80, 60:80].mean(axis=(1, 2, 3))
    return np.stack([np.full(len(batch), 0.5), 3 * np.maximum(a, b)], axis=1)

axis = np.linspace(0, 5, 200)
signal = np.sin(axis).astype("float32")
signal[120:130] += 4

def spikes(batch):
    high = batch.reshape(len(batch), -1)[:, 120:130].mean(axis=1)
    return np.stack([np.full(len(batch), 1.0), high], axis=1)
"""
TWO = "%explain img model --input-shape 3,96,96 --mean 0 --std 1 --iters 12 --seed 0 --into run"
SPIKE = (
    "%explain signal spikes --mode spectral --input-shape 1,200 --axis-name time --axis-unit s "
    "--axis-positions axis --iters 12 --seed 0 --into spike"
)
PATIENCE = 60.0


def _wait_for(notebook, code: str, wanted: str) -> None:
    end = time.monotonic() + PATIENCE
    while notebook.py(code).strip() != wanted:
        assert time.monotonic() < end, f"{code} never gave {wanted}"
        time.sleep(0.2)


def test_another_strategy_from_the_list(open_notebook) -> None:
    notebook = open_notebook([SETUP, TWO])
    notebook.run(0)
    panel = notebook.run(1)
    _wait_for(notebook, "print(run.status)", "finished")
    shown = panel.get_by_role("combobox", name="Show")
    expect(shown).to_be_hidden()
    panel.get_by_role("combobox", name="Strategy").select_option("multi")
    expect(panel.locator(".rw-panel-facts")).to_contain_text("explanations found", timeout=60_000)
    expect(shown).to_be_visible()
    names = shown.locator("option").all_text_contents()
    assert names[0] == "all together" and "spotlight 1" in names
    expect(panel.locator(".rw-panel-code textarea")).to_contain_text("--strategy multi")
    shown.select_option(next(name for name in names if name.startswith("separate")))
    PICTURES.mkdir(parents=True, exist_ok=True)
    panel.screenshot(path=PICTURES / f"multi-{notebook.app}.png")
    panel.get_by_role("combobox", name="Strategy").select_option("contrastive")
    expect(panel.locator(".rw-panel-facts")).to_contain_text("without it the model", timeout=60_000)
    panel.screenshot(path=PICTURES / f"contrastive-{notebook.app}.png")


def test_a_signal_is_shown_live(open_notebook) -> None:
    notebook = open_notebook([SETUP, SPIKE])
    notebook.run(0)
    panel = notebook.run(1)
    _wait_for(notebook, "print(spike.status)", "finished")
    view = panel.locator(".rw-signal").first
    expect(view.locator("canvas").first).to_be_visible()
    expect(view).to_contain_text("explanation")
    expect(panel.locator(".rw-panel-facts")).to_contain_text("of the signal")
    expect(panel.locator(".rw-panel-facts")).to_contain_text("irreducible")
    PICTURES.mkdir(parents=True, exist_ok=True)
    panel.screenshot(path=PICTURES / f"signal-{notebook.app}.png")
