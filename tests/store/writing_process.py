"""A process that saves explanations without end: ``python -m tests.store.writing_process FILE``.

It prints the ids of each explanation, on one line, once they were acknowledged. A plain one and a
multiple one of three rows take turns.
"""

from __future__ import annotations

import sys

import numpy as np

from rex_widgets.results import Part
from rex_widgets.store import save_explanation
from tests.explanations import hand_made

PARTS = 3


def main(path: str, writer: int, rounds: int) -> None:
    masks = [np.random.default_rng([writer, n]).random((64, 64)) > 0.5 for n in range(PARTS)]
    parts = tuple(Part(f"spotlight {n}", mask, 0.5, 0.5, True) for n, mask in enumerate(masks))
    for number in range(rounds):
        several = number % 2 == 1
        ids = save_explanation(
            path,
            hand_made(
                64,
                seed=writer * 100_000 + number,
                strategy="multi" if several else "global",
                parts=parts if several else (),
            ),
        )
        print(" ".join(ids), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
