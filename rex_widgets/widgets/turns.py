"""Taking turns at a model, so that two panels on it do not disturb each other.

A module in training mode is switched to evaluation and back around each call, and a person's
own function need not be thread-safe. Turns are first come, first served: with a plain lock, the
thread that has just let go would nearly always get it again.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import WeakValueDictionary


class Turns:
    """A fair lock."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: deque[object] = deque()

    @contextmanager
    def mine(self) -> Iterator[None]:
        """Wait for the turn, and keep it inside the block."""
        ticket = object()
        with self._changed:
            self._line.append(ticket)
            while self._line[0] is not ticket:
                self._changed.wait()
        try:
            yield
        finally:
            with self._changed:
                self._line.popleft()
                self._changed.notify_all()


_TURNS: WeakValueDictionary[int, Turns] = WeakValueDictionary()
_GUARD = threading.Lock()


def turns_at(classifier: Any) -> Turns:
    """Return the turns at the model behind a classifier; keep them while they are used.

    Two classifiers made of the same module, function or session share them.
    """
    model = classifier
    for name in ("_module", "_function", "_session", "_model"):
        model = getattr(classifier, name, None) or model
    with _GUARD:
        # The number may be given again once the model is gone; two models that share turns by
        # such an accident only wait for each other.
        found = _TURNS.get(id(model))
        if found is None:
            found = _TURNS[id(model)] = Turns()
        return found
