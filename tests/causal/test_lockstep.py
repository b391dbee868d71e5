"""Computations side by side: each gets its own answers, and the batches are shared."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rex_widgets.causal.lockstep import Desk, in_lockstep
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import Mask, mask_of
from rex_widgets.occlusion import background_of
from tests.synthetic import RandomNet

SHAPE = (6, 6)


def random_masks(seed: int, count: int) -> list[Mask]:
    generator = np.random.default_rng(seed)
    return [mask_of(generator.random(SHAPE) < 0.5) for _ in range(count)]


def test_every_computation_gets_the_answers_to_its_own_questions() -> None:
    net = RandomNet(SHAPE)
    data = net.picture()
    evaluator = Evaluator(net, data, background_of(0.0, data), batch_size=7)
    evaluator.target = 1
    heard: dict[int, list[float]] = {}
    plans = {0: (3, 5), 1: (), 2: (4, 0, 1), 3: (20,)}

    def computation(number: int, desk: Desk) -> Iterator[None]:
        heard[number] = []
        for place, count in enumerate(plans[number]):
            masks = random_masks(10 * number + place, count)
            answers = yield from desk.ask(masks)
            assert [a.digest for a in answers] == [m.digest for m in masks]
            heard[number] += [a.target for a in answers]

    desks = [Desk() for _ in plans]
    borders = list(
        in_lockstep(
            [(desk, computation(n, desk)) for n, desk in enumerate(desks)], evaluator, "together"
        )
    )
    for number, counts in plans.items():
        expected = [
            float(net(np.where(mask.array(), data, 0)[None])[0, 1])
            for place, count in enumerate(counts)
            for mask in random_masks(10 * number + place, count)
        ]
        np.testing.assert_array_equal(heard[number], expected)
    assert evaluator.counts == {"together": 33}
    # 27 masks in the first round, 5 and then 1: four batches of 7, one, one
    assert len(borders) == 4 + 1 + 1


def test_calling_the_model_by_oneself_is_a_border() -> None:
    net = RandomNet(SHAPE)
    data = net.picture()
    evaluator = Evaluator(net, data, background_of(0.0, data))
    order: list[str] = []

    def alone(desk: Desk) -> Iterator[None]:
        evaluator.classify_alone(random_masks(1, 1)[0], "alone")
        order.append("alone")
        yield
        order.append("after")

    def asking(desk: Desk) -> Iterator[None]:
        yield from desk.ask(random_masks(2, 3))
        order.append("answered")

    first, second = Desk(), Desk()
    both = [(first, alone(first)), (second, asking(second))]
    assert len(list(in_lockstep(both, evaluator, "together"))) == 2
    assert order == ["alone", "after", "answered"]
