"""Dive's masks: what each explanation may move."""

from __future__ import annotations

import pytest
import torch

from rex_widgets.latent.explainers.masks import MASK_METHODS, movable, movable_released
from rex_widgets.latent.fisher import FisherInformation
from tests.latent.toy import draw, seeded

# Of class 0 the information falls with the coordinate, of class 1 it rises.
LADDERS = FisherInformation(
    torch.stack((torch.diag(torch.arange(6.0, 0, -1)), torch.diag(torch.arange(1.0, 7)))).double(),
    1,
)
CLASSES = torch.tensor([0, 1, 1])


def listed(mask: torch.Tensor) -> list[list[int]]:
    return [torch.nonzero(row).flatten().tolist() for row in mask]


def test_chunks_of_the_most_informative_move_by_the_sample_s_own_class():
    mask = movable("fisher_chunk", LADDERS, CLASSES, 3, 6, seeded())
    assert mask.shape == (3, 3, 6)
    assert listed(mask[0]) == [[0, 1], [2, 3], [4, 5]]
    assert listed(mask[1]) == [[4, 5], [2, 3], [0, 1]]
    assert torch.equal(mask[1], mask[2])


def test_chunks_cover_every_coordinate_and_are_dealt_again():
    uneven = movable("fisher_chunk", LADDERS, CLASSES, 4, 6, seeded())
    assert torch.equal(uneven.sum(1), torch.ones(3, 6, dtype=torch.int64))
    many = movable("fisher_chunk", LADDERS, CLASSES, 8, 6, seeded())
    assert listed(many[0]) == [[0], [1], [2], [3], [4], [5], [0], [1]]


def test_ranges_move_one_more_each():
    mask = movable("fisher_range", LADDERS, CLASSES, 3, 6, seeded())
    assert listed(mask[0]) == [[0], [0, 1], [0, 1, 2]]
    assert listed(mask[1]) == [[5], [4, 5], [3, 4, 5]]


BLOCKS = torch.block_diag(*[torch.ones(2, 2) + torch.eye(2)] * 3)


def test_spectral_clusters_move_and_the_inverse_moves_all_but_them():
    order = torch.tensor([0, 2, 4, 1, 3, 5])
    fisher = FisherInformation(torch.stack((BLOCKS, BLOCKS[order][:, order])).double(), 1)
    mask = movable("fisher_spectral", fisher, CLASSES, 3, 6, seeded())
    assert sorted(listed(mask[0])) == [[0, 1], [2, 3], [4, 5]]
    assert sorted(listed(mask[1])) == [[0, 3], [1, 4], [2, 5]]
    inverse = movable("fisher_spectral_inv", fisher, CLASSES, 3, 6, seeded())
    assert torch.equal(inverse, ~mask)
    assert bool(movable("fisher_spectral_inv", fisher, CLASSES, 1, 6, seeded()).all())


def test_random_runs_differ_between_samples_and_none_moves_everything():
    classes = torch.zeros(40, dtype=torch.int64)
    mask = movable("random", None, classes, 3, 6, seeded())
    assert torch.equal(mask.sum(1), torch.ones(40, 6, dtype=torch.int64))
    assert len({str(one.tolist()) for one in mask}) > 10
    assert torch.equal(mask, movable("random", None, classes, 3, 6, seeded()))
    assert bool(movable("none", None, classes, 3, 6, seeded()).all())


@pytest.mark.parametrize("method", MASK_METHODS)
@pytest.mark.parametrize(("count", "size"), [(1, 1), (1, 5), (10, 11), (7, 3)])
def test_every_explanation_can_move_something(method, count, size):
    root = draw(3, size, size + 2).double()
    fisher = FisherInformation(root @ root.mT, 1)
    mask = movable(method, fisher, torch.tensor([2, 0, 1, 2]), count, size, seeded())
    assert mask.shape == (4, count, size)
    assert bool(mask.any(2).all())


def test_released_masks_freeze_what_they_list_and_go_by_the_place_in_the_batch():
    classes = torch.tensor([1, 1, 1])
    chunk = movable_released("fisher_chunk", LADDERS, classes, 4, 6, seeded())
    assert listed(~chunk[0]) == [[0], [1], [2], [3]]
    assert listed(~chunk[1]) == [[5], [4], [3], [2]]
    assert torch.equal(chunk[2], chunk[0])
    ranges = movable_released("fisher_range", LADDERS, classes, 3, 6, seeded())
    assert listed(~ranges[0]) == [[], [0], [0, 1]]
    random = movable_released("random", None, classes, 3, 6, seeded())
    assert (~random).sum(2).tolist() == [[2, 2, 2]] * 3
    assert torch.equal(random[0], random[1])
    assert bool(movable_released("none", None, classes, 3, 6, seeded()).all())
    spectral = movable_released("fisher_spectral", LADDERS, classes, 3, 6, seeded())
    inverse = movable_released("fisher_spectral_inv", LADDERS, classes, 3, 6, seeded())
    assert torch.equal(spectral, ~inverse)
