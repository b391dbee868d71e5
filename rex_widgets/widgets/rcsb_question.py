"""What a person asks of a picture: a class, how strongly, from which step, and how often."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets import Layout

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.bridge.settings import MOST_SAMPLES, STEPS
from rex_widgets.report import rcsb_words
from rex_widgets.report.numbers import percent
from rex_widgets.widgets._button import make_button
from rex_widgets.widgets.class_bars import ClassBars
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.range_slider import RangeSlider

Changes = dict[str, Any]

MORE = 4
"""Samples that one press asks for."""

TENTHS = 10
_BARS = 10
_LISTED = 1000


class RcsbQuestion:
    """The controls of a question; what is set there is a draft until a button is pressed.

    Attributes
    ----------
    bars
        `ClassBars` of the picture's likeliest classes; a press chooses the class to ask for.
    names
        A `NameChoice` of all classes, where there are more than the bars show.
    scale, start, steps, samples
        Sliders.
    run, go_on, more
        Buttons.
    children
        What is laid out in the panel.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._placed: dict[str, int] = {}
        self._of: tuple[Any, ...] = ()
        self._index: list[int] = []
        self.target: int | None = None
        self._touched = False
        self._listeners: list[Callable[[str], object]] = []
        self.bars = ClassBars(title="The classifier's answer (press a class to ask for it)")
        self.bars.layout.width = "auto"
        self.bars.layout.margin = "0 0 6px"
        self.names = NameChoice(names=[""], value="", label="Ask for", hint="The class to ask for")
        self.names.layout.display = "none"
        self.scale = RangeSlider(
            min=0, max=100, per=TENTHS, label="Scale",
            hint="How strongly the classifier guides the change",
        )  # fmt: skip
        self.start = RangeSlider(
            min=10, max=STEPS, step=10, label="Start step",
            hint="Step of the 1000 at which sampling begins: the higher, the more may change",
        )  # fmt: skip
        self.steps = RangeSlider(min=1, max=250, label="Steps", hint="Steps of the sampling")
        self.samples = RangeSlider(
            min=1, max=16, label="Samples",
            hint="Samples; more of them than there are go on from what was found",
        )  # fmt: skip
        self.run = make_button("Run", "Ask this question, with the region that is drawn")
        self.run.style.font_weight = "bold"
        self.go_on = make_button("Continue from a step", "")
        self.more = make_button(f"{MORE} more samples", "Draw more samples of the same question")
        for name, button in (("run", self.run), ("go_on", self.go_on), ("more", self.more)):
            button.on_click(lambda _button, name=name: self._tell(name))
        self.bars.on_choose(self.choose)
        self.names.observe(self._named, "value")
        row = Layout(flex_flow="row wrap", grid_gap="4px 8px", margin="6px 0")
        self.children: list[ipywidgets.Widget] = [
            self.bars,
            self.names,
            self.scale,
            self.start,
            self.steps,
            self.samples,
            ipywidgets.HBox([self.run, self.go_on, self.more], layout=row),
        ]

    def on_press(self, callback: Callable[[str], object]) -> None:
        """Call back with "run", "go_on" or "more" when a button is pressed."""
        self._listeners.append(callback)

    def choose(self, index: int) -> None:
        """Ask for that class, once a button is pressed."""
        with self._lock:
            self.target, self._touched = int(index), True
            self._mark()

    def place(self, settings: Any) -> None:
        """Show a run's settings; what was set before is forgotten."""
        with self._lock:
            self._touched, self.target = False, settings.target
            values = {
                "scale": round(TENTHS * settings.scale),
                "start": settings.start_step,
                "steps": settings.nfe,
                "samples": settings.n_inpaints,
            }
            for name, value in values.items():
                self._put(name, value)
            self._mark()

    def place_samples(self, samples: int) -> None:
        """Show how many samples there are; a larger number that was set is a wish that waits."""
        with self._lock:
            if self.samples.value == self._placed.get("samples"):
                self._put("samples", samples)
            self._placed["samples"] = samples

    def show(self, found: RegionCounterfactuals) -> None:
        """Show the classes of the picture, and which one is asked for."""
        with self._lock:
            if not self._touched and found.target >= 0:
                self.target = int(found.target)
            sure = found.probabilities_before
            if np.isfinite(sure).all() and sure.size:
                self._list(found)
            self._mark()

    def changes(self) -> Changes:
        """Return what was set otherwise than the run on show has it."""
        with self._lock:
            found: Changes = {}
            if self._touched and self.target is not None:
                found["target"] = self.target
            named = {"scale": "scale", "start": "start_step", "steps": "nfe"}
            for name, setting in {**named, "samples": "n_inpaints"}.items():
                value = getattr(self, name).value
                if value != self._placed.get(name):
                    found[setting] = value / TENTHS if name == "scale" else value
            return found

    def offer(self, words: str, hint: str, *, possible: bool) -> None:
        """Say where a continued run would begin."""
        if self.go_on.description != words:
            self.go_on.description = words
        self.go_on.tooltip = hint
        self.go_on.disabled = not possible

    def _put(self, name: str, value: int) -> None:
        slider = getattr(self, name)
        with slider.hold_sync():
            if value > slider.max:
                slider.max = min(2 * value, MOST_SAMPLES if name == "samples" else STEPS)
            slider.value = value
        self._placed[name] = slider.value

    def _list(self, found: RegionCounterfactuals) -> None:
        sure = found.probabilities_before
        of = (found.labels, sure.tobytes())
        if of == self._of:
            return
        self._of = of
        order = [int(i) for i in np.argsort(-sure, kind="stable")]
        self.bars.classes = [
            {
                "index": index,
                "label": rcsb_words.class_words(found, index),
                "confidence": float(np.clip(sure[index], 0, 1)),
            }
            for index in order[:_BARS]
        ]
        self._index = order[:_LISTED] if len(order) > _BARS else []
        self.names.layout.display = None if self._index else "none"
        if self._index:
            words = [
                f"{rcsb_words.class_words(found, i)} · {percent(float(sure[i]))} · {i}"
                for i in self._index
            ]
            with self.names.hold_sync():
                self.names.names = words
                self.names.value = words[0]

    def _mark(self) -> None:
        if self.bars.chosen != self.target:
            self.bars.chosen = self.target
        if self.target in self._index:
            words = self.names.names[self._index.index(self.target)]
            if self.names.value != words:
                self.names.value = words

    def _named(self, change: Any) -> None:
        with self._lock:
            place = list(self.names.names).index(change["new"])
            # What was marked because a bar was pressed, or a run chose it, is no new wish.
            if place < len(self._index) and self._index[place] != self.target:
                self.choose(self._index[place])

    def _tell(self, name: str) -> None:
        for listener in self._listeners:
            listener(name)
