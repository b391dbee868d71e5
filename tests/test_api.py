"""`start`, `explain` and `load_run`."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import rex_widgets
from rex_widgets.api import INPUT_OPTIONS, MODEL_OPTIONS, Run, explain, finish, load_run, start
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.results import Progress
from tests.synthetic import (
    RegionClassifier,
    bits_of,
    drive,
    fail_at,
    in_thread,
    join,
    run_of,
    sample_from,
)

SHAPE = (16, 16)


@pytest.fixture
def model() -> RegionClassifier:
    return RegionClassifier(SHAPE, [[(3, 9, 4, 10)]], need=0.4)


def scores(batch: np.ndarray) -> np.ndarray:
    """A function as people have them: class 1 where the middle is bright."""
    bright = batch[:, :, 4:12, 4:12].mean(axis=(1, 2, 3), dtype=np.float64)
    return np.stack([np.full(len(batch), 0.3), bright], axis=1)


def picture() -> np.ndarray:
    pixels = np.full((16, 16, 3), 20, np.uint8)
    pixels[4:12, 4:12] = 240
    return pixels


def test_explain_gives_what_driving_the_run_gives(model: RegionClassifier) -> None:
    data = model.picture()
    result = explain(sample_from(data), model, iters=3, seed=0, progress=False)
    assert bits_of(result) == bits_of(drive(run_of(model, data, iters=3)))
    assert result.seed == 0
    assert result.settings.iters == 3
    assert result.method == "causal"
    assert result.runtime == "callable"
    assert result.versions["numpy"] == np.__version__
    assert result.picture is not None
    assert result.picture.shape == (16, 16, 3)


@pytest.mark.parametrize("form", ["array", "path", "picture", "bytes"])
def test_pictures_in_the_forms_that_people_have(form: str, tmp_path: Path) -> None:
    path = tmp_path / "cat.png"
    Image.fromarray(picture()).save(path)
    images: dict[str, Any] = {
        "array": picture(),
        "path": path,
        "picture": Image.fromarray(picture()),
        "bytes": path.read_bytes(),
    }
    result = explain(images[form], scores, input_shape=(3, 16, 16), iters=3, seed=1, progress=False)
    assert result.target.index == 1
    assert result.verified
    assert result.mask[4:12, 4:12].sum() == result.pixels
    assert result.source == {"path": "cat.png"}.get(form, form)


def test_a_drawn_seed_is_reported_and_reproduces(model: RegionClassifier) -> None:
    sample = sample_from(model.picture())
    first = explain(sample, model, iters=2, progress=False)
    assert first.settings.seed == first.seed
    again = explain(sample, model, iters=2, seed=first.seed, progress=False)
    assert bits_of(again) == bits_of(first)


def test_settings_of_a_result_start_the_same_run(model: RegionClassifier) -> None:
    run = run_of(model, model.picture(), iters=2, weighted=True, mask_value=-0.1)
    run.extend(iters=1)
    first = drive(run)
    values = {name: getattr(first.settings, name) for name in first.settings.__dataclass_fields__}
    assert bits_of(drive(start(sample_from(model.picture()), model, **values))) == bits_of(first)


def test_progress_is_handed_on(model: RegionClassifier) -> None:
    seen: list[Progress] = []
    explain(sample_from(model.picture()), model, iters=2, on_progress=seen.append)
    assert seen[-1].fraction == 1.0
    assert len(seen) > 3


def test_an_interrupt_returns_what_was_found_and_prints_one_line(
    model: RegionClassifier, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(call: int, rows: int) -> None:
        if call == 9:
            signal.raise_signal(signal.SIGINT)

    model.before_call = interrupt
    sample = sample_from(model.picture())
    result = explain(sample, model, seed=0, batch_size=8, progress=False)
    assert model.calls <= 10
    assert result.verified
    assert result.stage == "smallest passing mutant"
    captured = capsys.readouterr()
    assert captured.out == ""
    lines = captured.err.strip().splitlines()
    assert len(lines) == 1
    assert f"Interrupted after {int(result.evaluations)} evaluations" in lines[0]
    assert "Traceback" not in captured.err


def test_an_interrupt_between_batches(
    model: RegionClassifier, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(progress: Progress) -> None:
        if progress.evaluations > 40:
            raise KeyboardInterrupt

    result = explain(sample_from(model.picture()), model, seed=0, on_progress=stop)
    assert result.evaluations > 40
    assert "Interrupted" in capsys.readouterr().err


def test_an_interrupted_run_is_cancelled_and_can_be_extended(model: RegionClassifier) -> None:
    def stop(progress: Progress) -> None:
        raise KeyboardInterrupt

    run = run_of(model, model.picture(), iters=2)
    finish(run, stop)
    assert run.status == "cancelled"
    run.extend(iters=1)
    assert bits_of(drive(run)) == bits_of(drive(run_of(model, model.picture(), iters=3)))


def test_an_error_of_the_model_passes_through(model: RegionClassifier) -> None:
    model.before_call = fail_at(3, ZeroDivisionError)
    with pytest.raises(ZeroDivisionError):
        explain(sample_from(model.picture()), model, progress=False)


def test_nothing_is_printed_without_a_terminal(
    model: RegionClassifier, capsys: pytest.CaptureFixture[str]
) -> None:
    explain(sample_from(model.picture()), model, iters=1)
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_mistakes_are_told_before_the_model_is_called(model: RegionClassifier) -> None:
    sample = sample_from(model.picture())
    with pytest.raises(SettingsError, match=r"Unknown setting 'iter'\. Did you mean 'iters'"):
        start(sample, model, iter=3)
    with pytest.raises(SettingsError, match=r"Unknown method 'casual'\. Did you mean 'causal'"):
        start(sample, model, "casual")
    with pytest.raises(SettingsError, match="iters was 0"):
        start(sample, model, iters=0)
    with pytest.raises(ModelError, match="mean"):
        start(sample, model, mean=0.5)
    with pytest.raises(ModelError, match="type int"):
        start(sample, 3)
    with pytest.raises(InputError, match="type int"):
        start(3, model)
    with pytest.raises(InputError, match="expected"):
        start(sample, model, mask_value=np.zeros((3, 9, 9), np.float32))
    assert model.calls == 0


def test_model_options_and_settings_do_not_collide() -> None:
    assert not set(MODEL_OPTIONS) & set(CausalSettings.__dataclass_fields__)


def test_the_public_names(model: RegionClassifier, tmp_path: Path) -> None:
    assert rex_widgets.start is start
    assert rex_widgets.explain is explain
    assert rex_widgets.load_run is load_run
    run = start(sample_from(model.picture()), model)
    assert isinstance(run, Run)
    assert run.method == "causal"
    assert run.iters == 20
    assert run.sample.source == "array"
    assert run.classifier is model


def test_binary_models_with_a_threshold() -> None:
    """One output, read as the probability of class 1 from a threshold on."""

    def probability(batch: np.ndarray) -> np.ndarray:
        return batch[:, :, 4:12, 4:12].mean(axis=(1, 2, 3), dtype=np.float64)[:, None]

    result = explain(
        picture(),
        probability,
        input_shape=(3, 16, 16),
        binary_threshold=0.25,
        activation="none",
        iters=3,
        seed=0,
        progress=False,
        minimise_budget=2000,
    )
    assert result.target.index == 1
    assert result.verified
    assert 0.25 <= result.confidence < 0.3
    assert result.pixels == int(np.ceil(0.25 * 64 / (240 / 255)))


def test_settings_of_the_input_are_keywords(model: RegionClassifier) -> None:
    assert not set(INPUT_OPTIONS) & (set(MODEL_OPTIONS) | set(CausalSettings.__dataclass_fields__))
    sample = sample_from(model.picture())
    with pytest.raises(SettingsError, match=r"mode was 'colour'; expected .*RGB, L, RGBA, tabular"):
        start(sample, model, mode="colour")
    with pytest.raises(SettingsError, match="row was -1"):
        start(sample, model, row=-1)
    data = np.full((3, 16, 16), 0.9, np.float32)
    run = start(data, scores, input_shape=(3, 16, 16), processed=True)
    assert np.array_equal(run.sample.data, data)


def test_notes_are_kept_with_the_choices(model: RegionClassifier) -> None:
    sample = sample_from(model.picture())
    run = start(sample, model, iters=1, notes=["iters = 1 from rex.toml"])
    assert "iters = 1 from rex.toml" in drive(run).choices
    assert sample.notes == ()


def test_a_script_s_box_is_asked_for_once(model: RegionClassifier) -> None:
    sample = sample_from(model.picture())
    with pytest.raises(SettingsError, match="gives no bounding box"):
        start(sample, model, use_bounding_box=True)
    with pytest.raises(SettingsError, match="expected one"):
        start(sample, model, use_bounding_box=True, bounding_box=(0, 8, 0, 8))
    model.bounding_box = lambda data: (2, 10, 3, 12)  # type: ignore[attr-defined]
    settings = start(sample, model, use_bounding_box=True).settings
    assert settings.bounding_box == (2, 10, 3, 12)
    assert not settings.use_bounding_box


def test_measuring_waits_for_the_model_to_be_free(model: RegionClassifier) -> None:
    inside = threading.Semaphore(1)
    clashes = []

    def alone(call: int, rows: int) -> None:
        if not inside.acquire(blocking=False):
            clashes.append(call)
            return
        time.sleep(0.001)
        inside.release()

    model.before_call = alone
    run = run_of(model, model.picture(), iters=40, batch_size=8)
    for _ in zip(range(20), run, strict=False):
        pass
    thread, raised = in_thread(lambda: drive(run))
    for _ in range(3):
        run.analyse(insertion_step=64, robustness_backgrounds=4)
    join(thread)
    assert (clashes, raised) == ([], [])
    assert run.status == "finished"
