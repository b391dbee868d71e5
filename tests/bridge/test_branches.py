"""Runs that went on from a step of another one: more samples of them, saved and taken up again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import rex_widgets as rw
from rex_widgets.bridge.legs import OF_STEP, Leg, legs_read, legs_state, legs_until
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import SavedRunError, SettingsError
from tests.bridge.test_run import bits, started
from tests.bridge.worlds import Quarters, ToyNetwork

BRANCH: dict[str, Any] = {"target": 3, "scale": 30.0}


def far(first: torch.Tensor, second: torch.Tensor) -> torch.Tensor:
    return (first - second).abs().mean((1, 2, 3))


def finished(run: Any) -> Any:
    run.wait()
    return run


def branched(samples: int, *branches: dict[str, Any], **given: Any) -> Any:
    """A run of so many samples, finished, that branches one time after the other."""
    run = finished(started(n_inpaints=samples, **given))
    for branch in branches:
        run = finished(run.changed(**branch))
    return run


@pytest.mark.parametrize(
    "branches",
    [
        [{"from_step": 3, **BRANCH}],
        [{"from_step": 0, **BRANCH}],
        [{"from_step": 2, "scale": 30.0}],
        [{"from_step": 2, **BRANCH}, {"from_step": 4, "target": 1}],
        [{"from_step": 4, **BRANCH}, {"from_step": 2, "target": 2, "scale": 5.0}],
        [{"from_step": 4, "scale": 0.0}, {"from_step": 2, "scale": 5.0}],
        [{"from_step": 2, "scale": 0.0}, {"from_step": 2, "scale": 5.0}],
        [{"from_step": 3, "scale": 0.0}, {"from_step": 4, "scale": 5.0, "tv": 0.1}],
        [{"from_step": 1, "target": 3}, {"from_step": 5, "target": 1}, {"from_step": 3}],
    ],
)
def test_two_and_two_more_are_four(branches: list[dict[str, Any]]) -> None:
    noisy = len(branches) > 1
    together = branched(4, *branches, ot_ode=not noisy)
    run = branched(2, *branches, ot_ode=not noisy)
    first = run.result()
    run.extend(samples=np.int64(2))
    assert run.status == "ready" and run.result().done.tolist() == [6, 6, 0, 0]
    found = run.wait()
    assert bits(found) == bits(together.result())
    assert np.array_equal(found.after[:2], first.after)
    assert found.branches == together.result().branches
    assert run.result().settings.n_inpaints == 4
    again = run.changed(n_inpaints=5)
    expected = branched(5, *branches, ot_ode=not noisy)
    assert bits(again.wait()) == bits(expected.result())


def test_the_steps_before_are_counted_for_new_samples() -> None:
    run = branched(2, {"from_step": 3, **BRANCH})
    assert run.result().statistics["network passes"] == 2 * 3
    run.extend(samples=1)
    shown = [len(run.result().forming_steps) for _ in run]
    assert run.result().statistics["network passes"] == 2 * 3 + 6
    assert run.result().evaluations.breakdown["sampling"] == 2 * 3 + 6
    # six steps, and the answer for the finished sample
    assert len(shown) == 8


def test_without_a_gradient() -> None:
    few = {"guidance": "best_of", "candidates": 3}
    together = branched(3, {"from_step": 2, "target": 3}, **few)
    run = branched(1, {"from_step": 2, "target": 3}, **few)
    run.extend(samples=2)
    assert bits(run.wait()) == bits(together.result())


def test_one_that_is_stopped_on_the_way_and_branched_there() -> None:
    together = branched(3, {"from_step": 4, **BRANCH}, {"from_step": 2, "target": 1})
    run = branched(2, {"from_step": 4, **BRANCH})
    run.extend(samples=1)
    for _ in range(2):
        run.step()
    assert run.result().done.tolist() == [6, 6, 2]
    # the new sample is still led toward the first question
    early = run.changed(from_step=2, target=1)
    assert bits(early.wait()) == bits(together.result())
    copied = run.changed(n_inpaints=4)
    assert bits(copied.wait()) == bits(branched(4, {"from_step": 4, **BRANCH}).result())


@pytest.mark.parametrize("steps", [0, 1, 2, 3, 4, 6, 8])
def test_saved_at_any_step_it_goes_on_to_the_bit(steps: int, tmp_path: Path) -> None:
    network, model = ToyNetwork(), Quarters().eval()
    given = {"network": network, "model": model}
    branches = [{"from_step": 1, **BRANCH}, {"from_step": 3, "target": 2, "l1": 0.1}]
    run = branched(1, *branches, **given)
    run.extend(samples=1)
    for _ in range(steps):
        run.step()
    again = rw.load_run(run.save(tmp_path / "a.run"), model, network=network)
    assert bits(again.result()) == bits(run.result())
    assert again.progress.fraction == pytest.approx(run.progress.fraction)
    expected = branched(3, *branches, **given)
    again.extend(samples=1)
    assert bits(again.wait()) == bits(expected.result())
    passes = again.result().statistics["network passes"]
    assert passes == 3 + 2 * 6, "what was counted before is counted still"


def test_a_distance_that_led_the_first_steps(tmp_path: Path) -> None:
    network, model = ToyNetwork(), Quarters().eval()
    given = {"network": network, "model": model, "lpips": 0.5, "lpips_from": far}
    same = branched(1, {"from_step": 3, "target": 3}, **given)
    again = rw.load_run(same.save(tmp_path / "a.run"), model, network=network, lpips_from=far)
    again.extend(samples=1)
    expected = branched(2, {"from_step": 3, "target": 3}, **given)
    assert bits(again.wait()) == bits(expected.result())
    other = branched(1, {"from_step": 3, "lpips": 0.0, "lpips_from": None}, **given)
    path = other.save(tmp_path / "b.run")
    other.extend(samples=1)
    expected = branched(2, {"from_step": 3, "lpips": 0.0, "lpips_from": None}, **given)
    kept = rw.load_run(path, model, network=network)
    with pytest.raises(SettingsError, match="another function than its own, which a file could"):
        kept.extend(samples=1)
    with pytest.raises(SavedRunError, match="Save such a run once its samples are finished"):
        rw.load_run(other.save(tmp_path / "c.run"), model, network=network)
    assert bits(other.wait()) == bits(expected.result())
    done = rw.load_run(other.save(tmp_path / "d.run"), model, network=network)
    assert bits(done.result()) == bits(expected.result())


def test_a_file_without_legs_says_what_to_do(tmp_path: Path) -> None:
    run = branched(1, {"from_step": 3, **BRANCH})
    state, arrays = run._procedure.state()
    del state["legs"]
    for group in state["groups"]:
        del group["ahead"]
    fresh = started(n_inpaints=1, **BRANCH)
    fresh._procedure.restore(state, arrays)
    assert bits(fresh.result()) == bits(run.result())
    with pytest.raises(SettingsError, match="did not note how that one was led"):
        fresh.extend(samples=1)


def test_legs_are_told_and_read() -> None:
    usual = RcsbSettings()
    values = {name: getattr(usual, name) for name in OF_STEP}
    first = Leg(4, {**values, "target": 5, "scale": 2.0})
    whole = legs_until([first], RcsbSettings(scale=9.0), 6, 7)
    assert [(leg.until, leg.target, leg.values["scale"]) for leg in whole] == [
        (4, 5, 2.0), (7, 6, 9.0)
    ]  # fmt: skip
    short = legs_until([first], RcsbSettings(scale=9.0), 6, 3)
    assert [(leg.until, leg.target, leg.values["scale"]) for leg in short] == [
        (3, 5, 2.0), (3, 6, 2.0)
    ]  # fmt: skip
    again = legs_read(legs_state(whole, usual), usual, 10)
    assert [(leg.until, leg.values) for leg in again] == [(leg.until, leg.values) for leg in whole]
    told = legs_state(whole, usual)
    for wrong in (
        [[10, told[0][1]]],
        [told[1], told[0]],
        [[1, {**told[0][1], "target": None}]],
        [[1, {"target": 3}]],
        [[1, {**told[0][1], "nfe": 3}]],
    ):
        with pytest.raises(ValueError, match="the steps before"):
            legs_read(wrong, usual, 10)
