"""The evaluation of the worlds in the package: which pictures, and who judges them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.evaluation.asking import SECOND, Targets, answers_of, in_unit, pictures_of
from rex_widgets.bridge.evaluation.perceptual import Lpips, read_layers
from rex_widgets.bridge.packaged import packaged_of
from rex_widgets.errors import SettingsError

if TYPE_CHECKING:
    from rex_widgets.bridge.packaged import World

ONE = "one"
ALL = "all"
ASKED = (ONE, ALL, SECOND)


@dataclass(frozen=True, eq=False)
class DigitsSet:
    """Held-out digits or letters, and what they are asked for.

    Parameters
    ----------
    images
        Bytes ``(N, 32, 32)`` or ``(N, 32, 32, 3)``.
    indices
        Their places among those held out, ``(N,)``.
    targets
        As of `rex_widgets.bridge.evaluation.asking.targets_of`.
    """

    images: NDArray[np.uint8]
    indices: NDArray[np.int64]
    targets: Targets


def digits_set(world: World, count: int, asked: str = ONE, seed: int = 0) -> DigitsSet:
    """Draw digits or letters, as evenly over the ten kinds as their number allows.

    Parameters
    ----------
    world
        The world.
    count
        How many.
    asked
        ``"one"``: one of the nine classes that the classifier does not give, drawn for each digit;
        ``"all"``: all nine of them; ``"second"``: the second most probable one.
    seed
        Of the draw.

    Raises
    ------
    SettingsError
        There are not as many, or ``asked`` is something else.
    """
    known = packaged_of(world)
    if known is None:
        raise SettingsError(f"world was {world!r}; expected one that comes with the package.")
    pictures = known.pictures_of(world)
    if not 1 <= count <= len(pictures):
        raise SettingsError(f"{count} {known.name} were asked for; expected 1 to {len(pictures)}.")
    if asked not in ASKED:
        raise SettingsError(f"asked was {asked!r}; expected one of {', '.join(ASKED)}.")
    random = np.random.default_rng(seed)
    order = random.permutation(len(pictures))
    labels = world.labels[order]
    rounds = np.zeros(len(order), np.int64)
    for kind in np.unique(labels):
        rounds[labels == kind] = np.arange((labels == kind).sum())
    indices = np.sort(order[np.argsort(rounds, kind="stable")[:count]])
    images = pictures[indices]
    if asked == ALL:
        return DigitsSet(images, indices, "each other")
    if asked == SECOND:
        return DigitsSet(images, indices, SECOND)
    answers = answers_of(world.classifier)
    with torch.no_grad():
        given = torch.cat([answers(in_unit(one)[None]) for one in pictures_of(images)])
    count_classes = given.shape[1]
    shift = random.integers(1, count_classes, len(indices))
    drawn = (given.argmax(1).cpu().numpy() + shift) % count_classes
    return DigitsSet(images, indices, [int(one) for one in drawn])


class DigitFeatures:
    """Features of the second classifier, as no feature network of the literature reads digits.

    Attributes
    ----------
    name
        What they are, for tables.
    """

    name = "second digits classifier, last block averaged over places"

    def __init__(self, world: World) -> None:
        self._layers = read_layers(world.second_classifier, ["second"])

    def __call__(self, pictures: torch.Tensor) -> torch.Tensor:
        """Describe pictures ``(B, C, 32, 32)`` in [0, 1] by 48 numbers each."""
        return self._layers(pictures)[0].mean((2, 3))


def digits_lpips(world: World) -> Lpips:
    """LPIPS over both blocks of the second classifier, with uniform heads."""
    layers = read_layers(world.second_classifier, ["first", "second"])
    # LPIPS is asked in [-1, 1], the classifier in [0, 1].
    return Lpips(lambda pictures: layers((pictures + 1) / 2), "uniform", normalise="none")
