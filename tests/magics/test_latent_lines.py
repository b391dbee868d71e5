"""`%explain … --method dice` and the like: samples, classifiers, Tab, what a cell shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from rex_widgets.errors import RexWidgetsError
from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.latent.world.world import load_world
from rex_widgets.magics.arguments import parse, tokens
from rex_widgets.magics.completion import _toml_keys, candidates
from rex_widgets.magics.progress_bar import _data
from rex_widgets.methods import LATENT_METHODS
from rex_widgets.results import Progress
from tests.latent.examples import filled

Z = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
TRAINING = np.random.default_rng(1).normal(size=(50, 3)).astype(np.float32)


def decode(latents: torch.Tensor) -> torch.Tensor:
    """A generator of 4 × 4 pictures: the first coordinate is the brightness."""
    light = torch.tanh(latents[:, :1])
    return light[:, :, None, None].expand(-1, 1, 4, 4)


def judge(pictures: torch.Tensor) -> torch.Tensor:
    """Two classes: dark and bright."""
    light = pictures.mean((1, 2, 3))
    return torch.stack((-light, light), 1)


NAMES: dict[str, Any] = {
    "z": Z,
    "held": SimpleNamespace(latents={"all": Z + 1}, decoder=decode),
    "decoder": decode,
    "classifier": judge,
    "training": TRAINING,
    "known": LatentStatistics.standard(3),
}


@pytest.fixture(autouse=True)
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    np.save(tmp_path / "latents.npy", Z)
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


@pytest.mark.parametrize(
    ("word", "image"),
    [
        ("17", "17"),
        ("3,17", "3,17"),
        ("[3,17]", [3, 17]),
        ("[3, 17]", [3, 17]),
        ("(3, 17)", (3, 17)),
        ("range(4)", range(4)),
        ("range(2,9,3)", range(2, 9, 3)),
        ("[0.5, -1, 2]", [0.5, -1, 2]),
        ("latents.npy", "latents.npy"),
        ('"latents.npy"', "latents.npy"),
    ],
)
def test_what_a_sample_may_be(word: str, image: Any) -> None:
    call = call_of(f"{word} world --method dice --generator world")
    assert call.image == image and call.model == "world" and call.settings.generator == "world"
    assert call.image_text == word


def test_variables_and_expressions_come_first() -> None:
    call = call_of("z[0] classifier --method dive --generator held.decoder --latents training")
    assert np.array_equal(call.image, Z[0]) and call.model is judge
    assert call.settings.generator is decode
    assert np.array_equal(call.settings.latents, TRAINING)
    call = call_of("held.latents['all'] classifier --method dive --generator decoder")
    assert np.array_equal(call.image, Z + 1) and call.settings.latents is None
    call = call_of("z classifier --method lcf --generator decoder --statistics known")
    assert call.settings.statistics is NAMES["known"]
    named = call_of("z classifier --method lcf --generator decoder --latents latents.npy")
    assert named.settings.latents == "latents.npy"


def test_a_variable_called_world_is_meant_where_there_is_one() -> None:
    own = {**NAMES, "world": judge}
    assert call_of("z world --method dice --generator decoder", names=own).model is judge
    assert call_of("z world --method dice --generator world", names=own).settings.generator is judge
    assert call_of("z 'world' --method dice --generator decoder", names=own).model == "world"
    world = load_world(6, 0.5)
    call = call_of("17 world --method dice --generator world", names={"world": world})
    assert call.model is world
    assert call.settings.generator == "world"
    assert (call.settings.n_corr, call.settings.corr_level) == (6, 0.5)


@pytest.mark.parametrize("method", LATENT_METHODS)
def test_every_method_has_its_own_settings(method: str) -> None:
    call = call_of(f"17 world --method {method} --num-explanations 3 --seed 5")
    assert type(call.settings) is SETTINGS[method]
    assert (call.settings.num_explanations, call.settings.seed) == (3, 5)
    assert call.spelled == {"num_explanations": "3", "seed": "5"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("17 --method dice", "a sample and a classifier.*17 world --method dice"),
        ("17 wrld --method dice", "no variable 'wrld'.*torch module"),
        ("z classifier --method dice --generator decodr", "no variable 'decodr'.*decoder"),
        ("z classifier --method dice --generator known", "expected.*world, a torch module"),
        ("z classifier --method dice --latents z2", "no variable 'z2'.*latents.npy"),
        ("z classifier --method dice --latents z --statistics known", "Leave one out"),
        ("17 world --method dice --generator world --latents training", "Leave one"),
        ("zz world --method dice", "no variable 'zz'.*Similar: z"),
        ("[3,x] world --method dice", r"given as \[3,x\]; expected numbers"),
        ("range(1000000) world --method dice", "expected numbers"),
        ("range(1,2,0) world --method dice", "expected numbers"),
        ("17 world --method dice --strategy multi", "whole picture"),
        ("17 world --method dice --output a.png", "--wait"),
        ("17 world --method dice --n-corr 7", "expected 6 or 10"),
        ("17 world", "variable 'world'.*name one: --method dice"),
    ],
)
def test_mistakes_take_one_line(line: str, told: str) -> None:
    with pytest.raises(RexWidgetsError, match=told) as raised:
        call_of(line)
    assert "\n" not in str(raised.value)


def test_blanks_in_lists_of_numbers_and_nowhere_else() -> None:
    assert tokens("[3, 17] world --a 1") == ["[3, 17]", "world", "--a", "1"]
    assert tokens("a[b c].png x") == ["a[b", "c].png", "x"]
    assert tokens("img[0, 1] (x y)") == ["img[0, 1]", "(x", "y)"]


def test_tab_knows_the_method() -> None:
    dice = ["17", "world", "--method", "dice"]
    assert "--num-explanations" in candidates(dice, "--num", "--num", NAMES)
    assert candidates(dice, "--strat", "--strat", NAMES) == []
    assert candidates(dice, "--mask", "--mask", NAMES) == []
    assert "--num-explanations" not in candidates(["z", "m"], "--num", "--num", NAMES)
    assert {"dice", "is"} <= set(candidates(["17", "world", "--method"], "", "", NAMES))
    assert {"world", "decoder"} <= set(candidates([*dice, "--generator"], "", "", NAMES))
    assert {"training", "latents.npy"} <= set(candidates([*dice, "--latents"], "", "", NAMES))
    assert "world" in candidates(["--method", "dice", "17"], "w", "w", NAMES)
    assert "world" not in candidates(["--method", "dice"], "w", "w", NAMES)
    assert "world" not in candidates(["--method", "relax", "17"], "w", "w", NAMES)
    dive = ["17", "world", "--method", "dive", "--mask-method"]
    assert candidates(dive, "fisher_s", "fisher_s", NAMES) == [
        "fisher_spectral", "fisher_spectral_inv",
    ]  # fmt: skip
    assert "num_explanations" in _toml_keys("", "num", dice)


def test_waiting_gives_the_result_and_writes(shell: InteractiveShell, work: Path) -> None:
    line = (
        "z classifier --method dice --generator decoder --latents training --seed 0 --wait --quiet "
        "--num-explanations 2 --into found --output a.png --json a.json --html a.html --save a.npz"
    )
    found = shell.run_line_magic("explain", line)
    assert isinstance(found, Counterfactuals) and shell.user_ns["found"] is found
    assert found.counterfactuals.shape == (2, 2, 3) and found.found.all()
    for name in ("a.png", "a.json", "a.html", "a.npz"):
        assert (work / name).stat().st_size > 100


def test_a_cell_of_the_world(shell: InteractiveShell) -> None:
    line = "[3, 17] world --method stylex --generator world --wait --quiet"
    found = shell.run_cell_magic("explain", line, "num_explanations = 2\n[stylex]\nshift_size = 1")
    assert found.samples == 2 and found.explanations == 2 and found.source == "world 3, 17"
    assert found.settings.shift_size == 1.0 and found.oracle


def test_wrong_usage_is_a_usage_error(shell: InteractiveShell) -> None:
    with pytest.raises(UsageError, match="--num-iters"):
        shell.run_line_magic("explain", "17 world --method dice --iters 3")
    with pytest.raises(UsageError, match="0 to 9999"):
        shell.run_line_magic("explain", "99999 world --method dice --wait")
    with pytest.raises(UsageError, match="generator was not given"):
        shell.run_line_magic("explain", "z classifier --method dice --wait")


def test_a_result_is_shown_as_text_and_picture(shell: InteractiveShell) -> None:
    assert shell.display_formatter is not None
    data, _ = shell.display_formatter.format(filled())
    assert "Verdicts: " in data["text/plain"] and data["image/png"]


def test_the_bar_counts_steps_and_what_was_found() -> None:
    progress = Progress(fraction=0.5, evaluations=65, stage="searching")
    data = _data(progress, "25 steps, 4 counterfactuals found")
    assert "searching, 25 steps, 4 counterfactuals found" in data["text/html"]
    assert "evaluations" not in data["text/plain"]


def test_the_bar_is_told_by_the_run(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    line = "z classifier --method dice --generator decoder --num-iters 20 --wait --seed 0"
    found = shell.run_line_magic("explain", line)
    err = capsys.readouterr().err
    assert f"{int(found.changed.sum())} counterfactuals found" in err and " steps" in err
