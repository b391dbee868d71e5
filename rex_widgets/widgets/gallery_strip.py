"""Pictures to choose one from, the most similar first."""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.report import stills
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._layer_arrays import checked_picture
from rex_widgets.widgets._linked_data import checked_words
from rex_widgets.widgets._still import StillPicture
from rex_widgets.widgets.live_widget import LiveWidget

GalleryItem: TypeAlias = tuple[str, float, NDArray[np.uint8] | None]

MOST_ITEMS = 500
MOST_SIDE = 160
"""Longest side in pixels of a thumbnail in the browser; larger ones are made smaller here."""


class GalleryStrip(StillPicture, LiveWidget):
    """Show pictures with how similar they are to something; one of them can be chosen.

    They stand in a row, the most similar first. A click or the arrow keys choose one, Escape or
    another click choose none. Thumbnails travel as messages and never become part of a notebook's
    saved state. All methods may be called from any thread.

    Parameters
    ----------
    items : sequence of (str, float, uint8 array (H, W, 3) or None)
        Name, similarity and thumbnail of each, at most 500; see `show`.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    chosen : int
        Which item is chosen, as its index among the items *as they were given*; −1 is none.
    title : str
        A heading above the row; empty shows none.
    entries : list of dict
        Names and similarities in the order shown, each with its index. Set it through `show`.

    Raises
    ------
    InputError
        If an item is not a name, a finite number and a picture, or there are too many.

    Examples
    --------
    >>> strip = GalleryStrip([("cat.jpg", 0.83, cat), ("dog.jpg", 0.41, dog)])  # doctest: +SKIP
    >>> strip.on_choose(lambda index: print("chosen:", index))                  # doctest: +SKIP
    """

    _esm = bundle_text("gallery-strip")

    entries = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Int(-1).tag(sync=True)
    title = traitlets.Unicode("").tag(sync=True)

    def __init__(self, items: Sequence[GalleryItem] = (), **traits: Any) -> None:
        self._lock = threading.RLock()
        self._callbacks: Callbacks[[int]] = Callbacks()
        self._thumbnails: list[NDArray[np.uint8] | None] = []
        chosen = traits.pop("chosen", -1)
        super().__init__(**traits)
        self.on_msg(self._receive)
        self.observe(lambda change: self._callbacks(change["new"]), "chosen")
        self.show(items)
        self.chosen = chosen

    def show(self, items: Sequence[GalleryItem]) -> None:
        """Show other items; the choice stays where it was if its name did not change.

        Parameters
        ----------
        items : sequence of (str, float, uint8 array (H, W, 3) or None)
            Name (at most 200 characters), similarity (finite; a bar shows it on a scale of −1 to
            1, or to the largest where that is larger) and thumbnail, made smaller where a side is
            longer than 160 pixels.

        Raises
        ------
        InputError
            If an item is something else or there are too many; nothing is changed then.
        """
        checked = [_checked(item, number) for number, item in enumerate(items)]
        if len(checked) > MOST_ITEMS:
            raise InputError(
                f"There are {len(checked)} items; at most {MOST_ITEMS} are shown. Give those with "
                "the largest similarity."
            )
        # Equal ones stay in the order in which they were given.
        order = sorted(range(len(checked)), key=lambda index: -checked[index][1])
        entries = [{"index": i, "name": checked[i][0], "similarity": checked[i][1]} for i in order]
        with self._lock:
            names = {entry["index"]: entry["name"] for entry in self.entries}
            before = self._thumbnails
            self._thumbnails = [thumbnail for _, _, thumbnail in checked]
            stays = names.get(self.chosen) == dict(enumerate(c[0] for c in checked)).get(
                self.chosen
            )
            if not stays:
                self.chosen = -1
            self.entries = entries
            for index, thumbnail in enumerate(self._thumbnails):
                if index >= len(before) or not _same(thumbnail, before[index]):
                    self._send_thumbnail(index)

    def on_choose(self, callback: Callable[[int], object], remove: bool = False) -> None:
        """Call back with the index of the chosen item, or −1, whenever that changes.

        Parameters
        ----------
        callback : callable
            Gets `chosen`. It may be called on any thread and should return soon.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def close(self) -> None:
        """Take the strip off the screen and drop its callbacks."""
        self._callbacks = Callbacks()
        super().close()

    def still_words(self) -> str:
        """Return a line about what is shown, for where no widget is alive."""
        shown = ", ".join(f"{e['name']} {e['similarity']:.3g}" for e in self.entries[:8])
        more = f" and {len(self.entries) - 8} more" if len(self.entries) > 8 else ""
        return f"<GalleryStrip: {shown or 'nothing'}{more}>"

    def still_png(self) -> bytes:
        """Return what is shown as a PNG, for where no widget is alive."""
        with self._lock:
            blank = np.full((8, MOST_SIDE, 3), 255, np.uint8)
            pictures = [
                (f"{e['similarity']:.3g}  {e['name']}", blank if t is None else t)
                for e in self.entries[:16]
                for t in [self._thumbnails[e["index"]]]
            ]
        return stills.sheet_png(pictures)

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            with self._lock:
                for index in range(len(self._thumbnails)):
                    self._send_thumbnail(index)

    def _send_thumbnail(self, index: int) -> None:
        thumbnail = self._thumbnails[index]
        height, width = (0, 0) if thumbnail is None else thumbnail.shape[:2]
        content = {"type": "thumbnail", "index": index, "height": height, "width": width}
        self.send(content, [] if thumbnail is None else [thumbnail.tobytes()])

    @traitlets.validate("chosen")
    def _known(self, proposal: Any) -> int:
        chosen = int(proposal["value"])
        if not -1 <= chosen < len(self._thumbnails):
            raise traitlets.TraitError(
                f"Item {chosen} was chosen; expected 0 to {len(self._thumbnails) - 1}, or -1."
            )
        return chosen


def _checked(item: Any, number: int) -> tuple[str, float, NDArray[np.uint8] | None]:
    try:
        name, similarity, thumbnail = item
        similarity = float(similarity)
    except (TypeError, ValueError, OverflowError):
        raise InputError(
            f"Item {number} is {repr(item)[:60]}; expected a name, a similarity and a thumbnail."
        ) from None
    checked_words(f"name of item {number}", name)
    if not math.isfinite(similarity):
        raise InputError(f"The similarity of {name!r} is {similarity}; expected a finite number.")
    return name, similarity, None if thumbnail is None else _small(checked_picture(thumbnail))


def _small(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    if max(picture.shape[:2]) <= MOST_SIDE:
        return picture
    from PIL import Image

    image = Image.fromarray(picture)
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    return np.asarray(image)


def _same(a: NDArray[np.uint8] | None, b: NDArray[np.uint8] | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))
