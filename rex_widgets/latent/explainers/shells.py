"""Random points in balls, rings and spheres of any number of dimensions."""

from __future__ import annotations

import torch


def points_in_shells(
    centres: torch.Tensor,
    inner: torch.Tensor,
    outer: torch.Tensor,
    count: int,
    random: torch.Generator,
) -> torch.Tensor:
    """Return points spread evenly over the volume between two radii about each centre.

    The radius is ``outer · (ρ^Z + u (1 - ρ^Z))^(1/Z)`` with ρ = inner / outer and u uniform, which
    no number of dimensions overflows.

    Parameters
    ----------
    centres
        ``(A, Z)``.
    inner, outer
        ``(A,)``, at least 0 and above 0. An inner radius of 0 gives a ball, and one equal to the
        outer a sphere.
    count
        Points for each centre, m.
    random
        Where they are drawn from.

    Returns
    -------
    Tensor
        ``(A, m, Z)``.
    """
    size = centres.shape[1]
    normal = torch.randn(len(centres), count, size, generator=random, device=random.device)
    uniform = torch.rand(len(centres), count, generator=random, device=random.device)
    directions = torch.nn.functional.normalize(normal.to(centres), dim=-1)
    hollow = (inner / outer)[:, None] ** size
    radii = outer[:, None] * (hollow + uniform.to(centres) * (1 - hollow)) ** (1 / size)
    return centres[:, None] + radii[..., None] * directions
