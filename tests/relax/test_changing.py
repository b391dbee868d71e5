"""The same question with other settings: the masks are kept where they still hold."""

from __future__ import annotations

from typing import Any

import pytest

from rex_widgets.errors import SettingsError
from tests.relax import fakes
from tests.relax.fakes import Fake, bits, finish, procedure


@pytest.mark.parametrize(
    "changes",
    [
        {"uncertainty_threshold": 0.25},
        {"num_batches": 2},
        {"control_variate": False},
        {"stopping": "estimate", "tolerance": 0.5},
        {"stopping": "hoeffding"},
        {"batch_size": 16},
        {},
    ],
)
def test_masks_are_kept(changes: dict[str, Any]) -> None:
    made = procedure(fakes.projected())
    finish(made)
    encoder: Any = made.classifier
    calls = encoder.calls
    new = made.changed(**changes)
    assert new.sums.count == 128
    result = new.answer(0.0)
    assert encoder.calls == calls
    assert result.masks == 128
    assert result.settings.uncertainty_threshold == changes.get("uncertainty_threshold", 0.5)
    variate = {"control_variate": changes.get("control_variate", True)}
    expected = finish(procedure(fakes.projected(), **variate))
    assert result.importance.tobytes() == expected.importance.tobytes()


def test_more_masks_go_on_from_those_that_are_there() -> None:
    made = procedure(fakes.projected())
    finish(made)
    encoder: Any = made.classifier
    seen = sum(encoder.batches)
    result = finish(made.changed(num_batches=6))
    assert sum(encoder.batches) == seen + 64
    assert bits(result) == bits(finish(procedure(fakes.projected(), num_batches=6)))
    assert finish(made).masks == 128, "the one that was changed stays as it is"


def test_a_change_in_the_middle_of_a_run() -> None:
    made = procedure(fakes.projected())
    work = made.work()
    for _ in range(5):
        next(work)
    new = made.changed(num_batches=5)
    assert 0 < new.sums.count < 128
    for _ in work:
        pass
    assert bits(finish(new)) == bits(finish(procedure(fakes.projected(), num_batches=5)))


@pytest.mark.parametrize(
    "changes",
    [
        {"num_cells": 5},
        {"sampling": "iid"},
        {"probablity_of_drop": 0.4},
        {"seed": 5},
        {"shift": "cells"},
        {"similarity_measure": "dot"},
        {"like": fakes.sample(seed=9)},
        {"gallery": [fakes.sample(seed=9)]},
        {"replicates": 4},
        {"layer": "first"},
    ],
)
def test_what_changes_the_masks_or_their_meaning_begins_anew(changes: dict[str, Any]) -> None:
    made = procedure(fakes.projected())
    finish(made)
    new = made.changed(**changes)
    assert new.sums.count == 0
    assert new.comparison is None
    result = finish(new)
    assert result.masks == 128
    if "layer" in changes:
        assert result.embedding.shape == (2,)
    else:
        expected = procedure(fakes.projected(), **changes)
        assert bits(result) == bits(finish(expected))


def test_the_seed_that_was_drawn_is_kept() -> None:
    made = procedure(seed=7)
    assert made.settings.seed is None
    assert made.changed(num_batches=5).seed == 7


def test_settings_that_were_given_again_unchanged_keep_the_masks() -> None:
    made = procedure(fakes.projected(), gallery=[fakes.sample(seed=1)], like=fakes.sample(seed=2))
    finish(made)
    same = made.changed(like=made.settings.like, gallery=made.settings.gallery, num_cells=4)
    assert same.sums.count == 128


def test_unknown_names_are_told() -> None:
    with pytest.raises(SettingsError, match="Did you mean 'num_cells'"):
        procedure().changed(num_cell=5)
    with pytest.raises(SettingsError, match="like and corpus"):
        procedure(like=fakes.sample(seed=1)).changed(corpus=[fakes.sample(seed=2)])


def test_another_encoder_of_the_same_model() -> None:
    made = procedure(Fake(fakes.projected()))
    changed = made.changed(pool="mean", eval_mode=True)
    assert changed.classifier.options == {
        "layer": None,
        "output": None,
        "pool": "mean",
        "eval_mode": True,
    }
