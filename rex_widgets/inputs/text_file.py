"""Reading .csv and other tables of numbers in text, in bounded memory."""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.inputs.content import Content
from rex_widgets.inputs.limits import MAX_COLUMNS, MAX_TEXT_BYTES, MAX_TEXT_VALUES, check_bytes
from rex_widgets.inputs.numbers import Numbers

_QUOTED = re.compile(r'"[^"]*"')
_SPACES = " "


@dataclass
class _Lines:
    """The lines of a text with more than blanks and comments, and where they stand."""

    stream: io.TextIOWrapper
    source: str
    number: int = 0

    def __iter__(self) -> Iterator[str]:
        while True:
            try:
                line = self.stream.readline()
            except UnicodeDecodeError:
                raise InputError(
                    f"{self.source} is not text in UTF-8 (after line {self.number}); save it as "
                    "CSV UTF-8."
                ) from None
            if not line:
                return
            self.number += 1
            if "\0" in line:
                raise InputError(
                    f"{self.source} holds NUL bytes (line {self.number}): it is binary, or text "
                    "in another encoding. Save it as CSV UTF-8."
                )
            if line.strip() and not line.lstrip().startswith("#"):
                yield line


def read_text(content: Content) -> Numbers:
    """Read rows of numbers; the first row may name the columns.

    The delimiter is found out: semicolon, tab, comma or spaces. Lines that begin with ``#`` are
    comments. With a delimiter other than the comma, a comma is read as a decimal point.

    Returns
    -------
    Numbers
        (rows, columns) float64.

    Raises
    ------
    InputError
        For binary content, other encodings than UTF-8, rows of different length, cells that are
        no finite numbers (naming row and column), or more than 64 MB, 1 million columns or 10
        million numbers.
    """
    source = content.source
    check_bytes(content.size, source, MAX_TEXT_BYTES)
    if content.head[:2] in (b"\xff\xfe", b"\xfe\xff") or _looks_like_utf16(content.head):
        raise InputError(f"{source} is text in UTF-16; save it as CSV UTF-8.")
    with (
        content.open() as binary,
        io.TextIOWrapper(binary, encoding="utf-8-sig", newline="") as stream,
    ):
        lines = _Lines(stream, source)
        try:
            return _table(lines, content)
        except csv.Error as error:
            raise InputError(
                f"{source} is no table of numbers: line {lines.number}: {error}."
            ) from None
        except OSError as error:
            raise InputError(f"{source} cannot be read ({error.strerror or error}).") from None


def _table(lines: _Lines, content: Content) -> Numbers:
    source = content.source
    iterator = iter(lines)
    first = next(iterator, None)
    if first is None:
        raise InputError(f"{source} has no rows; expected numbers, with or without a header.")
    delimiter = _delimiter(first)
    rows = csv.reader(
        _bounded(first, iterator, delimiter, source),
        delimiter=delimiter,
        skipinitialspace=True,
    )
    cells = _cells(next(rows), delimiter)
    header: tuple[str, ...] = ()
    numbers = array("d")
    if not all(_is_number(cell, delimiter) for cell in cells):
        header = tuple(name.strip() for name in cells)
    else:
        numbers.extend(_row(cells, delimiter, 0, header, source))
    width, count = len(cells), 0 if header else 1
    for row in rows:
        cells = _cells(row, delimiter)
        if len(cells) != width:
            raise InputError(
                f"{source} has {width} columns in its first row but {len(cells)} in line "
                f"{lines.number}; every row needs as many."
            )
        if len(numbers) + width > MAX_TEXT_VALUES:
            raise InputError(
                f"{source} holds more than {MAX_TEXT_VALUES // 1_000_000} million numbers; save "
                "the part that is meant, or use a .npy file."
            )
        numbers.extend(_row(cells, delimiter, count, header, source))
        count += 1
    if not count:
        raise InputError(
            f"{source} has a header ({', '.join(header)[:80]}) but no rows; or its numbers are "
            "not numbers. Expected at least one row of numbers."
        )
    values: NDArray[np.float64] = np.frombuffer(numbers, np.float64).reshape(count, width)
    return Numbers(values, content.name, source, header, True)


def _looks_like_utf16(head: bytes) -> bool:
    return len(head) > 3 and (not any(head[1:64:2]) or not any(head[0:64:2]))


def _delimiter(line: str) -> str:
    plain = _QUOTED.sub("", line).strip("\r\n")
    for mark in (";", "\t", ","):
        if mark in plain:
            return mark
    return _SPACES if re.search(r"\S\s+\S", plain) else ","


def _bounded(first: str, rest: Iterator[str], delimiter: str, source: str) -> Iterator[str]:
    yield _checked(first, delimiter, source)
    for line in rest:
        yield _checked(line, delimiter, source)


def _checked(line: str, delimiter: str, source: str) -> str:
    # Counted before it is taken apart: a list of cells is far larger than its line.
    count = line.count(delimiter) + 1
    if count > MAX_COLUMNS:
        raise InputError(
            f"{source} has {count:,} columns; at most {MAX_COLUMNS:,} are read. Save the columns "
            "as rows, or use a .npy file."
        )
    return line.strip(" \r\n") + "\n" if delimiter == _SPACES else line


def _cells(row: list[str], delimiter: str) -> list[str]:
    if delimiter == _SPACES:
        return [cell for cell in row if cell]
    # A delimiter at the end of a line ends the last cell and begins no other.
    return row[:-1] if len(row) > 1 and not row[-1].strip() else row


def _number(cell: str, delimiter: str) -> float:
    if delimiter != "," and "," in cell and "." not in cell:
        cell = cell.replace(",", ".")
    if "_" in cell:
        raise ValueError
    return float(cell)


def _is_number(cell: str, delimiter: str) -> bool:
    try:
        _number(cell, delimiter)
    except ValueError:
        return False
    return True


def _row(
    cells: list[str], delimiter: str, row: int, header: tuple[str, ...], source: str
) -> list[float]:
    values = []
    for column, cell in enumerate(cells):
        try:
            value = _number(cell, delimiter)
        except ValueError:
            value = math.nan
        if not math.isfinite(value):
            where = f"column {header[column]!r}" if column < len(header) else f"column {column}"
            given = repr(cell.strip()[:40]) if cell.strip() else "an empty cell"
            raise InputError(
                f"{source} has {given} in {where[:60]}, row {row} (rows from 0, the header not "
                "counted); expected a finite number. Leave the column out, or fill the cell."
            )
        values.append(value)
    return values
