"""Pages of a panel, side by side under tabs; each is made when it is first opened."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import ipywidgets
from ipywidgets import Layout

from rex_widgets.run import Run
from rex_widgets.widgets._closing import close_with_parts
from rex_widgets.widgets.live_widget import hear_every_page

_LOG = logging.getLogger("rex_widgets.widgets")
_WAITING = "<p style='margin: 12px 0'>Waiting for the kernel…</p>"


class Page(Protocol):
    """One page. Its calls may come from any thread, one at a time.

    Attributes
    ----------
    title
        What stands on the tab.
    """

    title: str

    def opened(self) -> ipywidgets.Widget:
        """Return what the page shows; called whenever its tab is chosen."""

    def left(self) -> None:
        """Another tab was chosen."""

    def on_run(self, run: Run[Any]) -> None:
        """The panel shows another run from now on."""

    def on_rest(self, run: Run[Any], explanation: Any) -> None:
        """The run paused or ended."""

    def close(self) -> None:
        """The panel is closed."""


class PanelTabs:
    """A first page that is always there, and others that cost nothing until they are opened.

    Parameters
    ----------
    title, first
        The tab and the content of the first page.
    pages
        The others, from left to right.

    Attributes
    ----------
    widget
        The tabs, to be put into the panel.
    """

    def __init__(self, title: str, first: ipywidgets.Widget, pages: Sequence[Page]) -> None:
        self._pages = list(pages)
        self._lock = threading.RLock()
        self._boxes = [
            ipywidgets.VBox(
                [ipywidgets.HTML(_WAITING)], layout=Layout(overflow="visible", padding="0")
            )
            for _ in pages
        ]
        self._open: Page | None = None
        self._closed = False
        self.widget = ipywidgets.Tab(
            [first, *self._boxes],
            titles=[title, *(page.title for page in pages)],
            selected_index=0,
            layout=Layout(overflow="visible", width="100%"),
        )
        hear_every_page(self.widget)
        self.widget.add_class("rw-tabs")
        self.widget.observe(self._chosen, "selected_index")

    def show(self, title: str) -> None:
        """Choose the page of that title."""
        self.widget.selected_index = list(self.widget.titles).index(title)

    def on_run(self, run: Run[Any]) -> None:
        """Tell every page."""
        self._tell("on_run", run)

    def on_rest(self, run: Run[Any], explanation: Any) -> None:
        """Tell every page."""
        self._tell("on_rest", run, explanation)

    def close(self) -> None:
        """Close every page."""
        with self._lock:
            self._tell("close")
            self._closed = True

    def _tell(self, name: str, *args: Any) -> None:
        with self._lock:
            if self._closed:
                return  # the worker may still be on its way here: nothing is made anew
            for page in self._pages:
                try:
                    getattr(page, name)(*args)
                except Exception:
                    # One page that cannot show something must not keep it from the others.
                    _LOG.exception("The page %s failed in %s", page.title, name)

    def _chosen(self, change: Mapping[str, Any]) -> None:
        with self._lock:
            if self._closed:
                return
            if self._open is not None:
                self._open.left()
                self._open = None
            index = change["new"]
            if index:
                page, box = self._pages[index - 1], self._boxes[index - 1]
                self._open = page
                content = page.opened()
                before = list(box.children)
                if before != [content]:
                    box.children = [content]
                    for waiting in before:
                        close_with_parts(waiting)
