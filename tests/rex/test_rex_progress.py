"""How far a search is, where there is no terminal."""

from __future__ import annotations

import sys
from types import SimpleNamespace

import pytest

from rex_widgets.results import Progress
from rex_widgets.rex.progress import progress_bar


def _drive(wanted: bool, steps: int = 100) -> None:
    tell = progress_bar(wanted)
    for step in range(steps + 1):
        tell(Progress(fraction=step / steps, evaluations=step, stage="searching"))


def test_a_file_gets_ten_lines(capsys: pytest.CaptureFixture[str]) -> None:
    _drive(True)
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 10
    assert lines[0] == " 10%  searching, 10 evaluations"
    assert lines[-1] == "100%  searching, 100 evaluations"


def test_a_notebook_gets_a_bar(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    _drive(True)
    out = capsys.readouterr().err
    assert out.startswith("\rsearching") and out.endswith("100 evaluations\n")


def test_nothing_where_none_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    _drive(False)
    assert capsys.readouterr().err == ""
