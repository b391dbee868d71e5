"""The page of a panel on which a sample or a counterfactual is moved by hand."""

from __future__ import annotations

import html
import logging
import threading
from typing import Any

import ipywidgets
from ipywidgets import Layout

from rex_widgets.errors import RexWidgetsError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.latent_explorer import LatentExplorer

_LOG = logging.getLogger("rex_widgets.widgets")


class ExplorePage:
    """Shows a `LatentExplorer`, which begins at what is chosen in the gallery.

    Parameters
    ----------
    run
        Whose models are asked.
    """

    title = "Explore"

    def __init__(self, run: Run[Any]) -> None:
        self._run = run
        self._lock = threading.RLock()
        self._box = ipywidgets.VBox(layout=Layout(overflow="visible", padding="8px 0 0"))
        self._explorer: LatentExplorer | None = None
        self._found: Counterfactuals | None = None
        self._place = (-1, -1)
        self._shown: tuple[bytes, bytes] | None = None
        self._asked = -1
        self._open = False

    @property
    def explorer(self) -> LatentExplorer | None:
        """The explorer, once the page was opened."""
        return self._explorer

    def chosen(self, found: Counterfactuals | None, sample: int, which: int) -> None:
        """Begin at that counterfactual; −1: at the sample itself."""
        with self._lock:
            self._found, self._place = found, (sample, which)
            if self._open:
                self._begin()

    def opened(self) -> ipywidgets.Widget:
        """Make the explorer when it is first asked for."""
        with self._lock:
            self._open = True
            self._begin()
        return self._box

    def left(self) -> None:
        """Leave the point where it is."""
        self._open = False

    def on_run(self, run: Run[Any]) -> None:
        """Ask another run's models from now on."""
        with self._lock:
            other = run.classifier is not self._run.classifier
            self._run, self._found, self._place = run, None, (-1, -1)
            if other and self._explorer is not None:
                before, self._explorer, self._shown = self._explorer, None, None
                self._asked = -1
                self._box.children = []
                close_with_parts(before)
                if self._open:
                    self._begin()

    def on_rest(self, run: Run[Any], explanation: Any) -> None:
        """Nothing to do: the point stays."""

    def close(self) -> None:
        """End the explorer."""
        with self._lock:
            for widget in (self._box, self._explorer):
                if widget is not None:
                    close_with_parts(widget)

    def _begin(self) -> None:
        found = self._found if self._found is not None else self._run.result()
        sample, which = self._place
        sample = max(0, sample)
        latent = found.latents[sample]
        other = latent if which < 0 else found.counterfactuals[sample, which]
        shown, asked = (latent.tobytes(), other.tobytes()), int(found.target[sample])
        if self._explorer is None:
            try:
                self._explorer = LatentExplorer(None, self._run.classifier)
            except Exception as problem:
                told = html.escape(str(problem) or type(problem).__name__)
                if not isinstance(problem, RexWidgetsError):
                    _LOG.exception("The explorer could not be made")
                    told = html.escape(f"{type(problem).__name__}: {problem}")
                self._box.children = [ipywidgets.HTML(f"<p role='status'>{told}</p>")]
                return
            self._box.children = [self._explorer]
        elif shown == self._shown and self._asked == asked:
            return
        self._shown = shown
        name, number = found.sample_names[sample], f"sample {sample}"
        points = [(number if name == number else f"{number}: {name}", latent)]
        if which >= 0:
            points.append((f"its counterfactual {which + 1}", other))
        explorer = self._explorer
        with explorer.hold_sync():
            explorer.mark(points)
            if asked != self._asked:  # a class that the person chose stays until another is asked
                explorer.show_asked(asked)
                self._asked = asked
            explorer.point = [float(value) for value in other]
            explorer.choose_axes()
