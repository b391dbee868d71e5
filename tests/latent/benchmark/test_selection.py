from __future__ import annotations

import numpy as np
import pytest
import torch

from rex_widgets.errors import InputError
from rex_widgets.latent.benchmark.selection import (
    LEVELS,
    odd_probability,
    released_probability,
    select_samples,
)


def logits_of(odd: list[float]) -> torch.Tensor:
    p = torch.tensor(odd, dtype=torch.float64)
    return torch.stack((torch.log(1 - p), torch.log(p)), 1)


def test_probability_is_that_of_the_second_class() -> None:
    assert odd_probability(logits_of([0.2, 0.9])).tolist() == pytest.approx([0.2, 0.9])


def test_released_probability_is_the_larger_sigmoid() -> None:
    logits = torch.tensor([[2.0, -1.0], [-3.0, -2.0]])
    expected = [1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))]
    assert released_probability(logits).tolist() == pytest.approx(expected)


def test_one_sample_stands_at_every_level() -> None:
    # label - p: -0.9, -0.6, -0.4, -0.1 of even ones, 0.1, 0.4, 0.6, 0.9 of odd ones
    odd = [0.9, 0.6, 0.4, 0.1, 0.9, 0.6, 0.4, 0.1]
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert select_samples(logits_of(odd), labels, 1).tolist() == [0, 1, 2, 3, 4, 5, 6, 7]


def test_nearest_come_first_and_the_first_of_equals() -> None:
    odd, labels = [0.88, 0.91, 0.91, 0.5], np.zeros(4, np.int64)
    chosen = select_samples(logits_of(odd), labels, 3)
    assert chosen[:3].tolist() == [1, 2, 0]
    assert len(chosen) == 3 * len(LEVELS)


def test_of_many_equals_the_first_are_taken() -> None:
    chosen = select_samples(logits_of([0.5] * 500), np.zeros(500, np.int64), 100)
    assert chosen[:100].tolist() == list(range(100))


def test_zero_takes_all_and_too_many_are_cut() -> None:
    labels = np.zeros(4, np.int64)
    logits = logits_of([0.1, 0.2, 0.3, 0.4])
    assert select_samples(logits, labels, 0).tolist() == [0, 1, 2, 3]
    assert len(select_samples(logits, labels, 9)) == 4 * len(LEVELS)


def test_the_release_never_sees_an_even_answer_as_unsure() -> None:
    # A sure, right "even": label - p is -0.05 here; the release takes p for the larger sigmoid.
    logits = torch.tensor([[3.0, -3.0], [0.4, 0.4]])
    labels = np.zeros(2, np.int64)
    assert select_samples(logits, labels, 1)[3] == 0
    assert select_samples(logits, labels, 1, released=True)[0] == 0


@pytest.mark.parametrize("shape", [(3, 3), (2, 2), (3,)])
def test_logits_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(InputError, match="expected"):
        select_samples(torch.zeros(shape), np.zeros(3, np.int64), 1)
