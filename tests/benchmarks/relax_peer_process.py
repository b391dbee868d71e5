"""relax-xai on one photograph, in a process of its own. Prints one JSON object.

As its users run it: its class, its defaults, under ``torch.no_grad()``. `forward` goes on from
what it has, so one object is asked for its map at several numbers of masks.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np


def main(
    path: str | None,
    png: str,
    threads: int,
    seed: int,
    masks: list[int],
    npz: str,
) -> dict[str, Any]:
    """Seconds at each number of masks; the maps go to ``npz``, ``(numbers, H, W)``."""
    import torch

    from tests.benchmarks.relax_encoder import PooledFeatures, read
    from tests.parity.relax_peer import released

    torch.set_num_threads(threads)
    peer = released(path)
    encoder, data = PooledFeatures(), read(png)
    in_model = 0.0

    def counted(batch: torch.Tensor) -> torch.Tensor:
        nonlocal in_model
        before = time.perf_counter()
        answer: torch.Tensor = network(batch)
        in_model += time.perf_counter() - before
        return answer

    with torch.no_grad():
        encoder(data)  # the first call sets torch up
        network, encoder.forward = encoder.forward, counted
        torch.manual_seed(seed)
        started = time.perf_counter()
        relax = peer.RELAX(data, encoder)
        seconds, shares, maps = [], [], []
        done = 0
        for number in masks:
            relax.num_batches = (number - done) // relax.batch_size
            relax.forward()
            done += relax.num_batches * relax.batch_size
            seconds.append(time.perf_counter() - started)
            shares.append(1 - in_model / seconds[-1])
            maps.append(relax.importance.numpy().copy())
    np.savez_compressed(npz, maps=np.stack(maps))
    return {"masks": masks, "seconds": seconds, "outside": shares}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
