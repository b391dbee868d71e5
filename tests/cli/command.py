"""A small model and picture for tests of the command line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

SCRIPT = """
import numpy as np

model_shape = ["N", 3, 16, 16]

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    batch = np.asarray(mutants)
    bright = batch[:, :, 4:12, 4:12].mean(axis=(1, 2, 3), dtype=np.float64)
    rest = batch[:, :, :, 13:].mean(axis=(1, 2, 3), dtype=np.float64)
    return np.stack([np.full(len(batch), 0.3), bright, rest], axis=1)
"""

SIGNAL = """
import numpy as np

model_shape = ["N", 1, 60]

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    bright = np.asarray(mutants)[:, 0, 20:30].mean(axis=1)
    return np.stack([np.full(len(bright), 0.3), bright], axis=1)
"""

VOLUME = """
import numpy as np

model_shape = ["N", 1, 8, 9, 7]

def prediction_function(mutants, target=None, raw=False, binary_threshold=None):
    bright = np.asarray(mutants)[:, 0, 2:5, 3:6, 1:5].mean(axis=(1, 2, 3))
    return np.stack([np.full(len(bright), 0.3), bright], axis=1)
"""


def prepare(folder: Path) -> None:
    """Write cat.png (a bright square), dark.png, sig.npy, vol.npy and a script for each."""
    (folder / "model.py").write_text(SCRIPT)
    (folder / "spectrum.py").write_text(SIGNAL)
    (folder / "scan.py").write_text(VOLUME)
    pixels = np.full((32, 32, 3), 20, np.uint8)
    pixels[8:24, 8:24] = 240
    Image.fromarray(pixels).save(folder / "cat.png")
    Image.fromarray(np.zeros((16, 16, 3), np.uint8)).save(folder / "dark.png")
    signal = np.full(60, 0.1, np.float32)
    signal[20:30] = 1
    np.save(folder / "sig.npy", signal)
    volume = np.full((8, 9, 7), 0.1, np.float32)
    volume[2:5, 3:6, 1:5] = 1
    np.save(folder / "vol.npy", volume)
