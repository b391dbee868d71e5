"""Record the release of BEX on a toy: ``python -m tests.parity.record_bex``.

Run it from the repository's root with BEX_PEER_PATH naming a folder that holds the package bex.
It writes ``bex.npz`` beside itself, which `test_bex_parity.py` compares with ours without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.parity.bex_figures import CASES, SAME, SEEDS, figures
from tests.parity.bex_peer import RELEASE, explain, explainer
from tests.parity.bex_world import CORRELATED, PARTS, toy

FOLDER = Path(__file__).parent


def main() -> None:
    """Explain a batch for every case and seed; figures of all, latents of some."""
    world = toy()
    statistics = world.context.statistics
    font = PARTS[1].slice
    as_they_are = world.fonts * statistics.std[font] + statistics.mean[font]
    arrays: dict[str, Any] = {
        "release": np.array(RELEASE),
        "torch": np.array(torch.__version__),
        "world": world.batch(0)[1].numpy(),
    }

    def found(name: str, options: dict[str, Any], seed: int) -> torch.Tensor:
        given = {"fonts": as_they_are, "correlated": CORRELATED} if name == "is" else {}
        made = explainer(name, world.as_they_are, world.validation, **options, **given)
        return explain(made, seed, *world.batch(seed), world.classifier, world.generator)

    for case, (name, options) in CASES.items():
        rows = [
            figures(world, found(name, options, seed), *world.batch(seed)[:2]) for seed in SEEDS
        ]
        arrays[case] = np.array(rows)
    for case, (name, options) in SAME.items():
        arrays[f"{case}: latents"] = found(name, options, 0).numpy()
    np.savez_compressed(FOLDER / "bex.npz", **arrays)


if __name__ == "__main__":
    main()
