"""``python -m tests.benchmarks``: measure, print, and with ``--write`` write the page."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from tests.benchmarks import machine

# before numpy and torch are loaded: their thread pools read the limits once
CPUS = machine.pin()

from tests.benchmarks import (  # noqa: E402
    areas,
    curves,
    defaults,
    evaluation_rate,
    footprint,
    front_end,
    latent_peer,
    ranking,
    rcsb_steps,
    rcsb_time,
    relax_peer,
    relax_sampling,
    strategies,
    time_to_explanation,
    torch_module,
    volume_search,
    watching,
)
from tests.benchmarks.bench import Bench  # noqa: E402
from tests.benchmarks.page import PATH, page  # noqa: E402

QUESTIONS = (
    time_to_explanation,
    areas,
    evaluation_rate,
    torch_module,
    footprint,
    curves,
    defaults,
    volume_search,
    strategies,
    ranking,
    front_end,
    watching,
    relax_peer,
    relax_sampling,
    latent_peer,
    rcsb_time,
    rcsb_steps,
)


def main() -> int:
    """Answer the questions in order."""
    listed = "; ".join(f"{n}: {q.TITLE}" for n, q in enumerate(QUESTIONS, 1))
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=listed)
    parser.add_argument("--quick", action="store_true", help="two photographs, one repeat")
    parser.add_argument("--only", type=int, nargs="+", metavar="N", help="these questions alone")
    parser.add_argument(
        "--write", action="store_true", help="write what was measured into docs/benchmarks.md"
    )
    chosen = parser.parse_args()
    wrong = [n for n in chosen.only or () if not 1 <= n <= len(QUESTIONS)]
    if wrong:
        parser.error(f"--only was given {wrong}; expected numbers from 1 to {len(QUESTIONS)}.")
    numbers = chosen.only or range(1, len(QUESTIONS) + 1)
    words, note = machine.description(CPUS), machine.load_note()
    print(words)
    if note:
        print(f"Note: {note}")
    started = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="rex-bench-") as folder:
        bench = Bench(Path(folder), chosen.quick, CPUS)
        try:
            versions = machine.versions(_of_peers(bench, [QUESTIONS[n - 1] for n in numbers]))
            sections = []
            for number in numbers:
                sections.append(QUESTIONS[number - 1].measure(bench))
                print(f"\n{number}. {sections[-1].text()}", flush=True)
        finally:
            bench.close()
    verdicts = [verdict for section in sections for verdict in section.verdicts]
    met = sum(verdict.met for verdict in verdicts)
    minutes = (time.perf_counter() - started) / 60
    print(f"{met} of {len(verdicts)} targets met; measured in {minutes:.1f} minutes")
    if chosen.write:
        asked = [*(["--quick"] if chosen.quick else []), *_only(chosen.only)]
        command = " ".join(["python -m tests.benchmarks", *asked])
        measured_on = ". ".join(filter(None, [words, note.rstrip(".")]))
        old = PATH.read_text(encoding="utf-8") if PATH.exists() else ""
        PATH.write_text(page(old, command, measured_on, versions, sections), encoding="utf-8")
        print(f"written: docs/{PATH.name}", file=sys.stderr)
    return 0


def _of_peers(bench: Bench, questions: Sequence[ModuleType]) -> dict[str, str]:
    """Versions of what the questions are measured against, asking only for what they need."""
    found = {}
    own_peers = (relax_peer, latent_peer)
    without = (relax_sampling, rcsb_time, rcsb_steps)
    if any(question not in (*own_peers, *without) for question in questions):
        found |= bench.peer.versions()
    for asked in own_peers:
        if asked in questions:
            found |= asked.versions()
    return found


def _only(numbers: list[int] | None) -> list[str]:
    return ["--only", *map(str, numbers)] if numbers else []


if __name__ == "__main__":
    sys.exit(main())
