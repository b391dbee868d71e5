"""What was found out about a model, and the list of those who can tell."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.registry import Registry


@dataclass(frozen=True)
class Metadata:
    """Facts about a model from one source; None where the source says nothing.

    `mean` and `std` are in units of the picture divided by `scale` (255 unless stated).
    """

    source: str
    size: tuple[int, int] | None = None
    channels: int | None = None
    mean: tuple[float, ...] | None = None
    std: tuple[float, ...] | None = None
    scale: float | None = None
    interpolation: str | None = None
    crop: float | None = None
    channel_order: str | None = None
    labels: tuple[str, ...] | None = None
    feature_names: tuple[str, ...] | None = None


Provider = Callable[[object, ClassifierOptions], Metadata | None]
PROVIDERS: Registry[Provider] = Registry("rex_widgets.classifiers.metadata")


def find_metadata(model: object, options: ClassifierOptions) -> tuple[Metadata, ...]:
    """Ask every provider about the model; the first of the answers weighs most."""
    answers = (provider(model, options) for provider in PROVIDERS.functions())
    return tuple(answer for answer in answers if answer is not None)


def numbers(value: object) -> tuple[float, ...] | None:
    """Return a number or a list of numbers as a tuple, None where it is neither."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return (float(value),)
    try:
        found = tuple(float(item) for item in value)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        return None
    return found or None
