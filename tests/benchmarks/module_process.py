"""One repeat of the torch question, in a process of its own. Prints one JSON object."""

from __future__ import annotations

import json
import sys
import time

import numpy as np


def main(png: str, threads: int, iters: int, batches: int) -> dict[str, object]:
    """Time a default run on the module, then eager calls of it."""
    import torch

    from rex_widgets import start
    from rex_widgets.causal.tree import Tree
    from rex_widgets.classifiers.demo import efficientnet_lite0

    torch.set_num_threads(threads)
    module = efficientnet_lite0()
    started = time.perf_counter()
    run = start(png, module, seed=0, iters=iters, mean=[0.5] * 3, std=[0.5] * 3)
    for _ in run:
        pass
    seconds = time.perf_counter() - started
    result = run.result()

    data = np.array(run.sample.data)
    masks = [
        mask.array()
        for number in range(5)
        for mask in Tree(number, data.shape[1:], run.settings, 0).propose()
    ][:64]
    mutants = torch.from_numpy(np.where(np.stack(masks)[:, None], data, np.float32(0)))
    rates = {}
    with torch.inference_mode():
        for size in (64, 16):
            batch = mutants[:size]
            module(batch)
            started = time.perf_counter()
            for _ in range(batches):
                module(batch)
            rates[f"eager_{size}"] = batches * size / (time.perf_counter() - started)
    return {
        "evaluations": int(result.evaluations),
        "seconds": seconds,
        "choices": [choice for choice in result.choices if "untime" in choice],
        **rates,
    }


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
