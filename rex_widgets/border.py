"""A border between two batches: where other threads may look at a run.

One thread works, batch after batch. Visitors wait for the end of the running
batch. Those who came before the worker asked for its next batch go first, those
who came after it wait: so neither side can starve the other.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Border:
    """Mutual exclusion between one worker and its visitors, in order of arrival."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._visiting = threading.RLock()
        self._worker: int | None = None
        self._arrivals = 0
        self._visitors: dict[int, int] = {}  # the number of arrival of every thread that visits
        self._gate: int | None = None  # visitors from this number on wait for the next batch

    @contextmanager
    def working(self) -> Iterator[None]:
        """Held by the worker during a batch.

        Raises
        ------
        RuntimeError
            Another thread is working: a run is driven by one thread at a time.
        """
        me = threading.get_ident()
        with self._changed:
            if self._worker is not None or self._gate is not None:
                raise RuntimeError(
                    "This run is being driven by another thread. One thread drives a run; "
                    "pause(), cancel(), extend(), save() and result() are safe from any thread."
                )
            gate = self._gate = self._arrivals
            try:
                while any(n < gate for who, n in self._visitors.items() if who != me):
                    self._changed.wait()
                self._worker = me
            finally:
                self._gate = None
                self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self._worker = None
                self._changed.notify_all()

    @contextmanager
    def visiting(self) -> Iterator[None]:
        """Held by a visitor while nothing is being computed."""
        me = threading.get_ident()
        with self._changed:
            inside = self._worker == me or me in self._visitors
            if not inside:
                number = self._visitors[me] = self._arrivals
                self._arrivals += 1
        try:
            if not inside:
                self._wait_for_border(number)
            with self._visiting:
                yield
        finally:
            if not inside:
                with self._changed:
                    del self._visitors[me]
                    self._changed.notify_all()

    def _wait_for_border(self, number: int) -> None:
        with self._changed:
            while self._worker is not None or (self._gate is not None and number >= self._gate):
                self._changed.wait()
