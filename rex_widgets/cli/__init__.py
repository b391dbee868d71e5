"""`rex-widgets`: explanations from the command line, with ReX's flags.

What it takes is imported when it is needed, so that ``--help`` and mistakes are answered at once.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

EXPLAINED, NONE_FOUND, WRONG, INTERRUPTED = 0, 1, 2, 130
"""Exit codes; the last is what a shell gives a program that was interrupted."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv
        The words after the program's name; those of the process by default.

    Returns
    -------
    int
        0 if every input was explained (verified; with ``--no-extract``: there is a map), 1 if
        there is an input without an explanation, 2 for wrong usage or input or a model that
        failed, 130 after an interrupt, when what was found until then has been shown and written.
    """
    from rex_widgets.errors import RexWidgetsError

    words = list(sys.argv[1:] if argv is None else argv)
    try:
        return _run(words)
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # whoever read our output has gone; there is nobody to tell
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return WRONG
    except RexWidgetsError as problem:
        _tell(problem, [" ".join(line.split()) for line in str(problem).splitlines()], words)
    except Exception as problem:
        told = f"{type(problem).__name__}: {' '.join(str(problem).split())}"
        _tell(problem, [told if "--debug" in words else f"{told} (--debug shows where)"], words)
    return WRONG


def _tell(problem: Exception, lines: list[str], words: list[str]) -> None:
    """Say what is wrong, a line for each problem."""
    if "--debug" in words:
        traceback.print_exception(problem)
    for line in filter(None, lines):
        print(f"rex-widgets: {line}", file=sys.stderr)


def _run(words: list[str]) -> int:
    from rex_widgets.cli.request import read_request

    if {"-h", "--help"} & set(words):
        from rex_widgets.flags import asked_method, help_text

        print(help_text(asked_method(words), "command line"), end="")
        return EXPLAINED
    if "--version" in words:
        from importlib.metadata import version

        print(f"rex-widgets {version('rex_widgets')}")
        return EXPLAINED
    request = read_request(words)
    if request.show_settings:
        from rex_widgets.config import show_settings

        print(show_settings(request.found))
        return EXPLAINED
    from rex_widgets.cli.explaining import explain_all

    return explain_all(request)


__all__ = ["main"]
