"""RCSB: what a sample costs beside the passes of its network, in time and in memory."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "RCSB: a sample against its network's passes"
SUBJECTS = {
    "digits": "the digits' network, 32 × 32",
    "adm": "a U-Net as published, of reduced width, 64 × 64",
}
TIME_SAMPLES = (1, 4)
MOST = 1.1
REPEATS = 5
METHOD = f"""\
Seconds of sampling from start to end, with the classifier's guidance, against the same number of
passes of the same networks at the same batch with nothing between them: forward and backward to
x_t of the bridge's network alone, and with the classifier's passes too. Medians of {REPEATS}
rounds in which the three take turns, in a process of their own on one thread. "Processor" is the
same ratio in seconds of the processor, which others on the machine hardly change. The U-Net has the
published layout with 32, 64 and 96 channels and random weights, and a small convolutional
classifier. Memory is the most that the process has used above what it holds with the networks
loaded and used once; each figure is a process of its own. With `--quick` there are 3
rounds and fewer steps."""
STEPS = {"digits": (100, 20), "adm": (20, 5)}
"""In whole, and with ``--quick``."""

MEMORY = ((1, 16), (8, 16), (8, 1))
"""Samples, and samples at once."""


def measure(bench: Bench) -> Section:
    """Compare times, then measure memory."""
    section = Section(TITLE, METHOD)
    columns = ["sampling s", "network s", "both networks s", "ratio", "processor", "ratio, both"]
    table = Table(["network", "samples", "steps", *columns])
    for subject, words in SUBJECTS.items():
        for samples in TIME_SAMPLES:
            bench.say(f"RCSB, time: {subject}, {samples} samples")
            found = bench.in_new_process(
                "rcsb_process",
                subject=subject,
                threads=1,
                samples=samples,
                nfe=STEPS[subject][bench.quick],
                repeats=3 if bench.quick else REPEATS,
            )
            whole, network, both = (
                median(found["seconds"][name]) for name in ("sampling", "network", "models")
            )
            busy, alone = (median(found["processor"][name]) for name in ("sampling", "network"))
            ratios = whole / network, busy / alone, whole / both
            table.add(words, samples, found["steps"], whole, network, both, *ratios)
            what = (
                f"time of {samples} sample{'s' * (samples > 1)} over that of the network's passes"
            )
            section.verdicts.append(Verdict(f"{what}, {subject}", whole / network, "at most", MOST))
    section.tables += [table, _memory(bench, section)]
    return section


def _memory(bench: Bench, section: Section) -> Table:
    table = Table(["network", "samples", "at once", "peak MB", "MB a further sample"])
    for subject, words in SUBJECTS.items():
        first = 0.0
        for samples, batch_size in MEMORY:
            bench.say(f"RCSB, memory: {subject}, {samples} samples, {batch_size} at once")
            peak = bench.in_new_process(
                "rcsb_memory_process",
                subject=subject,
                threads=1,
                samples=samples,
                batch_size=batch_size,
                nfe=STEPS[subject][bench.quick],
            )["peak_mb"]
            first = first or peak
            each = (peak - first) / (samples - 1) if samples > 1 else float("nan")
            table.add(words, samples, min(samples, batch_size), peak, each)
    section.notes.append(
        "What is kept to branch off from is part of the memory; it is at most 64 MiB a run."
    )
    return table
