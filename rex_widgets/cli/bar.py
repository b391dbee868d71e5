"""Progress on a terminal: one line, renewed in place; elsewhere a line for every stage."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TextIO

from rex_widgets.results import Progress

SECONDS = 0.1
"""Shortest time between two renewals."""

PLAIN_SECONDS = 10.0
"""Time after which a line is written where nothing can be renewed."""

_WIDTH = 30


def _nothing() -> str:
    return ""


def bar_line(progress: Progress, counted: str = "") -> str:
    """Return progress as a bar of plain characters with words behind it; see `progress_words`."""
    full = round(progress.fraction * _WIDTH)
    bar = "#" * full + " " * (_WIDTH - full)
    return f"[{bar}] {progress.fraction:4.0%} {progress_words(progress, counted)}"


def progress_words(progress: Progress, counted: str = "") -> str:
    """Return stage, evaluations (or what a method counts instead), speed, time left."""
    left = progress.seconds_left
    parts = [progress.stage, counted or f"{progress.evaluations} evaluations"]
    if progress.evaluations_per_second > 0:
        parts.append(f"{progress.evaluations_per_second:.0f}/s")
    if left is not None and progress.fraction < 1:
        parts.append(f"about {left:.0f} s left")
    return ", ".join(parts)


@contextmanager
def terminal_bar(
    stream: TextIO | None = None, counted: Callable[[], str] = _nothing
) -> Iterator[Callable[[Progress], None]]:
    """Show a bar inside the block, on the standard error stream by default.

    Parameters
    ----------
    stream
        Where to.
    counted
        Tells in words what a method counts besides evaluations: "64 masks"; empty for none.
    """
    told, last, longest = -float("inf"), Progress(), 0
    out = sys.stderr if stream is None else stream

    def show(progress: Progress, end: str = "") -> None:
        nonlocal longest
        line = bar_line(progress, counted())
        longest = max(longest, len(line))
        print("\r" + line.ljust(longest), end=end, file=out, flush=True)

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


@contextmanager
def plain_lines(
    stream: TextIO | None = None, counted: Callable[[], str] = _nothing
) -> Iterator[Callable[[Progress], None]]:
    """Write a line when a stage begins, and every few seconds; parameters as `terminal_bar`."""
    told, stage = time.monotonic(), ""
    out = sys.stderr if stream is None else stream

    def tell(progress: Progress) -> None:
        nonlocal told, stage
        if progress.stage == stage and time.monotonic() - told < PLAIN_SECONDS:
            return
        told, stage = time.monotonic(), progress.stage
        print(
            f"{progress.fraction:4.0%} {progress_words(progress, counted())}", file=out, flush=True
        )

    yield tell
