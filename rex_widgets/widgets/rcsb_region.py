"""The page of a panel on which a person draws, or has found, where the picture may change."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.bridge.areas.registry import (
    ATTRIBUTIONS,
    BY_ANSWERS,
    BY_DEFAULT,
    attribution_in,
)
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.errors import InputError
from rex_widgets.report.numbers import percent
from rex_widgets.run import Run
from rex_widgets.widgets._button import make_button
from rex_widgets.widgets._change_pictures import bytes_of, in_colours
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.name_choice import NameChoice
from rex_widgets.widgets.panel_settings import settings_of
from rex_widgets.widgets.range_slider import RangeSlider

if TYPE_CHECKING:
    from rex_widgets.widgets.region import RegionCanvas

Changes = dict[str, Any]
Find = Callable[[Changes], object]

STROKES = "free-form strokes"
"""What stands beside the attributions for a random region that nothing has led to."""

DRAWN: Mapping[str, Any] = {"area_from": None, "map": None, "prompt": None, "control": "none"}
"""What goes with a region that was drawn."""

_ELSEWHERE = (
    "A region from words (prompt) or from a map, and guidance for models without gradients "
    "(best_of), are on the page Settings."
)
_HINT = "Draw where the picture may change, or let the classifier's attribution find a part."


class RcsbRegion:
    """A `RegionCanvas`, sliders for a region that is found, and one-click controls.

    Parameters
    ----------
    find
        Called with the settings of a region that a person wants to see; the answer comes back by
        `found`.

    Attributes
    ----------
    canvas
        The `RegionCanvas`, once the page was opened.
    """

    title = "Region"

    def __init__(self, find: Find) -> None:
        self._find = find
        self._lock = threading.RLock()
        self._before: NDArray[np.float32] | None = None
        # Masks whose settings are known: the run's own, and the one that was found last.
        self._run_mask: NDArray[np.bool_] | None = None
        self._probe: tuple[NDArray[np.bool_], Changes] | None = None
        self._map: NDArray[np.float32] | None = None
        self._settings: Any = None
        self.canvas: RegionCanvas | None = None
        self.by = NameChoice(
            names=[*ATTRIBUTIONS, STROKES],
            value=next(iter(ATTRIBUTIONS)),
            label="Found by",
            hint="The attribution whose strongest cells become the region",
        )
        self.area = RangeSlider(
            min=1, max=100, value=30, label="Area, %", hint="Share of the picture that may change"
        )
        self.cell = RangeSlider(
            min=1, max=16, value=4, label="Cell, pixels", hint="Side of the region's cells"
        )
        self._box = ipywidgets.VBox(layout=Layout(overflow="visible", padding="4px 0 0"))
        self._words = ipywidgets.HTML(_note(_HINT))
        self._elsewhere = ipywidgets.HTML(_quiet(_ELSEWHERE))
        # Found by what, where settings leave it open: another choice is a person's.
        self._offered: str | None = None
        self.buttons = {
            "find": make_button(
                "Find automatically", "Find a region of this area, and show it here"
            ),
            "inverse": make_button("Inverse", "A control: what lies outside may change instead"),
            "random": make_button(
                "Random", "A control: a random region of the same area, whatever the model sees"
            ),
        }
        for name, button in self.buttons.items():
            button.on_click(lambda _button, name=name: self.press(name))

    @property
    def mask(self) -> NDArray[np.bool_] | None:
        """The region that is drawn now, bool ``(H, W)``; ``None`` where nothing is known."""
        with self._lock:
            return self._run_mask if self.canvas is None else np.array(self.canvas.mask)

    def opened(self) -> ipywidgets.Widget:
        """Make the canvas, with the run's region in it."""
        with self._lock:
            if self.canvas is None and self._before is not None:
                from rex_widgets.widgets.region import RegionCanvas

                picture = in_colours(bytes_of(self._before))
                self.canvas = RegionCanvas(
                    picture,
                    mask=self._run_mask,
                    width=448,
                    brush_size=max(1.0, float(min(picture.shape[:2]) // 12)),
                    alt="The picture, to draw on where it may change",
                )
                self.canvas.on_region(lambda _region: self.say())
                if self._map is not None:
                    self.canvas.link_map("attribution", self._map)
                row = Layout(flex_flow="row wrap", align_items="center", grid_gap="4px 8px")
                self._box.children = [
                    self.canvas,
                    self.by,
                    self.area,
                    self.cell,
                    ipywidgets.HBox(list(self.buttons.values()), layout=row),
                    self._words,
                    self._elsewhere,
                ]
        return self._box

    def left(self) -> None:
        """Nothing to do: what is drawn stays."""

    def on_run(self, run: Run[Any]) -> None:
        """Take over another run's settings."""
        with self._lock:
            self._settings = settings = settings_of(run)
            self._probe = self._run_mask = None
            self.area.value = round(100 * settings.area)
            if settings.area_from == "free_form":
                self.by.value = STROKES
            elif settings.attribution in self.by.names:
                self.by.value = settings.attribution
            else:
                model: Any = run.classifier
                self._offer(BY_DEFAULT if model.judge.through_torch else BY_ANSWERS)

    def on_rest(self, run: Run[Any], explanation: Any) -> None:
        """Nothing to do: what is found comes by `show`."""

    def show(self, found: RegionCounterfactuals) -> None:
        """Show the run's region, unless a person has drawn another one meanwhile."""
        with self._lock:
            shorter = min(found.region.shape)
            if self._before is None or self._before.shape != found.before.shape:
                self.cell.max = max(1, shorter // 2)
                self.cell.value = self._settings.cells(found.region.shape)
            used = attribution_in(found.region_source)
            if self._settings.attribution is None and self.by.value == self._offered and used:
                self._offer(used)
            fresh = self._before is None or not np.array_equal(self._before, found.before)
            self._before = found.before
            if self.canvas is not None and fresh:
                self.canvas.set_picture(in_colours(bytes_of(found.before)))
            if self._run_mask is None and found.region.any():
                self._run_mask = found.region
                drawn = self.canvas is not None and self.canvas.mask.any()
                if self.canvas is not None and (fresh or not drawn):
                    self.canvas.mask = found.region
                self._map = found.region_map
                if self.canvas is not None:
                    self.canvas.link_map("attribution", self._map)
                self.say()

    def found(self, mask: NDArray[np.bool_], changes: Changes) -> None:
        """Show a region that was found by these settings."""
        with self._lock:
            self._probe = (mask, changes)
            if self.canvas is not None:
                self.canvas.mask = mask
            self.say()

    def changes(self) -> Changes:
        """Return the settings of the region that is drawn, as far as they are not the run's.

        Raises
        ------
        InputError
            Nothing is drawn.
        """
        with self._lock:
            if self.canvas is None:
                return {}
            mask = np.array(self.canvas.mask)
            if not mask.any():
                if self._run_mask is None:
                    return {}
                raise InputError(
                    "There is no region. Draw one on the page Region, or press Find automatically."
                )
            if self._run_mask is not None and np.array_equal(mask, self._run_mask):
                return {}
            if self._probe is not None and np.array_equal(mask, self._probe[0]):
                return dict(self._probe[1])
            return {"region": mask, **DRAWN}

    def press(self, name: str) -> None:
        """Do what a button does: "find", "inverse" or "random"."""
        with self._lock:
            try:
                changes = self._asked(name)
            except InputError as problem:
                self._tell(str(problem))
                return
        self._tell("Looking for the region…")
        self._find(changes)

    def close(self) -> None:
        """Take the canvas off the screen."""
        for widget in (
            self.by,
            self.area,
            self.cell,
            *self.buttons.values(),
            self._words,
            self._elsewhere,
        ):
            close_with_parts(widget)
        close_with_parts(self._box)

    def say(self) -> None:
        """Say how large the region is that is drawn."""
        mask = self.mask
        share = 0.0 if mask is None else float(mask.mean())
        self._tell(f"{percent(share)} of the picture may change." if share else _HINT)

    def _asked(self, name: str) -> Changes:
        if name == "find":
            free = self.by.value == STROKES
            return {
                **DRAWN,
                "region": None,
                "area": self.area.value / 100,
                **({"area_from": "free_form"} if free else {"area_from": "attribution"}),
                **({} if free else {"attribution": self.by.value, "cell_size": self.cell.value}),
            }
        now = self.changes()
        if not now and self._run_mask is None:
            raise InputError("There is no region yet. Draw one, or press Find automatically.")
        control = now.get("control", self._settings.control)
        return {**now, "control": "none" if control == name else name}

    def _offer(self, attribution: str) -> None:
        self._offered = self.by.value = attribution

    def _tell(self, words: str) -> None:
        html = _note(words)
        if self._words.value != html:
            self._words.value = html


def _note(words: str) -> str:
    return f"<div role='status' style='line-height: 1.4; margin: 4px 0'>{escape(words)}</div>"


def _quiet(words: str) -> str:
    return f"<div style='line-height: 1.4; opacity: .75'>{escape(words)}</div>"
