"""The bar that `--wait` shows: renewed in place in a notebook, one line in a terminal."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from rex_widgets.results import Progress

SECONDS = 0.1
"""Shortest time between two renewals."""
_WIDTH = 30


@contextmanager
def progress_bar(shell: Any, quiet: bool = False) -> Iterator[Callable[[Progress], None]]:
    """Show a bar inside the block; give the function that moves it."""
    if quiet:
        yield lambda progress: None
    elif hasattr(shell, "kernel"):
        yield from _in_notebook()
    else:
        yield from _in_terminal()


def _in_notebook() -> Iterator[Callable[[Progress], None]]:
    from IPython.display import display

    told = -float("inf")
    handle: Any = display(_data(Progress()), raw=True, display_id=True)
    last = Progress()

    def tell(progress: Progress) -> None:
        nonlocal told, last
        last = progress
        if time.monotonic() - told >= SECONDS:
            handle.update(_data(progress), raw=True)
            told = time.monotonic()

    try:
        yield tell
    finally:
        handle.update(_data(last), raw=True)


def _in_terminal() -> Iterator[Callable[[Progress], None]]:
    told, last, longest = -float("inf"), Progress(), 0

    def show(progress: Progress, end: str = "") -> None:
        nonlocal longest
        line = _line(progress)
        longest = max(longest, len(line))
        print("\r" + line.ljust(longest), end=end, file=sys.stderr, flush=True)

    def tell(progress: Progress) -> None:
        nonlocal told, last
        last = progress
        if time.monotonic() - told >= SECONDS:
            show(progress)
            told = time.monotonic()

    try:
        yield tell
    finally:
        show(last, "\n")


def _line(progress: Progress) -> str:
    full = round(progress.fraction * _WIDTH)
    return f"[{'#' * full}{' ' * (_WIDTH - full)}] {progress.fraction:4.0%} {_words(progress)}"


def _words(progress: Progress) -> str:
    left = progress.seconds_left
    parts = [progress.stage, f"{progress.evaluations} evaluations"]
    if progress.evaluations_per_second > 0:
        parts.append(f"{progress.evaluations_per_second:.0f}/s")
    if left is not None and progress.fraction < 1:
        parts.append(f"about {left:.0f} s left")
    return ", ".join(parts)


def _data(progress: Progress) -> dict[str, str]:
    words = _words(progress)
    page = (
        f"<progress max='1' value='{progress.fraction:.3f}' aria-label='Progress' "
        "style='width:min(320px,60%);vertical-align:middle'></progress> "
        f"<span>{escape(words)}</span>"
    )
    return {"text/plain": _line(progress), "text/html": page}
