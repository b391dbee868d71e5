"""One explanation of every kind, made by hand, for looking at what draws them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.metrics import Analysis, Components, deletion_curve, insertion_curve
from rex_widgets.results import ClassScore, Explanation, Part, Target
from tests.explanations import hand_made


def _bump(shape: tuple[int, ...], centre: tuple[float, ...], width: float) -> NDArray[np.float64]:
    """A Gaussian hill; centre and width as shares of the first side."""
    grids = np.indices(shape) / shape[0]
    square = sum((grid - place) ** 2 for grid, place in zip(grids, centre, strict=True))
    return np.asarray(np.exp(-np.asarray(square) / (2 * width**2)))


def _made(height: NDArray[np.float64], kept: NDArray[np.bool_], /, **changes: Any) -> Explanation:
    fields = {"map": height.astype(np.float32), "mask": kept, "area": float(kept.mean())}
    return hand_made(**(fields | {"picture": None} | changes))


def scene() -> NDArray[np.uint8]:
    """A small picture, (96, 128, 3): evening sky, a sun, a house."""
    y, x = np.mgrid[:96, :128]
    sky = np.stack([90 + y, 120 + 0.4 * y, 200 - y], axis=-1)
    sun = (y - 30) ** 2 + (x - 90) ** 2 < 15**2
    house = (y > 50) & (abs(x - 40) < 20)
    roof = (y <= 50) & (y > 30 + abs(x - 40) * 0.8)
    for where, colour in ((sun, (250, 210, 90)), (house, (170, 90, 70)), (roof, (90, 40, 40))):
        sky[where] = colour
    return np.clip(sky, 0, 255).astype(np.uint8)


def picture(**changes: Any) -> Explanation:
    """The house of the scene, explained by its roof and door."""
    values = _bump((96, 128), (0.42, 0.42), 0.12) + 0.6 * _bump((96, 128), (0.8, 0.4), 0.09)
    values[values < 0.02] = 0
    fields: dict[str, Any] = {
        "picture": scene(), "target": Target(660, "mobile home", 0.876), "source": "house.png",
    }  # fmt: skip
    return _made(values, values > 0.5, **(fields | changes))


def _part(name: str, mask: NDArray[np.bool_]) -> Part:
    return Part(name, mask, 0.7, float(mask.mean()), True)


def several() -> Explanation:
    """Four explanations of the scene, of which two overlap."""
    centres = ((0.42, 0.42), (0.32, 0.94), (0.78, 0.3), (0.55, 0.36))
    masks = [_bump((96, 128), centre, 0.1) > 0.6 for centre in centres]
    names = ("spotlight 1", "spotlight 2", "spotlight 3", "spotlight 4")
    parts = tuple(_part(name, mask) for name, mask in zip(names, masks, strict=True))
    return picture(mask=masks[0], parts=parts, strategy="multi")


def contrastive() -> Explanation:
    """A sufficient and a necessary part."""
    large = _bump((96, 128), (0.55, 0.42), 0.14) > 0.4
    small = _bump((96, 128), (0.55, 0.42), 0.14) > 0.75
    parts = (_part("sufficient", small), _part("necessary", large))
    return picture(mask=large, parts=parts, strategy="contrastive")


def spectrum(**changes: Any) -> Explanation:
    """An infrared spectrum whose class hangs on two bands."""
    place = np.linspace(650, 4000, 500)
    heights = ((1050, 60, 0.5), (1720, 25, 1.0), (2930, 70, 0.7), (3400, 160, 0.45))
    line = sum(h * np.exp(-((place - c) ** 2) / (2 * w**2)) for c, w, h in heights)
    line = np.asarray(line) + 0.03 * np.sin(place / 90) + 0.08
    values = np.exp(-((place - 1720) ** 2) / 5000) + 0.5 * np.exp(-((place - 2930) ** 2) / 20_000)
    values[values < 0.01] = 0
    fields: dict[str, Any] = {
        "kind": "signal",
        "axes": Axes(("wavenumber",), ("1/cm",), (place[1] - place[0],), place),
        "values": line[None].astype(np.float32),
        "target": Target(1, "contains a carbonyl", 0.981),
        "source": "sample.csv",
    }
    return _made(values, values > 0.45, **(fields | changes))


def sound() -> Explanation:
    """Half a second of sound with a burst in it, in two parts."""
    rate, length = 16_000, 8000
    seconds = np.arange(length) / rate
    loud = 0.1 + 0.9 * np.exp(-((seconds - 0.3) ** 2) / 0.002)
    values = np.exp(-((seconds - 0.28) ** 2) / 0.001)
    masks = [abs(seconds - 0.27) < 0.012, abs(seconds - 0.34) < 0.02]
    return _made(
        values,
        masks[0],
        kind="audio",
        axes=Axes(("time",), ("s",), (1 / rate,)),
        values=(loud * np.sin(2 * np.pi * (200 + 500 * seconds) * seconds))[None].astype("f4"),
        target=Target(3, "bark", 0.914),
        source="dog.wav",
        strategy="multi",
        parts=(_part("spotlight 1", masks[0]), _part("spotlight 2", masks[1])),
    )


FEATURES = (
    "alcohol", "malic acid", "ash", "alcalinity of ash", "magnesium", "total phenols",
    "flavanoids", "nonflavanoid phenols", "proanthocyanins", "colour intensity", "hue",
    "OD280/OD315", "proline", "price in $ per $",
)  # fmt: skip


def row(features: int = 14) -> Explanation:
    """A row of a table of wines; more features than names have none."""
    order = np.arange(features) * 5 % features
    values = np.where(order < 2, 0, 0.8 ** (features - order))
    mask = np.zeros(features, bool)
    mask[np.argsort(-values)[:3]] = True
    mask[2] = True
    return _made(
        values,
        mask,
        kind="table",
        axes=Axes(("feature",), ("",), (1.0,), labels=FEATURES[:features]),
        values=(np.arange(features) * 1.7 + 0.25)[None].astype(np.float32),
        target=Target(0, "Barolo", 0.968),
        source="wines.csv",
    )


def volume(**changes: Any) -> Explanation:
    """A head with a bright lesion on its right, in millimetres."""
    shape, spacing = (36, 44, 24), (4.0, 4.0, 6.0)
    grids = np.indices(shape) - (np.array(shape).reshape(3, 1, 1, 1) - 1) / 2
    radius = np.sqrt((grids[0] / 16) ** 2 + (grids[1] / 20) ** 2 + (grids[2] / 11) ** 2)
    head = np.where(radius < 1, np.where(radius > 0.88, 200, 110 + 25 * np.cos(9 * radius)), 0)
    place = ((grids[0] - 6) ** 2 + (grids[1] - 4) ** 2) * 16 + (grids[2] - 2) ** 2 * 36
    head[place < 12**2] = 255
    values = np.exp(-place / 300)
    values[values < 0.02] = 0
    affine = np.diag([*spacing, 1.0])
    affine[:3, 3] = (-70, -100, -60)
    fields: dict[str, Any] = {
        "kind": "volume",
        "axes": Axes(("right", "anterior", "superior"), ("mm",) * 3, spacing, affine=affine),
        "values": head[None].astype(np.float32),
        "target": Target(1, "lesion", 0.993),
        "source": "head.nii.gz",
    }
    return _made(values, place < 13**2, **(fields | changes))


def analysis() -> Analysis:
    """Curves of a model whose confidence rises and falls smoothly with what it sees."""
    order = np.random.default_rng(3).random((40, 40))

    def rising(masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        share = (masks * order).reshape(len(masks), -1).sum(axis=1) / order.sum()
        return np.asarray(0.95 / (1 + np.exp(-14 * (share - 0.35))))

    options: dict[str, Any] = {"target_confidence": 0.876, "step": 40}
    return Analysis(
        area=0.041, entropy_image=5.5, entropy_map=1.2, spectral_entropy=2.0, max_entropy=5.0,
        insertion=insertion_curve(order, rising, **options),
        deletion=deletion_curve(order, rising, **options),
        robustness=0.94, components=Components(2, (900, 80)), order="ranking", evaluations=132,
    )  # fmt: skip


NOBODY = Target(-1, "not classified yet", math.nan)
NASTY = ClassScore(1, "$\\frac{a}{b}$ \n <b> 猫 " + "x" * 90, 0.5)
