"""What does it cost a search to be watched?"""

from __future__ import annotations

import sys
import time
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets import as_classifier, start
from rex_widgets.causal.trace import MUTANTS, SearchTrace
from rex_widgets.causal.tree import OpenSplit
from rex_widgets.evaluation_log import Entry
from tests.benchmarks.bench import Bench
from tests.benchmarks.pictures import Picture
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "A search that is watched"
TARGET = 5.0
ITERS = 12
ROUNDS = 5
METHOD = f"""\
`SearchCanvas` draws the search from a thread of its own. The same run (same seed, {ITERS} trees of
the photograph, the search alone) is driven with and without one, taking turns, {ROUNDS} times each;
a row compares the medians. No page shows the canvas: what a browser and a Jupyter server need is
not counted, all that happens in the kernel is, but for the sending. With the photograph most of
the time is the model's; the synthetic model answers a batch in a few milliseconds, so that a search
asks thousands of mutants a second: the hardest case for a thread that draws beside it. Recording
what is watched is measured by itself: it happens in every search."""


def measure(bench: Bench) -> Section:
    """Drive watched and unwatched runs in turns."""
    section = Section(TITLE, METHOD)
    table = Table(
        ("search", "unwatched s", "watched s", "slower %", "frames /s", "ms a frame", "splits")
    )
    rounds = 3 if bench.quick else ROUNDS
    for name, run in (
        (f"photograph: {bench.pictures[0].name}", photograph_run(bench, bench.pictures[0])),
        ("synthetic", synthetic_run),
    ):
        bench.say(f"watching: {name}")
        figures = compared(run, rounds)
        table.add(name, *figures.values())
        section.verdicts.append(
            Verdict(f"slower when watched, {name}", figures["slower"], "at most", TARGET, "%")
        )
    section.tables.append(table)
    seconds = recording_seconds()
    record = Table(("recording", "µs"))
    record.add("a split with its 14 mutants", 1e6 * seconds)
    record.add("a mutant", 1e6 * seconds / MUTANTS)
    section.tables.append(record)
    return section


def compared(make: Any, rounds: int) -> dict[str, float]:
    """Medians of watched and unwatched runs that take turns; the first pair is not counted."""
    alone, watched, frames, costs, splits = [], [], [], [], 0
    for number in range(rounds + 1):
        run = make()
        seconds = _driven(run)
        splits = len(run.trace)
        seen, rate, cost = _driven_watched(make())
        if number:
            alone.append(seconds)
            watched.append(seen)
            frames.append(rate)
            costs.append(cost)
    return {
        "alone": median(alone),
        "watched": median(watched),
        "slower": 100 * (median(watched) / median(alone) - 1),
        "frames": median(frames),
        "cost": 1000 * median(costs),
        "splits": splits,
    }


def photograph_run(bench: Bench, picture: Picture) -> Any:
    """A function that makes a run on a photograph."""

    def make() -> Any:
        classifier = as_classifier(bench.onnx, threads=bench.threads)
        return start(
            picture.path, classifier, iters=ITERS, seed=0, no_extract=True, ranking="contrast"
        )

    return make


def synthetic_run() -> Any:
    """A run whose model costs next to nothing."""
    weights = np.random.default_rng(0).normal(size=(3 * 64 * 64, 8)).astype(np.float32)
    image = np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)

    def model(batch: Any) -> NDArray[np.float32]:
        flat = np.asarray(batch, np.float32).reshape(len(batch), -1)
        return np.asarray(np.maximum(flat @ weights, 0) + 1, np.float32)

    return start(
        image,
        model,
        input_shape=(3, 64, 64),
        iters=20 * ITERS,
        seed=0,
        min_box_size=4,
        no_extract=True,
        ranking="contrast",
    )


def recording_seconds(splits: int = 5000) -> float:
    """Processor seconds that the record of one split takes."""
    trace = SearchTrace((64, 64), target=1)
    quarters = ((0, 32, 0, 32), (0, 32, 32, 64), (32, 64, 0, 32), (32, 64, 32, 64))
    split = OpenSplit((0, 64, 0, 64), 0, quarters, ())
    answers = [Entry(b"", 1, (1, 0), (0.75, 0.25), 0.75)] * MUTANTS
    began = time.thread_time()
    for _ in range(splits):
        trace.note(0, [split], answers, 0.5, 0)
    return (time.thread_time() - began) / splits


def _driven(run: Any) -> float:
    began = time.perf_counter()
    for _ in run:
        pass
    return time.perf_counter() - began


def _driven_watched(run: Any) -> tuple[float, float, float]:
    """Seconds of a run that is watched, frames a second, and seconds a frame."""
    from rex_widgets.widgets import SearchCanvas

    canvas = SearchCanvas(run)
    try:
        seconds = _driven(run)
        return seconds, canvas.frames / seconds, canvas.frame_cost
    finally:
        canvas.close()


def main() -> None:
    """Measure the synthetic search alone, without a peer or a model file."""
    figures = compared(synthetic_run, ROUNDS)
    print({name: round(value, 4) for name, value in figures.items()}, file=sys.stderr)
    print(f"recording: {1e6 * recording_seconds():.1f} µs a split", file=sys.stderr)


if __name__ == "__main__":
    main()
