"""The page of a panel on which the search can be watched and replayed."""

from __future__ import annotations

import ipywidgets

from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets.search_canvas import SearchCanvas


class SearchPage:
    """Shows a `SearchCanvas` while its tab is open: nothing is drawn that nobody sees."""

    title = "Search"

    def __init__(self, run: Run) -> None:
        self._run = run
        self._canvas: SearchCanvas | None = None
        self._box = ipywidgets.VBox()

    def opened(self) -> ipywidgets.Widget:
        """Begin to draw."""
        if self._run.trace is None:
            self._box.children = [
                ipywidgets.HTML(f"The method {self._run.method} keeps no record of a search.")
            ]
        else:
            self._canvas = SearchCanvas(self._run)
            self._box.children = [self._canvas]
        return self._box

    def left(self) -> None:
        """Stop drawing."""
        if self._canvas is not None:
            self._canvas.close()
            self._canvas = None
            self._box.children = []

    def on_run(self, run: Run) -> None:
        """Watch another run."""
        self._run = run
        if self._canvas is not None:
            self.left()
            self.opened()

    def on_rest(self, run: Run, explanation: Explanation) -> None:
        """Nothing to do: the canvas sees for itself that the run rests."""

    def close(self) -> None:
        """Stop drawing for good."""
        self.left()
