"""`%explain` and `%%explain` themselves."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Any

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from rex_widgets.errors import RexWidgetsError

_PACKAGE = str(Path(__file__).resolve().parent.parent)


class ExplainMagic:
    """The magic as an object, so that its documentation is made only when it is asked for."""

    __name__ = "explain"

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def __call__(self, line: str, cell: str | None = None) -> Any:
        """Explain; see `getdoc`."""
        from rex_widgets.magics.arguments import parse
        from rex_widgets.magics.showing import shown_runs

        if not line.strip() and cell is None:
            raise UsageError(
                "%explain needs an image and a model: %explain img model --iters 20 "
                "(all flags: %explain?)"
            )
        try:
            call = parse(line, cell, self._shell.user_ns)
            run = self._run(call)
            if call.wishes:
                from rex_widgets.cli.targets import check_kind

                check_kind(call.wishes, run.sample.kind)
        except RexWidgetsError as problem:
            raise _usage(problem) from None
        if call.wait:
            result = self._wait(run, call.quiet or not call.shows_progress)
            self._deliver(run, call)
        else:
            result = run
            shown_runs(self._shell).show_new(run, _written(call), quiet=call.quiet)
        if call.into:
            self._shell.user_ns[call.into] = result
        return result

    def getdoc(self) -> str:
        """Return the documentation with all flags; IPython asks for it at ``%explain?``."""
        from rex_widgets.flags import help_text

        return help_text()

    def _run(self, call: Any) -> Any:
        from dataclasses import fields

        from rex_widgets.api import start
        from rex_widgets.settings import given

        options = {f.name: getattr(call.settings, f.name) for f in fields(call.settings)}
        return start(
            call.image,
            call.model,
            call.method,
            notes=call.notes,
            **options,
            **given(call.input_settings),
            **call.model_settings.given(),
        )

    def _deliver(self, run: Any, call: Any) -> None:
        """Show and write what the line asks for beside the explanation."""
        if not call.wishes:
            return
        from rex_widgets.cli.outputs import deliver, document_of
        from rex_widgets.cli.words import measures
        from rex_widgets.files_out import json_text

        delivered = deliver(run, call.wishes, call.found, source=call.image)
        analysis = delivered.analysis
        lines = [] if call.quiet else list(delivered.lines)
        if analysis is not None and not call.quiet:
            lines.insert(0, measures(analysis))
        if call.wishes.get("json") == "-":
            lines.append(json_text(document_of(run, call.found, analysis)))
        for line in lines:
            print(line)
        if delivered.problems:
            raise UsageError(" ".join(" ".join(delivered.problems).split()))

    def _wait(self, run: Any, quiet: bool) -> Any:
        from rex_widgets.api import finish
        from rex_widgets.magics.progress_bar import progress_bar

        try:
            with progress_bar(self._shell, quiet, lambda: run.counted) as tell:
                return finish(run, tell)
        except RexWidgetsError as problem:
            raise _usage(problem) from None
        except Exception as problem:
            if run.result().stage == "nothing yet":
                raise
            # What was found before the model raised is worth more than an empty cell.
            own = _persons_own(problem.__traceback__)
            self._shell.showtraceback((type(problem), problem, own))
            return run.result()


def _persons_own(trace: TracebackType | None) -> TracebackType | None:
    """Leave out this library's frames above the first one of the person's own code."""
    inner = trace
    while inner is not None and inner.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        inner = inner.tb_next
    return inner if inner is not None else trace


def _usage(problem: RexWidgetsError) -> UsageError:
    """Return one line: what a person mistyped needs no traceback."""
    return UsageError(" ".join(str(problem).split()))


def _written(call: Any) -> dict[str, Any]:
    """How the call was written, for "copy as code"."""
    return {
        "image": call.image_text,
        "model": call.model_text,
        "model_flags": {k: v for k, v in call.written.items() if k != "processed"},
        "spelled": call.spelled,
        "processed": call.input_settings.processed,
    }
