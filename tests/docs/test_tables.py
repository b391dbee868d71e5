"""The documentation's tables of flags and keys say what the code says."""

from __future__ import annotations

import re

import pytest

from rex_widgets.cli.request import read_request
from rex_widgets.config import effective_settings
from rex_widgets.flags import flags_of, settings_classes
from rex_widgets.methods import METHODS
from rex_widgets.settings import options
from tests.docs.tables import DOCS, TABLES, renewed


@pytest.mark.parametrize("page", TABLES)
def test_tables_are_up_to_date(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert text == renewed(page), "run: python -m tests.docs.tables"
    assert text.count("<!-- begin ") == text.count("<!-- end ") == 1


def test_every_flag_and_every_key_is_documented() -> None:
    lines = (DOCS / "command-line.md").read_text(encoding="utf-8")
    for method in METHODS:
        for name in flags_of(method, "command line"):
            assert f"`{name}`" in lines
    keys = (DOCS / "settings.md").read_text(encoding="utf-8")
    for cls in {cls for method in METHODS for cls in settings_classes(method)}:
        for name in options(cls):
            assert f"| `{name}` |" in keys


def test_the_examples_can_be_read(monkeypatch: pytest.MonkeyPatch, tmp_path) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    for folder in ("photographs", "out"):
        (tmp_path / folder).mkdir()
    (tmp_path / "photographs" / "cat.png").touch()
    (tmp_path / "lab.toml").write_text("")
    text = (DOCS / "command-line.md").read_text(encoding="utf-8")
    commands = re.findall(r"^rex-widgets (.*)$", text, re.MULTILINE)
    assert len(commands) > 5
    for command in commands:
        words = command.replace("'", "").split(" | ")[0].split()
        assert read_request(words).found.classes
    toml = re.findall(
        r"```toml\n(.*?)```", (DOCS / "settings.md").read_text(encoding="utf-8"), re.S
    )
    assert toml
    for document in toml:
        method = "relax" if "[relax]" in document and "[causal]" not in document else "causal"
        method = "dice" if "[dice]" in document else method
        effective_settings(settings_classes(method), cell=document, config=False, method=method)
