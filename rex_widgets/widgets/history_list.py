"""The results of a session: to come back to, to compare, and to let go."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import traitlets

from rex_widgets.errors import InputError
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._history_entries import (
    KINDS_LISTED,
    MAX_BYTES,
    Entry,
    Listed,
    bytes_of,
    facts_of,
    thumbnail_of,
)
from rex_widgets.widgets.live_widget import LiveWidget

MAX_ENTRIES = 100


class HistoryList(LiveWidget):
    """List explanations with a small picture and what tells them apart, the newest first.

    The small pictures travel as messages and never become part of a notebook's saved state. All
    methods may be called from any thread.

    What is removed can be brought back until something else is removed; only then it is let go,
    and `on_remove` is told. The list holds at most ``max_entries``, and arrays of 1 GB; the
    oldest goes when another one comes, and the list says so.

    Parameters
    ----------
    max_entries
        1 to 100.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    chosen : str
        The id that is shown now; empty for none.
    title, notice, error : str
        The heading, a line about what has just happened, an error line.
    entries : list of dict
        The facts of every entry, the newest first.
    """

    _esm = bundle_text("history-list")

    entries = traitlets.List(traitlets.Dict()).tag(sync=True)
    chosen = traitlets.Unicode("").tag(sync=True)
    title = traitlets.Unicode("Results of this session").tag(sync=True)
    notice = traitlets.Unicode("").tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)
    can_undo = traitlets.Bool(False).tag(sync=True)

    def __init__(self, *, max_entries: int = MAX_ENTRIES, **traits: Any) -> None:
        self._lock = threading.RLock()
        self._most = max_entries
        self._number = 0
        self._held: list[Entry] = []
        self._removed: list[Entry] = []
        self._before: list[str] = []
        self._restore: Callbacks[[str]] = Callbacks()
        self._compare: Callbacks[[str, str]] = Callbacks()
        self._remove: Callbacks[[str]] = Callbacks()
        if isinstance(max_entries, bool) or not 1 <= max_entries <= MAX_ENTRIES:
            raise InputError(f"max_entries was {max_entries!r}; expected 1 to {MAX_ENTRIES}.")
        super().__init__(**traits)
        self.on_msg(self._receive)

    def __len__(self) -> int:
        """Return the number of entries that are listed."""
        return len(self._held)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of what is listed, the newest first."""
        with self._lock:
            return tuple(entry.id for entry in self._held)

    def add(self, explanation: Listed, *, name: str = "") -> str:
        """List another explanation and mark it as the one that is shown.

        Parameters
        ----------
        explanation
            Of any kind; finished or not.
        name
            What to call it; the explained class, or what was asked, if empty.

        Returns
        -------
        str
            Its id, by which the callbacks speak of it. No id is given twice.

        Raises
        ------
        InputError
            It is no explanation.
        """
        if not isinstance(explanation, KINDS_LISTED):
            raise InputError(
                f"A {type(explanation).__name__} was given to the history; expected an "
                "Explanation, such as run.result()."
            )
        picture = thumbnail_of(explanation)
        with self._lock:
            self._number += 1
            entry = Entry(
                f"result-{self._number}",
                explanation,
                picture,
                facts_of(explanation, name, self._number, time.time()),
            )
            self._held.insert(0, entry)
            gone = self._over_the_bounds()
            self.chosen = entry.id
            self.notice = _gone_words(gone, self._most)
            self._tell()
            self._send_picture(entry)
        for old in gone:
            self._remove(old.id)
        return entry.id

    def explanation(self, entry_id: str) -> Listed:
        """Return a listed explanation, or one that can still be brought back.

        Raises
        ------
        InputError
            There is none of that id.
        """
        with self._lock:
            for entry in (*self._held, *self._removed):
                if entry.id == entry_id:
                    return entry.explanation
        raise InputError(f"{entry_id!r} is not in the history; listed are: {_few(self.ids)}.")

    def remove(self, entry_id: str) -> None:
        """Take one entry out; `undo` brings it back.

        Raises
        ------
        InputError
            There is none of that id.
        """
        self.explanation(entry_id)
        self._take_out({entry_id})

    def clear(self) -> None:
        """Take all entries out; `undo` brings them back."""
        self._take_out(set(self.ids))

    def undo(self) -> None:
        """Bring back what was last removed, where it was; nothing if there is nothing."""
        with self._lock:
            known = {entry.id: entry for entry in (*self._removed, *self._held)}
            new = [entry for entry in self._held if entry.id not in self._before]
            self._held = new + [known[i] for i in self._before if i in known]
            back, self._removed, self._before = self._removed, [], []
            gone = self._over_the_bounds()
            self.notice = _gone_words(gone, self._most)
            self._tell()
            for entry in back:
                self._send_picture(entry)
        for old in gone:
            self._remove(old.id)

    def on_restore(self, callback: Callable[[str], object], remove: bool = False) -> None:
        """Call back with the id of an entry that was chosen; `chosen` is that id already."""
        self._restore.register(callback, remove=remove)

    def on_compare(self, callback: Callable[[str, str], object], remove: bool = False) -> None:
        """Call back with the ids of two entries to be compared, in the order of ticking."""
        self._compare.register(callback, remove=remove)

    def on_remove(self, callback: Callable[[str], object], remove: bool = False) -> None:
        """Call back with the id of every entry that is gone and cannot be brought back."""
        self._remove.register(callback, remove=remove)

    def close(self) -> None:
        """Take the list off the screen; drop callbacks and explanations."""
        with self._lock:
            self._restore, self._compare, self._remove = Callbacks(), Callbacks(), Callbacks()
            self._held, self._removed, self._before = [], [], []
        super().close()

    def _take_out(self, ids: set[str]) -> None:
        with self._lock:
            out = [entry for entry in self._held if entry.id in ids]
            if not out:
                return
            gone, self._removed = self._removed, out
            self._before = [entry.id for entry in self._held]
            self._held = [entry for entry in self._held if entry.id not in ids]
            if self.chosen in ids:
                self.chosen = ""
            self.notice = f"Removed {len(out)} result{'s' if len(out) > 1 else ''}."
            self._tell()
        for old in gone:
            self._remove(old.id)

    def _over_the_bounds(self) -> list[Entry]:
        gone = []
        while len(self._held) > 1 and (
            len(self._held) > self._most
            or bytes_of(entry.explanation for entry in self._held) > MAX_BYTES
        ):
            gone.append(self._held.pop())
        return gone

    def _tell(self) -> None:
        with self.hold_sync():
            self.entries = [{"id": entry.id, **entry.facts} for entry in self._held]
            self.can_undo = bool(self._removed)

    def _send_picture(self, entry: Entry) -> None:
        self.send({"type": "picture", "id": entry.id}, [entry.picture])

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        kind = content.get("type") if isinstance(content, dict) else None
        if kind == "ready":
            with self._lock:
                for entry in self._held:
                    self._send_picture(entry)
        elif kind == "clear":
            self.clear()
        elif kind == "undo":
            self.undo()
        elif kind in ("restore", "remove"):
            entry_id = content.get("id")
            if self._listed(entry_id):
                if kind == "remove":
                    self._take_out({entry_id})
                else:
                    self.chosen = entry_id
                    self._restore(entry_id)
        elif kind == "compare":
            pair = content.get("ids")
            if not isinstance(pair, list) or len(pair) != 2 or pair[0] == pair[1]:
                return
            if all(self._listed(entry_id) for entry_id in pair):
                self._compare(*pair)

    def _listed(self, entry_id: object) -> bool:
        """Whether an entry can be acted on; what a stale page asks for may be gone."""
        if isinstance(entry_id, str) and entry_id in self.ids:
            self.error = ""
            return True
        self.error = "That result is not in the list any more."
        return False


def _gone_words(gone: list[Entry], most: int) -> str:
    if not gone:
        return ""
    names = _few(tuple(entry.facts["name"] for entry in gone))
    return f"The oldest went ({names}): the list holds {most} results, and {MAX_BYTES // 2**30} GB."


def _few(names: tuple[str, ...]) -> str:
    if not names:
        return "none"
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
