"""A saved run goes on to the bit where it was, and refuses what it does not belong to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.api import Run, load_run
from rex_widgets.errors import SavedRunError
from rex_widgets.run_file import read_run, write_run
from tests.relax import fakes
from tests.relax.fakes import Fake, bits, finish, procedure

ROW = fakes.projected()
OTHERS = [fakes.sample(seed=seed, source=f"{seed}.png") for seed in (3, 4)]


def l1(h: Any, masked: Any) -> Any:
    return -np.abs(h - masked).sum(axis=1)


def saved_at(folder: Path, step: int, encoder: Any = None, **options: Any) -> Path:
    """The file of a run after so many steps."""
    run: Run[Any] = Run(procedure(encoder or Fake(ROW), **options))
    iter(run)
    for _ in range(step):
        next(run)
    return run.save(folder / "saved.run")


def gone_on(path: Path, encoder: Any = None, **options: Any) -> Any:
    run = load_run(path, encoder or Fake(ROW), **options)
    for _ in run:
        pass
    return run.result()


@pytest.mark.parametrize("step", [0, 1, 3, 4, 5, 7])
@pytest.mark.parametrize("batch_size", [32, 25])
def test_it_goes_on_to_the_bit(tmp_path: Path, step: int, batch_size: int) -> None:
    path = saved_at(tmp_path, step, batch_size=batch_size)
    result = gone_on(path)
    assert bits(result) == bits(finish(procedure(ROW, batch_size=batch_size)))
    # what was seen of the whole input is kept once it was compared, one step later
    looks = 2 if step == 3 else 1
    assert result.evaluations.breakdown == {"look": looks, "masks": 4 * batch_size}


@pytest.mark.parametrize(
    "options",
    [
        {"like": OTHERS[0]},
        {"gallery": OTHERS},
        {"corpus": OTHERS},
        {"num_cells": (4, 5), "shift": "cells"},
        {"sampling": "iid", "similarity_measure": "euclidean"},
        {"tolerance": 0.001, "num_batches": 40},
        {"stopping": "hoeffding", "delta": 0.2},
    ],
)
def test_every_question_goes_on(tmp_path: Path, options: dict[str, Any]) -> None:
    expected = finish(procedure(ROW, **options))
    path = saved_at(tmp_path, 5, **options)
    found = gone_on(path)
    assert bits(found) == bits(expected)
    assert found.asked == expected.asked
    for one, other in zip(found.neighbours, expected.neighbours, strict=True):
        np.testing.assert_array_equal(one.thumbnail, other.thumbnail)


def test_ten_batches_and_ten_more_over_a_file(tmp_path: Path) -> None:
    made = procedure(ROW, num_batches=10)
    run: Run[Any] = Run(made)
    for _ in run:
        pass
    loaded = load_run(run.save(tmp_path / "saved.run"), Fake(ROW))
    assert loaded.status == "finished"
    assert bits(loaded.result()) == bits(run.result())
    loaded.extend(batches=10)
    for _ in loaded:
        pass
    assert bits(loaded.result()) == bits(finish(procedure(ROW, num_batches=20)))


def test_a_loaded_run_can_be_changed(tmp_path: Path) -> None:
    run = load_run(saved_at(tmp_path, 7, gallery=OTHERS, like=OTHERS[0]), Fake(ROW))
    changed = run.changed(num_cells=5)
    for _ in changed:
        pass
    expected = procedure(ROW, gallery=OTHERS, like=OTHERS[0], num_cells=5)
    assert bits(changed.result()) == bits(finish(expected))


def test_a_loaded_run_knows_its_corpus_by_the_mean_only(tmp_path: Path) -> None:
    run = load_run(saved_at(tmp_path, 5, corpus=OTHERS), Fake(ROW))
    assert run.changed(num_batches=5).result().masks == run.result().masks
    from rex_widgets.errors import SettingsError

    with pytest.raises(SettingsError, match=r"num_cells\. Give the corpus again"):
        run.changed(num_cells=5)
    assert run.changed(num_cells=5, corpus=OTHERS).result().asked == "like the mean of 2 inputs"


def test_a_corpus_that_was_not_read_cannot_be_saved(tmp_path: Path) -> None:
    with pytest.raises(SavedRunError, match="corpus has not been given to the encoder yet"):
        saved_at(tmp_path, 1, corpus=OTHERS)


def test_another_encoder_is_refused(tmp_path: Path) -> None:
    path = saved_at(tmp_path, 6)
    with pytest.raises(SavedRunError, match=r"differs by .* of its largest value; at most 0.0001"):
        load_run(path, Fake(fakes.projected(seed=1)))
    with pytest.raises(SavedRunError, match="representations of 8 numbers; the model given has 3"):
        load_run(path, Fake(fakes.boxes))
    nearly = Fake(lambda data: ROW(data) * (1 + 1e-6))
    assert gone_on(path, nearly).masks == 128


def test_a_function_has_to_be_given_again(tmp_path: Path) -> None:
    path = saved_at(tmp_path, 6, similarity_measure=l1, like=OTHERS[0])
    with pytest.raises(SavedRunError, match=r"the function l1 as similarity_measure.*again"):
        load_run(path, Fake(ROW))
    with pytest.raises(SavedRunError, match="the function l1"):
        load_run(path, Fake(ROW), similarity_measure="cosine")
    with pytest.raises(SavedRunError, match="another similarity_measure: the function given says"):
        load_run(path, Fake(ROW), similarity_measure=lambda h, masked: -l1(h, masked))
    result = gone_on(path, similarity_measure=l1)
    assert bits(result) == bits(finish(procedure(ROW, similarity_measure=l1, like=OTHERS[0])))


def test_what_the_file_holds_need_not_be_given(tmp_path: Path) -> None:
    path = saved_at(tmp_path, 6)
    with pytest.raises(SavedRunError, match=r"similarity_measure was given, but.*'cosine'"):
        load_run(path, Fake(ROW), similarity_measure="dot")
    assert load_run(path, Fake(ROW), similarity_measure="cosine").result().masks


def test_a_second_encoder_has_to_be_given_again(tmp_path: Path) -> None:
    other = fakes.projected(seed=1, size=5)
    path = saved_at(tmp_path, 6, versus=Fake(other, name="second"))
    with pytest.raises(SavedRunError, match=r"the encoder second as versus.*versus=…"):
        load_run(path, Fake(ROW))
    with pytest.raises(SavedRunError, match=r"another encoder: .* the encoder versus given"):
        load_run(path, Fake(ROW), versus=Fake(fakes.projected(seed=2, size=5)))
    result = gone_on(path, versus=Fake(other, name="second"))
    expected = finish(procedure(Fake(ROW), versus=Fake(other, name="second")))
    assert bits(result) == bits(expected)
    assert result.evaluations.breakdown == expected.evaluations.breakdown


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("references", lambda array: array[:, :3]),
        ("embedding", lambda array: array[None]),
        ("sums_counts", lambda array: array + 1),
        ("sums_values", lambda array: array[:1]),
        ("gallery_0_data", lambda array: array[:, :4]),
        ("gallery_0_thumbnail", lambda array: array[..., 0]),
        ("gallery_1_data", None),
        ("sample_picture", None),
    ],
)
def test_a_damaged_file_is_told(tmp_path: Path, name: str, change: Any) -> None:
    path = saved_at(tmp_path, 6, gallery=OTHERS)
    document, arrays = read_run(path)
    if change is None:
        del arrays[name]
    else:
        arrays[name] = change(arrays[name])
    del document["format"]
    write_run(path, document, arrays)
    with pytest.raises(SavedRunError):
        load_run(path, Fake(ROW))


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("ending", "stopped_by"), "boredom"),
        (("ending", "goal"), -1),
        (("settings", "gallery"), ["x"] * 65),
        (("settings", "corpus"), 10**9),
        (("settings", "num_cells"), 0),
        (("tally", "least"), "x"),
        (("sums", "masks"), 3),
    ],
)
def test_a_forged_state_is_told(tmp_path: Path, place: tuple[str, str], value: Any) -> None:
    path = saved_at(tmp_path, 6, gallery=OTHERS)
    document, arrays = read_run(path)
    document["state"][place[0]][place[1]] = value
    del document["format"]
    write_run(path, document, arrays)
    with pytest.raises(SavedRunError):
        load_run(path, Fake(ROW))
