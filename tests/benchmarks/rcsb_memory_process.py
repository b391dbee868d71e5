"""One memory measurement of RCSB, in a process of its own. Prints one JSON object."""

from __future__ import annotations

import json
import sys
from typing import Any

from tests.benchmarks.memory_process import peak_mb


def main(subject: str, threads: int, samples: int, batch_size: int, nfe: int) -> dict[str, Any]:
    """Resident memory with networks loaded and used once, and how far samples take it."""
    import psutil
    import torch

    from rex_widgets.bridge.sampling_settings import SamplingSettings
    from tests.benchmarks.rcsb_process import sample
    from tests.benchmarks.rcsb_subjects import problem_of

    torch.set_num_threads(threads)
    problem = problem_of(subject)
    with torch.no_grad():
        problem.network(problem.image[None], 300, problem.image[None])
        problem.log_probabilities((problem.image[None] + 1) / 2)
    loaded = psutil.Process().memory_info().rss / 2**20
    sample(problem, SamplingSettings(nfe=nfe, batch_size=batch_size), samples)
    return {"peak_mb": max(peak_mb() - loaded, 0.0)}


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
