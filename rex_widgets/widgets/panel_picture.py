"""The picture's side of a panel: a live view of each kind of input."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

import ipywidgets
import numpy as np
from ipywidgets import Layout
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.report import explanation_png
from rex_widgets.results import Explanation
from rex_widgets.widgets.figure_view import FigureView
from rex_widgets.widgets.layer_view import LayerView

_SHARE_OF_TIME = 0.05
"""Most of the computing thread's time that drawing figures may take."""
_BYTES_A_SECOND = 20e6
"""What is sent of maps while a run goes on."""


class PaintedView(Protocol):
    """What a person can paint on: a `LayerView`, a `VolumeView` or a `SignalView`."""

    def set_map(self, values: NDArray[np.floating[Any]] | None) -> None:
        """Show another map, or none."""

    def set_mask(self, mask: NDArray[np.bool_] | None) -> None:
        """Show another mask, or none."""

    def on_stroke(self, callback: Callable[[NDArray[np.bool_]], object]) -> None:
        """Call back with all that is painted, after each stroke."""

    @property
    def painted(self) -> NDArray[np.bool_]:
        """All that is painted, in the input's shape."""


class PanelPicture(Protocol):
    """Shows an input with its map and a mask."""

    view: Any  # a PaintedView, or None where nothing can be painted
    children: list[ipywidgets.Widget]

    def show(self, explanation: Explanation, mask: NDArray[np.bool_] | None, rests: bool) -> None:
        """Show an explanation's map with a mask; ``rests``: nothing follows for a while."""

    def forget(self) -> None:
        """Take map and mask away: another run follows."""


def picture_of(sample: Sample) -> PanelPicture:
    """Return what shows a sample; a figure where it is too large for a live view."""
    if sample.kind == "image":
        return LayeredPicture(sample)
    try:
        return ViewedPicture(view_of(sample))
    except InputError:
        return FigurePicture(sample)


def view_of(sample: Sample, width: int = 448) -> PaintedView:
    """Return the live view of an input that is no image, at most ``width`` CSS pixels wide.

    InputError where it is too large.
    """
    alt = f"{sample.source}, to be explained"
    if sample.kind == "volume":
        from rex_widgets.widgets.volume_view import VolumeView

        return VolumeView.of(sample, alt=alt, width=width)
    from rex_widgets.widgets.signal_view import SignalView

    return SignalView.of(sample, alt=alt, width=width)


class LayeredPicture:
    """A `LayerView` with the controls of how it looks.

    Parameters
    ----------
    sample
        The photograph.
    """

    def __init__(self, sample: Sample) -> None:
        self.view: LayerView | None = LayerView(
            sample.picture,
            alt=f"{sample.source}, to be explained",
            opacity=0.5,
            adjustable=True,
            layout=Layout(width="auto", max_width="100%", min_width="0", overflow="visible"),
        )
        self._map: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._arrived = False
        self.view.on_msg(self._hear)
        self.children: list[ipywidgets.Widget] = [self.view]

    def show(self, explanation: Explanation, mask: NDArray[np.bool_] | None, rests: bool) -> None:
        """Send what has changed."""
        del rests
        assert self.view is not None
        if not self._arrived:
            # The view asks for the picture, but a kernel that runs a cell does not hear it.
            self.view.set_picture(self.view.picture)
            self._map = self._mask = None
        if self._map is None or not np.array_equal(self._map, explanation.map):
            self._map = explanation.map
            self.view.set_map(explanation.map)
        if not _equal(self._mask, mask):
            self._mask = mask
            self.view.set_mask(mask)

    def forget(self) -> None:
        """Take map and mask away."""
        assert self.view is not None
        self._map = self._mask = None
        self.view.set_map(None)
        self.view.set_mask(None)

    def _hear(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            self._arrived = True


class ViewedPicture:
    """A view that brings its own controls and asks for its data anew when it must.

    Parameters
    ----------
    view
        A `VolumeView` or a `SignalView`.
    """

    def __init__(self, view: PaintedView) -> None:
        self.view = view
        self.children: list[ipywidgets.Widget] = [view]
        self._map: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._not_before = 0.0
        self._jumped = False

    def show(self, explanation: Explanation, mask: NDArray[np.bool_] | None, rests: bool) -> None:
        """Send what has changed; large maps less often, until the run rests."""
        now = time.monotonic()
        if not rests and now < self._not_before:
            return
        self._not_before = now + explanation.map.nbytes / _BYTES_A_SECOND
        if self._map is None or not np.array_equal(self._map, explanation.map):
            self._map = explanation.map
            self.view.set_map(explanation.map)
        if not _equal(self._mask, mask):
            self._mask = mask
            self.view.set_mask(mask)
        jump = getattr(self.view, "jump_to_maximum", None)
        if rests and jump is not None and explanation.map.max() > 0 and not self._jumped:
            # Once: afterwards the crosshair is the person's.
            self._jumped = True
            jump()

    def forget(self) -> None:
        """Take map and mask away."""
        self._map = self._mask = None
        self._not_before = 0.0
        self.view.set_map(None)
        self.view.set_mask(None)


class FigurePicture:
    """A figure of an input that is too large for a live view, drawn anew as the run goes on.

    Drawing takes the computing thread's time, so that it is done when the run rests, and in
    between only as often as costs little.

    Parameters
    ----------
    sample
        What is explained.
    """

    def __init__(self, sample: Sample) -> None:
        self.view: Any = None
        self._not_before = 0.0
        self._image = FigureView(alt=f"{sample.source}, with its map and its explanation")
        self.children: list[ipywidgets.Widget] = [self._image]

    def show(self, explanation: Explanation, mask: NDArray[np.bool_] | None, rests: bool) -> None:
        """Draw, if it is due."""
        from dataclasses import replace

        started = time.monotonic()
        if not rests and started < self._not_before:
            return
        if mask is None:
            mask = np.zeros(explanation.mask.shape, np.bool_)
        self._image.png = explanation_png(replace(explanation, mask=mask))
        ended = time.monotonic()
        self._not_before = ended + (ended - started) / _SHARE_OF_TIME

    def forget(self) -> None:
        """Let the next figure be drawn at once."""
        self._not_before = 0.0


def _equal(one: NDArray[np.bool_] | None, other: NDArray[np.bool_] | None) -> bool:
    if one is None or other is None:
        return one is other
    return np.array_equal(one, other)
