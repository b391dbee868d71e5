"""The bar that `--wait` shows: renewed in place in a notebook, one line in a terminal."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import escape
from typing import Any

from rex_widgets.cli.bar import SECONDS, bar_line, progress_words, terminal_bar
from rex_widgets.results import Progress


@contextmanager
def progress_bar(
    shell: Any, quiet: bool = False, counted: Callable[[], str] = lambda: ""
) -> Iterator[Callable[[Progress], None]]:
    """Show a bar inside the block; give the function that moves it.

    Parameters
    ----------
    shell
        Where it is shown.
    quiet
        Show nothing.
    counted
        Tells in words what a method counts besides evaluations: "64 masks"; empty for none.
    """
    if quiet:
        yield lambda progress: None
    elif hasattr(shell, "kernel"):
        yield from _in_notebook(counted)
    else:
        with terminal_bar(counted=counted) as tell:
            yield tell


def _in_notebook(counted: Callable[[], str]) -> Iterator[Callable[[Progress], None]]:
    from IPython.display import display

    told = -float("inf")
    handle: Any = display(_data(Progress()), raw=True, display_id=True)
    last = Progress()

    def tell(progress: Progress) -> None:
        nonlocal told, last
        last = progress
        if time.monotonic() - told >= SECONDS:
            handle.update(_data(progress, counted()), raw=True)
            told = time.monotonic()

    try:
        yield tell
    finally:
        handle.update(_data(last, counted()), raw=True)


def _data(progress: Progress, counted: str = "") -> dict[str, str]:
    words = progress_words(progress, counted)
    page = (
        f"<progress max='1' value='{progress.fraction:.3f}' aria-label='Progress' "
        "style='width:min(320px,60%);vertical-align:middle'></progress> "
        f"<span>{escape(words)}</span>"
    )
    return {"text/plain": bar_line(progress, counted), "text/html": page}
