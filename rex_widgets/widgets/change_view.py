"""A picture and what it was changed into in one region, how it formed, and how sure a model was."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.errors import InputError
from rex_widgets.report import rcsb_words, stills
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._change_pictures import (
    Pictures,
    bytes_of,
    in_colours,
    of_one_size,
    pictures_of,
)
from rex_widgets.widgets._change_story import best_of, story_of
from rex_widgets.widgets._counterfactual_table import packed_pictures
from rex_widgets.widgets._still import StillPicture
from rex_widgets.widgets.live_widget import LiveWidget

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}
_OUTLINE = (255, 211, 77)


class ChangeView(StillPicture, LiveWidget):
    """Show region-constrained counterfactuals, live while they form.

    The picture before stands on the left, a sample on the right, with the first laid over it by a
    slider or by dragging. Below are the probabilities of both classes over the steps, a slider that
    shows the picture as it was at some of them, and all samples to choose from. All of that is the
    browser's and asks the kernel nothing, unless pictures are too large to be sent at once.

    Pictures travel as messages and never become part of a notebook's saved state. All methods may
    be called from any thread.

    Parameters
    ----------
    found : RegionCounterfactuals or None
        What is shown first; see `show`.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    chosen : int
        The sample on show, counted from 0; −1 follows the best one.
    moment : int
        Which of the kept moments is shown; −1 is the picture as it stands now.
    shown : str
        What stands on the right: "after" or "difference".
    swipe : float
        Percentage of the right picture over which the one before is laid.
    outline : bool
        Whether the region's border is drawn.
    story : dict
        What the view says. Set it through `show`.

    Raises
    ------
    InputError
        If it is given something else than `RegionCounterfactuals`.

    Examples
    --------
    >>> found = rw.explain(17, "digits", method="rcsb", target=8)   # doctest: +SKIP
    >>> ChangeView(found)                                           # doctest: +SKIP
    """

    _esm = bundle_text("change-view")

    story = traitlets.Dict().tag(sync=True)
    chosen = traitlets.Int(-1, min=-1).tag(**_IN_BROWSER)
    moment = traitlets.Int(-1, min=-1).tag(**_IN_BROWSER)
    shown = traitlets.Enum(("after", "difference"), default_value="after").tag(**_IN_BROWSER)
    swipe = traitlets.Float(0.0, min=0.0, max=100.0).tag(**_IN_BROWSER)
    outline = traitlets.Bool(True).tag(**_IN_BROWSER)

    def __init__(self, found: RegionCounterfactuals | None = None, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._callbacks: Callbacks[[int]] = Callbacks()
        self._found: RegionCounterfactuals | None = None
        self._forget_sent()
        super().__init__(**traits)
        self.on_msg(self._receive)
        self.observe(self._chose, "chosen")
        if found is not None:
            self.show(found)

    @property
    def found(self) -> RegionCounterfactuals | None:
        """What is shown."""
        return self._found

    @property
    def sample(self) -> int:
        """The sample on show: the chosen one, else the best; the first before one has formed."""
        found = self._found
        if found is None:
            return 0
        return self.chosen if 0 <= self.chosen < found.samples else max(0, best_of(found))

    def show(self, found: RegionCounterfactuals) -> None:
        """Show other counterfactuals, or the same ones further on; only what changed is sent.

        Choice, moment and swipe stay where they are.

        Parameters
        ----------
        found : RegionCounterfactuals
            A result, finished or not.

        Raises
        ------
        InputError
            If it is something else; nothing is changed then.
        """
        if not isinstance(found, RegionCounterfactuals):
            raise InputError(
                f"A {type(found).__name__} was given; expected RegionCounterfactuals, such as "
                "rw.explain(17, 'digits', method='rcsb', target=8) returns."
            )
        with self._lock:
            self._found = found
            self._send_changes()
            story = story_of(found)
            if story != self.story:
                self.story = story

    def forget(self) -> None:
        """Follow the best sample as it stands now, so that another run begins afresh."""
        with self._lock:
            self.chosen = self.moment = -1
            self._forget_sent()
            self.send({"type": "forget"})

    def on_choose(self, callback: Callable[[int], object], remove: bool = False) -> None:
        """Call back with `chosen` whenever another sample is chosen.

        Parameters
        ----------
        callback : callable
            Gets the sample's number; −1 for the best. It may be called on any thread and should
            return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the view off the screen and drop its callbacks."""
        self._callbacks = Callbacks()
        super().close()

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        told = "nothing" if self._found is None else rcsb_words.rcsb_line(self._found)
        return f"<ChangeView: {told}>"

    def still_png(self) -> bytes:
        """Return the picture before with its region, and the sample on show, as a PNG."""
        found = self._found
        if found is None:
            return stills.sheet_png([("", np.full((40, 320, 3), 255, np.uint8))])
        number = self.chosen if 0 <= self.chosen < found.samples else int(found.best)
        before, after = (in_colours(bytes_of(one)) for one in (found.before, found.after[number]))
        change = (found.after[number] - found.before).mean(-1)
        pictures = [
            ("before, with the region", stills.tinted(before, found.region, _OUTLINE)),
            (f"sample {number + 1}: {rcsb_words.chance_words(found, number)}".rstrip(": "), after),
            ("difference", stills.coloured(change, signed=True)),
        ]
        return stills.sheet_png([(title, _enlarged(picture)) for title, picture in pictures])

    def _chose(self, change: Any) -> None:
        with self._lock:
            if self._found is not None:
                self._send_changes()
        self._callbacks(change["new"])

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            with self._lock:
                self._forget_sent()
                if self._found is not None:
                    self._send_changes()

    def _forget_sent(self) -> None:
        self._sent: Pictures = {}
        self._sent_region = self._sent_curve = b""

    def _send_changes(self) -> None:
        """Send what is another than before: pictures, the region, the curves."""
        found = self._found
        assert found is not None
        wanted = pictures_of(found, self.sample)
        changed = {
            place: picture
            for place, picture in wanted.items()
            if place not in self._sent or not np.array_equal(picture, self._sent[place])
        }
        self._sent = wanted
        for group in of_one_size(changed):
            about, data = packed_pictures(group)
            self.send({"type": "pictures", **about}, [data])
        region = np.packbits(found.region).tobytes()
        if region != self._sent_region:
            self._sent_region = region
            height, width = found.region.shape
            self.send({"type": "region", "height": height, "width": width}, [region])
        curve = np.ascontiguousarray(found.curve, "<f4").tobytes()
        if curve != self._sent_curve:
            self._sent_curve = curve
            self.send({"type": "curve"}, [curve])

    @traitlets.validate("swipe")
    def _within(self, proposal: Any) -> float:
        # JSON from a browser may hold NaN, which would blank the picture.
        value = float(proposal["value"])
        return min(100.0, max(0.0, value)) if np.isfinite(value) else 0.0


def _enlarged(picture: NDArray[np.uint8], side: int = 192) -> NDArray[np.uint8]:
    """Return a small picture with every pixel repeated, so that a title finds room above it."""
    times = max(1, side // max(picture.shape[:2]))
    return picture.repeat(times, 0).repeat(times, 1)
