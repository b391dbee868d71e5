"""A line of text that says how far the benchmark is."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from rex_widgets.latent.benchmark.evaluation import Progress

_WIDTH = 24
_SECONDS = 0.2


class TextBar:
    """Writes the progress of one run over itself, a few times a second at most.

    Parameters
    ----------
    stream
        Where to; the standard error stream as it is when the bar is made.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._last, self._ended = 0.0, False

    def __call__(self, progress: Progress) -> None:
        """Show progress."""
        now, ended = time.monotonic(), progress.fraction >= 1
        if self._ended:
            return
        self._ended = ended
        if not ended and now - self._last < _SECONDS:
            return
        self._last = now
        filled = "#" * round(_WIDTH * progress.fraction)
        self._stream.write(
            f"\r{progress.explainer}: [{filled:<{_WIDTH}}] {progress.fraction:4.0%}, batch "
            f"{progress.batch + 1} of {progress.batches}" + ("\n" if ended else "")
        )
        self._stream.flush()
