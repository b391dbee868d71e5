"""The page of a panel that shows photograph, maps, mask and mutant side by side, linked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from html import escape

import ipywidgets

from rex_widgets.errors import InputError
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.linked_views import LinkedViews

_KEPT = ("mode", "top", "opacity", "colormap", "over_picture", "tool", "zoom", "pan_x", "pan_y")
_WAITING = "<p style='margin: 12px 0'>The views come with the model's next answer…</p>"


class ViewsPage:
    """Shows the `LinkedViews` of a run whenever it rests, and what there is when it is opened.

    Parameters
    ----------
    run
        Whose views are shown.
    at_border
        Calls a function with the run between two batches of model calls, as `Worker.call` does:
        asked for at once, a result would wait for the model, and with it all that is pressed.
    """

    title = "Views"

    def __init__(self, run: Run, at_border: Callable[[Callable[[Run], object]], object]) -> None:
        self._run = run
        self._at_border = at_border
        self._lock = threading.RLock()
        self._open, self._stale, self._closed = False, True, False
        self._views: LinkedViews | None = None
        self._box = ipywidgets.VBox()

    def opened(self) -> ipywidgets.Widget:
        """Bring the views up to date."""
        with self._lock:
            self._open = True
            if self._stale:
                if not self._box.children:
                    self._box.children = [ipywidgets.HTML(_WAITING)]
                self._at_border(lambda _run: self._bring_up_to_date())
        return self._box

    def left(self) -> None:
        """Keep the views; they are renewed when somebody looks again."""
        self._open = False

    def on_run(self, run: Run) -> None:
        """Show another run."""
        with self._lock:
            self._run, self._stale = run, True
            self._bring_up_to_date()

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Show what was found."""
        self.on_run(run)

    def close(self) -> None:
        """Take the views off the screen."""
        with self._lock:
            self._closed = True
            close_with_parts(self._box)
            self._views = None

    def _bring_up_to_date(self) -> None:
        with self._lock:
            if self._open and self._stale and not self._closed:
                self._renew()

    def _renew(self) -> None:
        before, self._stale = list(self._box.children), False
        earlier = self._views
        try:
            after = LinkedViews.of(self._run, self._others(), width=220)
        except InputError as problem:
            # Nothing has been explained yet: what was shown before is no answer to that.
            self._views, self._stale = None, True
            self._box.children = [ipywidgets.HTML(escape(str(problem)))]
        else:
            for name in _KEPT if earlier is not None else ():
                setattr(after, name, getattr(earlier, name))
            self._views = after
            self._box.children = [after]
        for widget in before:
            close_with_parts(widget)

    def _others(self) -> list[int]:
        """The likeliest other class that this search knows a map of."""
        found = self._run.result()
        others = [score.index for score in found.top if score.index != found.target.index]
        return [index for index in others if self._run.map_for(index) is not None][:1]
