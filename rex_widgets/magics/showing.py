"""How runs and explanations are shown when a cell gives them."""

from __future__ import annotations

from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from rex_widgets.errors import RexWidgetsError


class ShownRuns:
    """Remembers which panel shows which run, so that none is shown twice in a cell.

    Parameters
    ----------
    shell
        The shell whose cells are shown.
    """

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._panels: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()
        self._in_this_cell: Any = None

    def show_new(self, run: Any, written: dict[str, Any], *, quiet: bool = False) -> None:
        """Show a run that the magic has just made, and begin to compute."""
        from rex_widgets.widgets.panels import panel_for

        panel = self._panels[run] = panel_for(run, written=written)
        # The value of the cell is the run: its panel is there already.
        self._in_this_cell = run
        if not quiet:
            panel.show()
        panel.start()

    def show(self, run: Any) -> None:
        """Show a run that is the value of a cell: its panel, or a new one that waits."""
        if run is self._in_this_cell:
            self._in_this_cell = None
            return
        if not hasattr(self._shell, "kernel"):
            print(repr(run))
            return
        from rex_widgets.widgets.panels import panel_for

        panel = self._panels.get(run)
        if panel is None or panel.closed or panel.run is not run:
            panel = self._panels[run] = panel_for(run)
        panel.show()

    def end_of_cell(self, *_: Any) -> None:
        """Forget what was shown in the cell that has ended."""
        self._in_this_cell = None


_SHOWN: WeakKeyDictionary[Any, ShownRuns] = WeakKeyDictionary()


def shown_runs(shell: Any) -> ShownRuns:
    """Return the shell's own `ShownRuns`."""
    if shell not in _SHOWN:
        _SHOWN[shell] = ShownRuns(shell)
    return _SHOWN[shell]


def explanation_mimebundle(
    explanation: Any, include: Any = None, exclude: Any = None
) -> dict[str, Any]:
    """Show an explanation of any method as text and picture; for IPython's formatters."""
    from rex_widgets.report import explanation_png, explanation_text

    data: dict[str, Any] = {"text/plain": explanation_text(explanation)}
    with suppress(RexWidgetsError, OSError, ValueError):  # the text alone is still an answer
        data["image/png"] = explanation_png(explanation)
    return {
        name: value
        for name, value in data.items()
        if (not include or name in include) and not (exclude and name in exclude)
    }


_EXPLANATIONS = (
    ("rex_widgets.results", "Explanation"),
    ("rex_widgets.relax.explanation", "RelaxExplanation"),
    ("rex_widgets.latent.counterfactuals", "Counterfactuals"),
    ("rex_widgets.bridge.counterfactuals", "RegionCounterfactuals"),
)


def register_formatters(shell: Any) -> None:
    """Let the shell show runs as panels, and explanations as text and picture."""
    formatter = shell.display_formatter
    formatter.ipython_display_formatter.for_type_by_name(
        "rex_widgets.run", "Run", lambda run: shown_runs(shell).show(run)
    )
    for module, name in _EXPLANATIONS:
        formatter.mimebundle_formatter.for_type_by_name(module, name, explanation_mimebundle)
    shell.events.register("post_run_cell", shown_runs(shell).end_of_cell)


def unregister_formatters(shell: Any) -> None:
    """Undo `register_formatters`."""
    formatter = shell.display_formatter
    for kind, module, name in (
        (formatter.ipython_display_formatter, "rex_widgets.run", "Run"),
        *((formatter.mimebundle_formatter, *known) for known in _EXPLANATIONS),
    ):
        kind.pop(f"{module}.{name}", None)
    with suppress(ValueError):
        shell.events.unregister("post_run_cell", shown_runs(shell).end_of_cell)
