"""How long until there is a verified explanation no larger than the peer's?"""

from __future__ import annotations

import time
from pathlib import Path
from statistics import median

from rex_widgets import start
from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import BATCHED, DEFAULT
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Time to a verified explanation no larger than the peer's"
TARGET = 10.0
METHOD = """\
The peer runs its search of 20 iterations and its global extraction; its time leaves out loading
the model. Ours is the time from calling `start` (loading the model included) to the first border
between two batches at which the result is verified and its area is no larger than the peer's,
looking at the result at every border included. Both at confidence threshold 0, our settings at
their defaults, the two systems taking turns on every photograph and seed. A ratio is the peer's
time over ours for the same seed; a row shows medians over the seeds. A run that never gets as
small counts as ratio 0."""


def measure(bench: Bench) -> Section:
    """Let both systems explain every photograph, taking turns."""
    section = Section(TITLE, METHOD)
    columns = ("photograph", "peer s", "peer area", "ours s", "ours evaluations", "ratio")
    section.tables += [Table(columns), Table(columns)]
    _warm_up(bench)
    for picture in bench.pictures:
        outcomes: dict[str, list[tuple[float, float, float, int, float]]] = {}
        for seed in range(bench.repeats):
            peer = {s.name: bench.peer_answer(picture, s, seed) for s in (DEFAULT, BATCHED)}
            bench.say(f"ours, until no larger: {picture.name}, seed {seed}")
            areas = {name: a.extractions[0.0].area for name, a in peer.items()}
            reached = until_no_larger(picture.path, bench.onnx, seed, areas)
            for name, answer in peer.items():
                seconds, evaluations = reached[name]
                row = (answer.seconds(0.0), areas[name], seconds, evaluations)
                outcomes.setdefault(name, []).append((*row, row[0] / seconds))
        for style, table in zip((DEFAULT, BATCHED), section.tables, strict=True):
            columns = zip(*outcomes[style.name], strict=True)
            table.add(picture.name, *(float(median(column)) for column in columns))
    for style, table in zip((DEFAULT, BATCHED), section.tables, strict=True):
        value = median(table.column(5))
        what = f"times faster than the {style.name} (median over photographs)"
        section.verdicts.append(Verdict(what, value, "at least", TARGET))
    section.notes.append(
        f"The first table and figure are against the {DEFAULT.name}; the second against the "
        f"{BATCHED.name}."
    )
    return section


def until_no_larger(
    png: Path, onnx: Path, seed: int, areas: dict[str, float]
) -> dict[str, tuple[float, int]]:
    """Seconds and evaluations until each area is reached; infinite seconds if it never is."""
    open_areas = dict(areas)
    reached: dict[str, tuple[float, int]] = {}
    started = time.perf_counter()
    run = start(png, onnx, seed=seed)
    for progress in run:
        result = run.result()
        for name, area in list(open_areas.items()):
            if result.verified and result.area <= area:
                reached[name] = (time.perf_counter() - started, progress.evaluations)
                del open_areas[name]
        if not open_areas:
            break
    for name in open_areas:
        reached[name] = (float("inf"), run.progress.evaluations)
    return reached


def _warm_up(bench: Bench) -> None:
    """Have libraries loaded in our process, as they are in the peer's."""
    run = start(bench.pictures[0].path, bench.onnx, seed=0)
    for _ in range(3):
        run.step()
