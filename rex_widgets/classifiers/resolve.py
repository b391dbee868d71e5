"""Settling preprocessing and labels: what was said, else what was found, else a stated guess."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from rex_widgets.classifiers.labels import check_labels, imagenet_labels, read_labels
from rex_widgets.classifiers.metadata.found import Metadata
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.classifiers.shape import InputShape

Value = TypeVar("Value")
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)
USUAL_SCALE = 255.0
"""What the values of a picture are divided by; other values are left as they are."""


@dataclass(frozen=True)
class Settled:
    """What was settled about a model, and the sentences that say why."""

    preprocessing: Preprocessing
    labels: tuple[str, ...] | None
    choices: tuple[str, ...]


def settle(
    options: ClassifierOptions,
    found: Sequence[Metadata],
    shape: InputShape,
    classes: int | None,
    *,
    labelled: bool = True,
) -> Settled:
    """Put together preprocessing and labels; arguments override metadata, metadata a guess.

    Parameters
    ----------
    options
        What the person said.
    found
        What the model's metadata say, the weightiest first.
    shape
        Channels and size of the input, settled already.
    classes
        Number of classes where known: 1000 classes of colour pictures are taken for ImageNet.
    labelled
        Whether the answers are classes, with names to be found; an encoder's are not.
    """
    kind = shape.kind or "image"
    channels = shape.channels or (3 if kind == "image" else 1)
    imagenet = kind == "image" and channels == 3 and classes == 1000
    choices: list[str] = []
    usual = USUAL_SCALE if kind == "image" else 1.0
    mean, std, scale, source = _normalisation(options, found, imagenet, channels, usual, choices)
    preprocessing = Preprocessing(
        kind=kind,
        feature_names=_first(m.feature_names for m in found) or (),
        size=shape.size,
        channels=channels,
        mean=mean,
        std=std,
        scale=scale,
        interpolation=options.interpolation or _first(m.interpolation for m in found) or "bicubic",
        crop=_number(options.crop, _first(m.crop for m in found), 1.0),
        channel_order=options.channel_order or _first(m.channel_order for m in found) or "RGB",
        source=source,
    )
    if preprocessing.crop < 1:
        choices.append(
            f"Pictures are resized, then the central {preprocessing.crop:.1%} kept (crop)."
        )
    labels = _labels(options, found, imagenet, classes, choices) if labelled else None
    return Settled(preprocessing, labels, tuple(choices))


def _normalisation(
    options: ClassifierOptions,
    found: Sequence[Metadata],
    imagenet: bool,
    channels: int,
    usual: float,
    choices: list[str],
) -> tuple[tuple[float, ...], tuple[float, ...], float, str]:
    teller = next((m for m in found if m.mean is not None or m.std is not None), None)
    if teller is not None:
        mean, std = teller.mean or (0.0,), teller.std or (1.0,)
        scale, source = teller.scale or usual, teller.source
    elif imagenet:
        mean, std, scale = IMAGENET_MEAN, IMAGENET_STD, usual
        source = "guess: ImageNet, because it takes colour pictures and has 1000 classes"
    else:
        # A scale alone, with no mean or std, is still worth following.
        scale = _first(m.scale for m in found) or usual
        how = f"values / {usual:g}" if usual != 1 else "values as they are"
        mean, std, source = (0.0,), (1.0,), f"guess: {how}, because nothing says otherwise"
    given = [n for n in ("mean", "std", "scale") if getattr(options, n) is not None]
    if given:
        if teller is None:
            # Half an answer of the person's is not mixed with a guess.
            mean, std = (0.0,), (1.0,)
        mean = _values(options.mean, mean)
        std = _values(options.std, std)
        scale = _number(options.scale, None, scale)
        if options.scale is None and max(mean) > 1 and teller is None and usual != 1:
            scale = 1.0
            choices.append("mean is above 1: taken in units of 0..255 (scale=1).")
        source = f"{', '.join(given)} as given" + (f", else {source}" if teller else "")
    if scale == 1 and set(mean) == {0.0} and set(std) == {1.0}:
        choices.append(f"Preprocessing: none ({source}).")
    else:
        shown_mean, shown_std = _shown(mean, channels), _shown(std, channels)
        choices.append(
            f"Preprocessing: values / {scale:g}, mean {shown_mean}, std {shown_std} ({source})."
        )
    return mean, std, scale, source


def _labels(
    options: ClassifierOptions,
    found: Sequence[Metadata],
    imagenet: bool,
    classes: int | None,
    choices: list[str],
) -> tuple[str, ...] | None:
    # A single output is read as two classes.
    count = None if classes is None else max(classes, 2)
    if options.labels is not None:
        given = read_labels(options.labels)
        check_labels(given, count)
        return given
    for metadata in found:
        if metadata.labels is None:
            continue
        if count is not None and len(metadata.labels) != count:
            # A new last layer often leaves the old names behind.
            choices.append(
                f"Labels from {metadata.source} left out: {len(metadata.labels)} names for "
                f"{count} classes."
            )
            continue
        choices.append(f"Labels from {metadata.source}.")
        return metadata.labels
    if imagenet:
        choices.append("Labels: the ImageNet names (guess: colour pictures, 1000 classes).")
        return imagenet_labels()
    return None


def _first(values: Iterable[Value | None]) -> Value | None:
    return next((value for value in values if value is not None), None)


def _number(given: float | None, found: float | None, default: float) -> float:
    return float(next(value for value in (given, found, default) if value is not None))


def _values(given: Sequence[float] | float | None, default: tuple[float, ...]) -> tuple[float, ...]:
    if given is None:
        return default
    if isinstance(given, int | float):
        return (float(given),)
    return tuple(float(value) for value in given)


def _shown(values: tuple[float, ...], channels: int) -> str:
    if len(set(values)) == 1:
        return f"{values[0]:g}"
    return "(" + ", ".join(f"{value:g}" for value in values[:channels]) + ")"
