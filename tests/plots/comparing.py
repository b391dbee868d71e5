"""Comparing figures with the ones that were looked at.

After a wanted change, write them anew and look at every one of them::

    REX_WIDGETS_WRITE_BASELINES=1 python -m pytest tests/plots/test_baselines.py
"""

from __future__ import annotations

import os
from pathlib import Path

from matplotlib.figure import Figure
from matplotlib.testing.compare import compare_images
from PIL import Image

FOLDER = Path(__file__).parent / "baseline"
DOTS_PER_INCH = 90
TOLERANCE = 3.0
"""Root mean square of the difference, of 255: another release's antialiasing passes, a missing
line does not."""


def compare(drawn: Figure, name: str, folder: Path) -> None:
    """Fail if a figure does not look like its baseline."""
    expected, actual = FOLDER / f"{name}.png", folder / f"{name}.png"
    drawn.savefig(actual, dpi=DOTS_PER_INCH)
    if os.environ.get("REX_WIDGETS_WRITE_BASELINES"):
        FOLDER.mkdir(exist_ok=True)
        with Image.open(actual) as picture:
            picture.convert("RGB").quantize(256).save(expected, optimize=True)
    assert expected.exists(), f"{expected.name} is missing; see {__name__}"
    assert expected.stat().st_size < 40_000
    plain = folder / f"{name}-expected.png"
    with Image.open(expected) as picture:
        picture.convert("RGB").save(plain)
    with Image.open(actual) as picture:
        picture.convert("RGB").save(actual)
    difference = compare_images(str(plain), str(actual), TOLERANCE)
    assert difference is None, difference
