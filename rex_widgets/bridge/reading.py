"""From what a person gives as a picture to one of the network's size, float32 in [0, 1]."""

from __future__ import annotations

from dataclasses import replace
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import THINGS
from rex_widgets.bridge.packaged import SIDE, Packaged, packaged_of
from rex_widgets.classifiers import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs import Sample, kind_of_input, load_sample

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork
    from rex_widgets.bridge.packaged import World
    from rex_widgets.input_settings import InputSettings

MOST_PIXELS = 1024 * 1024
"""Pixels up to which a picture keeps its size, where the network takes any."""

_SLACK = 1e-6


def picture_for(
    image: Any, network: BridgeNetwork, world: World | None, for_input: InputSettings
) -> Sample:
    """Read a picture for a network.

    Parameters
    ----------
    image
        What `load_sample` takes; of the package's worlds also an index, as a number or text.
    network
        Tells the size: its own, or where it takes any, the picture's with the sides brought to the
        nearest multiple (and to `MOST_PIXELS` at most).
    world
        One of the package's, where it is meant.
    for_input
        What the person says of the picture.

    Returns
    -------
    Sample
        Its data are ``(C, H, W)`` in [0, 1]. Where nothing has to be resized or converted, whole
        numbers are divided by 255, and floats in [0, 1] are taken to the bit.

    Raises
    ------
    InputError
        It is no picture, or the index is out of range.
    """
    check_kind(image, for_input.mode)
    if isinstance(image, Sample):
        return _checked(image, network)
    known = None if world is None else packaged_of(world)
    if world is not None and known is not None:
        pictures = known.pictures_of(world)
        index = index_of(image, len(pictures), known)
        if index is not None:
            sample = load_sample(pictures[index], _wanted(network, (SIDE, SIDE)), options=for_input)
            shown = known.shows.format(known.labels[int(world.labels[index])])
            return replace(sample, source=f"{known.one} {index}", notes=(*sample.notes, shown))
    size = network.size
    notes: tuple[str, ...] = ()
    if size is None:
        whole = load_sample(image, _wanted(network, None), options=for_input)
        size = fitting(whole.data.shape[1], whole.data.shape[2], network.multiple)
    sample = _exact(load_sample(image, _wanted(network, size), options=for_input), image)
    was = original_size(image, network, for_input)
    if was != size:
        what = f"resized from {was[0]} × {was[1]} to {size[0]} × {size[1]}"
        why = "the network's size" if network.size else f"multiples of {network.multiple}"
        notes = (f"{what}, {why}",)
    return _checked(replace(sample, notes=(*sample.notes, *notes)), network)


def original_size(image: Any, network: BridgeNetwork, for_input: InputSettings) -> tuple[int, int]:
    """Return height and width that a picture has before it is resized."""
    whole = load_sample(image, _wanted(network, None), options=for_input)
    return int(whole.data.shape[1]), int(whole.data.shape[2])


def fitting(height: int, width: int, multiple: int) -> tuple[int, int]:
    """Return the nearest sides that are multiples, of `MOST_PIXELS` together at most.

    Examples
    --------
    >>> fitting(100, 33, 8)
    (104, 32)
    """
    shrink = min(1.0, sqrt(MOST_PIXELS / (height * width)))

    def side(length: int) -> int:
        return max(1, int(length * shrink / multiple + 0.5)) * multiple

    return side(height), side(width)


def index_of(image: Any, count: int, world: Packaged) -> int | None:
    """Return which picture of a world is meant, or ``None`` where a picture is given.

    Raises
    ------
    InputError
        There is no such one, or several are meant.
    """
    if isinstance(image, str):
        several = image.replace(",", " ").split()
        if len(several) > 1 and all(one.isdecimal() for one in several):
            raise InputError(
                f"{world.name.capitalize()} {', '.join(several)} were asked for; a run changes one "
                f"picture. Give one of them, such as {several[0]}, or "
                "rex_widgets.bridge.evaluation for many."
            )
        if not image.strip().lstrip("-").isdigit():
            return None
        image = int(image)
    if hasattr(image, "shape") and not image.shape and hasattr(image, "item"):
        image = image.item()
    if isinstance(image, bool) or not isinstance(image, int):
        return None
    if not 0 <= image < count:
        raise InputError(
            f"{world.one.capitalize()} {image} was asked for; there are the {world.name} 0 to "
            f"{count - 1} held out."
        )
    return image


def check_kind(image: Any, mode: str | None) -> None:
    """Refuse what is no picture.

    Raises
    ------
    InputError
        It is a sound, a volume, a row or a signal.
    """
    scalar = isinstance(image, int | np.integer) or getattr(image, "shape", None) == ()
    kind = None if scalar else kind_of_input(image, mode)
    if kind not in (None, "image"):
        what = THINGS.get(kind, kind)
        raise InputError(
            f"The input is a {what}; region-constrained counterfactuals (rcsb) are of pictures "
            "only. Give a picture, or explain it by method causal or relax, which take every kind."
        )


def _wanted(network: BridgeNetwork, size: tuple[int, int] | None) -> Preprocessing:
    return Preprocessing(size=size, channels=network.channels, source="the network's pictures")


def _exact(sample: Sample, image: Any) -> Sample:
    """Take floats as they are given, where reading has only multiplied and divided them by 255."""
    given = image
    if hasattr(given, "detach"):
        given = given.detach().cpu().numpy()
    if not isinstance(given, np.ndarray) or given.dtype.kind != "f":
        return sample
    shape = sample.data.shape
    while given.ndim > 3 and len(given) == 1:
        given = given[0]
    for turned in (given, given[None], np.moveaxis(given, -1, 0)):
        if turned.shape == shape:
            plain = np.asarray(turned, np.float32)
            if float(np.abs(plain - sample.data).max()) <= _SLACK:
                # a copy: what a sample holds cannot be written to any more
                return replace(sample, data=np.array(plain, np.float32, order="C"))
    return sample


def _checked(sample: Sample, network: BridgeNetwork) -> Sample:
    data = sample.data
    if data.ndim != 3 or data.shape[0] != network.channels:
        raise InputError(
            f"The picture has the shape {data.shape}; the network {network.name!r} takes "
            f"({network.channels}, height, width)."
        )
    low, high = float(data.min()), float(data.max())
    if not (low >= -_SLACK and high <= 1 + _SLACK):
        raise InputError(
            f"The picture's values lie from {low:.3g} to {high:.3g} as it was read; expected a "
            "picture of 0..255 or 0..1, before any normalisation: what may change is drawn, so "
            "that it has to be a picture. Leave processed out."
        )
    inside: NDArray[np.float32] = np.clip(data, 0, 1)
    return sample if (inside == data).all() else replace(sample, data=inside)
