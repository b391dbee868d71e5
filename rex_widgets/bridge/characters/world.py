"""The world of characters as one object."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from torch import nn

from rex_widgets.bridge.characters.classifiers import LetterClassifier, SecondLetterClassifier
from rex_widgets.bridge.characters.letters import HELD_OUT_EACH, letters_of
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.bridge.weights import BRIDGE_FILE, CLASSIFIER_FILE, SECOND_FILE, read_weights
from rex_widgets.errors import ModelError

DATA = Path(__file__).with_name("data")
"""Where the weights lie once they were trained; they do not come with the package."""

WEIGHTS = (BRIDGE_FILE, CLASSIFIER_FILE, SECOND_FILE)


@dataclass(frozen=True, eq=False)
class CharactersWorld:
    """A bridge, two classifiers, and letters in fonts that none of them was trained with.

    The letters are drawn from the glyphs of the package, which are of fonts under the Open Font
    License (families and copyright notices: ``rex_widgets/glyphs/data/fonts.json``).

    Parameters
    ----------
    network : BridgeNetwork
        For pictures ``(B, 3, 32, 32)`` in [-1, 1].
    classifier : Module
        ``(N, 3, 32, 32)`` in [0, 1] → logits ``(N, 10)``; the one to be explained.
    second_classifier : Module
        The same face; another architecture, seed and training.
    characters : ndarray of uint8, (M, 32, 32, 3)
        Held out. Cannot be written to.
    labels : ndarray of uint8, (M,)
        What they show, places in `LETTERS`. Cannot be written to.
    fonts : tuple of str, M
        Their families.
    """

    network: BridgeNetwork
    classifier: nn.Module
    second_classifier: nn.Module
    characters: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    fonts: tuple[str, ...]


def bridge_network() -> SmallUNet:
    """The bridge's layers, with new weights."""
    return SmallUNet(channels=3, widths=(24, 48, 72), name="characters")


@cache
def load_characters() -> CharactersWorld:
    """Return the world that was trained into the package's folder; the same object every time.

    Its modules are in evaluation mode, in float32, and ask for no gradients of their weights.

    Raises
    ------
    ModelError
        It was not trained yet.
    """
    missing = [name for name in WEIGHTS if not (DATA / name).is_file()]
    if missing:
        raise ModelError(
            f"The world of characters was asked for, and its weights ({', '.join(missing)}) are "
            "not there: they do not come with the package, since what it draws is not good enough "
            "yet. Train it, which takes about 25 minutes and needs no data: python -m "
            "rex_widgets.bridge.train --world characters; or take 'digits', which comes with it."
        )
    network, classifier, second = bridge_network(), LetterClassifier(), SecondLetterClassifier()
    read_weights(DATA / BRIDGE_FILE, network)
    read_weights(DATA / CLASSIFIER_FILE, classifier)
    read_weights(DATA / SECOND_FILE, second)
    letters = letters_of("held out", HELD_OUT_EACH)
    drawn = letters.as_input().permute(0, 2, 3, 1).numpy()
    pictures = np.ascontiguousarray(np.rint(drawn * 255).astype(np.uint8))
    labels = letters.labels.copy()
    pictures.flags.writeable = labels.flags.writeable = False
    return CharactersWorld(network, classifier, second, pictures, labels, letters.fonts)
