"""Any number of views of one picture that share cursor, zoom, threshold and selection."""

from __future__ import annotations

import math
import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.report import stills
from rex_widgets.report.bundle import bundle_text
from rex_widgets.report.numbers import percent
from rex_widgets.report.picture import shown_picture
from rex_widgets.report.widget_page import Message, write_widget_page
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._linked_collection import LinkedCollection
from rex_widgets.widgets._linked_data import Kind, LinkedView, kind_of
from rex_widgets.widgets._linked_filter import Filter
from rex_widgets.widgets._linked_sources import check_is_image, kept_alone, masks_of, no_map
from rex_widgets.widgets._linked_statistics import Rectangle, ViewStatistics, statistics_in
from rex_widgets.widgets._page_traits import page_traits
from rex_widgets.widgets._still import MASK_COLOUR, StillPicture
from rex_widgets.widgets.layer_view import COLORMAPS
from rex_widgets.widgets.live_widget import LiveWidget

MODES = ("side", "overlay", "swipe")
DRAGGING = ("select", "move")

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}


class LinkedViews(StillPicture, LiveWidget):
    """Show photo, maps, differences and masks of one picture, linked in the browser.

    Hovering reads value, rank ("top 3 %") and pixel in every view; a rectangle dragged in one is
    seen in all, with its statistics; zoom, pan and threshold are common. Two of the views can be
    laid over each other or compared by a divider. None of this needs the kernel, which hears of
    what was chosen when a selection ends or the person leaves the widget.

    Arrays travel as messages of their own and never become part of a notebook's saved state.
    All methods may be called from any thread.

    Parameters
    ----------
    picture : uint8 array (H, W, 3)
        The picture that all views are of, 1 to 4096 pixels a side.
    views : mapping of str to array, optional
        Further views by name: floats (H, W) are a map, bool (H, W) a mask, uint8 (H, W, 3)
        another picture.
    name : str
        What the picture itself is called.
    filter : Filter, optional
        Makes one view more, of two maps, with a slider for it; see the property `filter`.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    mode : str
        ``"side"`` (by side), ``"overlay"`` or ``"swipe"``.
    first, second : str
        Names of the two views that overlay and swipe compare; while they name none, the first two.
    divider, blend : float
        0 to 1: where swipe's divider is from the left; how strongly the second covers the first.
    top : float
        0 to 1: every map and difference shows this share of its pixels, the strongest. A share of
        pixels means the same for maps of different units, which a share of the maximum does not.
    quantile : float
        0 to 1: the filtered view shows its map where the other one is at most this quantile of
        its own values. Starts at the filter's.
    opacity : float
        0 to 1, of maps over the picture.
    colormap : str
        Of maps, one of ``rex_widgets.widgets.layer_view.COLORMAPS``; differences are blue below
        zero and red above.
    over_picture : bool
        Draw maps, differences and masks over the picture.
    tool : str
        What dragging does: ``"select"`` or ``"move"``.
    zoom, pan_x, pan_y : float
        1 is the whole picture, at most 32; the pan is in picture pixels from the middle.
    cursor : list of int
        ``[x, y]`` of the pixel that was clicked or moved to by keys, or ``[]``.
    selection : list of int
        ``[x0, y0, x1, y1]``, column x1 and row y1 not inside, or ``[]``.
    width : int
        Least width of one view on the screen in CSS pixels, 100 to 2000.
    error : str
        An error line.

    Raises
    ------
    InputError
        If an array has another type, another shape or values that are not finite, or if there are
        too many of them: at most 24 views, at most 33.5 million pixels in all.

    Examples
    --------
    >>> views = LinkedViews(picture)                            # doctest: +SKIP
    >>> views.add_map("cat", cat).add_map("dog", dog)           # doctest: +SKIP
    >>> views.add_difference("cat − dog", "cat", "dog")         # doctest: +SKIP

    >>> maps = {"importance": importance, "uncertainty": uncertainty}        # doctest: +SKIP
    >>> sure = Filter("importance", "uncertainty", "U-RELAX", quantile=0.5)  # doctest: +SKIP
    >>> LinkedViews(picture, maps, filter=sure)                              # doctest: +SKIP
    """

    _esm = bundle_text("linked-views")

    mode = traitlets.Enum(MODES, default_value="side").tag(**_IN_BROWSER)
    first = traitlets.Unicode("").tag(**_IN_BROWSER)
    second = traitlets.Unicode("").tag(**_IN_BROWSER)
    divider = traitlets.Float(0.5, min=0.0, max=1.0).tag(**_IN_BROWSER)
    blend = traitlets.Float(0.5, min=0.0, max=1.0).tag(**_IN_BROWSER)
    top = traitlets.Float(1.0, min=0.0, max=1.0).tag(**_IN_BROWSER)
    quantile = traitlets.Float(0.5, min=0.0, max=1.0).tag(**_IN_BROWSER)
    opacity = traitlets.Float(0.7, min=0.0, max=1.0).tag(**_IN_BROWSER)
    colormap = traitlets.Enum(COLORMAPS, default_value="magma").tag(**_IN_BROWSER)
    over_picture = traitlets.Bool(True).tag(**_IN_BROWSER)
    tool = traitlets.Enum(DRAGGING, default_value="select").tag(**_IN_BROWSER)
    zoom = traitlets.Float(1.0, min=1.0, max=32.0).tag(**_IN_BROWSER)
    pan_x = traitlets.Float(0.0).tag(**_IN_BROWSER)
    pan_y = traitlets.Float(0.0).tag(**_IN_BROWSER)
    cursor = traitlets.List(traitlets.Int()).tag(**_IN_BROWSER)
    selection = traitlets.List(traitlets.Int()).tag(**_IN_BROWSER)
    width = traitlets.Int(260, min=100, max=2000).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        picture: NDArray[Any],
        views: Mapping[str, NDArray[Any]] | None = None,
        *,
        name: str = "photo",
        filter: Filter | None = None,
        **traits: Any,
    ) -> None:
        self._lock = threading.RLock()
        self._kept = LinkedCollection(name, picture)
        self._shape = self._kept.shape
        for title, values in (views or {}).items():
            self._kept.put(title, kind_of(values), values)
        if filter is not None:
            self._kept.set_filter(filter)
            traits.setdefault("quantile", filter.quantile)
        super().__init__(**traits)
        self.on_msg(self._receive)

    @classmethod
    def of(
        cls, source: Explanation | Run, classes: Sequence[int] = (), **traits: Any
    ) -> LinkedViews:
        """Show what an explanation consists of.

        The views are the photo, the responsibility of the explained class, the explanation (each
        of its parts, where there are several), and the explanation alone with everything else
        hidden; then the responsibility of other classes from the same search, each with its
        difference to the explained class (each divided by its maximum: one class may have ten times
        the responsibility of another).

        Parameters
        ----------
        source : Explanation or Run
            Of a picture. Only a run knows the maps of other classes, and how the model saw what
            was hidden; of an explanation alone, hidden places are shown grey.
        classes : sequence of int
            Further classes to be shown; the explained one may be among them.
        **traits
            As for the class itself.

        Raises
        ------
        InputError
            If it is no picture, nothing has been explained yet, or a class has no map because no
            mutant of this search was ever given it.
        """
        run = source if isinstance(source, Run) else None
        explanation = source.result() if isinstance(source, Run) else source
        check_is_image(explanation)
        target = explanation.target
        alone, hidden = kept_alone(explanation, run.sample if run else None)
        found = cls(shown_picture(explanation), **traits)
        name = f"responsibility: {target.label}"
        found.add_map(name, explanation.map)
        for title, mask in masks_of(explanation):
            found.add_mask(title, mask)
        if explanation.mask.any():
            certainty = f"{percent(explanation.confidence)} {target.label}"
            found.add_picture("explanation alone", alone, note=f"{certainty}, {hidden}")
        for index in dict.fromkeys(classes):
            if index == target.index:
                continue
            values = run.map_for(index) if run else None
            if values is None or run is None:
                raise InputError(no_map(index, run))
            label = run.classifier.label(index)
            other = f"responsibility: {label}"
            found.add_map(other, values)
            colours = f"red: {target.label}, blue: {label}"
            title = f"{target.label} − {label}"
            found.add_difference(title, name, other, scaled=True, note=colours)
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The views' names, in their order."""
        with self._lock:
            return tuple(heading["name"] for heading in self._kept.headings())

    @property
    def filter(self) -> Filter | None:
        """What the filtered view is made of; None takes it away.

        The view is shown behind the later of its two maps as soon as both are here, in the colours
        and on the scale of the map that it shows. Its quantile is then the trait `quantile`.
        """
        return self._kept.filter

    @filter.setter
    def filter(self, chosen: Filter | None) -> None:
        with self._lock:
            self._kept.set_filter(chosen)
            self._tell(set())
        if chosen is not None:
            self.quantile = chosen.quantile

    def values(self, name: str) -> NDArray[Any]:
        """Return a view's array, read-only; InputError if there is no such view."""
        with self._lock:
            return self._kept.named(name, self.quantile).values

    def add_map(
        self, name: str, values: NDArray[Any], *, note: str = "", signed: bool = False
    ) -> LinkedViews:
        """Add a map, or put another one in its place; differences made of it follow.

        Parameters
        ----------
        name : str
            Shown above it, at most 200 characters.
        values : float array (H, W)
            Finite; zero and below are drawn transparent.
        note : str
            A few words beside the name.
        signed : bool
            Values below zero mean something, too: draw it as differences are, blue and red.

        Returns
        -------
        LinkedViews
            Itself, so that calls can be chained.

        Raises
        ------
        InputError
            If type, shape or values do not fit, or there is no room; nothing is changed then.
        """
        return self._add(name, "difference" if signed else "map", values, note)

    def add_mask(self, name: str, mask: NDArray[Any], *, note: str = "") -> LinkedViews:
        """Add a bool (H, W) mask, or put another one in its place; see `add_map`."""
        return self._add(name, "mask", mask, note)

    def add_picture(self, name: str, picture: NDArray[Any], *, note: str = "") -> LinkedViews:
        """Add a uint8 (H, W, 3) picture, or put another one in its place; see `add_map`."""
        return self._add(name, "picture", picture, note)

    def add_difference(
        self, name: str, a: str, b: str, *, scaled: bool = False, note: str | None = None
    ) -> LinkedViews:
        """Add the difference of two maps: blue where b is larger, red where a is.

        Parameters
        ----------
        name : str
            Shown above it.
        a, b : str
            Names of two maps that are here. When one of them is replaced, the difference follows.
        scaled : bool
            Divide each map by its maximum first: for maps of different units, such as those of
            two methods.
        note : str, optional
            A few words beside the name; by default what was subtracted from what.

        Raises
        ------
        InputError
            If a or b is not the name of a map, the difference is too large for 32 bits, or there
            is no room; nothing is changed then.
        """
        with self._lock:
            self._tell(self._kept.put_difference(name, a, b, scaled, note))
        return self

    def remove(self, name: str) -> LinkedViews:
        """Take a view away; differences made of it stay as they are.

        Raises
        ------
        InputError
            If there is no such view, or it is the picture that all others are of.
        """
        with self._lock:
            self._kept.remove(name)
            self._tell(set())
        return self

    def statistics(self, rectangle: Sequence[int] | None = None) -> dict[str, ViewStatistics]:
        """Mean, largest value and share of the whole inside a rectangle, for every view.

        Parameters
        ----------
        rectangle : sequence of int, optional
            x0, y0, x1, y1 in pixels, column x1 and row y1 not inside; by default the selection,
            and the whole picture where nothing is selected.

        Raises
        ------
        InputError
            If the rectangle does not lie inside the picture.
        """
        height, width = self._shape
        chosen = list(self.selection) if rectangle is None else [int(v) for v in rectangle]
        inside = self._rectangle(chosen) or (0, 0, width, height)
        return {
            view.name: statistics_in(view.kind, view.values, inside)
            for view in self._kept.shown(self.quantile)
        }

    def to_html(self, path: str | os.PathLike[str], *, title: str = "Linked views") -> Path:
        """Write the views, as linked as they are here, as one page without kernel or network.

        Parameters
        ----------
        path : str or path
            File to write; an existing one is replaced in one step.
        title : str
            Heading of the page.

        Raises
        ------
        InputError
            If the page would be larger than 15 MB, or the file cannot be written.
        """
        with self._lock:
            messages = self._messages(set(self.names))
            count = len(self.names)
        height, width = self._shape
        return write_widget_page(
            path,
            title=title,
            lead=f"{count} views of one picture of {width} × {height} pixels",
            esm="linked-views",
            traits=page_traits(self),
            messages=messages,
        )

    def _add(self, name: str, kind: Kind, values: Any, note: str) -> LinkedViews:
        with self._lock:
            self._tell(self._kept.put(name, kind, values, note))
        return self

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        return f"<LinkedViews: {', '.join(self.names)}>"

    def still_png(self) -> bytes:
        """Return what is shown as a PNG, for where no widget is alive."""
        with self._lock:
            views = self._kept.shown(self.quantile)
        picture = views[0].values
        return stills.sheet_png([(view.name, _still(view, picture)) for view in views])

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            with self._lock:
                self._tell(set(self.names))

    def _tell(self, changed: set[str]) -> None:
        for content, buffers in self._messages(changed):
            self.send(content, buffers)

    def _messages(self, changed: set[str]) -> list[Message]:
        """Which views there are, then the arrays of those that have changed."""
        height, width = self._shape
        headings = self._kept.headings()
        listed = {"type": "views", "height": height, "width": width, "views": headings}
        return [(listed, []), *(v.data() for v in self._kept.views if v.name in changed)]

    def _rectangle(self, given: Sequence[int]) -> Rectangle | None:
        if not given:
            return None
        height, width = self._shape
        if len(given) == 4:
            x0, y0, x1, y1 = given
            if 0 <= x0 < x1 <= width and 0 <= y0 < y1 <= height:
                return x0, y0, x1, y1
        raise InputError(
            f"The rectangle was {list(given)}; expected x0, y0, x1, y1 with 0 ≤ x0 < x1 ≤ {width} "
            f"and 0 ≤ y0 < y1 ≤ {height}, or nothing."
        )

    @traitlets.validate("selection")
    def _inside(self, proposal: Any) -> list[int]:
        try:
            return list(self._rectangle(proposal["value"]) or ())
        except InputError as problem:
            raise _Refused(str(problem)) from None

    @traitlets.validate("cursor")
    def _pixel(self, proposal: Any) -> list[int]:
        given = proposal["value"]
        height, width = self._shape
        if not given or (len(given) == 2 and 0 <= given[0] < width and 0 <= given[1] < height):
            return list(given)
        raise _Refused(
            f"The cursor was {given}; expected x, y inside {width} × {height} pixels, or nothing."
        )

    @traitlets.validate("quantile")
    def _share(self, proposal: Any) -> float:
        value = float(proposal["value"])
        return value if math.isfinite(value) else 0.5

    @traitlets.validate("pan_x", "pan_y")
    def _finite(self, proposal: Any) -> float:
        # JSON from a browser may hold NaN, which would blank the picture.
        value = float(proposal["value"])
        return value if math.isfinite(value) else 0.0


class _Refused(InputError, traitlets.TraitError):  # type: ignore[misc]
    """Of a trait: where several are set at once, traitlets takes back only for its own error."""


def _still(view: LinkedView, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return a view in colours, over the picture."""
    if view.kind == "mask":
        return stills.tinted(picture, view.values, MASK_COLOUR)
    if view.kind == "picture":
        return np.asarray(view.values, np.uint8)
    return stills.coloured(view.values, picture, signed=view.kind == "difference")
