"""Classifier, network and second opinion as the one model that a run asks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.judges import Judge
from rex_widgets.bridge.lanes import LanedNetwork
from rex_widgets.bridge.problem import modules_in
from rex_widgets.errors import InputError, ModelError

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork
    from rex_widgets.bridge.packaged import World
    from rex_widgets.bridge.settings import RcsbSettings
    from rex_widgets.classifiers import Preprocessing


class RcsbModel:
    """What a run of region-constrained counterfactuals asks.

    Parameters
    ----------
    judge
        The classifier that is explained.
    network
        What draws the change.
    second
        Another classifier, or ``None``.
    world
        The package's world that classifier or network are of.
    notes
        What was chosen for the user.

    Attributes
    ----------
    network
        Asked in batches of one size; `plain_network` is the one that was given.
    source, probabilities
        What the classifier says of the picture that was probed; -1 and empty before.
    flat
        Why no gradient comes through the classifier; empty where one comes, ``None`` before it was
        tried.
    """

    def __init__(
        self,
        judge: Judge,
        network: BridgeNetwork,
        *,
        second: Judge | None = None,
        world: World | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.judge, self.second, self.world = judge, second, world
        self.plain_network = network
        self.network = LanedNetwork(network)
        self.notes = tuple(notes)
        self.source = -1
        self.probabilities: NDArray[np.float32] = np.zeros(0, np.float32)
        self.flat: str | None = None

    @property
    def name(self) -> str:
        """The classifier's name."""
        return self.judge.name

    @property
    def runtime(self) -> str:
        """What evaluates the classifier."""
        return self.judge.classifier.runtime

    @property
    def preprocessing(self) -> Preprocessing:
        """How a picture becomes the classifier's input."""
        return self.judge.classifier.preprocessing

    @property
    def device(self) -> torch.device:
        """Where the network is."""
        for module in self.modules:
            for held in (*module.parameters(), *module.buffers()):
                return held.device
        return torch.device("cpu")

    @property
    def modules(self) -> tuple[torch.nn.Module, ...]:
        """The torch modules that are called, the network's first."""
        return (*modules_in(self.plain_network), self.judge.module)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes; empty before the first answer."""
        return self.judge.labels()

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen for the user, in sentences."""
        return (*self.judge.classifier.choices, *self.notes)

    def label(self, index: int) -> str:
        """Name of a class, "class 285" where there is none."""
        return self.judge.classifier.label(index)

    def fingerprint(self) -> str:
        """Return a hash of what the classifier computes."""
        return self.judge.classifier.fingerprint()

    def probe(self, data: NDArray[np.float32], settings: RcsbSettings) -> NDArray[np.float32]:
        """Try the classifier on a picture ``(C, H, W)`` in [0, 1]; returns probabilities ``(K,)``.

        Raises
        ------
        InputError
            The class asked for is given already, or there is none of that number.
        ModelError
            The classifier cannot be used, or guidance by gradient is asked for and none comes.
        """
        picture = torch.tensor(data[None])
        found = self.judge.probabilities(picture)
        self.probabilities, self.source = found[0], int(self.judge.decide(found)[0])
        if self.second is not None:
            try:
                self.second.probabilities(picture)
            except ModelError as error:
                raise ModelError(f"The second classifier cannot be used: {error}") from None
        target = target_for(self.probabilities, self.source, settings.target, self.labels)
        if settings.guidance == "gradient":
            self.flat = self.judge.why_flat(picture, target)
            if self.flat:
                known = next((f"; {note}" for note in self.notes if note.startswith("script:")), "")
                raise ModelError(
                    f"No gradient comes through the classifier {self.name!r} ({self.flat}{known}), "
                    "and guidance='gradient' follows it. Give guidance='best_of', which tries many "
                    "changes and keeps the best, or a torch module without torch.no_grad() or "
                    "detach() inside."
                )
        return self.probabilities


def target_for(
    probabilities: NDArray[np.float32], source: int, asked: int | None, labels: Sequence[str]
) -> int:
    """Return the class to ask for: the one named, or the second most probable one.

    Parameters
    ----------
    probabilities
        Of the picture, ``(K,)``.
    source
        The class that it has.
    asked
        The class named, or ``None``.
    labels
        Names of the classes.

    Raises
    ------
    InputError
        There is no such class, or the picture has it already.
    """
    classes = len(probabilities)
    if asked is None:
        others = np.where(np.arange(classes) == source, -1.0, probabilities)
        return int(others.argmax())
    if asked >= classes:
        raise InputError(
            f"target was {asked}; the classifier has {classes} classes, 0 to {classes - 1}."
        )
    if asked == source:
        raise InputError(
            f"target was {asked} ({labels[asked]}), which the classifier gives already, with a "
            f"probability of {probabilities[asked]:.3g}. Ask for another class."
        )
    return asked
