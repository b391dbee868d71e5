"""The page of a panel that shows photograph, maps, mask and mutant side by side, linked."""

from __future__ import annotations

from html import escape

import ipywidgets

from rex_widgets.errors import InputError
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.linked_views import LinkedViews

_KEPT = ("mode", "top", "opacity", "colormap", "over_picture", "tool", "zoom", "pan_x", "pan_y")


class ViewsPage:
    """Shows the `LinkedViews` of a run whenever it rests."""

    title = "Views"

    def __init__(self, run: Run) -> None:
        self._run = run
        self._open = self._stale = False
        self._views: LinkedViews | None = None
        self._box = ipywidgets.VBox()

    def opened(self) -> ipywidgets.Widget:
        """Bring the views up to date."""
        self._open = True
        if self._views is None or self._stale:
            self._renew()
        return self._box

    def left(self) -> None:
        """Keep the views; they are renewed when somebody looks again."""
        self._open = False

    def on_run(self, run: Run) -> None:
        """Show another run."""
        self._run, self._stale = run, True
        if self._open:
            self._renew()

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Show what was found."""
        self.on_run(run)

    def close(self) -> None:
        """Take the views off the screen."""
        close_with_parts(self._box)
        self._views = None

    def _renew(self) -> None:
        before, self._stale = list(self._box.children), False
        earlier = self._views
        try:
            after = LinkedViews.of(self._run, self._others(), width=220)
        except InputError as problem:
            # Nothing has been explained yet: what was shown before is no answer to that.
            self._views = None
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
