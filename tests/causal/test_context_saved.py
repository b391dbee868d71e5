"""A run over a volume, saved in the middle, goes on to the same bits whatever hides it."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.procedure import CausalProcedure
from rex_widgets.causal.saving import settings_of
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.inputs import Sample
from tests.causal.any_net import AnyNet

SHAPE = (9, 8, 10)
CONTEXT = np.random.default_rng(4).uniform(0, 1, (1, *SHAPE)).astype(np.float32)
OPTIONS: tuple[dict[str, Any], ...] = (
    {"context": CONTEXT, "noise": 1.5},
    {"mask_value": "spectral", "queue_style": "intersection", "queue_len": 2, "tree_depth": 4},
    {"mask_value": "linear", "bounding_box": (1, 8, 0, 7, 2, 9), "distribution": "adaptive"},
    {"mask_value": CONTEXT[0], "queue_style": "dc", "search_limit": 200, "tree_depth": 3},
)


def procedure_of(settings: CausalSettings) -> CausalProcedure:
    net = AnyNet(SHAPE, classes=3, seed=6, gain=3.0)
    sample = Sample(net.picture(), np.zeros((4, 4, 3), np.uint8), "array")
    return CausalProcedure(net, sample, settings, seed=1)


def bits(procedure: CausalProcedure) -> tuple[Any, ...]:
    for _ in procedure.work():
        pass
    found = procedure.answer(0.0)
    return found.map.tobytes(), found.mask.tobytes(), found.confidence, found.verified


@pytest.mark.parametrize("options", OPTIONS, ids=["context", "spectral", "linear", "array"])
def test_it_goes_on_to_the_same_bits(options: dict[str, Any]) -> None:
    settings = CausalSettings(
        iters=10, min_box_size=4, batch_size=16, minimise_budget=120, **options
    )
    whole = bits(procedure_of(settings))
    halfway = procedure_of(settings)
    for _ in halfway.work():
        if halfway.evaluations > 200:
            break
    state, arrays = halfway.state()
    state = json.loads(json.dumps(state))
    read = settings_of(state, arrays)
    assert read.mask_value is not None
    again = procedure_of(read)
    again.restore(state, arrays)
    assert bits(again) == whole
