"""Import time, time to the first map, memory."""

from __future__ import annotations

import subprocess
import sys
import time
from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import REPOSITORY
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "Import time, first map, memory"
IMPORT_TARGET = 0.3
FIRST_MAP_TARGET = 1.0
MEMORY_TARGET = 1024.0
FLAT = 100.0
"""Growth in MB from 20 to 100 iterations that still counts as flat."""
IMPORT_REPEATS = 7
METHOD = f"""\
Import: medians of {IMPORT_REPEATS} processes each, taking turns, of `import rex_widgets` and of a
bare Python. First map: from the border after the first evaluation to the first border at which the
map shows something, in default runs (that it is drawn in a browser soon after is a matter of the
browser tests). Memory: in a process of its own, resident memory is read when the model is loaded
and the run is set up; growth is from there to the peak, and to the end. Minimising is turned off,
so that only the number of iterations differs. What still grows is the log of evaluations, which is
bounded too."""


def measure(bench: Bench) -> Section:
    """Answer the three."""
    section = Section(TITLE, METHOD)
    _imports(section)
    _first_map(bench, section)
    _memory(bench, section)
    return section


def _imports(section: Section) -> None:
    seconds: dict[str, list[float]] = {"pass": [], "import rex_widgets": []}
    for _ in range(IMPORT_REPEATS):
        for code, times in seconds.items():
            started = time.perf_counter()
            subprocess.run([sys.executable, "-c", code], cwd=REPOSITORY, check=True)
            times.append(time.perf_counter() - started)
    bare, imported = (median(times) for times in seconds.values())
    table = Table(["process", "seconds"])
    table.add("bare Python", bare)
    table.add("import rex_widgets", imported)
    section.tables.append(table)
    what = "import over bare Python (median)"
    section.verdicts.append(Verdict(what, imported - bare, "at most", IMPORT_TARGET, "s"))


def _first_map(bench: Bench, section: Section) -> None:
    table = Table(["photograph", "first map after first evaluation, s"])
    for picture in bench.pictures:
        table.add(picture.name, bench.own_run(picture).first_map_seconds)
    section.tables.append(table)
    what = "first partial map after the first evaluation (largest)"
    section.verdicts.append(Verdict(what, max(table.column(1)), "at most", FIRST_MAP_TARGET, "s"))


def _memory(bench: Bench, section: Section) -> None:
    table = Table(
        ["model", "iterations", "evaluations", "loaded MB", "growth, peak MB", "growth, end MB"]
    )
    short, long = (4, 8) if bench.quick else (20, 100)
    ends = []
    for kind, iters in (("ONNX file", short), ("ONNX file", long), ("module, eager", 2)):
        bench.say(f"memory: {kind}, {iters} iterations")
        answer = bench.in_new_process(
            "memory_process",
            png=str(bench.pictures[1].path),
            onnx=str(bench.onnx) if kind == "ONNX file" else None,
            threads=bench.threads,
            iters=iters,
        )
        ends.append(answer["peak_mb"])
        table.add(
            kind,
            iters,
            answer["evaluations"],
            answer["loaded_mb"],
            answer["peak_mb"],
            answer["end_mb"],
        )
    section.tables.append(table)
    grown = ends[1] - ends[0]
    what = f"peak memory at {long} iterations over that at {short}"
    section.verdicts.append(Verdict(what, grown, "at most", FLAT, "MB"))
    what = "peak memory above the loaded model, batch 64 (largest)"
    section.verdicts.append(Verdict(what, max(ends), "at most", MEMORY_TARGET, "MB"))
