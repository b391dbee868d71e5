"""One memory measurement, in a process of its own. Prints one JSON object."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(png: str, onnx: str | None, threads: int, iters: int) -> dict[str, object]:
    """Resident memory with the model loaded, and how far a run at batch 64 takes it."""
    import psutil

    from rex_widgets import start

    settings = {"seed": 0, "iters": iters, "batch_size": 64, "minimise_budget": 0}
    if onnx is not None:
        run = start(png, onnx, threads=threads, **settings)
    else:
        import torch

        from rex_widgets.classifiers.demo import efficientnet_lite0

        torch.set_num_threads(threads)
        module = efficientnet_lite0()
        half = [0.5] * 3
        run = start(png, module, runtime="eager", mean=half, std=half, **settings)
    process = psutil.Process()
    loaded = process.memory_info().rss / 2**20
    for _ in run:
        pass
    peak = peak_mb()
    return {
        "evaluations": int(run.result().evaluations),
        "loaded_mb": loaded,
        "peak_mb": max(peak - loaded, 0.0),
        "end_mb": process.memory_info().rss / 2**20 - loaded,
    }


def peak_mb() -> float:
    """Most resident memory this process has had.

    Not from ``getrusage``: its peak outlives ``exec``, so a child starts with its parent's.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 2**10
    raise RuntimeError("/proc/self/status has no VmHWM: the peak can only be read on Linux.")


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
