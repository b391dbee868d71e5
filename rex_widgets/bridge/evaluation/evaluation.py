"""What an evaluation found: rows, means, and tables of both."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from rex_widgets.bridge.evaluation.means import Mean, means_of
from rex_widgets.bridge.evaluation.rows import COLUMNS, Row
from rex_widgets.run_file import replacing

Of = Literal["means", "images"]


@dataclass(frozen=True)
class Distances:
    """FID and sFID of one control; `Mean.error` of sFID is its deviation over the splits."""

    fid: float
    sfid: Mean | None
    pictures: int
    features: int


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A table of judged counterfactuals, frozen.

    Parameters
    ----------
    rows
        One for each question answered so far.
    asked
        How many questions there are in all.
    controls
        In the order of the table.
    distances
        FID and sFID by control, where a feature network was given and there are images enough.
    configuration
        What it was made with, as plain values.
    """

    rows: tuple[Row, ...]
    asked: int
    controls: tuple[str, ...]
    distances: Mapping[str, Distances] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)

    @property
    def complete(self) -> bool:
        """Whether all questions are answered."""
        return len(self.rows) == self.asked

    def means(self, control: str = "none") -> dict[str, Mean]:
        """Means over images with their standard errors, by the names in `means.MEASURES`.

        FID and sFID are among them where they are known; the error of the first is NaN.
        """
        found = means_of([row for row in self.rows if row.control == control])
        if control in self.distances:
            distances = self.distances[control]
            found["fid"] = Mean(distances.fid, math.nan)
            if distances.sfid is not None:
                found["sfid"] = distances.sfid
        return found

    def table(self, of: Of = "means") -> list[dict[str, Any]]:
        """Rows as plain values.

        Parameters
        ----------
        of
            ``"means"``: one row for each control, with every measure and, as "<measure> ±", its
            standard error over images (of sFID: its deviation over splits). ``"images"``: one row
            for each question, with the columns of `rex_widgets.bridge.evaluation.rows.Row`.
        """
        if of == "images":
            return [row.as_dict for row in self.rows]
        found = []
        for control in self.controls:
            rows = [row for row in self.rows if row.control == control]
            entry: dict[str, Any] = {
                "control": control,
                "images": len({row.image for row in rows}),
                "questions": len(rows),
                "samples": sum(row.samples for row in rows),
            }
            for name, mean in self.means(control).items():
                entry[name], entry[f"{name} ±"] = mean.value, mean.error
            found.append(entry)
        return found

    def to_csv(self, path: str | Path, of: Of = "images") -> Path:
        """Write a table as CSV in UTF-8; missing values are empty. Returns the path."""
        rows = self.table(of)
        columns = list(COLUMNS) if of == "images" else _columns(rows)
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(
            {name: "" if _missing(cell) else cell for name, cell in row.items()} for row in rows
        )
        with replacing(Path(path)) as file:
            file.write(text.getvalue().encode())
        return Path(path)

    def to_markdown(self) -> str:
        """Write the means as Markdown: a line for each measure, a column for each control."""
        lines = self._lines()
        head = f"| {' | '.join(lines[0])} |\n|---|{'---:|' * (len(lines[0]) - 1)}"
        return "\n".join([head, *(f"| {' | '.join(cells)} |" for cells in lines[1:])]) + "\n"

    def __str__(self) -> str:
        lines = self._lines()
        widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
        aligned = (
            "  ".join(
                cell.ljust(width) if place == 0 else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(cells, widths, strict=True))
            )
            for cells in lines
        )
        missing = "" if self.complete else f"\n{len(self.rows)} of {self.asked} questions answered"
        return "\n".join(aligned) + missing

    def _lines(self) -> list[list[str]]:
        rows = self.table()
        plain = ("images", "questions", "samples")
        names = [name for name in _columns(rows) if not name.endswith(" ±") and name != "control"]
        lines = [["region", *(_REGIONS.get(row["control"], row["control"]) for row in rows)]]
        for name in names:
            cells = (
                str(row[name]) if name in plain else _shown(row.get(name), row.get(f"{name} ±"))
                for row in rows
            )
            lines.append([name, *cells])
        return lines


_REGIONS = {"none": "own"}


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    """All keys, in the order of first appearance."""
    return list(dict.fromkeys(name for row in rows for name in row))


def _missing(cell: object) -> bool:
    return cell is None or (isinstance(cell, float) and math.isnan(cell))


def _shown(value: float | None, error: float | None) -> str:
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:.3f}"
    return text if error is None or math.isnan(error) else f"{text} ± {error:.3f}"
