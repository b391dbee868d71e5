from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pandas import read_csv

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark import __main__ as program
from rex_widgets.latent.benchmark import worlds
from rex_widgets.latent.benchmark.bar import TextBar
from rex_widgets.latent.benchmark.evaluation import Progress
from rex_widgets.latent.registry import explainer_named
from tests.latent.benchmark.small_world import benchmark, small_world

ARGUMENTS = ["--explainers", "lcf", "--settings", "6:0.5", "--n-samples", "1", "--device", "cpu"]


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    def world_for(n_corr: int, corr_level: float, data_path: Any, download: bool) -> Any:
        assert (n_corr, corr_level, download) == (6, 0.5, False)
        return small_world()

    benchmark = program.Benchmark.__init__.__globals__
    monkeypatch.setitem(benchmark, "world_for", world_for)
    assert worlds.world_for is not world_for


def test_table_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = [*ARGUMENTS, "--seeds", "0", "1", "--output", str(tmp_path), "--silent"]
    asked[1] = "growing_spheres"
    assert program.main(asked) == 0
    printed = capsys.readouterr()
    header, row = printed.out.strip().splitlines()
    assert "Cardinality (S#)" in header
    assert row.split()[:3] == ["6", "0.5", "growing_spheres"]
    assert row.count("±") == 5
    assert printed.err == ""
    runs, table = read_csv(tmp_path / "runs.csv"), read_csv(tmp_path / "table.csv")
    assert runs["seed"].tolist() == [0, 1]
    assert table["SCE"][0] == pytest.approx(runs["SCE"].mean())
    assert (tmp_path / "6-0.5" / "growing_spheres-1" / "results.csv").exists()


def test_what_draws_nothing_is_tried_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = [*ARGUMENTS, "--seeds", "3", "4", "--output", str(tmp_path), "--silent"]
    assert program.main(asked) == 0
    assert "± 0" not in capsys.readouterr().out
    assert read_csv(tmp_path / "runs.csv")["seed"].tolist() == [3]


@pytest.mark.parametrize("name", ["dice", "lcf", "stylex"])
def test_explainers_that_say_so_draw_nothing(name: str) -> None:
    first, second = (benchmark(seed=seed).run(name, device="cpu") for seed in (0, 1))
    assert first.counterfactuals.tobytes() == second.counterfactuals.tobytes()
    assert not explainer_named(name).draws


def test_released_explainers_beside_ours_by_the_same_measures(tmp_path: Path) -> None:
    asked = [*ARGUMENTS, "--seeds", "0", "--output", str(tmp_path), "--silent"]
    asked[1] = "stylex"
    assert program.main([*asked, "--with-released"]) == 0
    runs = read_csv(tmp_path / "runs.csv").set_index("explainer")
    assert runs.index.tolist() == ["stylex", "stylex (released)"]
    released = benchmark(n_samples=1, batch_size=12).run(
        "stylex", device="cpu", release_compatible=True
    )
    assert runs.loc["stylex (released)", "SCE"] == pytest.approx(released.scores.sce)
    assert runs["SCE"].nunique() == 2
    counts = released.kept.sum(1)
    error = counts.std(ddof=1) / np.sqrt(len(counts))
    assert runs.loc["stylex (released)", "S#, error over samples"] == pytest.approx(error)


def test_one_seed_has_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main([*ARGUMENTS, "--seeds", "0"]) == 0
    printed = capsys.readouterr()
    assert "±" not in printed.out
    assert "100%" in printed.err


def test_mistakes_are_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--settings", "6-0.5"]) == 2
    assert "10:0.95" in capsys.readouterr().err
    with pytest.raises(SettingsError):
        program.setting("x:0.5")
    assert program.setting("10:0.95") == (10, 0.95)


def test_the_bar_is_written_at_the_end_and_not_too_often() -> None:
    stream = io.StringIO()
    bar = TextBar(stream)
    for batch in range(1000):
        bar(Progress("dice", batch, 1000, (batch + 1) / 1000))
    bar(Progress("dice", 999, 1000, 1.0))
    text = stream.getvalue()
    assert text.endswith("dice: [" + 24 * "#" + "] 100%, batch 1000 of 1000\n")
    assert text.count("\r") < 50
