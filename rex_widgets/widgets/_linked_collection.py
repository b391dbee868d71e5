"""The list of views behind `LinkedViews`: every change is made whole, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeVar

from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.widgets._linked_data import (
    MAX_TEXT,
    Kind,
    LinkedView,
    check_room,
    checked_values,
    checked_words,
    difference_of,
)
from rex_widgets.widgets._linked_filter import Filter, filtered, heading_of, pair_of

_T = TypeVar("_T")


class LinkedCollection:
    """Views of one picture, which is the first of them.

    Parameters
    ----------
    name
        What the picture is called.
    picture
        uint8 (H, W, 3).

    Attributes
    ----------
    views
        The views that arrays were given for, in their order; replaced as a whole by every change.
    filter
        What makes one view more of two of them; see `set_filter`.
    shape
        Height and width of all of them.
    """

    def __init__(self, name: str, picture: Any) -> None:
        checked = checked_values("picture", picture, None)
        self.shape: tuple[int, int] = (checked.shape[0], checked.shape[1])
        self.views: tuple[LinkedView, ...] = ()
        self.filter: Filter | None = None
        self._count = 0
        self.views = self._with(LinkedView(self._next(), _name(name), "picture", checked))

    def named(self, name: str, quantile: float | None = None) -> LinkedView:
        """Return the view of that name, or raise `InputError`.

        The filtered one is among them where a quantile is given.
        """
        views = self.views if quantile is None else self.shown(quantile)
        for view in views:
            if view.name == name:
                return view
        known = ", ".join(repr(view.name) for view in views)
        raise InputError(f"There is no view {name!r}; there are {known}.")

    def set_filter(self, chosen: Filter | None) -> None:
        """Show one view more behind the two that it is made of, as soon as both are here."""
        if chosen is not None:
            if any(view.name == chosen.name for view in self.views):
                raise InputError(
                    f"There is a view {chosen.name!r} already; the filter needs a name of its own."
                )
            check_room(len(self.views) + 1, self.shape[0] * self.shape[1])
        self.filter = chosen

    def shown(self, quantile: float) -> tuple[LinkedView, ...]:
        """All views as a person sees them, the filtered one among them."""
        pair = pair_of(self.filter, self.views)
        if pair is None or self.filter is None:
            return self.views
        return tuple(self._behind(pair, self.views, filtered(pair, self.filter.name, quantile)))

    def headings(self) -> list[dict[str, Any]]:
        """What the browser is told of all views."""
        listed = [view.heading() for view in self.views]
        pair = pair_of(self.filter, self.views)
        if pair is None or self.filter is None:
            return listed
        return self._behind(pair, listed, heading_of(pair, self.filter.name))

    def put(self, name: str, kind: Kind, values: Any, note: str = "") -> set[str]:
        """Add a view or replace the one of that name; return the names of all that changed."""
        checked = checked_values(kind, values, self.shape)
        words = checked_words("note", note, empty=True)
        before = self.views
        try:
            self.views = self._with(LinkedView(self._next(), _name(name), kind, checked, words))
            return {name, *self._follow(name)}
        except InputError:
            self.views = before
            raise

    def put_difference(self, name: str, a: str, b: str, scaled: bool, note: str | None) -> set[str]:
        """Add the difference of two maps; return the names of all that changed."""
        first, second = self._map(a), self._map(b)
        words = checked_words("note", _of(a, b, scaled) if note is None else note, empty=True)
        values = self._difference(first.values, second.values, scaled)
        view = LinkedView(
            self._next(), _name(name), "difference", values, words, of=(a, b), scaled=scaled
        )
        self.views = self._with(view)
        return {name}

    def remove(self, name: str) -> None:
        """Take a view away, or raise `InputError`."""
        view = self.named(name)
        if view is self.views[0]:
            raise InputError(f"{name!r} is the picture that all views are of; it stays.")
        self.views = tuple(other for other in self.views if other is not view)

    def _with(self, view: LinkedView) -> tuple[LinkedView, ...]:
        """The views with one more, or with one in the place of its namesake."""
        place = next((n for n, known in enumerate(self.views) if known.name == view.name), None)
        if place == 0 and view.kind != "picture":
            raise InputError(
                f"{view.name!r} is the picture that all views are of, and cannot become a "
                f"{view.kind}. Choose another name."
            )
        if self.filter is not None and view.name == self.filter.name:
            raise InputError(f"{view.name!r} is what the filter shows. Choose another name.")
        if place is None:
            extra = 1 if self.filter is None else 2
            check_room(len(self.views) + extra, self.shape[0] * self.shape[1])
            return (*self.views, view)
        return (*self.views[:place], view, *self.views[place + 1 :])

    def _behind(
        self, pair: tuple[LinkedView, LinkedView], listed: Sequence[_T], one: _T
    ) -> list[_T]:
        """The list with one more, behind the later view of a pair."""
        place = max(self.views.index(view) for view in pair) + 1
        return [*listed[:place], one, *listed[place:]]

    def _follow(self, name: str) -> set[str]:
        """Make the differences anew that a replaced map is part of; return their names."""
        maps = {view.name: view.values for view in self.views if view.kind == "map"}
        changed = set()
        for view in self.views:
            if view.of is None or name not in view.of or not set(view.of) <= set(maps):
                continue
            a, b = view.of
            values = self._difference(maps[a], maps[b], view.scaled)
            self.views = self._with(
                LinkedView(
                    self._next(), view.name, "difference", values, view.note, view.of, view.scaled
                )
            )
            changed.add(view.name)
        return changed

    def _map(self, name: str) -> LinkedView:
        view = self.named(name)
        if view.kind != "map":
            raise InputError(f"{name!r} is a {view.kind}; differences are made of two maps.")
        return view

    def _difference(self, a: NDArray[Any], b: NDArray[Any], scaled: bool) -> NDArray[Any]:
        return checked_values("difference", difference_of(a, b, scaled), self.shape)

    def _next(self) -> int:
        self._count += 1
        return self._count


def _name(given: Any) -> str:
    return checked_words("name", given)


def _of(a: str, b: str, scaled: bool) -> str:
    most = MAX_TEXT // 3
    return f"{a[:most]} − {b[:most]}" + (", each ÷ its maximum" if scaled else "")
