"""What a network's file does not tell, said at every door by the same names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

import rex_widgets as rw
from rex_widgets.bridge.checkpoints import TimedBridge, open_network
from rex_widgets.bridge.opening import as_model
from rex_widgets.bridge.schedule import Schedule
from rex_widgets.bridge.settings import OF_FILE, RcsbSettings
from rex_widgets.cli import main
from rex_widgets.errors import ModelError, RexWidgetsError, SettingsError
from rex_widgets.magics.arguments import parse
from tests.bridge.checkpoints.examples import i2sb_file, tiny
from tests.bridge.worlds import Quarters, ToyNetwork, lower_half, square

SAID: dict[str, Any] = {
    "network_weights": "ema",
    "num_head_channels": 16,
    "first_time": 0.001,
    "last_time": 2.0,
    "interval": 500.0,
    "beta_max": 0.3,
}
FEW = {"nfe": 3, "n_inpaints": 1, "seed": 0, "start_step": 300}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    folder = tmp_path / "with spaces"
    folder.mkdir()
    return i2sb_file(folder / "my bridge.pt", tiny())


def opened_by(settings: RcsbSettings) -> Any:
    return as_model(Quarters(channels=3), settings, input_shape=(3, 16, 16)).plain_network


def same(one: Any, other: Any) -> bool:
    weights, others = one.state_dict(), other.state_dict()
    return (
        np.array_equal(one.times, other.times)
        and np.array_equal(one.schedule.betas, other.schedule.betas)
        and one.network.layout == other.network.layout
        and all(torch.equal(weights[name], others[name]) for name in weights)
    )


def test_settings_open_what_python_opens(path: Path) -> None:
    assert set(SAID) == set(OF_FILE)
    expected = open_network(path, **SAID)
    assert isinstance(expected, TimedBridge)
    assert expected.network.layout.num_head_channels == 16  # type: ignore[union-attr]
    assert expected.times[[0, -1]].tolist() == pytest.approx([0.5, 1000.0])
    assert np.array_equal(expected.schedule.betas, Schedule.symmetric(beta_max=0.3).betas)
    found = opened_by(RcsbSettings(network=path, **SAID))
    assert same(found, expected)
    assert not same(found, open_network(path, num_head_channels=16))
    for left_out in OF_FILE:
        fewer = {name: value for name, value in SAID.items() if name != left_out}
        if left_out != "num_head_channels":
            assert not same(opened_by(RcsbSettings(network=path, **fewer)), expected), left_out


def test_every_door_has_the_names(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    flags = " ".join(f"--{name.replace('_', '-')} {value}" for name, value in SAID.items())
    names: dict[str, Any] = {"img": square(0), "model": Quarters().eval()}
    line = f"img model --method rcsb --network '{path}' --target 2 {flags}"
    settings = parse(line, None, names).settings
    assert {name: getattr(settings, name) for name in SAID} == SAID
    (tmp_path / "rex.toml").write_text(
        "[rcsb]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in SAID.items())
    )
    settings = parse(f"img model --method rcsb --network '{path}'", None, names).settings
    assert {name: getattr(settings, name) for name in SAID} == SAID
    body = 'network_weights = "ema"\nnum_head_channels = 16'
    settings = parse("img model --method rcsb", body, names).settings
    assert (settings.network_weights, settings.num_head_channels) == ("ema", 16)


def test_a_run_draws_with_them_and_is_loaded_again(path: Path, tmp_path: Path) -> None:
    model = Quarters(channels=3).eval()
    picture = np.repeat(square(0)[..., None], 3, 2)
    given = {"input_shape": (3, 16, 16), "region": lower_half(), "target": 2, **FEW}
    said = {"num_head_channels": 32, "network_weights": "ema", "beta_max": 0.3}
    run = rw.start(picture, model, method="rcsb", network=path, **given, **said)
    found = run.wait()
    ready = open_network(path, **said)
    expected = rw.start(picture, model, method="rcsb", network=ready, **given).wait()
    assert np.array_equal(found.after, expected.after)
    again = rw.load_run(run.save(tmp_path / "a b.run"), model)
    assert again.current_settings.beta_max == 0.3
    again.extend(samples=1)
    assert np.array_equal(again.wait().after[:1], found.after)
    plain = run.changed(network_weights="net")
    assert not np.array_equal(plain.wait().after, found.after)


def test_the_command_line_takes_them(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.repeat(square(0)[..., None], 3, 2)).save("a.png")
    Image.fromarray(255 * lower_half().astype(np.uint8)).save("region.png")
    Path("model.py").write_text(
        "import torch\n"
        "model = torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(2), torch.nn.Flatten(), "
        "torch.nn.Linear(12, 3))\n"
        "def preprocess(path, shape, device, mode): raise NotImplementedError\n"
        "def prediction_function(data, target=None): return model(data)\n"
        "def model_shape(): return [1, 3, 16, 16]\n"
    )
    words = ["a.png", "model.py", "--method", "rcsb", "--network", str(path), "--region",
             "region.png", "--nfe", "2", "--n-inpaints", "1", "--start-step", "100", "--seed", "0",
             "-q", "--network-weights", "ema", "--beta-max", "0.3"]  # fmt: skip
    assert main([*words, "--num-head-channels", "48"]) == 2
    assert "num_head_channels" in capsys.readouterr().err
    assert main([*words, "--num-head-channels", "32", "--json", "a.json"]) in (0, 1)
    settings = json.loads(Path("a.json").read_text())["settings"]
    assert settings["network_weights"] == "ema" and settings["beta_max"] == 0.3


@pytest.mark.parametrize(("name", "value"), list(SAID.items()))
def test_what_needs_no_such_word_says_so(name: str, value: Any) -> None:
    said = RcsbSettings(network="digits", **{name: value})
    with pytest.raises(SettingsError, match=f"{name} was given, which tells of the file"):
        as_model("digits", said)
    with pytest.raises(SettingsError, match=f"toy is ready; it takes no options .{name}"):
        opened_by(RcsbSettings(network=ToyNetwork(channels=3), **{name: value}))


def test_values_that_do_not_go_with_the_file(path: Path, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"beta_max=0.05: a schedule of 1000 steps needs at"):
        open_network(path, beta_max=0.05)
    with pytest.raises(SettingsError, match="schedule and beta_max were given"):
        open_network(path, beta_max=0.5, schedule=Schedule.symmetric())
    with pytest.raises(RexWidgetsError, match="num_head_channels"):
        open_network(path, num_head_channels=48)
    with pytest.raises(SettingsError, match="have to be finite and rise"):
        open_network(path, num_head_channels=32, first_time=2.0)
    bare = tmp_path / "bare.pt"
    torch.save(tiny().state_dict(), bare)
    with pytest.raises(ModelError, match='network_weights="net"'):
        open_network(bare, network_weights="ema")
    told = i2sb_file(
        tmp_path / "told.pt", tiny(), extra={"noise_levels": torch.linspace(5, 50, 20)}
    )
    with pytest.raises(SettingsError, match="interval given, and told carries the times"):
        open_network(told, num_head_channels=32, interval=10.0)
    assert open_network(told, num_head_channels=32, beta_max=0.5).schedule.steps == 20
    with pytest.raises(SettingsError, match="num_head_channels was given, which is for a file"):
        open_network(tiny(), num_head_channels=16)
