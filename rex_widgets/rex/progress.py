"""The progress of a search, for a script or a notebook."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rex_widgets.results import Progress

WIDTH = 30


def progress_bar(wanted: bool) -> Callable[[Progress], None]:
    """What to call with every progress.

    A bar on a terminal and in a notebook; elsewhere, such as in a file, a line
    at every tenth of the work.
    """
    if not wanted:
        return _nothing
    return _bar if sys.stderr.isatty() or _in_notebook() else _Tenths()


def _in_notebook() -> bool:
    """Whether a Jupyter kernel shows what is printed; a carriage return starts its line anew."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and hasattr(shell, "kernel")


def _nothing(progress: Progress) -> None:
    del progress


def _bar(progress: Progress) -> None:
    full = round(progress.fraction * WIDTH)
    print(
        f"\r{progress.stage:<20} [{'#' * full}{' ' * (WIDTH - full)}] "
        f"{progress.evaluations} evaluations",
        end="\n" if progress.fraction >= 1 else "",
        file=sys.stderr,
        flush=True,
    )


class _Tenths:
    def __init__(self) -> None:
        self._next = 1

    def __call__(self, progress: Progress) -> None:
        if progress.fraction * 10 < self._next:
            return
        self._next = int(progress.fraction * 10) + 1
        print(
            f"{progress.fraction:4.0%}  {progress.stage}, {progress.evaluations} evaluations",
            file=sys.stderr,
            flush=True,
        )
