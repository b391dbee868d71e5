"""`%explain … --method relax`: variables and paths, Tab, what a cell shows."""

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
from rex_widgets.magics.completion import _toml_keys, candidates
from rex_widgets.magics.progress_bar import _data
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.results import Progress
from tests.relax.examples import filled
from tests.relax_models import SIDE, prepare

OTHER = np.zeros((SIDE, SIDE, 3), np.uint8)


def half(batch: Any) -> Any:
    """An encoder: means of the quarters of each channel."""
    pixels = np.asarray(batch).reshape(len(batch), -1, 4)
    return pixels.mean(axis=2)


NAMES: dict[str, Any] = {
    "img": OTHER,
    "encoder": half,
    "other": OTHER + 7,
    "photos": [OTHER, OTHER + 1],
    "second": half,
    "held": SimpleNamespace(pictures={"cat": OTHER + 9}),
    "own_measure": lambda h, masked: masked @ h,
}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    return tmp_path


@pytest.fixture
def shell() -> Iterator[InteractiveShell]:
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "rex_widgets")
    made.user_ns.update(img=np.asarray(Image.open("cat.png")))
    yield made
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def settings_of(line: str, body: str | None = None) -> Any:
    call: Any = parse(f"img encoder --method relax {line}", body, NAMES)
    assert call.method == "relax"
    return call.settings


def test_variables_come_first() -> None:
    assert np.array_equal(settings_of("--like other").like, OTHER + 7)
    assert np.array_equal(settings_of("--like held.pictures['cat']").like, OTHER + 9)
    assert len(settings_of("--gallery photos").gallery) == 2, "although there is such a folder"
    assert len(settings_of("--corpus photos").corpus) == 2
    assert settings_of("--versus second").versus is half
    assert (
        settings_of("--similarity-measure own_measure").similarity_measure is (NAMES["own_measure"])
    )


def test_else_they_are_paths() -> None:
    assert settings_of("--like dog.png").like == "dog.png"
    assert settings_of('--gallery "photos"').gallery == "photos"
    assert settings_of("--corpus photos/*.png").corpus == "photos/*.png"
    assert settings_of("--versus encoder.onnx").versus == "encoder.onnx"
    assert settings_of("--like none").like is None
    assert settings_of("", "[relax]\nlike = 'dog.png'\nnum_cells = 5").like == "dog.png"
    assert settings_of("--probablity_of_drop 0.25").probability_of_drop == 0.25
    assert settings_of("--num-cells 5,7").num_cells == (5, 7)
    assert settings_of("--encoder-output 1").output == 1
    assert settings_of("--similarity-measure dot").similarity_measure == "dot"


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("--like othr", "othr"),
        ("--gallery nothing_here", "photos/"),
        ("--strategy multi", "U-RELAX"),
        ("--labels photos", "no classes"),
        ("--output a.png", "--wait"),
        ("--wait --surface a.png", "--heatmap"),
        ("--like other --corpus photos", "like and corpus"),
        ("--num-cells 1", "--num-cells was '1'"),
    ],
)
def test_mistakes_take_one_line(line: str, told: str) -> None:
    with pytest.raises(RexWidgetsError, match=told.replace("(", "\\(")) as raised:
        settings_of(line)
    assert "\n" not in str(raised.value)


def test_a_cell_of_relax_refuses_causal_settings() -> None:
    with pytest.raises(RexWidgetsError, match="--num-batches"):
        settings_of("", "iters = 3")


def test_tab_knows_the_method() -> None:
    relax = ["img", "encoder", "--method", "relax"]
    assert "--num-cells" in candidates(relax, "--num", "--num", NAMES)
    assert candidates(relax, "--strat", "--strat", NAMES) == []
    assert "--num-cells" not in candidates(["img", "encoder"], "--num", "--num", NAMES)
    assert "relax" in candidates(["img", "encoder", "--method"], "", "", NAMES)
    assert "sobol" in candidates([*relax, "--sampling"], "s", "s", NAMES)
    assert "cosine" in candidates([*relax, "--similarity-measure"], "co", "co", NAMES)
    assert {"other", "dog.png"} <= set(candidates([*relax, "--like"], "", "", NAMES))
    assert "photos/" in candidates([*relax, "--gallery"], "ph", "ph", NAMES)
    assert "--iters" in candidates(["img", "encoder", "--method", "rel"], "--it", "--it", NAMES)
    assert "num_cells" in _toml_keys("", "num", relax)
    assert "num_cells" not in _toml_keys("", "num", relax[:2])


def test_waiting_gives_the_result_and_writes(shell: InteractiveShell, work: Path) -> None:
    shell.user_ns.update(encoder=half, other=OTHER + 7)
    line = (
        "img encoder --method relax --num-cells 4 --seed 0 --num-batches 1 --wait --into found "
        "--like other --output maps.png --json maps.json --html maps.html --save maps.npz --quiet"
    )
    found = shell.run_line_magic("explain", line)
    assert isinstance(found, RelaxExplanation) and shell.user_ns["found"] is found
    assert found.masks == 100 and found.asked.startswith("like ")
    for name in ("maps.png", "maps.json", "maps.html", "maps.npz"):
        assert (work / name).stat().st_size > 100


def test_wrong_usage_is_a_usage_error(shell: InteractiveShell) -> None:
    shell.user_ns["encoder"] = half
    with pytest.raises(UsageError, match="--uncertainty-threshold"):
        shell.run_line_magic("explain", "img encoder --method relax --strategy multi")


def test_a_result_is_shown_as_text_and_picture(shell: InteractiveShell) -> None:
    assert shell.display_formatter is not None
    data, _ = shell.display_formatter.format(filled())
    assert data["text/plain"].startswith("cat.png: similar to itself")
    assert data["image/png"].startswith(b"\x89PNG")
    shell.run_line_magic("unload_ext", "rex_widgets")
    data, _ = shell.display_formatter.format(filled())
    assert "image/png" not in data


def test_the_documentation_has_both_methods(shell: InteractiveShell) -> None:
    info = shell.object_inspect("%explain")
    text = str(info["docstring"])
    assert "--num-cells" in text and "--iters" in text and "With --method relax" in text


def test_the_bar_counts_masks() -> None:
    data = _data(Progress(fraction=0.5, evaluations=65, stage="estimating"), "64 masks")
    assert "64 masks" in data["text/html"] and "64 masks" in data["text/plain"]
