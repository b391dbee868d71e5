"""A border between two batches: where other threads may look at a run.

One thread works, batch after batch. Visitors wait for the end of the running
batch; while one of them waits, the worker does not start the next batch.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Border:
    """Mutual exclusion between one worker and its visitors, visitors first."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._worker: int | None = None
        self._visiting = threading.RLock()
        self._waiting = 0

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
            if self._worker is not None:
                raise RuntimeError(
                    "This run is being driven by another thread. One thread drives a run; "
                    "pause(), cancel(), extend(), save() and result() are safe from any thread."
                )
            while self._waiting:
                self._changed.wait()
            if self._worker is not None:
                raise RuntimeError("This run is being driven by another thread.")
            self._worker = me
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
            inside = self._worker == me
            if not inside:
                self._waiting += 1
                while self._worker is not None:
                    self._changed.wait()
        try:
            with self._visiting:
                yield
        finally:
            if not inside:
                with self._changed:
                    self._waiting -= 1
                    self._changed.notify_all()
