"""How many mutants of a volume a second, outside the model?"""

from __future__ import annotations

import json
import subprocess
import time
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Box, full_mask, slices_of
from rex_widgets.occlusion import background_of
from tests.benchmarks.bench import PEER_ITERS, Bench
from tests.benchmarks.peer import peer_python
from tests.benchmarks.report import Section, Table, Verdict
from tests.synthetic import Synthetic

TITLE = "Mutants of a volume"
SIDE = 64
BOX: Box = (20, 30, 30, 44, 25, 35)
"""Where the volume is bright, and what the model looks at."""

GAIN, NEED = 8.0, 0.5
MIN_BOX_SIZE = 10
PEER_BATCHES = (1, 64)
TARGET = 5.0
METHOD = f"""\
A volume of {SIDE}×{SIDE}×{SIDE} voxels, dim but for one bright box; the model's confidence rises
with the mean of that box. The search stage alone, {PEER_ITERS} iterations on each side, additive
maps, masking value 0, `min_box_size` {MIN_BOX_SIZE}; the peer in mode voxel, one mutant at a time
as by its defaults and the 14 of a box at a time. The seconds that each system spends inside the
model are subtracted, so that what is left is proposing, masking, hashing, logging and adding up.
One seed a row, taking turns. The systems draw their own cuts, so their mutants differ; ours counts
those that the model was asked about, not those that its log answered. The ratios are of searches
that compute responsibility alone, as the peer does; one column has our search with its default
`ranking`, which also keeps what ranks the voxels for the extraction."""


class BrightBox(Synthetic):
    """The model: class 1 where enough of the box is visible."""

    def __init__(self) -> None:
        super().__init__((SIDE, SIDE))
        self.where = (slice(None), 0, *slices_of(BOX))

    def __call__(self, batch: Any) -> NDArray[np.float32]:
        seen = batch[self.where].mean(axis=(1, 2, 3))
        one = 1 / (1 + np.exp(-GAIN * (seen - NEED)))
        return np.stack([1 - one, one], axis=1).astype(np.float32)


def measure(bench: Bench) -> Section:
    """Search the same volume with both systems, taking turns."""
    section = Section(TITLE, METHOD)
    table = Table(
        (
            "seed",
            "mutants",
            "peer's mutants",
            "ours /s outside",
            "with our ranking",
            "peer /s outside",
            "batched /s outside",
            "ratio",
            "ratio, batched",
        )
    )
    data = volume()
    npy = bench.folder / "volume.npy"
    np.save(npy, data[0])
    own_search(data, seed=99, iters=1)  # what the first call sets up is not measured
    for seed in range(bench.repeats):
        bench.say(f"volume search, seed {seed}")
        evaluations, rate = own_search(data, seed, PEER_ITERS, ranking="responsibility")
        _, ranked = own_search(data, seed, PEER_ITERS)
        peers = peer_searches(str(npy), seed)
        rates = [outside(peer) for peer in peers]
        ratios = [rate / other for other in rates]
        table.add(seed, evaluations, peers[0]["evaluations"], rate, ranked, *rates, *ratios)
    section.tables.append(table)
    for column, what in ((7, "the peer's defaults"), (8, "the peer, batched")):
        value = float(median(table.column(column)))
        words = f"mutants per second outside the model, ours over {what} (median)"
        section.verdicts.append(Verdict(words, value, "at least", TARGET))
    return section


def volume() -> NDArray[np.float32]:
    """The volume, ``(1, 64, 64, 64)``."""
    data = np.random.default_rng(0).uniform(0, 0.02, (1, SIDE, SIDE, SIDE)).astype(np.float32)
    data[0][slices_of(BOX)] = 1.0
    return data


def own_search(
    data: NDArray[np.float32], seed: int, iters: int, **options: Any
) -> tuple[int, float]:
    """Our search stage: mutants that the model was asked about, and how many a second."""
    settings = CausalSettings(iters=iters, min_box_size=MIN_BOX_SIZE, **options)
    background = background_of(settings.mask_value, data, seed)
    evaluator = Evaluator(BrightBox(), data, background, batch_size=settings.batch_size)
    evaluator.target = 1
    confidence = float(evaluator.probabilities(full_mask(data.shape[1:]), "look")[1])
    search = Search(evaluator, settings, seed, 1, confidence)
    evaluator.counts, evaluator.seconds_in_model = {}, 0.0
    started = time.perf_counter()
    for _ in search.work():
        pass
    spent = time.perf_counter() - started - evaluator.seconds_in_model
    return evaluator.evaluations, evaluator.evaluations / spent


def peer_searches(npy: str, seed: int) -> list[dict[str, Any]]:
    """The peer's search, in a process of its own, at every batch size of `PEER_BATCHES`."""
    command = {
        "npy": npy,
        "batch_sizes": PEER_BATCHES,
        "iters": PEER_ITERS,
        "seed": seed,
        "min_box_size": MIN_BOX_SIZE,
        "box": BOX,
        "gain": GAIN,
        "need": NEED,
    }
    worker = __file__.replace("volume_search.py", "volume_peer.py")
    done = subprocess.run(
        [str(peer_python()), worker, json.dumps(command)], capture_output=True, text=True
    )
    if done.returncode:
        raise RuntimeError(f"The peer ended with {done.returncode}:\n{done.stderr[-2000:]}")
    answers = json.loads(done.stdout.strip().splitlines()[-1])
    return [answers[str(batch_size)] for batch_size in PEER_BATCHES]


def outside(peer: dict[str, Any]) -> float:
    """Mutants a second outside the model."""
    return float(peer["evaluations"] / (peer["seconds"] - peer["seconds_in_model"]))
