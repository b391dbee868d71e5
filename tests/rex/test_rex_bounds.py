"""What an extraction may depend on, and how long looking through choices may take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.rex import (
    Explanation,
    MultiExplanation,
    calculate_responsibility,
    get_device,
    load_and_preprocess_data,
    predict_target,
)
from rex_widgets.rex import multi as module
from tests.rex.two_squares import SHAPE, arguments, prediction_function


def searched(kind: Any, folder: Path, **changes: Any) -> Any:
    args = arguments(folder, **changes)
    data = load_and_preprocess_data(SHAPE, get_device(gpu=False), args)
    data.set_mask_value(0)
    data.target = predict_target(data, prediction_function)
    maps, stats = calculate_responsibility(data, args, prediction_function)
    return kind(maps, prediction_function, data, args, stats)


def test_an_extraction_is_from_the_map_that_was_made(tmp_path: Path) -> None:
    found = searched(Explanation, tmp_path)
    found.args.iters, found.args.seed, found.args.tree_depth = 3, 5, 2
    found.args.min_box_size, found.args.queue_len = 50, 3
    found.args.distribution, found.args.distribution_args = "betabinom", [2, 2]
    found.extract()
    assert found.result.settings.iters == 10
    assert np.array_equal(found.result.map, found.target_map)
    assert found.result.evaluations.breakdown.get("search", 0) == 0


def test_many_explanations_are_not_looked_through_forever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = searched(MultiExplanation, tmp_path, spotlights=3)
    found.extract()
    asked: list[int] = []
    monkeypatch.setattr(type(found.question), "gives", lambda self, places: asked.append(1))
    monkeypatch.setattr(module, "MOST_UNIONS", 4)
    assert len(found.explanations) == 3  # of which there are seven choices
    with pytest.warns(UserWarning, match="no more were tried"):
        assert found.contrastive() is None
    assert len(asked) == 4
