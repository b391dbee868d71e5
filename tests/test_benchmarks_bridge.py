"""The benchmarks of RCSB: what is compared with what, and when fewer steps are enough."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.evaluation.evaluation import Evaluation
from rex_widgets.bridge.evaluation.rows import Row
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.settings import RcsbSettings
from tests.benchmarks import rcsb_process, rcsb_time
from tests.benchmarks.rcsb_process import passes, sample
from tests.benchmarks.rcsb_steps import SLACK, Point, curve, fewest, lost, scale_for
from tests.benchmarks.rcsb_subjects import problem_of

ROW = Row(
    image=0,
    control="none",
    source=1,
    target=2,
    area=0.3,
    samples=2,
    flipped=2,
    reached=2,
    second_reached=1,
    second_agreed=1,
    p_source_before=1.0,
    p_target_before=0.0,
    p_source_after=0.0,
    p_target_after=1.0,
    l1=0.1,
    l2=0.2,
    ssim=0.5,
    lpips=None,
    loss=None,
    s3=None,
    cout=None,
    best=0,
    best_reached=True,
    seconds=1.0,
)


def point(steps: int, *reached: int) -> Point:
    """A point with so many of two samples reached, digit by digit."""
    rows = tuple(
        replace(ROW, image=image, reached=count, second_agreed=count // 2)
        for image, count in enumerate(reached)
    )
    return Point(steps, Evaluation(rows, len(rows), ("none",)))


def test_what_is_lost_is_paired() -> None:
    less, error = lost(np.array([0.5, 1.0, 0.0]), np.array([1.0, 1.0, 0.5]))
    assert less == pytest.approx(1 / 3)
    assert error == pytest.approx(np.std([0.5, 0.0, 0.5], ddof=1) / np.sqrt(3))


def test_the_fewest_steps_hold_from_there_on() -> None:
    last = point(100, *[2] * 50)
    slightly = point(50, *[2] * 49, 0)
    assert lost(slightly.reached, last.reached)[0] == pytest.approx(SLACK)
    clearly = point(20, *[2] * 48, 0, 0)
    lucky = point(10, *[2] * 50)
    assert fewest([lucky, clearly, slightly, last]) == 50
    assert fewest([lucky, slightly, last]) == 10
    assert fewest([clearly, last]) == 100


def test_the_curve_is_shown_with_its_targets() -> None:
    last = point(100, 2, 2, 2, 2)
    section = curve([point(2, 0, 2, 2, 0), last], [point(2, 2, 2, 2, 2), last])
    table, raised = section.tables
    assert raised.column(1) == [1.0, 1.0]
    assert table.column(1) == [0.5, 1.0] and table.column(3) == [0.5, 0.0]
    # one of the two samples that reached it
    assert table.column(5) == [0.5, 0.5] and table.column(6) == [0.25, 0.5]
    assert table.column(8) == [0.5, 0.5]
    assert [verdict.met for verdict in section.verdicts] == [True, False]
    (note,) = section.notes
    assert "of 2, 100: 100, and 2 with the scale raised" in note


def test_the_scale_is_raised_as_steps_get_fewer() -> None:
    default = RcsbSettings().scale
    assert scale_for(100) == default and scale_for(10) == pytest.approx(10 * default)


class FakeBench:
    """Answers in place of the processes."""

    quick, repeats, threads = True, 1, 2

    def say(self, what: str) -> None:
        """Say nothing."""

    def in_new_process(self, module: str, **command: Any) -> dict[str, Any]:
        """Two samples' worth of memory for two samples, and a little more time than alone."""
        if module == "rcsb_memory_process":
            return {"peak_mb": 10.0 + 5.0 * min(command["samples"], command["batch_size"])}
        assert module == "rcsb_process" and command["repeats"] >= 3
        slow = 1.05 if command["subject"] == "adm" else 1.3
        seconds = {"sampling": [9.0, slow, 0.1], "network": [1.0] * 3, "models": [1.02] * 3}
        return {"seconds": seconds, "processor": seconds, "steps": command["nfe"]}


def test_times_are_medians_against_the_network_alone() -> None:
    section = rcsb_time.measure(FakeBench())  # type: ignore[arg-type]
    times, memory = section.tables
    assert times.column(6) == [1.3, 1.3, 1.05, 1.05]
    assert [verdict.met for verdict in section.verdicts] == [False, False, True, True]
    assert memory.column(3) == [15.0, 50.0, 15.0] * 2
    assert memory.column(4)[1] == pytest.approx(5.0)


def test_both_sides_make_the_same_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of("adm")
    asked: list[tuple[tuple[int, ...], int, bool]] = []
    network = problem.network

    class Counted(torch.nn.Module):
        schedule, channels, name = network.schedule, network.channels, network.name
        size, multiple = network.size, network.multiple

        def forward(self, x: torch.Tensor, step: int, x1: torch.Tensor) -> torch.Tensor:
            """Note what is asked, and do it cheaply."""
            asked.append((tuple(x.shape), step, x.requires_grad))
            return 0.1 * x

    cheap = replace(problem, network=Counted())
    settings = SamplingSettings(nfe=5, batch_size=2)
    sample(cheap, settings, 2)
    sampled = list(asked)
    for classify in (False, True):
        asked.clear()
        passes(cheap, settings, 2, classify=classify)
        assert asked == sampled
    assert len(sampled) == len(rcsb_process.steps_of(cheap, settings)) == 5
    assert sampled[0] == ((2, 3, 64, 64), 599, True)


def test_a_failed_sample_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    problem = problem_of("adm")
    monkeypatch.setattr(Sampler, "advance", lambda self: setattr(self, "failure", "at step 3"))
    with pytest.raises(RuntimeError, match="at step 3"):
        sample(problem, SamplingSettings(nfe=2), 1)
