"""The rules of the house: what an import brings in, who may import whom, how long a file may be."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = ("torch", "onnxruntime", "matplotlib", "nibabel", "pandas", "sqlalchemy", "networkx")
LONGEST_FILE = 500

_IMPORT_PACKAGE = "import rex_widgets"
_LOAD_EXTENSION = """
from IPython.core.interactiveshell import InteractiveShell
shell = InteractiveShell.instance()
shell.run_line_magic("load_ext", "rex_widgets")
assert "explain" in shell.magics_manager.magics["line"], "%explain is missing"
assert "explain" in shell.magics_manager.magics["cell"], "%%explain is missing"
"""


def _modules_loaded_by(code: str) -> set[str]:
    """Run `code` in a fresh interpreter and return the names of all modules that it loaded."""
    script = f"{code}\nimport sys\nprint('LOADED', *sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if line.startswith("LOADED "))
    return set(line.split()[1:])


@pytest.mark.parametrize("code", [_IMPORT_PACKAGE, _LOAD_EXTENSION], ids=["import", "load_ext"])
def test_loading_brings_in_no_heavy_library(code: str) -> None:
    loaded = _modules_loaded_by(code)
    assert "rex_widgets" in loaded
    assert not loaded & set(HEAVY)


def test_every_public_name_can_be_had_and_is_listed() -> None:
    import rex_widgets

    for name in rex_widgets.__all__:
        assert getattr(rex_widgets, name) is not None
        assert name in dir(rex_widgets)


def test_unknown_name_is_an_attribute_error() -> None:
    import rex_widgets

    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        _ = rex_widgets.explian


def test_version_is_the_metadata_s_own() -> None:
    from importlib.metadata import version

    import rex_widgets

    assert rex_widgets.__version__ == version("rex_widgets")


def test_each_floor_imports_only_what_lies_below(repository: Path) -> None:
    checker = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [str(checker), "--no-cache", "--no-logo"],
        cwd=repository,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def _written_by_us(repository: Path) -> list[Path]:
    """Return the source files of the package, the front end, the tests and the documentation."""
    found: list[Path] = []
    for folder, endings in {
        "rex_widgets": {".py"},
        "js": {".ts", ".mjs", ".css"},
        "tests": {".py"},
        "docs": {".py", ".md"},
    }.items():
        for path in (repository / folder).rglob("*"):
            inside = path.relative_to(repository).parts
            if path.suffix in endings and not {"node_modules", "_build", "static"} & set(inside):
                found.append(path)
    # Its tables are written by the benchmarks.
    found.remove(repository / "docs" / "benchmarks.md")
    return sorted(found)


def test_no_file_is_longer_than_500_lines(repository: Path) -> None:
    files = _written_by_us(repository)
    assert files
    lengths = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    assert {path: n for path, n in lengths.items() if n > LONGEST_FILE} == {}


def test_nothing_is_left_to_do(repository: Path) -> None:
    # Put together here, so that this file does not contain the words it looks for.
    unfinished = re.compile("|".join(("TO" + "DO", "FIX" + "ME", "X" + "XX")))
    found = [
        f"{path.relative_to(repository)}:{number}"
        for path in _written_by_us(repository)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if unfinished.search(line)
    ]
    assert found == []
