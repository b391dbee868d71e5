"""A list of plug-in functions that fills itself from the modules of a package."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from typing import Generic, TypeVar

Function = TypeVar("Function", bound=Callable[..., object])


class Registry(Generic[Function]):
    """Functions in a stated order, found in the modules of one package.

    A module of the package adds its function with ``@registry.register(order)``; nothing else
    has to know of it. The modules are imported at the first use, not when the library is.

    Parameters
    ----------
    package
        Full name of the package whose modules register themselves.
    """

    def __init__(self, package: str) -> None:
        self._package = package
        self._entries: list[tuple[int, str, Function]] = []
        self._complete = False

    def register(self, order: int) -> Callable[[Function], Function]:
        """Return a decorator that adds a function; lower orders are asked first."""

        def add(function: Function) -> Function:
            self._entries.append((order, function.__module__, function))
            return function

        return add

    def functions(self) -> tuple[Function, ...]:
        """Return every registered function, in order."""
        if not self._complete:
            package = importlib.import_module(self._package)
            for module in pkgutil.iter_modules(package.__path__):
                importlib.import_module(f"{self._package}.{module.name}")
            self._entries.sort(key=lambda entry: entry[:2])
            self._complete = True
        return tuple(function for _, _, function in self._entries)
