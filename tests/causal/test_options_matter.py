"""No option of the search is without effect: each changes what a default search finds.

What it changes it to is checked against the oracle in `test_search_oracle`; this is the guard
against an option that is accepted and then forgotten.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.search import Search
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Shape
from rex_widgets.occlusion import background_of
from tests.causal.any_net import AnyNet

SHAPES: dict[int, Shape] = {1: (120,), 2: (14, 12), 3: (7, 6, 8)}
BOXES = {1: (10, 90), 2: (1, 12, 2, 11), 3: (1, 7, 0, 5, 2, 8)}
ADAPTIVE: dict[str, Any] = {"distribution": "adaptive"}
BETABINOM: dict[str, Any] = {"distribution": "betabinom", "distribution_args": (2.0, 1.0)}
QUEUES: dict[str, Any] = {"queue_len": "all", "tree_depth": 3, "iters": 1}

PAIRS: list[tuple[dict[str, Any], dict[str, Any]]] = [
    ({}, {"seed": 5}),
    ({}, {"iters": 7}),
    ({}, {"tree_depth": 1}),
    ({}, {"min_box_size": 20}),
    ({}, {"search_limit": 10}),
    ({}, {"confidence_filter": 0.9}),
    ({}, {"weighted": True}),
    ({}, {"concentrate": "area"}),
    ({}, {"concentrate": "depth"}),
    ({"tree_depth": 3}, {"tree_depth": 3, "queue_len": 2}),
    (QUEUES, {**QUEUES, "queue_style": "intersection"}),
    (QUEUES, {**QUEUES, "queue_style": "all"}),
    ({**QUEUES, "queue_style": "all"}, {**QUEUES, "queue_style": "dc"}),
    ({}, ADAPTIVE),
    (ADAPTIVE, {**ADAPTIVE, "blend": 0.95}),
    ({}, {"distribution": "binom"}),
    ({"distribution": "binom"}, {"distribution": "binom", "distribution_args": (0.2,)}),
    ({}, BETABINOM),
    (BETABINOM, {**BETABINOM, "distribution_args": (1.0, 2.0)}),
    ({}, {"responsibility_style": "multiplicative"}),
    ({}, {"negative_responsibility": True}),
    ({}, {"bounding_box": BOXES}),
    ({}, {"mask_value": 0.5}),
    ({}, {"mask_value": "min"}),
    ({}, {"mask_value": "mean"}),
    ({}, {"mask_value": "blur"}),
    ({}, {"mask_value": "random"}),
    ({}, {"mask_value": "linear"}),
    ({}, {"mask_value": "spectral"}),
    ({}, {"context": True}),
    ({"context": True}, {"context": True, "noise": 2.0}),
]


@cache
def found(dimensions: int, options: tuple[tuple[str, Any], ...]) -> tuple[Any, ...]:
    """What a search of a random network finds, as something that can be compared."""
    shape = SHAPES[dimensions]
    net = AnyNet(shape, classes=3, seed=2, gain=2.5)
    data = net.picture()
    given: dict[str, Any] = {"iters": 6, "seed": 1, "min_box_size": 2, **dict(options)}
    if "bounding_box" in given:
        given["bounding_box"] = BOXES[dimensions]
    if "context" in given:
        given["context"] = np.random.default_rng(8).uniform(0, 1, data.shape)
    rules = CausalSettings(**given)
    assert rules.seed is not None
    more = {"context": rules.context, "noise": rules.noise}
    evaluator = Evaluator(net, data, background_of(rules.mask_value, data, rules.seed, **more))
    whole = net.row(data.astype(np.float64))
    evaluator.target = int(whole.argmax())
    search = Search(evaluator, rules, rules.seed, evaluator.target, float(whole.max()))
    queues = []
    for _ in search.work():
        queues.append([list(tree._queue) for tree in search._trees])
    maps = search.maps.map(evaluator.target).tobytes()
    scores = tuple(entry.target for entry in evaluator.log)
    assert search.passing > 30
    return maps, scores, search.passing, search.failing, repr(queues)


@pytest.mark.parametrize("dimensions", SHAPES)
@pytest.mark.parametrize(
    ("one", "other"), PAIRS, ids=[",".join(f"{k}={v}" for k, v in b.items()) for _, b in PAIRS]
)
def test_an_option_changes_what_is_found(
    dimensions: int, one: dict[str, Any], other: dict[str, Any]
) -> None:
    def key(options: dict[str, Any]) -> tuple[tuple[str, Any], ...]:
        return tuple((k, True if k == "bounding_box" else v) for k, v in options.items())

    first, second = found(dimensions, key(one)), found(dimensions, key(other))
    if other.get("queue_style") == "dc":
        assert first[4] != second[4], "the same jobs in another order"
    else:
        assert first[:4] != second[:4]
