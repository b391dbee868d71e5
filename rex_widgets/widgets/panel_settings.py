"""The page of a panel with every setting of its method."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ipywidgets

from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.settings_form import SettingsForm


class SettingsPage:
    """Shows a `SettingsForm`; what is applied goes to the panel.

    Parameters
    ----------
    run
        Whose settings are shown first.
    use
        Called with the settings that a person has applied.
    """

    title = "Settings"

    def __init__(self, run: Run, use: Callable[[Any], object]) -> None:
        self._run = run
        self._use = use
        self._form: SettingsForm | None = None

    def opened(self) -> ipywidgets.Widget:
        """Make the form when it is first asked for."""
        if self._form is None:
            self._form = SettingsForm(settings_of(self._run))
            self._form.on_apply(self._use)
        return self._form

    def left(self) -> None:
        """Nothing to do: a draft stays."""

    def on_run(self, run: Run) -> None:
        """Show another run's settings."""
        self._run = run
        self._refresh()

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Show how many iterations it has become, and the seed that was drawn."""
        self._run = run
        self._refresh()

    def close(self) -> None:
        """Take the form off the screen."""
        if self._form is not None:
            close_with_parts(self._form)

    def _refresh(self) -> None:
        # What a person is typing is not thrown away because a run has come to rest.
        if self._form is not None and not self._form.draft:
            now = settings_of(self._run)
            if now is not self._form.settings:
                self._form.set_settings(now)


def settings_of(run: Run[Any]) -> Any:
    """Return a run's settings with its extensions and the seed that was drawn."""
    return run.current_settings
