"""The worlds that the package knows, by the names that stand for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
from torch import nn

from rex_widgets.bridge.characters.letters import LETTERS
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.settings import CHARACTERS, DIGITS

SIDE = 32
"""Pixels of their pictures, each way."""


class World(Protocol):
    """A bridge, two classifiers and held-out pictures, which lie under the world's name."""

    @property
    def network(self) -> BridgeNetwork:
        """What draws."""
        ...

    @property
    def classifier(self) -> nn.Module:
        """The one to be explained: pictures ``(N, C, 32, 32)`` in [0, 1] to logits."""
        ...

    @property
    def second_classifier(self) -> nn.Module:
        """The other one, of the same face."""
        ...

    @property
    def labels(self) -> npt.NDArray[np.uint8]:
        """Classes of the held-out pictures, ``(M,)``."""
        ...


@dataclass(frozen=True)
class Packaged:
    """What is known of a world before it is loaded.

    Parameters
    ----------
    name : str
        What stands for it; its module, and the attribute that holds its pictures.
    one : str
        How one of its pictures is called.
    labels : tuple of str
        Names of its classes.
    channels : int
        Of its pictures, 1 or 3.
    shows : str
        Says what a picture shows, with ``{}`` for its label.
    loaded_by : str
        The function of its module that loads it.
    where : str
        Where its weights are from, in words.
    """

    name: str
    one: str
    labels: tuple[str, ...]
    channels: int
    shows: str
    loaded_by: str
    where: str

    def load(self) -> World:
        """Return the world; the same object every time."""
        module = import_module(f"rex_widgets.bridge.{self.name}.world")
        world: World = getattr(module, self.loaded_by)()
        return world

    def pictures_of(self, world: World) -> npt.NDArray[np.uint8]:
        """Held-out pictures of the world, bytes ``(M, 32, 32)`` or ``(M, 32, 32, 3)``."""
        pictures: npt.NDArray[np.uint8] = getattr(world, self.name)
        return pictures


PACKAGED: Mapping[str, Packaged] = {
    DIGITS: Packaged(
        DIGITS,
        "digit",
        tuple("0123456789"),
        1,
        shows="shows a {}",
        loaded_by="load_digits",
        where="comes with the package",
    ),
    CHARACTERS: Packaged(
        CHARACTERS,
        "character",
        tuple(LETTERS),
        3,
        shows="shows the letter {}",
        loaded_by="load_characters",
        where="was trained into the package's folder",
    ),
}


def packaged_of(given: Any) -> Packaged | None:
    """Return which world is meant, by its name or by the world itself; ``None`` for none."""
    if isinstance(given, str):
        return PACKAGED.get(given.lower())
    if isinstance(given, type):
        return None
    parts = ("network", "classifier", "second_classifier", "labels")
    if not all(hasattr(given, part) for part in parts):
        return None
    return next((known for name, known in PACKAGED.items() if hasattr(given, name)), None)
