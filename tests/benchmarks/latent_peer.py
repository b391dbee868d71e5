"""Is explaining in a latent space faster than with the release of BEX, and as good?"""

from __future__ import annotations

import os
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from typing import Any

import numpy as np

from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Section, Table, Verdict
from tests.parity.bex_peer import NAMES, RELEASE, VARIABLE

TITLE = "BEX: counterfactual explainers against the release's"
SIZES = {12: 50, 96: 10}
"""Batch sizes, and the steps of a descent."""

QUICK_REPEATS = {12: 2, 96: 1}
TARGETS = {12: 3.0, 96: 10.0}
MODELS = {"toy": "toy", "light": "light models"}
JUDGED = "toy"
STANDARD_ERRORS = 2.0
LOOPS = ("dice", "growing_spheres", "stylex", "is")
"""In these the release loops over samples, coordinates or pairs of explanations."""

DESCENTS = ("dice", "dive", "xgem", "lcf")
SYSTEMS = {"peer": "peer", "ours": "release_compatible", "defaults": "defaults"}
SCORES = ("SCE", "S#")
METHOD = f"""\
The peer is {RELEASE}; {VARIABLE} names the folder that holds its package. Both systems explain the
same batches of standardised latents with the same generator and classifier, in one process, on one
thread and in turn. Seconds are those of the processor, of one call of `explain_batch`: on a quiet
core these are seconds of the clock, and other work on the machine counts little. They are the least
of three; what is computed once for all batches, the Fisher information and the median deviations,
is left out of both. The explainers that descend make 50 steps at a batch of 12 (their default) and
10 at 96.

The verdicts are on the toy of the parity tests, a small convolutional decoder and classifier of
32×32 colour pictures, whose parameters want gradients as in the release's own benchmark. On it the
peer needs about the times that were known when the targets were set (at a batch of 12: Stylex
0.35 s, GrowingSpheres 0.89, Xgem 1.26, Dive 1.28, Dice 2.1). The column "models alone" says what
the calls of generator and classifier in release_compatible take by themselves, backward passes
included: no explainer that makes these calls can need less, and the peer's time divided by it is
the largest ratio that it could reach. On the light models, one linear layer each, what the systems
do around the models shows.

Results are on the embedded world, in batches of 12 random validation samples, judged by the peer's
own functions for projection, SCE and cardinality (S#). The standard error is that of the difference
of the means over the batches. With `--quick` times are the less of two (of one at a batch of 96),
and three batches are judged after 5 steps."""


def versions() -> dict[str, str]:
    """Versions in the peer's process: all but its own are ours."""
    name, number = RELEASE.split()
    same = {library: version(library) for library in ("numpy", "torch")}
    return {name: number, "python": python_version(), **same}


def measure(bench: Bench) -> Section:
    """Compare the times, then the results."""
    section = Section(TITLE, METHOD)
    path = os.environ.get(VARIABLE)
    if not path or not (Path(path) / "bex" / "explainers").is_dir():
        section.notes.append(
            f"Not measured: {VARIABLE} does not name a folder that holds the package bex, such as "
            f"the unpacked wheel of {RELEASE}."
        )
        return section
    _times(bench, section, path)
    _results(bench, section, path)
    return section


def _times(bench: Bench, section: Section, path: str) -> None:
    found = _ask(
        bench,
        "times",
        path=path,
        models=list(MODELS),
        sizes={
            str(size): {name: {"num_iters": steps} for name in DESCENTS}
            for size, steps in SIZES.items()
        },
        seeds=0,
        repeats={str(size): QUICK_REPEATS[size] if bench.quick else 3 for size in SIZES},
        options={},
    )
    cells = [f"{words} s" for words in SYSTEMS.values()]
    columns = ["explainer", "batch", *cells, "models alone s", "ratio", "ratio, defaults"]
    for kind, words in MODELS.items():
        table = Table([f"{columns[0]}, {words}", *columns[1:]])
        for size in SIZES:
            for name in NAMES:
                seconds = found["seconds"][kind][name][str(size)]
                row = [seconds[system] for system in SYSTEMS]
                ratios = [row[0] / own for own in row[1:]]
                table.add(name, size, *row, seconds["models"], *ratios)
                if kind == JUDGED and (size == min(SIZES) or name in LOOPS):
                    what = f"times faster than the peer, {name}, batch of {size}"
                    section.verdicts.append(Verdict(what, ratios[0], "at least", TARGETS[size]))
        section.tables.append(table)


def _results(bench: Bench, section: Section, path: str) -> None:
    found = _ask(
        bench,
        "results on the embedded world",
        path=path,
        models=["world"],
        sizes={},
        seeds=3 if bench.quick else 8,
        repeats={},
        options={name: {"num_iters": 5} for name in DESCENTS} if bench.quick else {},
    )
    columns = [f"{score}, {words}" for score in SCORES for words in SYSTEMS.values()]
    table = Table(["explainer", *columns, *(f"{score}, standard errors" for score in SCORES)])
    worst = 0.0
    for name, judged in found["judged"].items():
        rows = {system: np.array(values, float) for system, values in judged.items()}
        means = [rows[system][:, score].mean() for score in range(2) for system in SYSTEMS]
        off = [_apart(rows["ours"][:, score], rows["peer"][:, score]) for score in range(2)]
        table.add(name, *map(float, means), *off)
        worst = max(worst, *off)
    section.tables.append(table)
    what = "largest difference from the peer in SCE and S#, release_compatible"
    section.verdicts.append(Verdict(what, worst, "at most", STANDARD_ERRORS, "standard errors"))
    section.notes.append(f"Results are from {found['subject']}.")


def _apart(ours: np.ndarray[Any, Any], theirs: np.ndarray[Any, Any]) -> float:
    """Difference of two means in standard errors."""
    error = float(np.sqrt((ours.var(ddof=1) + theirs.var(ddof=1)) / len(ours)))
    off = abs(float(ours.mean() - theirs.mean()))
    return off / error if error else (0.0 if off < 1e-9 else float("inf"))


def _ask(bench: Bench, what: str, **command: Any) -> dict[str, Any]:
    """Ask for one explainer after the other, each in a process of its own."""
    whole: dict[str, Any] = {"seconds": {}, "judged": {}}
    for name in NAMES:
        bench.say(f"BEX, {what}: {name}")
        found = bench.in_new_process("latent_peer_process", threads=1, explainers=[name], **command)
        for kind, by_name in found["seconds"].items():
            whole["seconds"].setdefault(kind, {}).update(by_name)
        whole["judged"].update(found["judged"])
        whole["subject"] = found["subject"]
    return whole
