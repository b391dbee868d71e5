"""What may be given as a region, and what is said of what may not, before the model is asked."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import InputError, RexWidgetsError, SettingsError
from rex_widgets.regions.asked import region_given
from rex_widgets.settings import build
from tests.causal.region_help import square_model
from tests.causal.strategy_help import explained, run_on
from tests.synthetic_kinds import BallModel, SpikeModel

REGION = np.zeros((28, 30), np.bool_)
REGION[8:20, 10:22] = True


def in_a_file(folder: Path, ending: str) -> str:
    path = folder / f"mask{ending}"
    if ending == ".png":
        Image.fromarray(REGION.astype(np.uint8) * 255).save(path)
    elif ending == ".npy":
        np.save(path, REGION)
    elif ending == ".npz":
        np.savez(path, mask=REGION)
    else:
        path.write_text(json.dumps(coco()))
    return str(path)


def coco() -> dict[str, Any]:
    """The region as uncompressed COCO RLE: columns first, zeros first."""
    flat = np.concatenate([[False], REGION.ravel(order="F"), [False]])
    borders = np.flatnonzero(np.diff(flat.astype(int)))
    counts = np.diff(np.concatenate([[0], borders, [REGION.size]])).tolist()
    return {"size": [28, 30], "counts": [count for count in counts if count]}


@pytest.mark.parametrize("ending", [".png", ".npy", ".npz", ".json"])
def test_files(ending: str, tmp_path: Path) -> None:
    path = in_a_file(tmp_path, ending)
    for given in (path, Path(path), Path(path).read_bytes()):
        run = run_on(square_model(), square_model().picture(), "global", region=given)
        assert np.array_equal(run.settings.region, REGION)


@pytest.mark.parametrize(
    "given",
    [
        REGION,
        REGION.astype(np.uint8),
        REGION.astype(np.float64),
        REGION.tolist(),
        coco(),
        SimpleNamespace(mask=REGION),
    ],
    ids=["bool", "0 and 1", "floats", "lists", "COCO", "an object with a mask"],
)
def test_values(given: Any) -> None:
    run = run_on(square_model(), square_model().picture(), "global", region=given)
    region = run.settings.region
    assert region.dtype == np.bool_ and np.array_equal(region, REGION)
    assert not region.flags.writeable


def test_an_explanation_is_a_region() -> None:
    model = square_model()
    first = explained(model, model.picture(), "global")
    second = explained(model, model.picture(), "contrastive", region=first)
    assert not (second.mask & ~first.mask).any() and second.region is not None
    assert np.array_equal(second.region, first.mask)


def test_what_is_drawn_later_changes_nothing() -> None:
    canvas = SimpleNamespace(mask=REGION.copy())
    chosen = CausalSettings(region=canvas)
    canvas.mask[:] = True
    assert np.array_equal(chosen.region, REGION)
    array = REGION.copy()
    run = run_on(square_model(), square_model().picture(), "global", region=array)
    array[:] = False
    assert np.array_equal(run.settings.region, REGION)


@pytest.mark.parametrize(
    ("model", "region", "words"),
    [
        (square_model(), np.zeros((28, 30), np.bool_), "region is empty"),
        (square_model(), np.ones((30, 28), np.bool_), r"(?s)The region .*30.*28.*28.*30"),
        (SpikeModel(90, 50, 60), np.ones((1, 80), np.bool_), r"(?s)80.*90"),
        (BallModel((12, 11, 10)), np.ones((12, 11), np.bool_), r"(?s)12.*11.*12.*11.*10"),
        (square_model(), np.arange(840.0).reshape(28, 30), "region cannot be used: .*values"),
        (square_model(), np.full((28, 30), np.nan), "region cannot be used: .*NaN"),
        (square_model(), np.ma.masked_array(REGION, mask=~REGION), "masked array"),
        (square_model(), "nowhere.png", "nowhere.png"),
    ],
    ids=["empty", "turned", "signal", "flat", "many values", "NaN", "masked", "no file"],
)
def test_what_cannot_be_a_region(model: Any, region: Any, words: str) -> None:
    data = model.picture() if hasattr(model, "picture") else model.data()
    with pytest.raises(RexWidgetsError, match=words) as told:
        run_on(model, data, "global", region=region)
    assert isinstance(told.value, InputError | SettingsError)
    assert model.calls == 0, "told before any evaluation"


@pytest.mark.parametrize("value", [3, object(), np.array("x"), np.zeros(0), "  ", [["a"]]])
def test_what_is_no_mask_at_all(value: Any) -> None:
    with pytest.raises(SettingsError, match=r"region was .* expected .*COCO"):
        build(CausalSettings, region=value)


def test_outside_has_two_values() -> None:
    assert build(CausalSettings, outside="VISIBLE").outside == "visible"
    with pytest.raises(SettingsError, match="outside was 'blurred'; expected one of hidden, vis"):
        build(CausalSettings, outside="blurred")


def test_none_is_no_region() -> None:
    assert region_given(None) is None and region_given("none") is None
    assert CausalSettings(region="none").region is None
