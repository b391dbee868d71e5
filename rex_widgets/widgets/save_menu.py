"""One button with a menu of everything that an explanation can be saved as."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import traitlets

from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._file_names import checked_name, suggested_name
from rex_widgets.widgets._saving import KINDS
from rex_widgets.widgets.live_widget import LiveWidget

_LOG = logging.getLogger("rex_widgets.widgets")
_NAMES = tuple(one.kind for one in KINDS)

SaveCallback = Callable[[str, str], "Path | None"]


class SaveMenu(LiveWidget):
    """Offer kinds of files and a name, and say what became of it.

    The menu writes nothing itself: callbacks do (`rex_widgets.widgets._saving.save_as` can). A
    callback that returns a path has saved it, and the menu says so; one that raises has not, and
    the menu says why; one that returns ``None`` calls `saved` or `failed` later, from any thread.

    Parameters
    ----------
    kinds
        What is offered, some of "html", "png", "npz", "json", "run", "store" and "code"; all if not
        given.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    name : str
        As typed; empty where the suggestion is good.
    suggestion : str
        What the file is called if nothing is typed; any words are made a good name.
    code : str
        What "Copy as code" copies, in the browser and without the kernel. Empty: the callbacks
        are asked, and answer by setting it.
    message : str
        What became of the last thing saved.

    Raises
    ------
    InputError
        A kind is unknown.
    """

    _esm = bundle_text("save-menu")

    kinds = traitlets.List(traitlets.Dict()).tag(sync=True)
    name = traitlets.Unicode("").tag(sync=True, echo_update=False)
    suggestion = traitlets.Unicode("explanation").tag(sync=True)
    code = traitlets.Unicode("").tag(sync=True)
    message = traitlets.Unicode("").tag(sync=True)
    state = traitlets.Enum(("", "ok", "error", "busy"), default_value="").tag(sync=True)

    def __init__(self, *, kinds: Iterable[str] = _NAMES, **traits: Any) -> None:
        wanted = tuple(kinds)
        unknown = [kind for kind in wanted if kind not in _NAMES]
        if unknown:
            raise InputError(f"{unknown[0]!r} was given; expected some of {', '.join(_NAMES)}.")
        self._offered: dict[str, str] = dict.fromkeys(wanted, "")
        self._callbacks: tuple[SaveCallback, ...] = ()
        super().__init__(**traits)
        self._tell()
        self.on_msg(self._receive)

    def offer(self, kind: str, *, refused: str = "") -> None:
        """Offer a kind, or show it with the reason why it cannot be had now.

        Parameters
        ----------
        kind
            One that the menu was made with.
        refused
            Why not, in a sentence; empty offers it.

        Raises
        ------
        InputError
            The menu was made without it.
        """
        if kind not in self._offered:
            raise InputError(f"{kind!r} was given; this menu has {', '.join(self._offered)}.")
        self._offered[kind] = refused
        self._tell()

    def on_save(self, callback: SaveCallback, remove: bool = False) -> None:
        """Call back with the kind and the name of what is to be saved.

        Parameters
        ----------
        callback : callable
            Gets the kind and the name, which is checked already: it names no folder and is good on
            every system. It may be called on any thread. See the class for what it returns.
        remove : bool
            Take the callback out again.
        """
        rest = tuple(known for known in self._callbacks if known != callback)
        self._callbacks = rest if remove else (*rest, callback)

    def saved(self, path: str | Path) -> None:
        """Say that a file was written."""
        file = Path(path)
        place = "the working folder" if file.absolute().parent == Path.cwd() else f"{file.parent}"
        self._say("ok", f"Saved {file.name} in {place}.")

    def failed(self, problem: BaseException | str) -> None:
        """Say that nothing was saved, and why."""
        if isinstance(problem, str | RexWidgetsError | OSError):
            words = str(problem) or type(problem).__name__
        else:
            words = f"{type(problem).__name__}: {problem}"
        self._say("error", f"Not saved. {' '.join(words.split())[:500]}")

    def close(self) -> None:
        """Take the menu off the screen and drop the callbacks."""
        self._callbacks = ()
        super().close()

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if not isinstance(content, dict) or content.get("type") != "save":
            return
        self._save(content.get("kind"), content.get("name"))
        # Only now: until the callbacks have run, the press is still waiting.
        self.send({"type": "ack"})

    def _save(self, kind: object, given: object) -> None:
        try:
            if not isinstance(kind, str) or kind not in self._offered:
                raise InputError("What was asked for is not in this menu.")
            if self._offered[kind]:
                raise InputError(self._offered[kind])
            blank = given is None or (isinstance(given, str) and not given.strip())
            name = checked_name(self.suggestion if blank else given)
        except InputError as problem:
            self.failed(problem)
            return
        if kind != "code":
            self._say("busy", "Saving…")
        for callback in self._callbacks:
            try:
                path = callback(kind, name)
            except Exception as problem:
                _LOG.info("Saving as %s failed", kind, exc_info=True)
                self.failed(problem)
            else:
                if path is not None and kind != "code":
                    self.saved(path)

    def _say(self, state: str, words: str) -> None:
        with self.hold_sync():
            # First nothing: the same words again are news, too.
            self.message = ""
            self.state, self.message = state, words

    def _tell(self) -> None:
        self.kinds = [
            {
                "kind": one.kind,
                "label": one.label,
                "hint": self._offered[one.kind] or one.hint,
                "ending": one.ending,
                "offered": not self._offered[one.kind],
            }
            for one in KINDS
            if one.kind in self._offered
        ]

    @traitlets.validate("suggestion")
    def _good_name(self, proposal: Any) -> str:
        return suggested_name(str(proposal["value"]))
