"""The page of figures: sections are measured one by one, and replace their older selves."""

from __future__ import annotations

from tests.benchmarks.page import page
from tests.benchmarks.report import Section, Verdict

VERSIONS = [("python", "3", "3")]


def _section(title: str, value: float) -> Section:
    made = Section(title, "How it was measured.")
    made.verdicts.append(Verdict("ratio", value, "at least", 5.0))
    return made


def test_a_section_measured_anew_replaces_the_old_one_alone() -> None:
    first = page("", "bench", "a machine", VERSIONS, [_section("A", 7.0), _section("B", 8.0)])
    assert "2 of 2 targets met" in first
    second = page(first, "bench --only 2", "another", VERSIONS, [_section("B", 3.0)])
    assert "1 of 2 targets met" in second
    assert second.count("## A") == 1 and second.count("## B") == 1
    assert "Measured by `bench` on: a machine." in second
    assert "Measured by `bench --only 2` on: another." in second
    assert second.index("## B") < second.index("## Versions")
    assert second.count("## Versions") == 1


def test_nothing_measured_yet() -> None:
    assert "No figures" in page("", "bench", "a machine", [], [])
