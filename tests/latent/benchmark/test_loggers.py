from __future__ import annotations

import csv
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark import BasicLogger, Benchmark, WandbLogger
from rex_widgets.latent.benchmark.summary import METRICS
from tests.latent.benchmark.small_world import Shaken, small_world


def run(logger: Any, path: Path, **options: Any) -> Any:
    bench = Benchmark(
        n_samples=2, batch_size=6, logger=logger, progress=False, world=small_world(), **options
    )
    return bench.run(Shaken, path)


def test_table_and_figure_are_written(tmp_path: Path) -> None:
    found = run(BasicLogger, tmp_path)
    with (tmp_path / "results.csv").open(newline="") as file:
        (row,) = csv.DictReader(file)
    assert {name: float(row[name]) for name in METRICS} == found.scores.named
    expected = {"explainer": "Shaken", "n_corr": "6", "corr_level": "0.5", "seed": "0"}
    expected |= {"batch_size": "6", "num_samples": "2", "num_explanations": "4", "size": "1.0"}
    assert {name: row[name] for name in expected} == expected
    assert (tmp_path / "counterfactuals.png").read_bytes()[:4] == b"\x89PNG"


def test_without_a_path_a_folder_is_named_by_the_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    first = run(BasicLogger, None)  # type: ignore[arg-type]
    second = run(BasicLogger, None)  # type: ignore[arg-type]
    assert first.path == second.path
    assert [folder.name for folder in (tmp_path / "output").iterdir()] == [first.path.name]


def test_a_logger_of_your_own_sees_every_batch_also_when_resumed(tmp_path: Path) -> None:
    made: list[Any] = []

    class Mine(BasicLogger):
        def __init__(self, attributes: Any, path: Any, n_batches: int = 1) -> None:
            super().__init__(attributes, path, n_batches)
            made.append(self)
            self.seen: list[Any] = []

        def accumulate(self, data: Any, images: Any) -> None:
            super().accumulate(data, images)
            self.seen.append((dict(data), images))

        def log(self) -> None:
            self.means = {name: np.mean(values) for name, values in self.metrics.items()}
            self.figure = self.create_cf_figure()

    found = run(Mine, tmp_path)
    run(Mine, tmp_path)
    first, second = made
    assert len(first.seen) == 3
    assert len(first.images) == 1
    assert set(first.seen[0][0]) == set(METRICS)
    assert first.means["SCE"] == pytest.approx(np.mean([data["SCE"] for data, _ in first.seen]))
    assert first.totals == found.scores.named
    assert first.figure.axes
    for (_, before), (_, after) in zip(first.seen, second.seen, strict=True):
        assert all(torch.equal(before[name], after[name]) for name in before)


def test_pictures_are_of_the_samples_and_of_what_was_kept(tmp_path: Path) -> None:
    collected: list[Any] = []

    class Collecting(BasicLogger):
        def accumulate(self, data: Any, images: Any) -> None:
            collected.append(images)

        def log(self) -> None: ...

    found, world = run(Collecting, tmp_path), small_world()
    rows, columns = np.nonzero(found.kept[:6])
    images = collected[0]
    expected = world.generator(torch.from_numpy(found.counterfactuals[rows, columns]))
    torch.testing.assert_close(images["cfs"], expected)
    samples = world.generator(world.latents(found.indices[:6].tolist()))
    torch.testing.assert_close(images["samples"][images["owners"]], samples[rows])
    assert len(images["samples"]) == len(set(rows))


def test_no_success_no_figure(tmp_path: Path) -> None:
    logger = BasicLogger({"explainer": "x"}, tmp_path / "new")
    logger.accumulate({"SCE": 0.0}, None)
    logger.accumulate({"SCE": 0.5}, None)
    assert logger.create_cf_figure() is None
    logger.log()
    assert (tmp_path / "new" / "results.csv").read_text() == "SCE,explainer\n0.25,x\n"
    assert not (tmp_path / "new" / "counterfactuals.png").exists()


def test_without_wandb_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(SettingsError, match=r"pip install .rex-widgets\[wandb\]"):
        run(WandbLogger, tmp_path)


def test_wandb_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[Any] = []
    itself = SimpleNamespace(log=told.append, finish=lambda: told.append("finished"))

    def init(**options: Any) -> Any:
        told.append(options)
        return itself

    stand_in = SimpleNamespace(init=init, Image=lambda path: Path(path).name)
    monkeypatch.setitem(sys.modules, "wandb", stand_in)
    found = run(WandbLogger, tmp_path)
    assert told[0]["config"]["explainer"] == "Shaken"
    assert set(told[1]) == set(METRICS)
    assert told[4] == {f"{name}_avg": value for name, value in found.scores.named.items()}
    assert told[5:] == [{"Counterfactuals": "counterfactuals.png"}, "finished"]
