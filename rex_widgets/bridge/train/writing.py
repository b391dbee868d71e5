"""What the training leaves behind: weights, held-out digits, a log."""

from __future__ import annotations

import csv
import os
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from rex_widgets.bridge.digits.world import DIGITS_FILE
from rex_widgets.bridge.train.reading import Digits

SHIPPED = 500
"""How many of the held-out digits come with the package."""

_COLUMNS = ("trained", "step", "measure", "value")


def write_weights(file: Path, module: nn.Module) -> None:
    """Write weights as float16 safetensors, whole or not at all."""
    weights = {
        name: values.detach().to(torch.float16 if values.is_floating_point() else values.dtype)
        for name, values in module.state_dict().items()
    }
    unfinished = file.with_suffix(".unfinished")
    save_file(weights, unfinished)
    os.replace(unfinished, file)


def write_held_out(folder: Path, held_out: Digits) -> None:
    """Write the first of the held-out digits, compressed."""
    np.savez_compressed(
        folder / DIGITS_FILE,
        digits=held_out.pictures[:SHIPPED],
        labels=held_out.labels[:SHIPPED],
    )


class Log:
    """A CSV file with a line for each measure; without a path it writes nothing."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        if path is not None and not path.exists():
            self._add(_COLUMNS)

    def write(self, trained: str, step: int, measure: str, value: float) -> None:
        """Add a line."""
        self._add((trained, str(step), measure, f"{value:.5f}"))

    def _add(self, line: tuple[str, ...]) -> None:
        if self._path is not None:
            with self._path.open("a", newline="", encoding="utf-8") as file:
                csv.writer(file, lineterminator="\n").writerow(line)
