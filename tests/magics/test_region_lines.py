"""Regions in `%explain` lines and cells, and in the lines that are copied from a panel."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from PIL import Image

from rex_widgets.errors import RexWidgetsError
from rex_widgets.magics.arguments import parse
from rex_widgets.magics.completion import candidates
from rex_widgets.magics.explain import _written
from rex_widgets.magics.showing import shown_runs
from rex_widgets.widgets.command_line import explain_line
from tests.cli.command import prepare
from tests.widgets.bright_square import wait_until

REGION = np.zeros((16, 16), np.bool_)
REGION[2:14, 3:13] = True
NAMES: dict[str, Any] = {
    "img": np.zeros((16, 16, 3), np.uint8),
    "model": np.mean,
    "region": REGION,
    "canvas": SimpleNamespace(mask=REGION, regions={"left": SimpleNamespace(mask=REGION)}),
}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    Image.fromarray(REGION.astype(np.uint8) * 255).save(tmp_path / "mask.png")
    return tmp_path


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "rex_widgets")
    made.user_ns.update(img=np.asarray(Image.open("cat.png")), region=REGION.copy())
    yield made
    for panel in list(shown_runs(made)._panels.values()):
        panel.close()
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def region_in(line: str, body: str | None = None) -> Any:
    call: Any = parse(line, body, NAMES)
    return call.settings.region


@pytest.mark.parametrize(
    "word", ["region", "canvas", "canvas.mask", "canvas.regions['left']", "region.copy()"]
)
def test_a_variable_comes_first(word: str, work: Path) -> None:
    (work / "region").write_text("a file of the variable's name")
    assert np.array_equal(region_in(f"img model --region {word}"), REGION)


def test_else_it_is_a_file() -> None:
    assert region_in("img model --region mask.png") == "mask.png"
    assert region_in('img model --region "region"') == "region"
    assert region_in("img model --region none") is None
    body = "[causal]\nregion = 'mask.png'\noutside = 'visible'"
    assert region_in("img model", body) == "mask.png"
    assert np.array_equal(region_in("img model --region region", body), REGION)


def test_the_settings_file_may_name_it(work: Path) -> None:
    (work / "rex.toml").write_text("[causal]\nregion = 'mask.png'\noutside = 'visible'\n")
    call: Any = parse("img model", None, NAMES)
    assert (call.settings.region, call.settings.outside) == ("mask.png", "visible")
    assert "--region mask.png" in explain_line(call.settings, **_written(call)).replace('"', "")


def test_neither_is_told() -> None:
    with pytest.raises(RexWidgetsError, match=r"no variable 'regio' .*the region.*region.*mask"):
        parse("img model --region regio", None, NAMES)
    with pytest.raises(RexWidgetsError, match="--outside was 'away'"):
        parse("img model --region region --outside away", None, NAMES)
    with pytest.raises(RexWidgetsError, match=r"--region was .*expected .*COCO"):
        parse("img model --region model", None, NAMES)


@pytest.mark.parametrize("word", ["region", "canvas.mask", "mask.png", '"mask.png"'])
def test_a_copied_line_names_it_as_it_was_named(word: str) -> None:
    call: Any = parse(f"img model --region {word} --outside visible", None, NAMES)
    line = explain_line(call.settings, **_written(call))
    assert f"--region {word}" in line or f'--region "{word}"' in line
    assert "--outside visible" in line and "\n" not in line
    again: Any = parse(line.removeprefix("%explain "), None, NAMES)
    assert np.array_equal(again.settings.region, call.settings.region)


def test_a_copied_line_says_where_a_region_without_a_name_is() -> None:
    call: Any = parse("img model --region region", None, NAMES)
    line = explain_line(call.settings, image="img", model="model")
    *comment, last = line.splitlines()
    assert comment and all(words.startswith("# ") for words in comment)
    assert "panel_of(run)" in line and ".region" in line
    assert last.startswith("%explain img model") and last.endswith("--region region")


def test_a_line_explains_inside_the_region(shell: InteractiveShell) -> None:
    quick = "--iters 3 --seed 0 --wait --quiet"
    found = shell.run_cell(f"%explain img model.py --region region {quick}").result
    assert found.verified and np.array_equal(found.region, REGION)
    assert not (found.mask & ~REGION).any() and found.outside == "hidden"
    cell = f"%%explain img model.py {quick}\n[causal]\nregion = 'mask.png'\noutside = 'visible'"
    beside = shell.run_cell(cell).result
    assert np.array_equal(beside.region, REGION) and beside.outside == "visible"


def test_a_copied_line_gives_the_same_again(shell: InteractiveShell) -> None:
    run = shell.run_cell("%explain img model.py --iters 3 --seed 3 --region mask.png").result
    wait_until(lambda: run.status == "finished")
    line = shown_runs(shell)._panels[run].code()
    again = shell.run_cell(f"{line} --wait --quiet").result
    assert np.array_equal(again.mask, run.result().mask)
    assert np.array_equal(again.region, REGION)


def test_what_does_not_fit_is_told_in_one_line(shell: InteractiveShell) -> None:
    shell.user_ns["wide"] = np.ones((16, 20), np.bool_)
    shell.user_ns["nothing"] = np.zeros((16, 16), np.bool_)
    for word, words in (("wide", "16 × 20|16, 20|16x20"), ("nothing", "region is empty")):
        with pytest.raises(UsageError, match=words) as told:
            shell.run_line_magic("explain", f"img model.py --region {word}")
        assert "\n" not in str(told.value)


def test_tab_offers_files(work: Path) -> None:
    found = candidates(["img", "model", "--region"], "ma", "ma", NAMES)
    assert "mask.png" in found
