"""The photographs, resized once so that both systems are given the same pixels."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

NAMES = {
    "chelsea": "chelsea.png",
    "coffee": "coffee.png",
    "camera": "camera.png",
    "rocket": "rocket.jpg",
    "motorcycle": "motorcycle_left.png",
    "astronaut": "astronaut.png",
}
"""Photographs that scikit-image carries in its package. The classifier is sure of the first four,
less so of the motorcycle, and unsure of the astronaut."""

SIZE = 224


@dataclass(frozen=True)
class Picture:
    """One photograph as a PNG of `SIZE` by `SIZE` pixels."""

    name: str
    path: Path


def write_pictures(folder: Path, count: int) -> list[Picture]:
    """Write the first ``count`` photographs into ``folder``."""
    from PIL import Image

    spec = find_spec("skimage")
    if spec is None or not spec.submodule_search_locations:
        raise RuntimeError("scikit-image is not installed; it comes with the [demo] extra.")
    source = Path(spec.submodule_search_locations[0]) / "data"
    written = []
    for name, file in list(NAMES.items())[:count]:
        with Image.open(source / file) as image:
            small = image.convert("RGB").resize((SIZE, SIZE), Image.Resampling.BICUBIC)
        path = folder / f"{name}.png"
        small.save(path)
        written.append(Picture(name, path))
    return written
