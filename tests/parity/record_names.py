"""Record ReX's public names: ``python -m tests.parity.record_names RELEASE``.

Run it from the repository's root with a Python that has rex-xai of that release. It adds to
``names.json`` beside itself: for every module the functions and classes that are defined there
with their parameters, the members of enumerations, and the arguments with their defaults.
"""

from __future__ import annotations

import enum
import inspect
import json
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

FILE = Path(__file__).with_name("names.json")
_KINDS = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


def parameters(function: Any) -> list[list[Any]]:
    """Name of each parameter, and whether it has a default."""
    try:
        found = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    return [[p.name, p.default is not p.empty] for p in found if p.kind not in _KINDS]


def described(thing: Any) -> dict[str, Any] | None:
    if isinstance(thing, type) and issubclass(thing, enum.Enum):
        return {"members": list(thing.__members__)}
    if inspect.isclass(thing):
        methods = {
            name: parameters(member)[1:]
            for name, member in inspect.getmembers(thing, inspect.isfunction)
            if not name.startswith("_")
        }
        return {"parameters": parameters(thing), "methods": methods}
    if inspect.isfunction(thing):
        return {"parameters": parameters(thing)}
    return None


def names_of(package: str) -> dict[str, Any]:
    root = Path(next(iter(import_module(package).__path__)))
    found: dict[str, Any] = {}
    for file in sorted(root.rglob("*.py")):
        place = ".".join(file.relative_to(root).with_suffix("").parts)
        if place.endswith("__init__"):
            continue
        loaded = import_module(f"{package}.{place}")
        own = {
            name: said
            for name, thing in sorted(vars(loaded).items())
            if not name.startswith("_")
            and getattr(thing, "__module__", None) == loaded.__name__
            and (said := described(thing)) is not None
        }
        if own:
            found[place] = own
    return found


def main(release: str) -> None:
    recorded = json.loads(FILE.read_text()) if FILE.is_file() else {}
    try:
        config = import_module("rex_xai.input.config")
    except ModuleNotFoundError:
        config = import_module("rex_xai.config")
    defaults = {name: str(value) for name, value in sorted(vars(config.CausalArgs()).items())}
    recorded[release] = {"names": names_of("rex_xai"), "arguments": defaults}
    FILE.write_text(json.dumps(recorded, sort_keys=True) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
