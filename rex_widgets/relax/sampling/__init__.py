"""Samplers: where the random part of masks comes from, one way a file, by name."""

from __future__ import annotations

from collections.abc import Callable

from rex_widgets.errors import SettingsError
from rex_widgets.relax.draws import BLOCK
from rex_widgets.relax.sampling.antithetic import AntitheticSampler
from rex_widgets.relax.sampling.base import Sampler
from rex_widgets.relax.sampling.iid import IidSampler
from rex_widgets.relax.sampling.orthogonal import orthogonal_or_sobol
from rex_widgets.relax.sampling.sobol import SobolSampler
from rex_widgets.relax.sampling.stratified import StratifiedSampler

SAMPLERS: dict[str, Callable[[tuple[int, ...], float, tuple[int, ...], int, int], Sampler]] = {
    "iid": IidSampler,
    "antithetic": AntitheticSampler,
    "stratified": StratifiedSampler,
    "sobol": SobolSampler,
    "orthogonal": orthogonal_or_sobol,
}
"""Samplers by name; each is called with cells, probability, shifts, seed and replicates."""

__all__ = ["BLOCK", "SAMPLERS", "Sampler", "make_sampler"]


def make_sampler(
    name: str,
    *,
    cells: tuple[int, ...],
    probability: float,
    shifts: tuple[int, ...],
    seed: int,
    replicates: int = 8,
) -> Sampler:
    """The sampler of that name.

    Parameters
    ----------
    name
        One of `SAMPLERS`.
    cells
        Shape of the grid, as in :attr:`MaskGeometry.cells`.
    probability
        That a cell is kept, between 0 and 1, both excluded.
    shifts
        Number of offsets along every axis, as in :attr:`MaskGeometry.shifts`.
    seed
        At least 0; equal seeds give equal masks.
    replicates
        Number of independent groups of masks, at least 1. Mask n belongs to group
        ``(n // BLOCK) % replicates``.

    Raises
    ------
    SettingsError
        If the name is unknown or a value is out of range.
    """
    if name not in SAMPLERS:
        raise SettingsError(
            f"there is no sampling {name!r} of masks; choose one of {', '.join(SAMPLERS)}"
        )
    return SAMPLERS[name](cells, probability, shifts, seed, replicates)
