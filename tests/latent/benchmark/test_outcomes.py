from __future__ import annotations

import itertools

import torch

from rex_widgets.latent.benchmark.outcomes import Verdict, oracle, outcomes
from tests.latent.benchmark.small_world import small_world, toy_space

ODD, EVEN = [0.0, 1.0], [1.0, 0.0]


def test_the_oracle_names_the_nearest_character() -> None:
    latents = torch.tensor([[0.4, 9, 0], [0.6, 9, 0], [2.2, 0, 0], [40, 0, 0]])
    assert oracle(latents, toy_space()).tolist() == [0, 1, 0, 1]


def test_the_oracle_knows_the_labels_of_the_world() -> None:
    world = small_world()
    space = toy_space().__class__(world.characters, world.fonts)
    assert oracle(world.latents(), space).tolist() == world.validation.labels.tolist()


def verdict(truth: int, said: int, is_now: int, says: int) -> tuple[int, bool]:
    answers = torch.tensor([EVEN, ODD])
    found = outcomes(
        torch.tensor([[float(truth), 0, 0]]),
        torch.tensor([[[float(is_now), 0, 0]]]),
        answers[[said]],
        answers[[says]][None],
        toy_space(),
    )
    return int(found.verdicts[0, 0]), bool(found.successful[0, 0])


def test_all_sixteen_cases() -> None:
    expected = {
        # truth, said -> is now, says: by hand from the definitions
        (0, 0, 0, 0): Verdict.UNCHANGED,
        (0, 0, 0, 1): Verdict.NON_CAUSAL_FLIP,
        (0, 0, 1, 0): Verdict.CAUSAL_FLIP,
        (0, 0, 1, 1): Verdict.TRIVIAL,
        (0, 1, 0, 0): Verdict.NON_CAUSAL_FLIP,
        (0, 1, 0, 1): Verdict.UNCHANGED,
        (0, 1, 1, 0): Verdict.NON_CAUSAL_FLIP,
        (0, 1, 1, 1): Verdict.CAUSAL_FLIP,
    }
    for case in itertools.product((0, 1), repeat=4):
        # Even and odd mean the same: a case and its mirror have one verdict.
        mirrored = case if case in expected else tuple(1 - value for value in case)
        found, successful = verdict(*case)
        assert found == expected[mirrored], case  # type: ignore[index]
        assert successful == (found in (Verdict.NON_CAUSAL_FLIP, Verdict.CAUSAL_FLIP))
