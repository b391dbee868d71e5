"""`%explain` with a settings file, ReX's flags, and what it shows and writes beside the answer."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from rex_widgets.magics.arguments import parse
from rex_widgets.magics.completion import candidates
from rex_widgets.magics.showing import shown_runs
from tests.cli.command import prepare
from tests.widgets.bright_square import wait_until

QUICK = "--iters 3 --seed 0"


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    prepare(tmp_path)
    InteractiveShell.clear_instance()
    made = InteractiveShell.instance()
    made.run_line_magic("load_ext", "rex_widgets")
    made.user_ns.update(img=np.asarray(_picture()), sig=np.load("sig.npy"))
    yield made
    for panel in list(shown_runs(made)._panels.values()):
        panel.close()
    made.history_manager.end_session()
    InteractiveShell.clear_instance()


def _picture() -> Any:
    from PIL import Image

    return Image.open("cat.png")


def test_the_model_may_be_named_as_on_the_command_line(shell: InteractiveShell) -> None:
    names = shell.user_ns
    for line in ("cat.png model.py", "cat.png --script model.py", "cat.png --model 'model.py'"):
        call = parse(f"{line} {QUICK}", None, names)
        assert str(call.model).strip("'") == "model.py" and call.image == "cat.png"
    found = shell.run_line_magic("explain", f"img --script model.py {QUICK} --wait -q")
    assert found.verified and found.target.index == 1


def test_kinds_of_input(shell: InteractiveShell) -> None:
    line = f"sig spectrum.py --spectral {QUICK} --min-box-size 3 --wait -q --axis-unit 1/cm"
    found = shell.run_line_magic("explain", line)
    assert found.kind == "signal" and found.verified
    assert found.axes.units == ("1/cm",)


def test_strategies_and_shorthands(shell: InteractiveShell) -> None:
    call = parse("img model.py --multi 3", None, shell.user_ns)
    assert (call.settings.strategy, call.settings.spotlights) == ("multi", 3)
    call = parse("img model.py -s spatial --confidence .5 -n", None, shell.user_ns)
    assert call.settings.strategy == "spatial" and call.settings.no_extract
    assert call.settings.minimum_confidence_threshold == 0.5
    found = shell.run_line_magic("explain", f"img model.py {QUICK} --contrastive --wait -q")
    assert found.strategy == "contrastive"


def test_a_settings_file_is_read_and_named(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "rex.toml").write_text(
        "[causal]\niters = 2\ntree_depth = 3\nmin_box_size = 4\n[rex.onnx]\nnorm = 255"
    )
    call = parse("img model.py --iters 3", "[causal]\ntree_depth = 5", shell.user_ns)
    settings = call.settings
    assert (settings.iters, settings.tree_depth, settings.min_box_size) == (3, 5, 4)
    assert call.model_settings.scale == 255
    assert call.notes == ("settings file rex.toml: min_box_size, scale",)
    alone = parse("img model.py --config none", None, shell.user_ns)
    assert alone.settings.tree_depth == 10 and alone.notes == ()
    (tmp_path / "mine.toml").write_text("iters = 7")
    assert parse("img model.py -c mine.toml", None, shell.user_ns).settings.iters == 7
    found = shell.run_line_magic("explain", "img model.py --seed 0 --wait -q")
    assert any(choice.startswith("settings file rex.toml") for choice in found.choices)
    (tmp_path / "rex.toml").write_text("itrs = 3")
    with pytest.raises(UsageError, match=r"In rex\.toml: Unknown key 'itrs'.*'iters'"):
        shell.run_line_magic("explain", "img model.py")


def test_the_line_to_copy_means_the_same_without_the_file(
    shell: InteractiveShell, tmp_path: Path
) -> None:
    toml = tmp_path / "rex.toml"
    toml.write_text("[causal]\niters = 9\nmin_box_size = 4\n[rex.onnx]\nnorm = 300.0")
    # 20 is the default, which a line leaves out; with the file it has to be said all the same
    run = shell.run_cell("%explain img model.py --iters 20 --seed 3").result
    wait_until(lambda: run.status == "finished")
    line = shown_runs(shell)._panels[run].code()
    assert "--config none" in line and "--scale 300.0" in line and "--min-box-size 4" in line
    for there in (True, False):
        if not there:
            toml.unlink()
        again = shell.run_cell(f"{line} --wait --quiet").result
        assert again.settings.iters == 20
        assert np.array_equal(again.map, run.result().map)
        assert np.array_equal(again.mask, run.result().mask)


def test_a_context_in_the_file_stands_in_the_line(shell: InteractiveShell, tmp_path: Path) -> None:
    (tmp_path / "rex.toml").write_text("[rex]\ncontext = 'dark.png'\nnoise = 1.0")
    run = shell.run_cell(f"%explain img model.py {QUICK}").result
    wait_until(lambda: run.status == "finished")
    line = shown_runs(shell)._panels[run].code()
    assert '--context "dark.png"' in line and "--noise 1.0" in line
    again = shell.run_cell(f"{line} --wait --quiet").result
    assert np.array_equal(again.mask, run.result().mask)


def test_files_and_measures(
    shell: InteractiveShell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = f"cat.png model.py {QUICK} --wait --analyze --save a.npz --json a.json --output a.png"
    found = shell.run_line_magic("explain", f"{line} --database a.db --heatmap 'my map.png'")
    out = capsys.readouterr().out
    assert "insertion curve" in out and "Wrote a.npz." in out and "Added 1 row to a.db." in out
    assert (tmp_path / "my map.png").is_file() and (tmp_path / "a.png").is_file()
    document = json.loads((tmp_path / "a.json").read_text())
    assert document["kept"] == found.pixels
    assert document["analysis"]["area"] == found.area


def test_quiet_writes_without_a_word(
    shell: InteractiveShell, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shell.run_line_magic("explain", f"img model.py {QUICK} --wait --quiet --analyze --save a.npz")
    assert capsys.readouterr() == ("", "")
    assert (tmp_path / "a.npz").is_file()
    (tmp_path / "rex.toml").write_text("[rex.visual]\nprogress_bar = false")
    shell.run_line_magic("explain", f"img model.py {QUICK} --wait")
    assert capsys.readouterr().err == ""
    shell.run_line_magic("explain", f"img model.py {QUICK} --wait --json - -q")
    assert json.loads(capsys.readouterr().out)["verified"]


@pytest.mark.parametrize(
    "flag", ["--output", "--save a.npz", "--analyze", "--colour 3", "--insertion-step 9", "-db x"]
)
def test_what_needs_the_explanation_needs_wait(shell: InteractiveShell, flag: str) -> None:
    with pytest.raises(UsageError, match="needs --wait"):
        shell.run_line_magic("explain", f"img model.py {flag}")


def test_mistakes_in_what_is_written(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match=r"ends in \.npz"):
        shell.run_line_magic("explain", f"img model.py {QUICK} --wait -q --save a.foo")


@pytest.mark.parametrize(
    ("parts", "current", "expected"),
    [
        (["img", "model.py", "--config"], "", ["cat.png"]),
        (["img", "model.py", "--context"], "", ["cat.png", "img"]),
        (["img", "model.py", "-s"], "spa", ["spatial"]),
        (["img", "model.py", "--mode"], "vo", ["voxel"]),
        (["img", "model.py"], "--no-e", ["--no-extract"]),
        (["img", "model.py"], "--spot", ["--spotlights", "--spotlight-size"]),
        (["img", "model.py", "--queue-style"], "d", ["dc"]),
    ],
)
def test_tab_knows_files_and_choices(
    shell: InteractiveShell, parts: list[str], current: str, expected: list[str]
) -> None:
    names = {"img": shell.user_ns["img"]}
    assert set(expected) <= set(candidates(parts, current, current, names))


def test_a_folder_of_one_kind_of_file_is_no_input(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError):
        shell.run_line_magic("explain", f"'{Path.cwd()}' model.py")
