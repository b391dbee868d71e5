"""`explain` with the method rcsb, on the digits that come with the package."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rex_widgets as rw
from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.bridge.digits import load_digits
from rex_widgets.errors import InputError, SettingsError

FEW: dict[str, Any] = {"method": "rcsb", "nfe": 12, "n_inpaints": 2, "seed": 0, "scale": 10.0}


def nearest(label: int) -> int:
    return int(np.flatnonzero(load_digits().labels == label)[0])


@cache
def explained() -> RegionCounterfactuals:
    # a three, whose left half may be closed to an eight
    found: Any = rw.explain(nearest(3), "digits", target=8, region=half(), progress=False, **FEW)
    assert isinstance(found, RegionCounterfactuals)
    return found


def half() -> Any:
    region = np.zeros((32, 32), np.bool_)
    region[:, :16] = True
    return region


def test_a_digit_is_explained() -> None:
    found = explained()
    assert (found.source_label, found.target_label) == ("3", "8")
    assert found.labels == tuple("0123456789")
    assert found.stage == "finished" and found.area == 0.5
    assert found.curve[:, -1, 1].max() > 0.5 > found.probabilities_before[8]
    assert found.second is not None and found.second_before == 3
    outside = ~found.region
    digit = load_digits().digits[nearest(3)]
    assert (found.after[:, outside, 0] == digit[outside].astype(np.float32) / 255).all()
    assert '"8"' in found.message and "50 % of the picture" in found.message
    assert found.picture is not None and found.picture.shape == (32, 32, 3)


def test_the_usual_region_is_the_one_that_counts_for_the_class() -> None:
    run = rw.start(nearest(3), "digits", **FEW)
    for _ in range(2):
        run.step()
    found: Any = run.result()
    assert found.stage == "region" and 0.2 < found.area <= 0.3
    assert found.region_source == "integrated gradients of '3'"
    assert found.region_map is not None and found.region_map.shape == (32, 32)
    blocks = found.region.reshape(8, 4, 8, 4)
    assert (blocks.all((1, 3)) | ~blocks.any((1, 3))).all(), "made of cells of four pixels"


def test_an_explanation_is_a_region_and_a_map(tmp_path: Path) -> None:
    world = load_digits()
    number = nearest(7)
    causal = rw.explain(
        world.digits[number],
        world.classifier,
        input_shape=(1, 32, 32),
        iters=2,
        seed=0,
        min_box_size=8,
        progress=False,
    )
    drawn = rw.start(number, "digits", region=causal, **FEW)
    np.testing.assert_array_equal(drawn.settings.region, causal.mask)
    by_map = rw.start(number, "digits", map=causal, **FEW)
    for _ in range(2):
        by_map.step()
    found: Any = by_map.result()
    assert found.region_source == "a given map" and 0 < found.area <= 0.3


def test_a_saved_run_of_the_digits(tmp_path: Path) -> None:
    run = rw.start(nearest(3), "digits", target=8, region=half(), **FEW)
    for _ in range(6):
        run.step()
    again = rw.load_run(run.save(tmp_path / "digit.run"), "digits")
    found: Any = again.wait()
    assert found.after.tobytes() == explained().after.tobytes()
    assert found.probabilities.tobytes() == explained().probabilities.tobytes()


def test_what_the_digits_are_asked_wrongly() -> None:
    with pytest.raises(InputError, match="which the classifier gives already"):
        rw.start(nearest(3), "digits", target=3, **FEW)
    with pytest.raises(InputError, match="held out"):
        rw.start(10**6, "digits", **FEW)
    with pytest.raises(InputError, match="The region cannot be used"):
        rw.start(nearest(3), "digits", region=np.ones((28, 28), bool), **FEW)
    with pytest.raises(SettingsError, match="Unknown setting 'start_steps'"):
        rw.start(nearest(3), "digits", start_steps=3, **FEW)
