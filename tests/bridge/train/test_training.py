"""Training: a few steps, twice the same to the bit, and better than before."""

from __future__ import annotations

import csv
import dataclasses
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from rex_widgets.bridge.characters.letters import Letters, letters_of
from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.bridge.train import bridge as bridge_training
from rex_widgets.bridge.train.__main__ import main
from rex_widgets.bridge.train.bridge import BridgeProgress, BridgeSettings, train_bridge
from rex_widgets.bridge.train.classifiers import FIRST, SECOND, accuracy, trained
from rex_widgets.bridge.train.reading import Digits, read_digits
from tests.bridge.train.digits_folder import write_digits

SHORT = BridgeSettings(steps=12, batch=4, report=6, rate=1e-2)


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Digits:
    return read_digits(write_digits(tmp_path_factory.mktemp("digits"), each=6))


def _small() -> SmallUNet:
    torch.manual_seed(0)
    return SmallUNet(widths=(8, 8, 8))


def _small_in_colour() -> SmallUNet:
    torch.manual_seed(0)
    return SmallUNet(channels=3, widths=(8, 8, 8))


def _trained(digits: Digits, **changed: object) -> list[BridgeProgress]:
    settings = dataclasses.replace(SHORT, **changed)  # type: ignore[arg-type]
    return list(train_bridge(digits, digits, settings, _small))


def test_the_same_seed_gives_the_same_weights_to_the_bit(digits: Digits) -> None:
    one, same, other = (_trained(digits, seed=seed)[-1] for seed in (3, 3, 4))
    weights = [run.network.state_dict() for run in (one, same, other)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    assert not all(torch.equal(weights[0][name], weights[2][name]) for name in weights[0])
    assert (one.loss, one.validation) == (same.loss, same.validation)


def test_reports_come_in_time_and_the_loss_falls(digits: Digits) -> None:
    reports = _trained(digits, steps=50, report=20)
    assert [report.step for report in reports] == [20, 40, 50]
    assert reports[-1].loss < 0.8 * reports[0].loss
    assert reports[-1].validation < 0.8


def test_a_network_that_says_nothing_has_a_loss_of_about_one(digits: Digits) -> None:
    draws = bridge_training._Draws(_small().schedule, SHORT, seed=0)
    with torch.no_grad():
        loss = bridge_training._loss(_small(), digits.as_input(), draws)
    # Digits are not of size 1 but mostly paper, so a little below.
    assert 0.6 < float(loss) < 1.3


def test_classifiers_learn_and_differ(digits: Digits) -> None:
    first, again = (
        trained(DigitClassifier, digits, dataclasses.replace(FIRST, steps=30, batch=16))
        for _ in range(2)
    )
    of_second = dataclasses.replace(SECOND, steps=30, batch=16)
    second = trained(SecondDigitClassifier, digits, of_second)
    assert accuracy(first, digits) > 0.5
    assert accuracy(second, digits) > 0.5
    assert all(
        torch.equal(one, same)
        for one, same in zip(first.parameters(), again.parameters(), strict=True)
    )
    assert not first.training
    assert not second.training


def test_a_bridge_of_coloured_letters_learns_and_is_the_same_to_the_bit() -> None:
    letters = letters_of("validation")
    settings = dataclasses.replace(SHORT, steps=40, report=20)
    one, same = (list(train_bridge(letters, letters, settings, _small_in_colour)) for _ in range(2))
    assert one[-1].validation < one[0].validation
    weights = [run[-1].network.state_dict() for run in (one, same)]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])


def test_the_command_trains_characters_without_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def few(part: str, each: int = 1) -> Letters:
        letters = letters_of(part, each)
        return dataclasses.replace(
            letters,
            glyphs=letters.glyphs[:20],
            labels=letters.labels[:20],
            fonts=letters.fonts[:20],
        )

    monkeypatch.setattr("rex_widgets.bridge.characters.letters.letters_of", few)
    out, log = tmp_path / "out", tmp_path / "log.csv"
    asked = ["--world", "characters", "--out", str(out), "--log", str(log)]
    assert main([*asked, "--steps", "2", "--report", "1", "--classifier-steps", "2"]) == 0
    found = {file.name: load_file(file) for file in out.iterdir()}
    assert set(found) == {f"{n}.safetensors" for n in ("bridge", "classifier", "second_classifier")}
    assert found["classifier.safetensors"]["features.0.weight"].shape == (16, 3, 5, 5)
    with log.open() as file:
        measures = {(line["trained"], line["measure"]) for line in csv.DictReader(file)}
    assert {("bridge", "validation loss"), ("classifier", "held-out accuracy")} <= measures
    capsys.readouterr()
    for wrong, said in ((["--world", "characters", "--data", "."], "--data"), ([], "--data")):
        assert main([*wrong, "--out", str(tmp_path / "none")]) == 2
        assert said in capsys.readouterr().err
    assert not (tmp_path / "none").exists()


def test_the_command_leaves_weights_held_out_digits_and_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rex_widgets.bridge.train.reading.split.__defaults__", (30, 20))
    folder = write_digits(tmp_path / "package", each=8)
    out, log = tmp_path / "out", tmp_path / "log.csv"
    asked = ["--data", str(folder), "--out", str(out), "--log", str(log)]
    main([*asked, "--steps", "2", "--report", "1", "--classifier-steps", "2"])

    weights = load_file(out / "bridge.safetensors")
    assert set(weights) == set(SmallUNet().state_dict())
    assert all(values.dtype == torch.float16 for values in weights.values())
    with np.load(out / "held_out.npz", allow_pickle=False) as file:
        assert file["digits"].shape == (30, 32, 32)
        assert file["labels"].shape == (30,)
    with log.open() as file:
        lines = list(csv.DictReader(file))
    measures = [(line["trained"], line["step"], line["measure"]) for line in lines]
    assert ("bridge", "2", "validation loss") in measures
    assert ("second_classifier", "2", "held-out accuracy") in measures
    assert not list(out.glob("*.unfinished"))
