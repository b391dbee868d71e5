"""A list of callbacks that survives one of them failing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Generic, ParamSpec

_P = ParamSpec("_P")
_LOG = logging.getLogger("rex_widgets.widgets")


class Callbacks(Generic[_P]):
    """Call every registered function; a failing one is logged and does not stop the others."""

    def __init__(self) -> None:
        self._functions: tuple[Callable[_P, object], ...] = ()

    def register(self, function: Callable[_P, object], *, remove: bool = False) -> None:
        """Add a function once, or take it out again."""
        # A new tuple each time: another thread may be walking through the old one.
        rest = tuple(f for f in self._functions if f != function)
        self._functions = rest if remove else (*rest, function)

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> None:
        """Call all of them, in the order of registration."""
        for function in self._functions:
            try:
                function(*args, **kwargs)
            except Exception:
                _LOG.exception("A callback of a widget failed: %r", function)
