"""What is kept of the masks evaluated: sums, in memory that does not grow with their number."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import ModelError
from rex_widgets.relax.control import MAX_TERMS, Terms
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.map_sums import map_sums
from rex_widgets.relax.mask_geometry import MaskGeometry

Array = NDArray[np.float64]


class Sums:
    """Sums over masks of 1, s and s², weighted by the masks, by replicate and target.

    Similarities are kept as differences d from the first one of their target, so that their
    variance does not drown in rounding where it is small beside their size. Masks have to come in
    the order of their indices; every number is summed in that order, so whatever the batches, the
    sums are the same to the last bit.

    Memory is at most ``16 · replicates · (1 + 2 · targets) · places`` bytes (at 7 × 7 cells and
    8 replicates: 0.5 MB for one target) and ``8 · replicates · terms²`` more for the control
    variate (2.7 MB with its 206 terms).

    Parameters
    ----------
    geometry
        Of the masks.
    replicates
        Number of independent groups of masks.
    targets
        Number of similarities of every mask.
    initial_weight
        What the sum of weights starts at, as if a similarity of 0 had been seen with this weight.
    probability
        With which a cell is kept.

    Attributes
    ----------
    count
        Masks added so far.
    counts
        By replicate, ``(replicates,)``.
    terms
        What the control variate needs; None where there are too many cells for one.
    """

    def __init__(
        self,
        geometry: MaskGeometry,
        replicates: int,
        targets: int,
        initial_weight: float = 1e-10,
        *,
        probability: float = 0.5,
    ) -> None:
        self.geometry = geometry
        self.targets = targets
        self.initial_weight = initial_weight
        self.probability = probability
        self.counts = np.zeros(replicates)
        self.reference = np.zeros(targets)
        self._totals = np.zeros((replicates, targets))
        self._maps = map_sums(geometry, replicates, targets)
        enough = prod(geometry.cells) <= MAX_TERMS
        self.terms = Terms(geometry.cells, replicates, targets) if enough else None

    @property
    def count(self) -> int:
        """Masks added so far."""
        return int(self.counts.sum())

    def add(self, draw: Draw, similarities: Array) -> None:
        """Add masks, in the order of their indices.

        Parameters
        ----------
        draw
            Of N masks.
        similarities
            Of shape ``(N, targets)``.

        Raises
        ------
        ModelError
            If a similarity is not a finite number.
        """
        found = np.asarray(similarities, np.float64).reshape(len(draw), self.targets)
        if not np.isfinite(found).all():
            raise ModelError(
                f"{int((~np.isfinite(found)).sum())} of {found.size} similarities are not finite "
                "numbers; check the encoder's output and the similarity measure."
            )
        if not len(found):
            return
        if not self.count:
            self.reference = found[0].copy()
        values = found - self.reference
        np.add.at(self.counts, draw.replicates, 1.0)
        np.add.at(self._totals, draw.replicates, values)
        self._maps.add(draw, values)
        if self.terms is not None:
            self.terms.add(draw, values)

    def at_places(self, target: int) -> Array:
        """Σ m, Σ m·d, Σ m·d² by replicate, (replicates, 3, *space)."""
        return self._maps.at_places(target)

    def mean_similarity(self, target: int = 0) -> float:
        """Mean over all masks; 0 where there is none yet."""
        if not self.count:
            return 0.0
        return float(self.reference[target] + self._totals[:, target].sum() / self.count)

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Everything that `restore` needs: a dictionary for JSON, and arrays by name.

        The arrays are the ones in use; write or copy them before more masks are added.
        """
        arrays: dict[str, NDArray[np.generic]] = {
            "counts": self.counts,
            "reference": self.reference,
            "values": self._totals,
        }
        if self.terms is not None:
            arrays |= {"gram": self.terms.gram, "products": self.terms.products}
        arrays |= {f"maps_{name}": array for name, array in self._maps.arrays().items()}
        return {"masks": self.count}, arrays

    def restore(self, state: dict[str, Any], arrays: dict[str, NDArray[np.generic]]) -> None:
        """Go on from what `state` gave for the same geometry, replicates and targets.

        Raises
        ------
        ValueError
            If an array is missing, or has another shape or type.
        """
        _, own = self.state()
        for name, mine in own.items():
            given = arrays.get(name)
            free = 1 if name.startswith("maps_waiting") else 0
            if (
                given is None
                or given.shape[free:] != mine.shape[free:]
                or given.dtype != mine.dtype
            ):
                what = "missing" if given is None else f"{given.dtype} {given.shape}"
                raise ValueError(f"{name} is {what}; expected {mine.dtype} {mine.shape}")
        self.counts[...] = arrays["counts"]
        if self.count != state.get("masks"):
            raise ValueError(f"{self.count} masks are summed, but {state.get('masks')} were noted")
        self.reference[...] = arrays["reference"]
        self._totals[...] = arrays["values"]
        if self.terms is not None:
            self.terms.gram[...] = arrays["gram"]
            self.terms.products[...] = arrays["products"]
        self._maps.restore(
            {name.removeprefix("maps_"): arrays[name] for name in own if name.startswith("maps_")}
        )
