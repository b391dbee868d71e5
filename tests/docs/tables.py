"""The tables of ``docs/command-line.md`` and ``docs/settings.md``, made from the code.

``python -m tests.docs.tables`` writes them anew between their marks.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from rex_widgets.flags import Flag, flags_of, settings_classes
from rex_widgets.flags.help import LATENT_HEADING, ORDER, own_flags, shared_flags
from rex_widgets.methods import LATENT_METHODS, METHODS
from rex_widgets.settings import WITHOUT_EFFECT, defaults, options, places_of

DOCS = Path(__file__).resolve().parents[2] / "docs"
_BLOCK = re.compile(r"(<!-- begin (\S+) -->\n)(.*?)(<!-- end \2 -->)", re.DOTALL)


def flags_table() -> str:
    """Return a table of the command line's flags under each heading of its help."""
    groups: dict[str, list[Flag]] = {}
    for flag in dict.fromkeys(flags_of("causal", "command line").values()):
        groups.setdefault(flag.group, []).append(flag)
    parts = []
    for name in sorted(groups, key=ORDER.index):
        rows = [_flag_row(flag) for flag in groups[name]]
        parts.append("\n".join([f"### {name}", "", *_head("flag", "meaning", "default"), *rows]))
    for method in METHODS.values():
        if method.name == "causal":
            continue
        own = own_flags(method.name, "command line")
        if method.name in LATENT_METHODS:
            shared = {flag.name: flag for flag in shared_flags("command line")}
            if method.name == LATENT_METHODS[0]:
                rows = [_flag_row(flag) for flag in shared.values()]
                head = _head("flag", "meaning", "default")
                parts.append("\n".join([f"### {LATENT_HEADING}", "", *head, *rows]))
            own = [flag for flag in own if flag.name not in shared]
        if not own:
            continue
        rows = [_flag_row(flag) for flag in own]
        heading = f"### With `--method {method.name}`: {method.help}"
        parts.append("\n".join([heading, "", *_head("flag", "meaning", "default"), *rows]))
    return "\n\n".join(parts) + "\n"


def settings_table() -> str:
    """Return a table of the keys of every table of ``rex.toml``."""
    tables: dict[str, list[str]] = {}
    told_already: set[str] = set()
    classes = [cls for method in METHODS for cls in settings_classes(method)]
    for cls in dict.fromkeys(classes):
        usual = defaults(cls)
        for name, places in places_of(cls).items():
            if places[0] in told_already:
                continue
            told_already.add(places[0])
            table, _, key = places[0].rpartition(".")
            opt = options(cls)[name]
            others = [_other(place, table) for place in places[1:]]
            told = opt.help + (f"; also written {', '.join(others)}" if others else "")
            expects = opt.expects.removeprefix("none or ")
            row = _row(f"`{key}`", told, expects, _default(usual[name]))
            tables.setdefault(table, []).append(row)
    for place, why in WITHOUT_EFFECT.items():
        table, _, key = place.rpartition(".")
        tables[table].append(_row(f"`{key}`", f"accepted, without effect: {why}", "anything", ""))
    parts = []
    for table in sorted(tables):
        heading = f"### `[{table}]`" if table else "### Without a table"
        head = _head("key", "meaning", "expected", "default")
        parts.append("\n".join([heading, "", *head, *tables[table]]))
    return "\n\n".join(parts) + "\n"


TABLES = {"command-line.md": {"flags": flags_table}, "settings.md": {"keys": settings_table}}


def renewed(name: str) -> str:
    """Return a page with its tables made anew."""
    makers = TABLES[name]
    text = (DOCS / name).read_text(encoding="utf-8")
    return _BLOCK.sub(lambda m: m[1] + "\n" + makers[m[2]]() + "\n" + m[4], text)


def _flag_row(flag: Flag) -> str:
    names = ", ".join(f"`{name}`" for name in (flag.name, *flag.others))
    if flag.takes_value and flag.stands_for != "true":
        names += " *value*" if flag.stands_for is None else " [*value*]"
    told = flag.help
    if flag.choices:
        told += f": {', '.join(flag.choices)}" if flag.stands_for is None else ""
    elif flag.option is not None and flag.takes_value and flag.value_key is None:
        told += f"; {flag.expects.removeprefix('none or ')}"
    return _row(names, told, "" if flag.switch else _default(flag.default))


def _other(place: str, table: str) -> str:
    where, _, key = place.rpartition(".")
    return f"`{key}`" if where == table else f"`{key}` in `[{where}]`"


def _default(value: Any) -> str:
    if value is None:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def _head(*cells: str) -> list[str]:
    return [_row(*cells), "|" + "---|" * len(cells)]


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


if __name__ == "__main__":
    for page in TABLES:
        (DOCS / page).write_text(renewed(page), encoding="utf-8")
