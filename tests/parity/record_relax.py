"""Record the release of RELAX on a tiny case: ``python -m tests.parity.record_relax``.

Run it from the repository's root with RELAX_PEER_PATH naming a folder that holds relax-xai. It
writes ``relax.npz`` beside itself, which `test_relax_parity.py` compares with ours without it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from tests.parity.relax_model import NegativeDistance, encoder, picture
from tests.parity.relax_peer import RELEASE, released

FOLDER = Path(__file__).parent
SEED = 7
FEW = {"batch_size": 25, "num_batches": 4}
MANY = {"batch_size": 200, "num_batches": 100}
CASES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "defaults": (FEW, {}),
    "grid": (FEW, {"num_cells": 5, "probablity_of_drop": 0.3}),
    "measure": (FEW | {"similarity_measure": NegativeDistance()}, {}),
    "many": (MANY, {}),
}
"""Name, arguments of the class, arguments of `forward`."""


def kept(relax: Any, prefix: str) -> dict[str, Any]:
    """What an object of the release holds after `forward`."""
    return {
        f"{prefix}_importance": relax.importance.numpy().copy(),
        f"{prefix}_uncertainty": relax.uncertainty.numpy().copy(),
        f"{prefix}_u_relax": relax.u_relax.numpy().copy(),
        f"{prefix}_sum_of_weights": relax.sum_of_weights.numpy().copy(),
    }


def main() -> None:
    """Run every case, the first one twice over."""
    peer = released()
    torch.manual_seed(SEED)
    arrays: dict[str, Any] = {
        "release": np.array(RELEASE),
        "torch": np.array(torch.__version__),
        "stream": torch.rand(8).numpy(),
    }
    with torch.no_grad():
        for name, (options, grid) in CASES.items():
            torch.manual_seed(SEED)
            relax = peer.RELAX(picture(), encoder(), **options)
            relax.forward(**grid)
            arrays |= kept(relax, name)
            if name == "defaults":
                relax.forward(num_cells=4)
                arrays |= kept(relax, "continued")
    np.savez_compressed(FOLDER / "relax.npz", **arrays)


if __name__ == "__main__":
    main()
