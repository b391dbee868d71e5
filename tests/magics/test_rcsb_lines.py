"""`%explain … --method rcsb`: pictures, regions, words of the package, Tab, what a cell shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import RexWidgetsError
from rex_widgets.magics.arguments import parse
from rex_widgets.magics.completion import _toml_keys, candidates
from tests.rcsb_results import digit

REGION = np.zeros((32, 32), np.bool_)
REGION[8:24, 6:18] = True


def judge(pictures: Any) -> Any:
    """Stands for a classifier."""
    return pictures.mean((1, 2, 3))


NAMES: dict[str, Any] = {
    "x": np.zeros((32, 32), np.uint8),
    "model": judge,
    "region": REGION,
    "drawn": SimpleNamespace(mask=REGION),
    "held": SimpleNamespace(map=np.ones((32, 32), np.float32), inner=[REGION]),
}
LINE = (
    "x model --method rcsb --region region --target 3 --scale 1.5 --start-step 600 --cell-size 16 "
    "--area 0.3 --nfe 100"
)


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "rex_widgets")
    made.user_ns.update(NAMES)
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def call_of(line: str, body: str | None = None, names: dict[str, Any] | None = None) -> Any:
    return parse(line, body, NAMES if names is None else names)


def test_the_whole_line() -> None:
    call = call_of(LINE)
    assert call.image is NAMES["x"] and call.model is judge and call.method == "rcsb"
    settings = call.settings
    assert type(settings) is RcsbSettings and np.array_equal(settings.region, REGION)
    assert (settings.target, settings.scale, settings.start_step) == (3, 1.5, 600)
    assert (settings.cell_size, settings.area, settings.nfe) == (16, 0.3, 100)
    assert call.spelled["region"] == "region" and call.spelled["scale"] == "1.5"


@pytest.mark.parametrize("word", ["region", "drawn", "held.inner[0]"])
def test_a_region_is_a_variable(word: str) -> None:
    call = call_of(f"x model --method rcsb --region {word}")
    assert np.array_equal(call.settings.region, REGION)


def test_a_map_is_a_variable_an_object_that_has_one_or_a_file() -> None:
    for word in ("held", "held.map"):
        call = call_of(f"x model --method rcsb --map {word}")
        assert np.array_equal(call.settings.map, np.ones((32, 32)))
    np.save("m.npy", np.ones((32, 32)))
    assert call_of("x model --method rcsb --map m.npy").settings.map == "m.npy"


def test_the_words_of_the_package() -> None:
    call = call_of("17 digits --method rcsb --network digits --second none")
    assert call.image == "17" and call.model == "digits"
    assert call.settings.network == "digits" and call.settings.second is None
    assert call_of("17 Digits --method rcsb").model == "digits"
    assert call_of("17 digits --method rcsb --second auto").settings.second == "auto"
    assert call_of("17 digits --method rcsb --second model").settings.second is judge
    named = call_of("x model --method rcsb --network net.safetensors")
    assert named.settings.network == "net.safetensors"


def test_a_variable_called_like_a_word() -> None:
    own = {**NAMES, "digits": judge}
    assert call_of("x digits --method rcsb", names=own).model is judge
    assert call_of("x model --method rcsb --network digits", names=own).settings.network is judge
    labels = {**NAMES, "digits": np.arange(10)}
    call = call_of("x model --method rcsb --network digits", names=labels)
    assert call.settings.network == "digits", "an array draws nothing"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("17 --method rcsb", "a picture and a classifier.*--method rcsb --region region"),
        ("17 digts --method rcsb", "no variable 'digts'.*classifier.onnx"),
        ("17 digits", "variable 'digits'.*--method rcsb"),
        ("x model --method rcsb --region regoin", "no variable 'regoin'.*Similar: region"),
        ("17 digit --method rcsb", "no variable 'digit'.*Similar: digits"),
        ("x model --method rcsb --region region --prompt dog", "region was given, and prompt"),
        ("x model --method rcsb --network ntwork", "no variable 'ntwork'.*net"),
        ("x model --method rcsb --lpips-from lp", "no variable 'lp'.*function of two batches"),
        ("x model --method rcsb --area 2", "area was '2'|expected a number"),
        ("x model --method rcsb --guidance best", "gradient.*best_of"),
        ("x model --method rcsb --strategy multi", "--region"),
        ("x model --method rcsb --spectral", "one picture"),
        ("x model --method rcsb --output a.png", "--wait"),
    ],
)
def test_mistakes_take_one_line(line: str, told: str) -> None:
    with pytest.raises(RexWidgetsError, match=told) as raised:
        call_of(line)
    assert "\n" not in str(raised.value)


def test_tab_knows_the_method(work: Path) -> None:
    (work / "net.safetensors").touch()
    line = ["17", "digits", "--method", "rcsb"]
    assert "--start-step" in candidates(line, "--start", "--start", NAMES)
    assert candidates(line, "--strat", "--strat", NAMES) == []
    assert "--n-inpaints" not in candidates(["x", "model"], "--n-in", "--n-in", NAMES)
    assert "rcsb" in candidates(["17", "digits", "--method"], "r", "r", NAMES)
    assert "digits" in candidates(["--method", "rcsb", "17"], "d", "d", NAMES)
    assert "digits" not in candidates(["--method", "rcsb"], "d", "d", NAMES)
    assert "world" not in candidates(["--method", "rcsb", "17"], "w", "w", NAMES)
    assert {"digits", "net.safetensors"} <= set(candidates([*line, "--network"], "", "", NAMES))
    assert "region" in candidates([*line, "--region"], "re", "re", NAMES)
    assert "lime" in candidates([*line, "--attribution"], "li", "li", NAMES)
    assert "start_step" in _toml_keys("", "start", line)


def test_waiting_gives_the_result_and_writes(shell: InteractiveShell, work: Path) -> None:
    line = (
        "17 digits --method rcsb --region region --target 3 --nfe 3 --n-inpaints 2 --seed 0 --wait "
        "--quiet --into found --output a.png --json a.json --html a.html --save a.npz"
    )
    found = shell.run_line_magic("explain", line)
    assert isinstance(found, RegionCounterfactuals) and shell.user_ns["found"] is found
    assert np.array_equal(found.region, REGION) and found.target == 3 and found.samples == 2
    for name in ("a.png", "a.json", "a.html", "a.npz"):
        assert (work / name).stat().st_size > 100


def test_wrong_usage_is_a_usage_error(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match="--nfe"):
        shell.run_line_magic("explain", "17 digits --method rcsb --iters 3")
    with pytest.raises(UsageError, match="Digit 99999999"):
        shell.run_line_magic("explain", "99999999 digits --method rcsb --wait")


def test_a_result_is_shown_as_text_and_picture(shell: InteractiveShell) -> None:
    assert shell.display_formatter is not None
    data, _ = shell.display_formatter.format(digit())
    assert "Best is sample 2" in data["text/plain"] and data["image/png"]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("x model", "it is causal there. Say --method rcsb in the cell's first line; leave it out"),
        ("x model --method relax", "it is relax there. Say --method rcsb"),
        ("x model --method rcsb", "there it is said already; leave it out"),
    ],
)
def test_a_method_in_the_cells_body_is_told_without_strategies(line: str, words: str) -> None:
    with pytest.raises(RexWidgetsError, match="method was 'rcsb' in the cell's body") as caught:
        call_of(line, 'method = "rcsb"\ntarget = 3')
    assert words in str(caught.value) and "strategy" not in str(caught.value)
    assert call_of("x model", 'method = "multi"').settings.strategy == "multi"
