"""The panel of latent counterfactuals: watched while they form, chosen, and moved on by hand."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rex_widgets.run import Run
from rex_widgets.widgets.latent_explore import ExplorePage
from rex_widgets.widgets.latent_history import LATENT_HISTORY
from rex_widgets.widgets.latent_parts import LatentParts
from rex_widgets.widgets.latent_screen import LatentScreen
from rex_widgets.widgets.panel_history import HistoryPage
from rex_widgets.widgets.panel_settings import SettingsPage, settings_of
from rex_widgets.widgets.run_panel import RunPanel, same_setting


class LatentPanel(RunPanel):
    """Shows counterfactuals while they form, and lets a person go on from any of them.

    `start` begins the computation on a thread of its own, so that the kernel stays free. What is
    chosen in the gallery is where the explorer's page begins.

    Parameters
    ----------
    run
        A run of one of the methods dice, dive, xgem, lcf, growing_spheres, stylex and is.
    written
        How the call was written, for "copy as code": keywords of
        `rex_widgets.widgets.command_line.explain_line`, such as ``image="17"``.

    Attributes
    ----------
    run : Run
        The run that is shown now; applied settings put another one here.
    history : list of Run
        The runs that were shown before, at most 100; the oldest goes.

    Examples
    --------
    >>> run = rw.start([3, 17], "world", method="dice")          # doctest: +SKIP
    >>> panel = LatentPanel(run)                                 # doctest: +SKIP
    >>> panel.start()                                            # doctest: +SKIP
    >>> panel                                                    # doctest: +SKIP
    """

    def __init__(self, run: Run[Any], *, written: Mapping[str, Any] | None = None) -> None:
        self._history = HistoryPage(self.restore, LATENT_HISTORY)
        self._explore = ExplorePage(run)
        self._parts = parts = LatentParts(
            run, pages=[self._explore, SettingsPage(run, self.use_settings), self._history]
        )
        super().__init__(run, parts, written=written)
        self._screen = LatentScreen(parts, self._bundle, self.code)
        parts.gallery.on_choose(self._chosen)
        parts.steps.observe(self._slid, "value")
        self._listen(run, self._screen)

    def choose(self, sample: int, which: int = -1) -> None:
        """Choose a counterfactual, counted from 0; −1: the sample itself."""
        self._parts.gallery.chosen = [sample, which]

    def extend_to(self, steps: int) -> None:
        """Ask for so many steps in all; fewer than there are change nothing."""
        self._worker.extend_to(steps, "steps")

    def _chosen(self, sample: int, which: int) -> None:
        self._explore.chosen(self._parts.gallery.found, sample, which)

    def _slid(self, change: Mapping[str, Any]) -> None:
        # What the worker's thread writes there is what the run has, and no wish.
        if not self._worker.here and change["new"] != self.run.iters:
            self.extend_to(int(change["new"]))

    def _run_with(self, run: Run[Any], settings: Any) -> Run[Any] | None:
        """Return a run with these settings; more steps alone extend the one on show."""
        now = settings_of(run)
        asked = getattr(settings, "num_iters", 0)
        if asked > run.iters and _same_but_steps(settings, now):
            self.extend_to(asked)
            return None
        return super()._run_with(run, settings)


def _same_but_steps(one: Any, other: Any) -> bool:
    names = [name for name in one.__dataclass_fields__ if name != "num_iters"]
    return all(same_setting(one, other, name) for name in names)
