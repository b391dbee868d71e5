"""The page of a panel with the results of this session: to come back to, and to compare."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import ipywidgets
import numpy as np
from ipywidgets import Layout

from rex_widgets.errors import RexWidgetsError
from rex_widgets.inputs import Sample
from rex_widgets.results import Explanation
from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.history_list import MAX_ENTRIES, HistoryList

_KEPT_STATES = ("finished", "cancelled")


@dataclass(frozen=True)
class Remembered:
    """What a history has to know of a method's results.

    Attributes
    ----------
    holds
        Whether a result holds something to come back to.
    name
        What a result is called in the list; empty for the usual name.
    same
        Whether of two results of a run the later one has brought nothing new.
    compared
        Views of two results of one sample.
    """

    holds: Callable[[Any], bool]
    name: Callable[[Any], str]
    same: Callable[[Any, Any], bool]
    compared: Callable[[Sample, Any, Any], list[ipywidgets.Widget]]


class HistoryPage:
    """Shows a `HistoryList` of what the panel's runs have ended with.

    Parameters
    ----------
    restore
        Called with a run and the result of it that a person wants to see again.
    remembered
        How the method's results are told apart and compared; as explanations of a class if not
        given.
    """

    title = "History"

    def __init__(
        self,
        restore: Callable[[Run[Any], Any], object],
        remembered: Remembered | None = None,
    ) -> None:
        self._restore = restore
        self._remembered = remembered or CAUSAL_HISTORY
        self._lock = threading.RLock()
        self._list: HistoryList | None = None
        self._waiting: list[tuple[Run[Any], Any]] = []
        self._known: dict[str, tuple[Run[Any], Any]] = {}
        self._compared: list[ipywidgets.Widget] = []
        self._box = ipywidgets.VBox(layout=Layout(overflow="visible"))

    def opened(self) -> ipywidgets.Widget:
        """Make the list when it is first asked for."""
        with self._lock:
            if self._list is None:
                self._list = HistoryList()
                self._list.on_restore(self._chosen)
                self._list.on_compare(self._compare)
                self._list.on_remove(self._gone)
                self._box.children = [self._list]
            self._list_all()
        return self._box

    def left(self) -> None:
        """Nothing to do."""

    def on_run(self, run: Run[Any]) -> None:
        """Nothing to do: a run that has just begun is no result."""

    def on_rest(self, run: Run[Any], explanation: Any) -> None:
        """Keep what a run has ended with."""
        if run.status not in _KEPT_STATES or not self._remembered.holds(explanation):
            return
        with self._lock:
            kept = [*self._known.values(), *self._waiting]
            if any(
                other is run and self._remembered.same(earlier, explanation)
                for other, earlier in kept
            ):
                return
            self._waiting.append((run, explanation))
            del self._waiting[:-MAX_ENTRIES]
            if self._list is not None:
                self._list_all()

    def close(self) -> None:
        """Take list and comparison off the screen, and let the results go."""
        with self._lock:
            for widget in (self._box, self._list, *self._compared):
                if widget is not None:
                    close_with_parts(widget)
            self._known.clear()
            self._waiting.clear()

    def _list_all(self) -> None:
        assert self._list is not None
        for run, explanation in self._waiting:
            entry = self._list.add(explanation, name=self._remembered.name(explanation))
            self._known[entry] = (run, explanation)
        self._waiting.clear()

    def _chosen(self, entry: str) -> None:
        with self._lock:
            found = self._known.get(entry)
        if found is not None:
            self._restore(*found)

    def _gone(self, entry: str) -> None:
        with self._lock:
            self._known.pop(entry, None)

    def _compare(self, one: str, other: str) -> None:
        with self._lock:
            if self._list is None or one not in self._known or other not in self._known:
                return
            (run, first), (_, second) = self._known[one], self._known[other]
            try:
                views = self._remembered.compared(run.sample, first, second)
            except RexWidgetsError as problem:
                self._list.error = str(problem)
                return
            before, self._compared = self._compared, views
            self._box.children = [self._list, *views]
            for widget in before:
                close_with_parts(widget)


def _has_class(explanation: Explanation) -> bool:
    return explanation.target.index >= 0


def _same(one: Explanation, other: Explanation) -> bool:
    """Whether the search has brought nothing new; what was asked by painting is none of it."""
    arrays = ((one.map, other.map), (one.mask, other.mask))
    return one.stage == other.stage and all(np.array_equal(*pair) for pair in arrays)


def _name_of(explanation: Explanation) -> str:
    """Return what a result is called in the list: its class, and whether a region bound it."""
    bound = explanation.region is not None
    return f"{explanation.target.label}, inside a region" if bound else ""


def compared(sample: Sample, first: Explanation, second: Explanation) -> list[ipywidgets.Widget]:
    """Return views of two explanations of one sample.

    For an image one `LinkedViews` with both maps, their difference and both masks; for a signal,
    a table or a volume one view of each.
    """
    if sample.kind == "image":
        from rex_widgets.widgets.linked_views import LinkedViews

        names = [f"{n}: {e.target.label}"[:60] for n, e in ((1, first), (2, second))]
        views = LinkedViews(sample.picture)
        for name, explanation in zip(names, (first, second), strict=True):
            views.add_map(name, explanation.map, note=explanation.strategy)
            views.add_mask(f"{name}, explanation", explanation.mask)
        views.add_difference("1 − 2", *names, scaled=True)
        return [views]
    if sample.kind == "volume":
        from rex_widgets.widgets.volume_view import VolumeView

        return [VolumeView.of(e, paintable=False) for e in (first, second)]
    from rex_widgets.widgets.signal_view import SignalView

    return [SignalView.of(e, paintable=False) for e in (first, second)]


CAUSAL_HISTORY = Remembered(_has_class, name=_name_of, same=_same, compared=compared)
"""How explanations of a class are told apart and compared."""
