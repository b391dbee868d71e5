"""Tables, verdicts and the sections made of them, as text and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True)
class Verdict:
    """A figure beside its target.

    ``bound`` says which side of ``target`` is wanted. A figure that misses its
    target is printed like any other: a benchmark measures, it does not judge
    the build.
    """

    what: str
    value: float
    bound: Literal["at least", "at most"]
    target: float
    unit: str = ""

    @property
    def met(self) -> bool:
        """Whether the target is met (never by NaN)."""
        if self.bound == "at least":
            return self.value >= self.target
        return self.value <= self.target

    @property
    def text(self) -> str:
        """One line."""
        unit = f" {self.unit}" if self.unit else ""
        word = "met" if self.met else "missed"
        return (
            f"{self.what}: {number(self.value)}{unit} "
            f"(target: {self.bound} {self.target:.3g}{unit}): {word}"
        )


@dataclass
class Table:
    """Rows of figures under column names; floats are rounded when shown."""

    columns: Sequence[str]
    rows: list[Sequence[object]] = field(default_factory=list)

    def add(self, *cells: object) -> None:
        """Add a row."""
        self.rows.append(cells)

    def column(self, index: int) -> list[float]:
        """All numbers of a column."""
        return [float(row[index]) for row in self.rows if isinstance(row[index], int | float)]

    def text(self) -> str:
        """Aligned columns, for a terminal."""
        cells = [[str(name) for name in self.columns], *([shown(c) for c in r] for r in self.rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(self.columns))]
        lines = [
            "  ".join(
                cell.ljust(width) if i == 0 else cell.rjust(width)
                for i, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in cells
        ]
        return "\n".join("  " + line.rstrip() for line in lines)

    def markdown(self) -> str:
        """A Markdown table."""
        lines = ["| " + " | ".join(map(str, self.columns)) + " |"]
        lines.append("|" + "---|" + "---:|" * (len(self.columns) - 1))
        lines += ["| " + " | ".join(shown(cell) for cell in row) + " |" for row in self.rows]
        return "\n".join(lines)


@dataclass
class Section:
    """The answer to one question."""

    title: str
    method: str
    tables: list[Table] = field(default_factory=list)
    verdicts: list[Verdict] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def text(self) -> str:
        """For a terminal."""
        parts = [self.title, "=" * len(self.title)]
        for table in self.tables:
            parts += [table.text(), ""]
        parts += [verdict.text for verdict in self.verdicts]
        parts += [f"Note: {note}" for note in self.notes]
        return "\n".join(parts) + "\n"

    def markdown(self) -> str:
        """For the documentation."""
        parts = [f"## {self.title}", self.method]
        parts += [table.markdown() for table in self.tables]
        if self.verdicts:
            parts.append("\n".join(f"- {verdict.text}" for verdict in self.verdicts))
        parts += self.notes
        return "\n\n".join(parts) + "\n"


def shown(cell: object) -> str:
    """A cell as text."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return number(cell)
    return str(cell)


def number(value: float) -> str:
    """Three significant digits, without an exponent."""
    if math.isnan(value):
        return "–"
    if math.isinf(value):
        return "∞"
    size = abs(value)
    digits = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    if 0 < size < 0.1:
        digits = 4
    return f"{value:.{digits}f}"
