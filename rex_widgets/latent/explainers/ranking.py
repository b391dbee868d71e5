"""StylEx' ranking: which shift of which coordinate raises the logit most, over many samples."""

from __future__ import annotations

import torch


def rank(gains: torch.Tensor, groups: torch.Tensor, t: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Rank all shifts, for every group of samples by itself.

    The next is the shift with the largest mean gain over the samples left, among the coordinates
    left; one of which both shifts gain counts 0. A sample is left no longer once a ranked shift
    gains it ``t`` or more; where none is left all come back. When every coordinate has been ranked
    with its better shift, the other shifts follow in the same order.

    Parameters
    ----------
    gains
        Of the logit, by sample, coordinate and direction, ``(N, Z, 2)``.
    groups
        Int64 ``(N,)``: samples of one number are ranked together.
    t
        The gain that explains a sample.

    Returns
    -------
    tuple
        Coordinates and directions, int64 ``(N, 2 Z)`` each, the same for all samples of a group.
    """
    numbers, group = torch.unique(groups, return_inverse=True)
    member = (group[None] == torch.arange(len(numbers), device=gains.device)[:, None]).to(gains)
    size = gains.shape[1]
    left, taken = member, torch.zeros(len(numbers), size, dtype=torch.bool, device=gains.device)
    coordinates, directions = [], []
    for _ in range(size):
        left = torch.where(left.sum(1, keepdim=True) > 0, left, member)
        mean = torch.einsum("gn,nzd->gzd", left / left.sum(1, keepdim=True), gains)
        mean = torch.where((mean > 0).all(-1, keepdim=True), 0, mean)
        best = torch.where(taken[..., None], -torch.inf, mean).flatten(1).argmax(1)
        coordinate, direction = best // 2, best % 2
        coordinates.append(coordinate)
        directions.append(direction)
        taken = taken.scatter(1, coordinate[:, None], True)
        gained = gains[:, coordinate, direction].T
        left = left * (gained < t)
    first, way = torch.stack(coordinates, 1), torch.stack(directions, 1)
    return torch.cat((first, first), 1)[group], torch.cat((way, 1 - way), 1)[group]


def released_rank(gains: torch.Tensor, t: float) -> tuple[list[int], list[int]]:
    """Rank shifts as BEX 0.5.2 does, all samples together.

    Its means are over the coordinates not yet taken, and the place of the best among *those* is
    taken for the coordinate itself. It ends when a place comes up that was taken before, when all
    samples are explained, or when no sample left is changed by the shift.

    Parameters
    ----------
    gains
        Of the logit, ``(N, Z, 2)``.
    t
        The gain that explains a sample.

    Returns
    -------
    tuple
        Coordinates and directions; as many as were ranked.
    """
    left = gains.clone()
    free = list(range(gains.shape[1]))
    coordinates: list[int] = []
    directions: list[int] = []
    while free and len(left):
        mean = left.mean(0)[free]
        mean[(mean > 0).all(-1)] = 0
        coordinate, direction = divmod(int(mean.argmax()), 2)
        gained = left[:, coordinate, direction]
        if not bool(gained.any()):
            break
        coordinates.append(coordinate)
        directions.append(direction)
        free.remove(coordinate)
        left = left[gained < t]
        left[:, coordinate] = 0
    return coordinates, directions
