"""Our RELAX on one photograph, in a process of its own. Prints one JSON object."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np


def by_the_release_s_names(
    png: str, threads: int, seed: int, masks: int, npz: str
) -> dict[str, Any]:
    """What a script of the release's does after changing its import line: masks and seconds."""
    import torch

    from rex_widgets.relax import RELAX
    from tests.benchmarks.relax_encoder import PooledFeatures, read

    torch.set_num_threads(threads)
    encoder, data = PooledFeatures(), read(png)
    with torch.no_grad():
        encoder(data)
    torch.manual_seed(seed)
    started = time.perf_counter()
    relax = RELAX(data, encoder, num_batches=masks // 100)
    relax.forward()
    seconds = time.perf_counter() - started
    np.savez_compressed(npz, maps=relax.importance.numpy()[None])
    return {"masks": relax.masks, "seconds": seconds}


def main(
    png: str,
    threads: int,
    seed: int,
    masks: int,
    npz: str,
    runtime: str | None = None,
    maps_at_borders: bool = True,
) -> dict[str, Any]:
    """Masks and seconds at every border, and the share outside the encoder; maps go to ``npz``.

    The time begins before the run is made: choosing and preparing the encoder's runtime is in it.
    """
    import torch

    from rex_widgets import start
    from tests.benchmarks.relax_encoder import PooledFeatures, options, read

    torch.set_num_threads(threads)
    encoder = PooledFeatures()
    with torch.no_grad():
        encoder(read(png))  # the first call sets torch up
    given = options(masks, seed) | ({} if runtime is None else {"runtime": runtime})
    started = time.perf_counter()
    run = start(png, encoder, "relax", **given)
    borders, maps = [], []
    before = (0.0, 0.0)
    for _ in run:
        if maps_at_borders:
            result = run.result()
            spent = (result.seconds, result.seconds_in_model)
            if not result.masks:
                before = spent
                continue
            borders.append((int(result.masks), time.perf_counter() - started))
            maps.append(result.importance)
    result = run.result()
    if not maps_at_borders:
        borders.append((int(result.masks), time.perf_counter() - started))
        maps.append(result.importance)
    # of the masks alone: choosing and exporting a runtime is neither
    in_model = result.seconds_in_model - before[1]
    outside = 1 - in_model / (result.seconds - before[0])
    np.savez_compressed(npz, maps=np.stack(maps))
    return {
        "borders": borders,
        "outside": outside,
        "prepared": before[0],
        "choices": result.choices,
    }


if __name__ == "__main__":
    command = json.loads(sys.argv[1])
    measured = by_the_release_s_names if command.pop("by_names", False) else main
    print(json.dumps(measured(**command)))
