"""Samples and their counterfactuals as pictures, with what became of each."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._counterfactual_still import gallery_png, gallery_words
from rex_widgets.widgets._counterfactual_table import (
    COLUMNS,
    ROWS,
    Window,
    packed_pictures,
    table_of,
    thumbnails,
)
from rex_widgets.widgets._still import StillPicture
from rex_widgets.widgets.live_widget import LiveWidget


class CounterfactualGallery(StillPicture, LiveWidget):
    """Show samples and their counterfactuals, live while they form.

    Each row is a sample with its counterfactuals. Frame and sign say what became of each:
    "successful", "trivial", "causal flip" or "unchanged" where an oracle knows what pictures show,
    else "changed" or "unchanged". Below stands the chosen one: both pictures, the probability of
    the class asked for before and after, and how far each coordinate was moved, as bars.

    At most 12 samples and 24 counterfactuals of each are on show at once; buttons turn the page.
    Pictures travel as messages and never become part of a notebook's saved state. All methods may
    be called from any thread.

    Parameters
    ----------
    found : Counterfactuals or None
        What is shown first; see `show`.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    chosen : list of int
        Sample and counterfactual, counted from 0, or (sample, −1) for the sample itself; empty
        where nothing is chosen.
    first, first_counterfactual : int
        What the page on show begins with.
    title : str
        A heading; empty shows none.
    table : dict
        What the page on show says. Set it through `show`.

    Raises
    ------
    InputError
        If it is given something else than `Counterfactuals`.

    Examples
    --------
    >>> found = rw.explain(17, "world", method="dice")                # doctest: +SKIP
    >>> gallery = CounterfactualGallery(found)                        # doctest: +SKIP
    >>> gallery.on_choose(lambda sample, which: print(sample, which)) # doctest: +SKIP
    """

    _esm = bundle_text("counterfactual-gallery")

    table = traitlets.Dict().tag(sync=True)
    chosen = traitlets.List(traitlets.Int()).tag(sync=True)
    first = traitlets.Int(0, min=0).tag(sync=True)
    first_counterfactual = traitlets.Int(0, min=0).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)

    def __init__(self, found: Counterfactuals | None = None, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._callbacks: Callbacks[[int, int]] = Callbacks()
        self._found: Counterfactuals | None = None
        self._sent: dict[tuple[int, int], NDArray[np.uint8]] = {}
        self._page: tuple[int, ...] = ()
        self._automatic = True
        chosen = traits.pop("chosen", [])
        super().__init__(**traits)
        self.on_msg(self._receive)
        self.observe(self._chose, "chosen")
        self.observe(self._turned, ["first", "first_counterfactual"])
        if found is not None:
            self.show(found)
        if chosen:
            self.chosen = chosen

    @property
    def found(self) -> Counterfactuals | None:
        """What is shown."""
        return self._found

    def show(self, found: Counterfactuals) -> None:
        """Show other counterfactuals, or the same ones further on; only what changed is sent.

        The choice and the page stay where they are. Until a person chooses, the best counterfactual
        of the first sample that has one is chosen.

        Parameters
        ----------
        found : Counterfactuals
            A result, finished or not.

        Raises
        ------
        InputError
            If it is something else; nothing is changed then.
        """
        if not isinstance(found, Counterfactuals):
            raise InputError(
                f"A {type(found).__name__} was given; expected Counterfactuals, such as "
                "rw.explain(17, 'world', method='dice') returns."
            )
        with self._lock:
            self._found = found
            # A choice that is no longer there would point at nothing.
            if self.chosen and not _is_place(self.chosen, found):
                self.chosen = []
            window = self._window()
            if (self.first, self.first_counterfactual) != (window.first, window.start):
                self.first, self.first_counterfactual = window.first, window.start
            self.table = table_of(found, window)
            self._send_pictures(window)
            sample = int(found.found.argmax())
            if self._automatic and np.isfinite(found.after[sample]).all():
                self.chosen = [sample, int(found.best[sample])]
                self._automatic = True

    def forget(self) -> None:
        """Choose nothing, so that other counterfactuals begin afresh."""
        with self._lock:
            self.chosen = []
            self.first = self.first_counterfactual = 0
            self._automatic = True

    def on_choose(self, callback: Callable[[int, int], object], remove: bool = False) -> None:
        """Call back with sample and counterfactual whenever another one is chosen.

        Parameters
        ----------
        callback : callable
            Gets two numbers: (−1, −1) where nothing is chosen, (sample, −1) for the sample
            itself. It may be called on any thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the gallery off the screen and drop its callbacks."""
        self._callbacks = Callbacks()
        super().close()

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        return f"<CounterfactualGallery: {gallery_words(self._found)}>"

    def still_png(self) -> bytes:
        """Return the gallery as a PNG, for where no widget is alive."""
        return gallery_png(self._found)

    def _window(self) -> Window:
        assert self._found is not None
        samples, each = self._found.samples, self._found.explanations
        first = _page_start(self.first, samples, ROWS)
        start = _page_start(self.first_counterfactual, each, COLUMNS)
        return Window(first, min(samples, first + ROWS), start, min(each, start + COLUMNS))

    def _chose(self, change: Any) -> None:
        chosen = change["new"]
        self._automatic = False
        self._callbacks(*(chosen or (-1, -1)))

    def _turned(self, _change: Any) -> None:
        with self._lock:
            if self._found is not None:
                window = self._window()
                self.table = table_of(self._found, window)
                self._send_pictures(window)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            with self._lock:
                self._sent.clear()
                if self._found is not None:
                    self._send_pictures(self._window())

    def _send_pictures(self, window: Window) -> None:
        """Send the pictures on the page that are others than before, and all moves."""
        assert self._found is not None
        page = (window.first, window.last, window.start, window.end)
        if page != self._page:
            self._page = page
            self._sent.clear()
        shown = thumbnails(self._found, window)
        changed = {
            place: picture
            for place, picture in shown.items()
            if place not in self._sent or not np.array_equal(picture, self._sent[place])
        }
        self._sent = shown
        rows = slice(window.first, window.last)
        moved = self._found.moved[rows, window.start : window.end]
        about, data = packed_pictures(changed)
        content = {"type": "pictures", "columns": moved.shape[1], "size": moved.shape[2], **about}
        self.send(content, [data, np.ascontiguousarray(moved, "<f4").tobytes()])

    @traitlets.validate("chosen")
    def _place(self, proposal: Any) -> list[int]:
        chosen = [int(number) for number in proposal["value"]]
        if chosen and (self._found is None or not _is_place(chosen, self._found)):
            raise traitlets.TraitError(
                f"{chosen} was chosen; expected a sample and a counterfactual of those shown."
            )
        return chosen


def _is_place(chosen: list[int], found: Counterfactuals) -> bool:
    if len(chosen) != 2:
        return False
    sample, which = chosen
    return 0 <= sample < found.samples and -1 <= which < found.explanations


def _page_start(asked: int, count: int, page: int) -> int:
    return max(0, min(asked, count - 1)) // page * page
