"""What a person gets at our own defaults."""

from __future__ import annotations

from tests.benchmarks.bench import Bench
from tests.benchmarks.peer import THRESHOLDS
from tests.benchmarks.report import Section, Table

TITLE = "Explanations at our own defaults"
METHOD = """\
Whole runs, seed 0. "Share" is the confidence of the explanation alone over that of the whole input;
"irreducible in" is the side in pixels of the cells of which none can be removed; "passes" are full
passes by cell size; "occlusions" are those of three masking values under which the explanation
still gives the class."""


def measure(bench: Bench) -> Section:
    """One row per photograph and threshold."""
    section = Section(TITLE, METHOD)
    for threshold in THRESHOLDS[:1] if bench.quick else THRESHOLDS:
        table = Table(
            (
                f"threshold {threshold:g}: photograph",
                "class",
                "confidence",
                "area %",
                "share",
                "evaluations",
                "seconds",
                "verified",
                "irreducible in",
                "passes",
                "occlusions",
            )
        )
        for picture in bench.pictures:
            run = bench.own_run(picture, threshold)
            found = run.explanation
            certificate = found.certificate
            cell = f"{certificate.cell} px" if certificate and certificate.irreducible else "–"
            passes = certificate.passes if certificate else {}
            held = [name for name, kept in found.occlusions.items() if kept]
            table.add(
                picture.name,
                found.target.label,
                found.target.confidence,
                100 * found.area,
                found.confidence / found.target.confidence,
                int(found.evaluations),
                run.seconds,
                found.verified,
                cell,
                " ".join(f"{size}:{count}" for size, count in passes.items()),
                ", ".join(held) or "none",
            )
        section.tables.append(table)
    return section
