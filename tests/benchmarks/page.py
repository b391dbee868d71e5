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
additive maps. Times are medians of three runs, or of one where the command says `--quick`. Nothing
here fails a build: every figure stands beside its target as met or missed. A single question is
measured anew by `--only N --write`; each says what it was measured on. Sections that do not say it
are older: they were measured together, when `contrast` was the default ranking. The sections about
RELAX and BEX have peers of their own, relax-xai and bex, and say how these are run; those about
RCSB have none.
"""
VERSIONS = "Versions"
UNWRITTEN = "No figures have been written yet.\n"


def page(
    old: str,
    command: str,
    machine: str,
    versions: Sequence[Sequence[str]],
    sections: Sequence[Section],
) -> str:
    """The page's Markdown: the old page with these sections in the place of their older selves.

    Each section says by which command, on what and with which versions it was measured, since
    not all of them need be measured together.
    """
    kept = _sections(old)
    table = Table(["library", "here", "in the peer's environment"])
    for row in versions:
        table.add(*row)
    for section in sections:
        kept[section.title] = (
            f"{section.markdown().rstrip()}\n\nMeasured by `{command}` on: {machine}.\n"
        )
    if sections:
        words = f"Of the run that was made last, `{command}`:"
        kept[VERSIONS] = f"## {VERSIONS}\n\n{words}\n\n{table.markdown()}\n"
    last = kept.pop(VERSIONS, UNWRITTEN)
    body = [*kept.values(), last]
    met, missed = (sum(_lines_ending(part, word) for part in body) for word in ("met", "missed"))
    return "\n".join([INTRODUCTION, f"{met} of {met + missed} targets met.\n", *body])


def _sections(text: str) -> dict[str, str]:
    """The sections of a page by title, each with its heading."""
    found = {}
    for part in text.split("\n## ")[1:]:
        title, _, body = part.partition("\n")
        found[title] = f"## {title}\n{body.rstrip()}\n"
    return found


def _lines_ending(text: str, word: str) -> int:
    return sum(line.startswith("- ") and line.endswith(f": {word}") for line in text.splitlines())
