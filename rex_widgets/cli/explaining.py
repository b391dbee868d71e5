"""Explaining the inputs of a command line, one after the other."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from rex_widgets.cli import EXPLAINED, INTERRUPTED, NONE_FOUND, WRONG
from rex_widgets.cli.bar import plain_lines, terminal_bar
from rex_widgets.cli.outputs import deliver, document_of
from rex_widgets.cli.request import Request
from rex_widgets.cli.targets import check_kind
from rex_widgets.cli.words import told
from rex_widgets.errors import InputError, RexWidgetsError
from rex_widgets.files_out import is_explained, json_text
from rex_widgets.input_settings import InputSettings
from rex_widgets.model_settings import ModelSettings
from rex_widgets.results import Progress
from rex_widgets.settings import given, options
from rex_widgets.visual_settings import VisualSettings

_WORST = (EXPLAINED, NONE_FOUND, WRONG, INTERRUPTED)


def explain_all(request: Request) -> int:
    """Explain every input; return the worst exit code.

    Raises
    ------
    RexWidgetsError
        The only input is wrong. With several, it is told and the next one is begun.
    """
    several = len(request.inputs) > 1
    model: Any = request.model
    named = request.found.note()
    if named is not None and request.verbose >= 0:
        # a forgotten file that changes the answer must not go unseen
        print(f"rex-widgets: {named}", file=sys.stderr)
    worst = EXPLAINED
    for source in request.inputs:
        try:
            code, model = _explain_one(request, source, model)
        except RexWidgetsError as problem:
            if not several:
                raise
            print(f"rex-widgets: {source.name}: {' '.join(str(problem).split())}", file=sys.stderr)
            code = WRONG
        worst = max(worst, code, key=_WORST.index)
        if code == INTERRUPTED:
            break
    return worst


def _explain_one(request: Request, source: Path, model: Any) -> tuple[int, Any]:
    """Explain one input; return the exit code and the model for the next one."""
    from rex_widgets.api import finish, start
    from rex_widgets.api.reading import is_made
    from rex_widgets.methods import method_named

    settings = request.settings()
    made = is_made(model, method_named(request.method))
    named = request.found.note()
    run = start(
        request.given(source),
        model,
        request.method,
        notes=(*((named,) if named else ()), *request.found.notes),
        **{name: getattr(settings, name) for name in options(type(settings))},
        **given(request.settings(InputSettings)),
        **({} if made else request.settings(ModelSettings).given()),
    )
    wishes = request.wishes_for(source)
    check_kind(wishes, run.sample.kind)
    with _progress(request, lambda: run.counted) as tell:
        explanation = finish(run, tell)
    several = len(request.inputs) > 1
    delivered = deliver(run, wishes, request.found, source=source)
    analysis = delivered.analysis
    if wishes.get("json") == "-":
        print(json_text(document_of(run, request.found, analysis), one_line=several), flush=True)
    elif request.verbose >= 0:
        print(told(explanation, request.verbose, one_line=several, analysis=analysis), flush=True)
    if request.verbose >= 0:
        for line in delivered.lines:
            print(line, file=sys.stderr)
    if delivered.problems:
        raise InputError("\n".join(delivered.problems))
    if run.status == "cancelled":
        return INTERRUPTED, model
    # a model of pictures, or of a fixed input, serves the next input too
    keep = run.classifier if run.sample.kind == "image" else model
    return (EXPLAINED if is_explained(explanation) else NONE_FOUND), keep


def _progress(
    request: Request, counted: Callable[[], str]
) -> AbstractContextManager[Callable[[Progress], None]]:
    if request.verbose < 0 or not request.settings(VisualSettings).progress_bar:
        return nullcontext(lambda progress: None)
    return terminal_bar(counted=counted) if sys.stderr.isatty() else plain_lines(counted=counted)
