"""Record the metrics of BEX 0.5.2: ``python -m tests.parity.record_bex_metrics FOLDER``.

FOLDER holds the unpacked package ``bex``. What it imports and is not installed (torchvision, say)
is replaced by a stand-in; the metrics need none of it. It writes ``bex_metrics.npz`` beside itself,
which `test_bex_metrics_parity.py` compares with ours without the peer.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import numpy as np
import torch

FILE = Path(__file__).parent / "bex_metrics.npz"
SCALES = (0.3, 1.0, 2.5, 0.0)
"""How far the random perturbations go, batch by batch; in the last nothing succeeds."""

MAYBE_ABSENT = ("torchvision", "torchvision.transforms", "torchvision.utils", "h5py", "haven")


def random_batch(random: torch.Generator, scale: float) -> dict[str, torch.Tensor]:
    """Draw the latents and answers of one batch; half of the perturbations move one part only."""

    def normal(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=random)

    latents, logits = normal(6, 11), normal(6, 2)
    parts = torch.tensor([0] * 3 + [1] * 3 + [2] * 5)
    which = torch.randint(0, 3, (6, 10, 1), generator=random)
    alone = torch.rand(6, 10, 1, generator=random) < 0.5
    moved = normal(6, 10, 11) * torch.where(alone, (parts == which).float(), 1.0)
    answers = normal(60, 2) if scale else logits.repeat_interleave(10, 0)
    return {
        "latents": latents,
        "logits": logits,
        "counterfactuals": latents[:, None] + scale * moved,
        "perturbed_logits": answers,
    }


def peer(folder: str) -> tuple[Any, Any]:
    """Import the peer's functions and its benchmark."""
    sys.path.insert(0, folder)
    for name in MAYBE_ABSENT:
        if name in sys.modules or "." in name or find_spec(name) is None:
            sys.modules.setdefault(name, MagicMock())
    return import_module("bex.utils"), import_module("bex.benchmark").Benchmark


def main() -> None:
    """Ask the peer for everything."""
    utils, benchmark = peer(sys.argv[1])
    random = torch.Generator().manual_seed(0)
    characters, fonts = (torch.randn(48, 3, generator=random) for _ in range(2))
    arrays: dict[str, Any] = {"characters": characters, "fonts": fonts}
    for number, scale in enumerate(SCALES):
        batch = random_batch(random, scale)
        near = utils.bound_z(
            batch["counterfactuals"].clone(), batch["latents"].clone(), characters, fonts
        )
        successful, *shares = utils.get_successful_cf(
            near, batch["latents"], batch["perturbed_logits"], batch["logits"], characters, fonts
        )
        cardinality, chosen = utils.compute_metrics(
            batch["latents"], near, successful, characters, fonts
        )
        kept = torch.zeros(6, 10, dtype=torch.bool)
        for row, columns in chosen or ():
            kept[row, columns] = True
        found = {"near": near, "successful": successful, "kept": kept}
        found["metrics"] = torch.tensor([cardinality, *shares], dtype=torch.float64)
        arrays |= {f"{name}_{number}": array for name, array in (batch | found).items()}
    logits = 2 * torch.randn(300, 2, generator=random)
    labels = torch.randint(0, 2, (300,), generator=random).numpy()
    loader = SimpleNamespace(dataset=SimpleNamespace(indices=None))
    data = SimpleNamespace(dataset=SimpleNamespace(y=labels))
    itself = SimpleNamespace(n_samples=7, val_dataset=data, val_loader=loader)
    benchmark._select_data_subset(itself, SimpleNamespace(logits=logits))
    arrays |= {"all_logits": logits, "labels": labels, "chosen": loader.dataset.indices}
    np.savez_compressed(FILE, **{name: np.asarray(array) for name, array in arrays.items()})


if __name__ == "__main__":
    main()
