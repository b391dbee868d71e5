"""The panel of the method relax: a representation's maps, to be watched, steered and asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.run import Run
from rex_widgets.widgets.panel_history import HistoryPage
from rex_widgets.widgets.panel_settings import SettingsPage, settings_of
from rex_widgets.widgets.relax_history import RELAX_HISTORY
from rex_widgets.widgets.relax_parts import RelaxParts
from rex_widgets.widgets.relax_screen import RelaxScreen
from rex_widgets.widgets.run_panel import RunPanel, same_setting


class RelaxPanel(RunPanel):
    """Shows a representation's importance and uncertainty while they are estimated.

    The input is there at once; `start` begins the computation on a thread of its own, so that the
    kernel stays free. The slider of U-RELAX is the browser's own. Nothing that is pressed waits
    for the encoder.

    Parameters
    ----------
    run
        A run of the method relax.
    written
        How the call was written, for "copy as code": keywords of
        `rex_widgets.widgets.command_line.explain_line`, such as ``image="img"``.

    Attributes
    ----------
    run : Run
        The run that is shown now; applied settings put another one here.
    history : list of Run
        The runs that were shown before, at most 100; the oldest goes.

    Examples
    --------
    >>> run = rw.start("cat.png", encoder, method="relax")       # doctest: +SKIP
    >>> panel = RelaxPanel(run)                                  # doctest: +SKIP
    >>> panel.start()                                            # doctest: +SKIP
    >>> panel                                                    # doctest: +SKIP
    """

    def __init__(self, run: Run[Any], *, written: Mapping[str, Any] | None = None) -> None:
        self._history = HistoryPage(self.restore, RELAX_HISTORY)
        self._parts = parts = RelaxParts(
            run,
            pages=[SettingsPage(run, self.use_settings), self._history],
            painted=self._painted,
        )
        super().__init__(run, parts, written=written)
        self._hides: NDArray[np.bool_] | None = None
        self._screen = RelaxScreen(parts, self._bundle, self.code)
        parts.masks.observe(self._slid, "value")
        self._listen(run, self._screen)

    def choose_neighbour(self, place: int) -> None:
        """Show what makes the input similar to that neighbour, counted from 0; −1: to none."""
        self._parts.gallery.chosen = place

    def extend_to(self, masks: int) -> None:
        """Ask for so many masks in all; fewer than there are change nothing."""
        self._worker.extend_to(masks, "masks")

    def _slid(self, change: Mapping[str, Any]) -> None:
        # What the worker's thread writes there is what the run has, and no wish.
        if not self._worker.here and change["new"] != self.run.iters:
            self.extend_to(int(change["new"]))

    def _painted(self, painted: NDArray[np.bool_]) -> None:
        self._hides = painted if painted.any() else None
        self._worker.what_if(None if self._hides is None else ~self._hides)

    def _run_with(self, run: Run[Any], settings: Any) -> Run[Any] | None:
        """Return a run with these settings; more masks alone extend the one on show."""
        now = settings_of(run)
        if settings.masks > run.iters and _same_but_batches(settings, now):
            self.extend_to(settings.masks)
            return None
        new = super()._run_with(run, settings)
        if new is not None and self._hides is not None:
            # What is painted stays painted: the new run is asked about it, too.
            self._worker.what_if(~self._hides)
        return new


def _same_but_batches(one: Any, other: Any) -> bool:
    names = [name for name in one.__dataclass_fields__ if name != "num_batches"]
    return all(same_setting(one, other, name) for name in names)
