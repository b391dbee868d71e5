"""Where a run ends, by what, and how it goes on."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import SettingsError
from rex_widgets.relax.ending import LEAST, Ending
from rex_widgets.relax.settings import DEFAULT_TOLERANCE, RelaxSettings
from tests.relax.fakes import bits, finish, procedure


def judged(ending: Ending, done: int, error: float) -> str:
    found: Any = SimpleNamespace(contrast_error=error)
    ending.judge(done, lambda: found)
    return ending.stopped_by


def test_a_tolerance_is_judged_at_borders_only() -> None:
    ending = Ending(RelaxSettings(tolerance=0.01))
    assert judged(ending, 0, 0.001) == ""
    assert judged(ending, 100, 0.001) == ""
    assert judged(ending, 128, 0.011) == ""
    assert judged(ending, 200, 0.001) == ""
    assert judged(ending, 256, 0.01) == "tolerance"
    assert ending.fraction(256) == 1.0


def test_without_a_tolerance_the_default_stands_for_it() -> None:
    assert judged(Ending(RelaxSettings()), 256, DEFAULT_TOLERANCE * 1.01) == ""
    assert judged(Ending(RelaxSettings()), 256, DEFAULT_TOLERANCE * 0.99) == "tolerance"


def test_few_masks_end_no_run_by_their_error() -> None:
    ending = Ending(RelaxSettings(tolerance=0.1))
    assert judged(ending, 128, 0.01) == ""
    assert ending.fraction(128) == 128 / LEAST
    assert judged(ending, LEAST, 0.01) == "tolerance"
    assert judged(Ending(RelaxSettings(stopping="never")), 128, 0.0) == ""


def test_hoeffding_ends_at_its_number_of_masks() -> None:
    ending = Ending(RelaxSettings(stopping="hoeffding"))
    assert ending.asks_for == ending.border(0) == 2952
    assert judged(ending, 2951, 0.0) == ""
    assert judged(ending, 2952, 1.0) == "hoeffding"
    result = finish(procedure(stopping="hoeffding", delta=0.25, num_batches=10))
    assert (result.masks, result.stopped_by, result.stage) == (30, "hoeffding", "all masks")


def test_hoeffding_may_ask_for_more_than_there_is() -> None:
    result = finish(procedure(stopping="hoeffding", num_batches=2))
    assert (result.masks, result.stopped_by) == (64, "num_batches")
    assert result.message.endswith(
        "Hoeffding's inequality asks for 2,952 masks; num_batches and batch_size allow 64."
    )


def test_a_tolerance_that_is_not_reached_is_told() -> None:
    result = finish(procedure(tolerance=1e-6, num_batches=4))
    assert (result.stage, result.stopped_by) == ("all masks", "num_batches")
    assert result.message.startswith("All 128 masks are used, and the importance's differences")
    assert "not to the 1e-06 that was asked for" in result.message


def test_differences_that_are_not_resolved_are_told() -> None:
    result = finish(procedure(tolerance=0.9, num_batches=40))
    if result.contrast_error > 0.3:
        assert "differences between places only to" in result.message
    else:
        assert result.message == ""


@pytest.mark.parametrize(
    ("rule", "ways"),
    [
        ({"stopping": "hoeffding", "delta": 0.25}, "extend(masks=…) makes out"),
        ({"stopping": "never"}, "extend(masks=…) makes out"),
        ({"tolerance": 1.0, "num_batches": 40}, "extend(masks=…) or a smaller tolerance makes out"),
    ],
)
def test_only_what_the_rule_reads_is_advised(rule: dict[str, Any], ways: str) -> None:
    noise = {"sampling": "iid", "control_variate": False, "num_cells": 8}
    result = finish(procedure(**{"num_batches": 2} | noise | rule))
    assert result.contrast_error > 0.3
    assert f"{ways} where it is." in result.message


def test_a_run_that_reached_its_tolerance_goes_on_when_extended() -> None:
    made = procedure(tolerance=0.15, num_batches=40)
    first = finish(made)
    assert first.stopped_by == "tolerance"
    made.extend(masks=100)
    assert made.fraction < 1
    second = finish(made)
    assert second.masks == first.masks + 128, "whole batches of 32, rounded up"
    assert second.stopped_by == "num_batches"
    straight = procedure(num_batches=second.masks // 32, stopping="never")
    assert second.importance.tobytes() == finish(straight).importance.tobytes()


def test_an_extension_before_the_end_leaves_the_rule_in_force() -> None:
    made = procedure(tolerance=0.12, num_batches=4)
    assert finish(made).stopped_by == "num_batches"
    made.extend(batches=400)
    straight = procedure(tolerance=0.12, num_batches=404)
    assert bits(finish(made)) == bits(finish(straight))
    assert made.ending.stopped_by == "tolerance"


@pytest.mark.parametrize(
    "amounts",
    [
        *({}, {"iters": 3}, {"masks": 0}, {"batches": -1}, {"masks": 1, "batches": 1}),
        *({"masks": 1.5}, {"masks": True}, {"masks": "3"}),
    ],
)
def test_wrong_amounts_are_told(amounts: dict[str, Any]) -> None:
    made = procedure()
    with pytest.raises(SettingsError, match=r"expects masks or batches, at least 1"):
        made.extend(**amounts)
    assert made.ending.goal == 128


def test_amounts_may_be_numbers_of_numpy() -> None:
    made = procedure()
    made.extend(masks=np.int64(33))
    assert made.ending.goal == 128 + 64


def test_the_share_of_the_work_follows_the_error() -> None:
    ending = Ending(RelaxSettings(tolerance=0.01, num_batches=100))
    assert ending.fraction(100) == pytest.approx(0.01)
    judged(ending, 128, 0.02)
    assert ending.fraction(128) == pytest.approx(128 / 512)
    judged(ending, 256, 1.0)
    assert ending.fraction(256) == pytest.approx(128 / 512), "it does not fall"


def test_a_saved_ending_is_checked() -> None:
    ending = Ending(RelaxSettings())
    ending.extend({"batches": 3}, 0)
    other = Ending(RelaxSettings())
    other.restore(ending.state())
    assert other.state() == ending.state()
    for wrong in ({"stopped_by": "boredom"}, {"goal": 0}):
        with pytest.raises(ValueError, match="unknown way"):
            other.restore({**ending.state(), **wrong})
