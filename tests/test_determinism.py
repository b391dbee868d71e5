"""Same seed, same bits: whatever the batch size, and however often a run was extended."""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.api import Run
from rex_widgets.results import Explanation
from tests.synthetic import (
    RandomNet,
    RegionClassifier,
    bits_of,
    drive,
    run_of,
)

SHAPE = (16, 16)
SMALL: dict[str, Any] = {"iters": 6, "batch_size": 16, "minimise_budget": 150}


def region() -> RegionClassifier:
    return RegionClassifier(SHAPE, [[(3, 9, 4, 10)], [(11, 15, 2, 8)]], need=0.4)


def fresh(**options: Any) -> tuple[Run, RegionClassifier]:
    model = region()
    return run_of(model, model.picture(), **{**SMALL, **options}), model


def net_run(**options: Any) -> Run:
    net = RandomNet((12, 12), classes=4, seed=3, gain=3.0, bias=5.0)
    return run_of(net, net.picture(3), **{"minimise_budget": 200, "min_box_size": 4, **options})


VARIANTS: tuple[dict[str, Any], ...] = (
    {},
    {"distribution": "adaptive", "blend": 0.2},
    {"responsibility_style": "multiplicative"},
    {"responsibility_style": "multiplicative", "distribution": "adaptive"},
    {"weighted": True, "concentrate": "area", "mask_value": -0.1},
    {"minimum_confidence_threshold": 0.7, "negative_responsibility": True},
)


@pytest.mark.parametrize("options", VARIANTS)
def test_any_batch_size_gives_the_same_bits(options: dict[str, Any]) -> None:
    first, *others = (drive(net_run(iters=9, batch_size=n, **options)) for n in (1, 3, 16, 64))
    assert first.stage == "verified"
    assert first.map.any()
    for other in others:
        assert bits_of(other) == bits_of(first)


def test_random_occlusion_at_any_batch_size() -> None:
    def explained(batch_size: int) -> Explanation:
        model = RegionClassifier(SHAPE, [[(3, 9, 4, 10)]], need=0.9, gain=20.0)
        options: dict[str, Any] = {**SMALL, "batch_size": batch_size, "mask_value": "random"}
        return drive(run_of(model, model.picture(), **options))

    first, *others = map(explained, (1, 5, 64))
    assert first.stage == "verified"
    assert first.statistics["total_failing"] > 0
    for other in others:
        assert bits_of(other) == bits_of(first)


def test_seeds_matter() -> None:
    one, other = drive(net_run(iters=5)), drive(net_run(iters=5, seed=1))
    assert one.map.tobytes() != other.map.tobytes()
    assert (one.seed, other.seed) == (0, 1)
    drawn = {net_run(iters=5, seed=None).seed for _ in range(3)}
    assert len(drawn) == 3
    again = drive(net_run(iters=5, seed=one.seed))
    assert bits_of(again) == bits_of(one)


def test_global_random_states_are_left_alone() -> None:
    np.random.seed(3)  # noqa: NPY002 - the global state is what this is about
    torch.manual_seed(3)
    random.seed(3)
    before = (repr(np.random.get_state()), torch.get_rng_state().tolist(), random.getstate())  # noqa: NPY002
    one = bits_of(drive(net_run(iters=5, mask_value="random")))
    after = (repr(np.random.get_state()), torch.get_rng_state().tolist(), random.getstate())  # noqa: NPY002
    assert before == after
    np.random.seed(4)  # noqa: NPY002
    assert bits_of(drive(net_run(iters=5, mask_value="random"))) == one


@pytest.mark.parametrize("options", VARIANTS)
@pytest.mark.parametrize(("first", "more"), [(10, 10), (3, 17)])
def test_extending_a_finished_run_equals_one_long_run(
    options: dict[str, Any], first: int, more: int
) -> None:
    run = net_run(iters=first, **options)
    drive(run)
    run.extend(iters=more)
    assert bits_of(drive(run)) == bits_of(drive(net_run(iters=20, **options)))


@pytest.mark.parametrize("options", VARIANTS[:4])
@pytest.mark.parametrize("at", [0, 1, 5, 12, 25])
def test_extending_in_the_middle_equals_one_long_run(options: dict[str, Any], at: int) -> None:
    """While it is running, whatever it is doing just then; and while it is paused."""
    expected = bits_of(drive(net_run(iters=13, **options)))
    for pause in (False, True):
        run = net_run(iters=5, batch_size=16, **options)
        if at == 0:
            run.extend(iters=8)
        for number, _ in enumerate(run, 1):
            if number == at:
                if pause:
                    run.pause()
                else:
                    run.extend(iters=8)
        if pause and at:
            assert run.status == "paused"
            run.extend(iters=8)
            assert run.status == "paused"
        assert bits_of(drive(run)) == expected


def test_extending_at_every_border() -> None:
    """Also at the very last one, when all that was asked for has been done."""
    borders = len(list(net_run(iters=3, batch_size=64)))
    assert borders > 10
    expected = bits_of(drive(net_run(iters=5)))
    for at in range(1, borders + 1):
        run = net_run(iters=3, batch_size=64)
        for number, _ in enumerate(run, 1):
            if number == at:
                run.extend(iters=2)
        assert bits_of(drive(run)) == expected, at


def test_the_answer_on_show_stays_while_an_extension_is_searched() -> None:
    run = net_run(iters=3)
    before = drive(run)
    run.extend(iters=4)
    for progress in run:
        result = run.result()
        assert result.verified
        if progress.stage == "searching":
            assert result.area <= before.area


def test_extending_twice() -> None:
    run = net_run(iters=2)
    drive(run)
    for _ in range(3):
        run.extend(iters=3)
        drive(run)
    assert bits_of(run.result()) == bits_of(drive(net_run(iters=11)))
    assert run.result().settings.iters == 11
