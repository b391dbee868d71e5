"""One memory measurement of RELAX, in a process of its own. Prints one JSON object."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.benchmarks.memory_process import peak_mb


def main(png: str, threads: int, masks: int, system: str, path: str | None = None) -> Any:
    """Resident memory with the encoder loaded and used once, and how far a run takes it."""
    import psutil
    import torch

    from tests.benchmarks.relax_encoder import PooledFeatures, options, read

    torch.set_num_threads(threads)
    encoder, data = PooledFeatures(), read(png)
    with torch.no_grad():
        encoder(data)
    process = psutil.Process()
    loaded = process.memory_info().rss / 2**20
    if system == "ours":
        from rex_widgets import start

        for _ in start(png, encoder, "relax", runtime="eager", **options(masks, 0)):
            pass
    else:
        from tests.parity.relax_peer import released

        with torch.set_grad_enabled(system == "peer"):
            size = min(masks, 100)
            relax = released(path).RELAX(data, encoder, batch_size=size, num_batches=masks // size)
            relax.forward()
    return {"peak_mb": max(peak_mb() - loaded, 0.0)}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
