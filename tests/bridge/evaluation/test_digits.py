"""The digits' evaluation and its command, in a world of untrained models."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import torch

from rex_widgets.bridge.digits.classifiers import DigitClassifier, SecondDigitClassifier
from rex_widgets.bridge.digits.world import DigitsWorld
from rex_widgets.bridge.evaluation.__main__ import main
from rex_widgets.bridge.evaluation.asking import answers_of
from rex_widgets.bridge.evaluation.digits import DigitFeatures, digits_lpips, digits_set
from rex_widgets.bridge.small_unet import SmallUNet
from rex_widgets.errors import SettingsError


@pytest.fixture(scope="module")
def world() -> DigitsWorld:
    torch.manual_seed(0)
    random = np.random.default_rng(0)
    modules = SmallUNet(widths=(8, 8, 8)), DigitClassifier(), SecondDigitClassifier()
    for module in modules:
        module.eval().requires_grad_(False)
    digits = random.integers(0, 256, (40, 32, 32), np.uint8)
    return DigitsWorld(*modules, digits, np.arange(40, dtype=np.uint8) // 4)


def test_digits_are_drawn_evenly(world: DigitsWorld) -> None:
    for count, most in ((10, 1), (23, 3), (40, 4)):
        chosen = digits_set(world, count, seed=1)
        kinds = np.bincount(world.labels[chosen.indices], minlength=10)
        assert kinds.sum() == count and kinds.max() == most and kinds.min() >= most - 1
        assert np.array_equal(chosen.images, world.digits[chosen.indices])
    assert not np.array_equal(chosen.targets, digits_set(world, 40, seed=2).targets)


def test_no_digit_is_asked_for_the_class_that_it_has(world: DigitsWorld) -> None:
    chosen = digits_set(world, 40)
    pictures = torch.from_numpy(chosen.images).float()[:, None] / 255
    given = answers_of(world.classifier)(pictures).argmax(1).tolist()
    assert isinstance(chosen.targets, list) and len(chosen.targets) == 40
    assert all(0 <= one < 10 for one in chosen.targets)
    assert not any(one == two for one, two in zip(given, chosen.targets, strict=True))
    assert digits_set(world, 4, "all").targets == "each other"
    for wrong in ({"count": 41}, {"count": 0}, {"count": 4, "asked": "third"}):
        with pytest.raises(SettingsError):
            digits_set(world, **wrong)  # type: ignore[arg-type]


def test_the_second_classifier_describes_digits(world: DigitsWorld) -> None:
    pictures = torch.rand(3, 1, 32, 32)
    with torch.no_grad():
        assert DigitFeatures(world)(pictures).shape == (3, 48)
        lpips = digits_lpips(world)
        found = lpips(2 * pictures - 1, 2 * pictures.flip(0) - 1)
    assert found.shape == (3,) and float(found[1]) == 0 and float(found[0]) > 0
    assert "uniform" in lpips.name


def test_the_command(
    world: DigitsWorld,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("rex_widgets.bridge.digits.world.load_digits", lambda: world)
    paths = [tmp_path / name for name in ("rows.csv", "means.md", "kept")]
    given = ["--digits", "4", "--nfe", "2", "--samples", "1", "--attribution", "saliency"]
    given += ["--out", str(paths[0]), "--markdown", str(paths[1]), "--keep", str(paths[2])]
    assert main(given) == 0
    told = capsys.readouterr()
    assert "12 of 12" in told.err and "flip_rate" in told.out and "sfid" in told.out
    assert "not with numbers of the literature" in told.out
    with paths[0].open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 12 and all(row["lpips"] and row["s3"] and row["cout"] for row in rows)
    assert paths[1].read_text(encoding="utf-8").startswith("| region | own |")
    again = capsys
    assert main([*given, "--silent"]) == 0
    assert again.readouterr().err == ""
    assert main(["--digits", "999"]) == 2
    assert "error: 999 digits" in capsys.readouterr().err
