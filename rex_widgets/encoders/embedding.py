"""What a representation is: its shape before pooling, its size, and how one became the other."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Pooling = Literal[
    "as it is",
    "flattened",
    "mean over places",
    "max over places",
    "mean over tokens",
    "max over tokens",
]


@dataclass(frozen=True)
class Embedding:
    """The representation of one input.

    Attributes
    ----------
    shape
        What the model gives per input, the batch left out; () for a single number.
    size
        How many values the representation has: D of (N, D).
    pooling
        What was done to the first to get the second.
    where
        The layer or output that it was taken from, as words; empty where the model gives one.
    """

    shape: tuple[int, ...]
    size: int
    pooling: Pooling
    where: str = ""

    @property
    def text(self) -> str:
        """One line for people, e.g. "layer 'features': 512×7×7 values, mean over places: 512"."""
        values = "value" if self.shape in ((), (1,)) else "values"
        text = f"{'×'.join(f'{length:,}' for length in self.shape) or '1'} {values}, {self.pooling}"
        if self.pooling != "as it is":
            text = f"{text}: {self.size:,}"
        return f"{self.where}: {text}" if self.where else text
