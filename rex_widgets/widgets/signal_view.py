"""Spectra, time series, sound and rows of features, with map, explanation and selection."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample
from rex_widgets.report import stills
from rex_widgets.report.bundle import bundle_text
from rex_widgets.results import Explanation
from rex_widgets.widgets import _signal_arrays as arrays
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._signal_axis import SignalAxis, signal_axis, timed
from rex_widgets.widgets._signal_messages import (
    Message,
    data_message,
    map_message,
    mask_message,
    strokes_message,
)
from rex_widgets.widgets._signal_traits import SignalTraits, shown_traits
from rex_widgets.widgets._still import StillPicture

SIGNAL_KINDS = ("signal", "audio", "table")

_ALT = {
    "signal": "The signal to explain",
    "audio": "The sound to explain",
    "table": "The row to explain",
}

StrokeCallback = Callable[[NDArray[np.bool_]], object]


class SignalView(StillPicture, SignalTraits):
    """Show one input along one axis, what a model's answer rests on, and let a person select.

    Signals and sounds are drawn as lines over their axis, the map as an area below (or as colour
    behind), the explanation as bands; dragging zooms. A sound can be heard: the whole, the
    explanation alone, and the rest alone. A table's row is a list of bars with the features'
    names. All of it happens in the browser; the kernel hears of finished selections only.

    Arrays travel as messages of their own and never become part of a notebook's saved state.
    All methods may be called from any thread.

    Parameters
    ----------
    values : array (L,) or (C, L)
        Finite numbers; at most 64 channels and 16 million values, a table one row of at most
        100,000 features.
    axes : rex_widgets.axes.Axes, optional
        Name, unit and positions (rising or falling), and the features' names as ``labels``.
    kind : str
        ``"signal"``, ``"audio"`` or ``"table"``.
    sample_rate : float, optional
        Samples a second, instead of `axes`.
    channel_names : sequence of str
        One for each channel; by default numbers.
    value_name : str
        What the values are, e.g. ``"absorbance"``; written at the vertical axis.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    threshold : float
        0 to 1, share of the map's maximum below which the map is not coloured.
    opacity : float
        0 to 1, of the map.
    colormap : str
        One of ``rex_widgets.widgets.layer_view.COLORMAPS``.
    show_map, show_mask : bool
        Which layers are seen.
    map_name : str
        What the map is called beside it.
    map_place : str
        ``"below"`` the line, or ``"behind"`` it.
    tool : str
        ``"inspect"`` (drag zooms), ``"pan"``, ``"brush"`` or ``"eraser"`` (drag selects).
    start, end : float or None
        The part that is seen, lower and upper end in units of the axis; None for the whole.
    reverse : bool
        Draw from high to low. By default where the positions fall, and for wavenumbers.
    lanes : bool
        One above the other instead of all channels in one. By default from 4 channels on, and
        for stereo sound.
    fit_values : bool
        The vertical axis fits what is seen, not the whole.
    sort : str
        A table's features by ``"responsibility"`` or in their ``"order"``.
    width, height : int
        Largest width on the screen in CSS pixels (200 to 4000), and height of the drawing or of
        the list (120 to 2000).
    paintable : bool
        Whether brush and eraser are offered.
    adjustable : bool
        Whether the controls of how the layers look are shown below the drawing.
    alt, status, error : str
        Description for screen readers, a line below the drawing, an error line.

    Raises
    ------
    InputError
        If values, axes or names do not fit together, or hold NaN.
    """

    _esm = bundle_text("signal-view")

    def __init__(
        self,
        values: Any,
        *,
        axes: Axes | None = None,
        kind: str = "signal",
        sample_rate: float | None = None,
        channel_names: Sequence[str] = (),
        value_name: str = "",
        **traits: Any,
    ) -> None:
        if kind not in SIGNAL_KINDS:
            raise InputError(f"kind={kind!r} was given; expected one of {', '.join(SIGNAL_KINDS)}.")
        self._lock = threading.RLock()
        self._kind = kind
        self._channel_names = tuple(channel_names)
        self._value_name = str(value_name)[:200]
        self._values = arrays.checked_values(values, kind)
        self._axis = self._axis_of(self._values, timed(axes, sample_rate))
        self._map: NDArray[np.float32] | None = None
        self._mask: NDArray[np.bool_] | None = None
        self._strokes: list[dict[str, Any]] = []
        self._painted: NDArray[np.bool_] = np.zeros(self._values.shape[1], dtype=np.bool_)
        self._callbacks: Callbacks[[NDArray[np.bool_]]] = Callbacks()
        channels = len(self._values)
        usual = {
            "reverse": self._axis.usually_reversed and kind != "audio",
            "lanes": channels > 3 or (kind == "audio" and channels > 1),
            "status": self._axis.note,
            "alt": _ALT[kind],
        }
        super().__init__(**{**usual, **traits})
        self.on_msg(self._receive)

    @classmethod
    def of(cls, source: Sample | Explanation, **options: Any) -> SignalView:
        """Show a sample, or an explanation with its map and mask.

        Parameters
        ----------
        source : Sample or Explanation
            Of the kind "signal", "audio" or "table".
        **options
            As in the constructor, without values, axes and kind.

        Raises
        ------
        InputError
            If it is of another kind, or does not hold its values.
        """
        kind = getattr(source, "kind", None)
        if not isinstance(source, (Sample, Explanation)) or kind not in SIGNAL_KINDS:
            raise InputError(
                f"SignalView.of was given {type(source).__name__} of the kind {kind!r}; expected "
                "a Sample or an Explanation of a signal, a sound or a table's row."
            )
        values = source.values
        if values is None and isinstance(source, Sample):
            values = source.data
        if values is None:
            raise InputError(
                "The explanation does not hold the values that it explains; give them to "
                "SignalView(values), and its map and mask to set_map and set_mask."
            )
        view = cls(values, axes=source.axes, kind=kind, **options)
        if isinstance(source, Explanation):
            view.set_map(source.map)
            view.set_mask(source.mask)
        return view

    @property
    def kind(self) -> str:
        """Signal, audio or table."""
        return self._kind

    @property
    def values(self) -> NDArray[np.float32]:
        """float32 (C, L), read-only."""
        return self._values

    @property
    def axes(self) -> Axes:
        """The axis over which it is drawn."""
        return self._axis.axes

    @property
    def painted(self) -> NDArray[np.bool_]:
        """Bool (L,), a copy: every place that is selected now."""
        with self._lock:
            return self._painted.copy()

    @property
    def region(self) -> NDArray[np.bool_]:
        """The same as `painted`, by the name that a search's ``region=`` has."""
        return self.painted

    @property
    def strokes(self) -> list[dict[str, Any]]:
        """The finished selections, oldest first.

        Each is ``{"tool": "brush" or "eraser", "start": i, "stop": j}``, places i to j - 1, or
        ``{"tool": "clear"}``.
        """
        with self._lock:
            return [dict(stroke) for stroke in self._strokes]

    def set_values(self, values: Any, *, axes: Axes | None = None) -> None:
        """Show other values of the same kind.

        Values of another length drop map, mask and selection; the axis stays where it fits and
        none is given.

        Raises
        ------
        InputError
            If values or axes do not fit; all stays as it was.
        """
        checked = arrays.checked_values(values, self._kind)
        with self._lock:
            same = checked.shape == self._values.shape
            axis = self._axis if same and axes is None else self._axis_of(checked, axes)
            if checked.shape[1] != self._values.shape[1]:
                self._map = self._mask = None
                self._strokes = []
                self._painted = np.zeros(checked.shape[1], dtype=np.bool_)
            self._values, self._axis = checked, axis
            self._post(self._data_message())

    def set_map(self, values: NDArray[np.floating[Any]] | None) -> None:
        """Show another map, or none.

        Parameters
        ----------
        values : float array (L,) or None
            Finite; zero and below are not drawn.

        Raises
        ------
        InputError
            If type, shape or values do not fit; the map shown before stays.
        """
        with self._lock:
            checked = None if values is None else arrays.checked_map(values, len(self._painted))
            self._map = checked
            self._post(map_message(self._map))

    def set_mask(self, mask: NDArray[np.bool_] | None) -> None:
        """Show another explanation mask, or none.

        Parameters
        ----------
        mask : bool array (L,) or None
            True where the input belongs to the explanation.

        Raises
        ------
        InputError
            If type or shape do not fit; the mask shown before stays.
        """
        with self._lock:
            checked = None if mask is None else arrays.checked_mask(mask, len(self._painted))
            self._mask = checked
            self._post(mask_message(self._mask))

    def clear_strokes(self) -> None:
        """Forget everything selected, here and in the browser. Does not call back."""
        with self._lock:
            self._strokes = []
            self._painted = np.zeros_like(self._painted)
            self._post(strokes_message(self._strokes))

    def on_stroke(self, callback: StrokeCallback, remove: bool = False) -> None:
        """Call back after each finished selection, undo, redo or clear.

        Parameters
        ----------
        callback : callable
            Gets a bool array (L,): every place selected so far. It may be called on any thread
            and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the view off the screen and forget its callbacks."""
        self._callbacks = Callbacks()
        super().close()

    def to_html(self, path: str | os.PathLike[str], *, title: str = "", lead: str = "") -> Path:
        """Write the view as one interactive page that needs neither kernel nor network.

        Parameters
        ----------
        path : str or path
            File to write; an existing one is replaced.
        title, lead : str
            Heading of the page and a line below it.

        Returns
        -------
        Path
            The absolute path of the file.

        Raises
        ------
        InputError
            If the page would be larger than 15 MB, or cannot be written.
        """
        from rex_widgets.report.widget_page import write_widget_page

        with self._lock:
            messages = self._messages()
        return write_widget_page(
            path,
            title=title or self.alt or _ALT[self._kind],
            esm="signal-view",
            traits={name: getattr(self, name) for name in shown_traits()},
            messages=messages,
            lead=lead,
        )

    def _axis_of(self, values: NDArray[np.float32], axes: Axes | None) -> SignalAxis:
        channels, length = values.shape
        return signal_axis(axes, self._kind, length, channels, self._channel_names)

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        channels, length = self._values.shape
        more = f" in {channels} channels" if channels > 1 else ""
        return f"<SignalView: {self._kind} of {length} places{more}>"

    def still_png(self) -> bytes:
        """Return what is shown as a PNG, for where no widget is alive."""
        with self._lock:
            values, axis = self._values[0], self._axis
            share = np.zeros(len(values), np.float32) if self._map is None else self._map
            kept = np.zeros(len(values), np.bool_) if self._mask is None else self._mask
        share = np.clip(share, 0, None) / (float(share.max()) or 1.0)
        if self._kind == "table":
            names = axis.labels or [str(number) for number in range(len(values))]
            return stills.bars_png(names, share, kept)
        name, unit = axis.axes.names[0], axis.axes.units[0]
        label = f"{name}, {unit}" if unit else name
        return stills.line_png(axis.axes.along(len(values)), values, share, kept, label)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "ready":
            with self._lock:
                for message in self._messages():
                    self._post(message)
        elif kind == "stroke":
            try:
                with self._lock:
                    strokes = arrays.checked_strokes(content, len(self._painted))
                    self._strokes = strokes
                    self._painted = arrays.painted_by(strokes, len(self._painted))
                    painted = self._painted.copy()
            except InputError as problem:
                self.error = str(problem)
                return
            self.error = ""
            self._callbacks(painted)

    def _messages(self) -> list[Message]:
        """Everything that a browser needs to show the view anew."""
        messages = [self._data_message()]
        if self._map is not None:
            messages.append(map_message(self._map))
        if self._mask is not None:
            messages.append(mask_message(self._mask))
        if self._strokes:
            messages.append(strokes_message(self._strokes))
        return messages

    def _data_message(self) -> Message:
        return data_message(self._kind, self._values, self._axis, self._value_name)

    def _post(self, message: Message) -> None:
        self.send(*message)
