"""The progress of a search, for a script."""

from __future__ import annotations

import sys
from collections.abc import Callable

from rex_widgets.results import Progress

WIDTH = 30


def progress_bar(wanted: bool) -> Callable[[Progress], None]:
    """What to call with every progress: a bar on a terminal, else nothing."""
    return _bar if wanted and sys.stderr.isatty() else _nothing


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
