"""The page docs/benchmarks.md, written from the sections."""

from __future__ import annotations

from collections.abc import Sequence

from tests.benchmarks.peer import REPOSITORY
from tests.benchmarks.report import Section, Table

PATH = REPOSITORY / "docs" / "benchmarks.md"

INTRODUCTION = """\
# Benchmarks

`make bench` measures speed and quality on the machine that it runs on, and
`python -m tests.benchmarks --write` writes this page from what it measured; nothing here is typed
by hand. The peer is rex-xai, the released implementation of the same method, in an environment of
its own. Both systems get the same ONNX file of EfficientNet-Lite0 and the same photographs, resized
once to 224×224; both are pinned to the same two CPUs with as many threads, and take turns. The peer
runs at its own defaults (batch size 1, multiplicative maps) and, told apart, at batch 64 with
additive maps. Times are medians of three runs. Nothing here fails a build: every figure stands
beside its target as met or missed.
"""
UNWRITTEN = "No figures have been written yet.\n"


def page(machine: str, versions: Sequence[Sequence[str]], sections: Sequence[Section]) -> str:
    """The page's Markdown."""
    if not sections:
        return INTRODUCTION + "\n" + UNWRITTEN
    table = Table(["library", "here", "in the peer's environment"])
    for row in versions:
        table.add(*row)
    verdicts = [verdict for section in sections for verdict in section.verdicts]
    met = sum(verdict.met for verdict in verdicts)
    parts = [
        INTRODUCTION,
        f"Measured on: {machine}. {met} of {len(verdicts)} targets met.\n",
        *(section.markdown() for section in sections),
        "## Versions\n\n" + table.markdown() + "\n",
    ]
    return "\n".join(parts)
