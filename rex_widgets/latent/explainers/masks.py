"""Which coordinates each of Dive's explanations may move (arXiv 2103.10226, section 3.4)."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, get_args

import numpy as np
import torch

from rex_widgets.latent.clusters import spectral_clusters
from rex_widgets.latent.fisher import FisherInformation

MaskMethod = Literal[
    "fisher_chunk", "fisher_range", "fisher_spectral", "fisher_spectral_inv", "random", "none"
]
MASK_METHODS: tuple[MaskMethod, ...] = get_args(MaskMethod)


def needs_fisher(method: MaskMethod) -> bool:
    """Whether the masks come from the Fisher information."""
    return method.startswith("fisher")


def movable(
    method: MaskMethod,
    fisher: FisherInformation | None,
    classes: torch.Tensor,
    count: int,
    size: int,
    random: torch.Generator,
) -> torch.Tensor:
    """Return what each explanation of each sample may move.

    ``fisher_chunk``
        The coordinates, the most informative first, are cut into ``count`` runs of about the same
        length; explanation i moves run i.
    ``fisher_range``
        Explanation i moves the i + 1 most informative.
    ``fisher_spectral``
        Explanation i moves cluster i of a spectral clustering; ``fisher_spectral_inv``: all but it.
    ``random``
        Runs of a random order, another for each sample.
    ``none``
        Everything moves.

    Where there are fewer coordinates than explanations, runs and clusters are dealt again from the
    first. Information is that about the sample's own class.

    Parameters
    ----------
    method
        One of `MASK_METHODS`.
    fisher
        May be ``None`` where `needs_fisher` is false.
    classes
        Int64 ``(B,)``: the samples' own.
    count, size
        Explanations of a sample, n, and coordinates, Z.
    random
        Where a random order comes from.

    Returns
    -------
    Tensor
        Bool ``(B, n, Z)`` on the device of ``classes``; every explanation can move something.
    """
    runs = min(count, size)
    deal = torch.arange(count) % runs
    if fisher is not None and needs_fisher(method):
        # Clustering is worth it only for the classes that occur.
        present, which = np.unique(classes.cpu().numpy(), return_inverse=True)
        matrices = fisher.matrices[torch.from_numpy(present)]
        if method == "fisher_range":
            listed = _ranks(matrices)[:, None] <= torch.arange(count)[:, None]
        elif method == "fisher_chunk":
            listed = (_ranks(matrices) * runs // size)[:, None] == deal[:, None]
        else:
            listed = _clusters(fisher, present.tolist(), runs)[:, None] == deal[:, None]
            if method == "fisher_spectral_inv" and runs > 1:
                listed = ~listed
        return listed[torch.from_numpy(which)].to(classes.device)
    if method == "random":
        keys = torch.rand(len(classes), size, generator=random, device=random.device).cpu()
        order = keys.argsort(1) * runs // size
        return (order[:, None] == deal[:, None]).to(classes.device)
    return torch.ones(len(classes), count, size, dtype=torch.bool, device=classes.device)


def movable_released(
    method: MaskMethod,
    fisher: FisherInformation | None,
    classes: torch.Tensor,
    count: int,
    size: int,
    random: torch.Generator,
) -> torch.Tensor:
    """Return the masks as BEX 0.5.2 makes them; parameters and result as in `movable`.

    Masks are dealt by a sample's place in the batch, not by its class. What ``fisher_chunk``,
    ``fisher_range`` (the first i) and ``random`` (one order for all) list is kept from moving;
    a run has Z // n coordinates, and what is left over is never listed.
    """
    samples = torch.arange(len(classes))
    run = size // count
    places = torch.arange(count)[:, None]
    if fisher is not None and needs_fisher(method):
        if method == "fisher_range":
            mask = _ranks(fisher.matrices)[:, None] >= places
        elif method == "fisher_chunk":
            mask = ~_in_run(_ranks(fisher.matrices)[:, None], places, run)
        else:
            clusters = min(count, size)
            mask = (
                _clusters(fisher, list(range(len(fisher.matrices))), clusters)[:, None]
                == places % clusters
            )
            if method == "fisher_spectral_inv":
                mask = ~mask
        return mask[samples % len(mask)].to(classes.device)
    if method == "random":
        order = torch.randperm(size, generator=random, device=random.device).cpu().argsort()
        mask = ~_in_run(order, places, run)
        return mask.expand(len(classes), -1, -1).to(classes.device)
    return torch.ones(len(classes), count, size, dtype=torch.bool, device=classes.device)


def _ranks(matrices: torch.Tensor) -> torch.Tensor:
    """How informative the coordinates are, 0 for the most, ``(K, Z)``."""
    diagonal = matrices.diagonal(dim1=1, dim2=2)
    return diagonal.argsort(dim=1, descending=True, stable=True).argsort(1)


def _in_run(ranks: torch.Tensor, places: torch.Tensor, run: int) -> torch.Tensor:
    return (ranks >= places * run) & (ranks < (places + 1) * run)


def _clusters(fisher: FisherInformation, classes: list[int], count: int) -> torch.Tensor:
    """Cluster of each coordinate, ``(classes, Z)``."""
    return torch.stack([_clusters_of(fisher, index, count) for index in classes])


@lru_cache(maxsize=64)
def _clusters_of(fisher: FisherInformation, index: int, count: int) -> torch.Tensor:
    """Cluster of each coordinate by one class's information, shifted to the range 0 to 1."""
    matrix = fisher.matrices[index]
    shifted = matrix - matrix.min()
    # A classifier that nothing moves tells coordinates not apart.
    affinity = shifted / shifted.max() if bool(shifted.max() > 0) else torch.ones_like(matrix)
    return torch.from_numpy(spectral_clusters(affinity.numpy(), count))
