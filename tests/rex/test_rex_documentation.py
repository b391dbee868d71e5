"""``docs/coming-from-rex.md`` names what there is."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import rex_widgets.rex as ours
from rex_widgets.rex.places import HOMES

PAGE = Path(__file__).parent.parent.parent / "docs" / "coming-from-rex.md"


def rows() -> list[tuple[list[str], list[str]]]:
    """Names and modules of each row of the first table."""
    table = PAGE.read_text(encoding="utf-8").split("| ReX | module")[1].split("\n\n")[0]
    found = []
    for line in table.splitlines()[2:]:
        cells = line.strip("|").split("|")
        names, modules = (re.findall(r"`([\w.]+)`", cell) for cell in cells[:2])
        found.append((names, modules))
    return found


def test_every_name_of_the_table_is_in_each_of_its_modules() -> None:
    seen = set()
    for names, modules in rows():
        for name in names:
            home = name.partition(".")[0]
            assert home in HOMES, name
            seen.add(home)
            places = [import_module(f"rex_widgets.rex.{module}") for module in modules]
            assert all(any(hasattr(place, each) for each in names) for place in places), (
                name,
                modules,
            )
            if places:
                assert any(hasattr(place, name) for place in places), name
            thing = getattr(import_module(HOMES[home][0]), HOMES[home][1])
            for part in name.split(".")[1:]:
                thing = getattr(thing, part)
    missing = set(ours.__all__) - seen
    assert missing <= {
        "Args",
        "ReXDataError",
        "ReXMapError",
        "ReXPathError",
        "ReXScriptError",
        "ReXTomlError",
        "Setup",
        "SpatialSearch",
        "load_script",
        "set_log_level",
    }
