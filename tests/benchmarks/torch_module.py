"""An nn.Module on the CPU: what choosing a faster runtime is worth."""

from __future__ import annotations

from statistics import median

from tests.benchmarks.bench import Bench
from tests.benchmarks.report import Section, Table, Verdict

TITLE = "A torch module on the CPU"
TARGET = 4.0
METHOD = """\
Each repeat is a process of its own: torch is imported and the module loaded, then a default run
of 20 iterations is timed from `start` to its end, with the choice of the runtime, the export and
the imports that these need all included. After that the module itself is called eagerly, without
gradients, on mutants of that run: batches of 64 (the default batch size) and of 16. Only that
sample of batches is timed, not a whole eager run, so the eager rate is an extrapolation, and one
to the module's advantage: it leaves out everything but the calls. There is a ratio against each:
64 is what a run would send, 16 is kinder to the caches of this machine."""


def measure(bench: Bench) -> Section:
    """Time default runs against eager calls."""
    section = Section(TITLE, METHOD)
    table = Table(
        [
            "photograph",
            "evaluations",
            "run s",
            "ours /s",
            "eager, 64 /s",
            "eager, 16 /s",
            "ratio, 64",
            "ratio, 16",
        ]
    )
    runtimes: set[str] = set()
    for repeat in range(bench.repeats):
        picture = bench.pictures[repeat % len(bench.pictures)]
        bench.say(f"torch module: {picture.name}")
        answer = bench.in_new_process(
            "module_process",
            png=str(picture.path),
            threads=bench.threads,
            iters=20,
            batches=1 if bench.quick else 3,
        )
        rate = answer["evaluations"] / answer["seconds"]
        eager = (answer["eager_64"], answer["eager_16"])
        ratios = (rate / eager[0], rate / eager[1])
        table.add(picture.name, answer["evaluations"], answer["seconds"], rate, *eager, *ratios)
        runtimes.update(answer["choices"])
    section.tables.append(table)
    for column, batch in ((6, 64), (7, 16)):
        value = float(median(table.column(column)))
        what = f"evaluations per second over eager calls at batch {batch}, preparation included"
        section.verdicts.append(Verdict(f"{what} (median)", value, "at least", TARGET))
    section.notes += sorted(runtimes)
    return section
