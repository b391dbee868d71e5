"""Settings that mean nothing beside the others."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.bridge.unused import unused
from tests.bridge.test_opening import started
from tests.bridge.worlds import lower_half

MASK = np.tri(4, dtype=bool)
TEXT = {"prompt": "the beak", "detector": "a", "segmenter": "b"}


@pytest.mark.parametrize(
    ("settings", "names"),
    [
        ({}, []),
        ({"area": 0.25, "cell_size": 16, "half_stride": True}, []),
        ({"area": 0.25, "cell_size": 16, "map": np.eye(4)}, []),
        (
            {"region": MASK, "area": 0.25, "cell_size": 16, "half_stride": True},
            ["area", "cell_size", "half_stride"],
        ),
        ({"region": MASK, "cell_size": 8, "control": "random"}, ["cell_size"]),
        ({"area_from": "free_form", "area": 0.25, "cell_size": 8}, ["cell_size"]),
        ({**TEXT, "area": 0.25, "cell_size": 8}, ["cell_size"]),
        ({**TEXT, "area": 0.25, "use_binary_masks": True}, ["area"]),
        ({**TEXT, "cell_size": 8, "half_stride": True, "control": "random"}, ["half_stride"]),
        ({"candidates": 3}, ["candidates"]),
        ({"guidance": "best_of", "candidates": 3, "nfe": 7}, []),
        ({"guidance": "best_of", "scale": 3.5, "l1": 0.5}, ["scale", "l1"]),
        ({"scale": 0.0, "tv": 0.5}, ["tv"]),
        ({"scale": 0.5, "tv": 0.5}, []),
    ],
)
def test_what_is_not_read_is_named(settings: dict[str, Any], names: list[str]) -> None:
    assert [sentence.split()[0] for sentence in unused(RcsbSettings(**settings))] == names


def test_a_sentence_says_what_it_is_for() -> None:
    assert unused(RcsbSettings(region=MASK, cell_size=16)) == (
        "cell_size was set, which is for regions that are made of cells; the region is drawn.",
    )


def test_a_result_says_it() -> None:
    run = started(region=lower_half(), area=0.25, candidates=3)
    run.step()
    said = [line.split()[0] for line in run.result().choices if "was set, which is for" in line]
    assert said == ["area", "candidates"]
