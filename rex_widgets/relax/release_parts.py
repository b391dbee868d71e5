"""What one kind of masks adds to `RELAX`: those of a Run, or the release's own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.embedder import Embedder
from rex_widgets.relax.draws import Draw
from rex_widgets.relax.ending import LEAST
from rex_widgets.relax.mask_geometry import MaskGeometry
from rex_widgets.relax.pacing import border_for
from rex_widgets.relax.procedure import RelaxProcedure
from rex_widgets.relax.similarity import similarities
from rex_widgets.relax.weighted import Weighted, of_batch, together
from rex_widgets.run import Run

if TYPE_CHECKING:
    from rex_widgets.relax.explanation import RelaxExplanation
    from rex_widgets.relax.settings import RelaxSettings

LEAST_SHARE = 6
"""A run makes at least this part of the release's masks. Its error is judged by the map with its
mean, which better masks help more than the differences between places: for those, Sobol grids
were measured to be worth 8 to 10 times as many."""


class Part(Protocol):
    """Masks of one kind."""

    @property
    def run(self) -> Run[RelaxExplanation] | None:
        """The Run, where there is one."""

    @property
    def masks(self) -> int:
        """How many there have been."""

    def work(self, more: bool) -> None:
        """Evaluate as many as one call of `RELAX.forward` asks for, ``more`` than before."""

    def sums(self) -> Weighted | None:
        """What they say so far; ``None`` before the first of them."""


class Driven:
    """The masks of a Run.

    Parameters
    ----------
    procedure
        Of a Run that has not begun.
    equal
        Pause it when its map is as exact as the release's would be after all masks.
    """

    def __init__(self, procedure: RelaxProcedure, equal: bool) -> None:
        self.run: Run[RelaxExplanation] = Run(cast(Any, procedure))
        self._procedure = procedure
        self._equal = equal
        self._per_call = self._asked = procedure.settings.masks

    @property
    def masks(self) -> int:
        """How many there have been."""
        return self.run.result().masks

    def work(self, more: bool) -> None:
        """Drive the run to its end; with ``more`` for as many masks again."""
        if more:
            self._asked += self._per_call
            self.run.extend(masks=self._per_call)
        for _ in self.run:
            if self._equal and self._at_border() and self._is_equal():
                self.run.pause()

    def sums(self) -> Weighted | None:
        """What the run says so far."""
        result = self.run.result()
        if not result.masks:
            return None
        mean, squares, variance = (
            map_.astype(np.float64)
            for map_ in (result.importance, result.uncertainty_released, result.uncertainty)
        )
        # a place's mean weight is the probability that a cell is kept, whatever the shift
        expected = result.masks * self.run.settings.probability_of_drop
        weights = np.full(mean.shape, expected)
        np.divide(squares, variance, out=weights, where=(variance > 0) & (squares > 0))
        return Weighted(weights, mean, squares)

    def _at_border(self) -> bool:
        count = self._procedure.sums.count
        enough = count >= max(LEAST, self._asked / LEAST_SHARE)
        return enough and border_for(count, self.run.settings.replicates) == count

    def _is_equal(self) -> bool:
        """Whether as many of the release's masks as asked for would leave no smaller error."""
        result = self.run.result()
        squared = np.square(result.importance_error.astype(np.float64)).mean()
        released = (result.uncertainty * self._spread).mean() / self._asked
        return bool(squared <= released)  # NaN is not

    @cached_property
    def _spread(self) -> NDArray[np.float64]:
        settings = self.run.settings
        geometry = MaskGeometry(self.run.sample.data.shape[1:], settings.num_cells, settings.shift)
        return spread_of_weights(geometry, settings.probability_of_drop)


class Released:
    """The release's masks, from torch's generator in the release's order.

    Every batch draws ``rand(N, 1, n, n)`` and twice ``randint(0, n, (N,))`` on the input's
    device.
    """

    def __init__(
        self,
        encoder: Callable[[], Any],
        data: NDArray[np.float32],
        device: torch.device,
        settings: RelaxSettings,
    ) -> None:
        self.run = None
        self._settings = settings
        self._device = device
        self._data = data
        self._embedder = Embedder(encoder(), data, batch_size=settings.batch_size)
        self._geometry = MaskGeometry(data.shape[1:], settings.num_cells, "pixels")
        self._whole: NDArray[np.float32] | None = None
        self._sums: Weighted | None = None
        self.masks = 0

    def work(self, more: bool) -> None:
        """Evaluate all batches."""
        if self._whole is None:
            self._whole = self._embedder.embed(self._data[None], "input")[0]
        for _ in range(self._settings.num_batches):
            draw = self._draw()
            rows = self._embedder.embed(self._geometry.apply(draw, self._data), "masks")
            found, _ = similarities(self._settings.similarity_measure, self._whole, rows)
            batch = of_batch(self._geometry.masks(draw), found)
            self._sums = together([self._sums, batch] if self._sums else [batch])
            self.masks += len(found)

    def sums(self) -> Weighted | None:
        """What they say so far."""
        return self._sums

    def _draw(self) -> Draw:
        count, cells = self._settings.batch_size, self._settings.num_cells
        numbers = torch.rand(count, 1, cells, cells, device=self._device)
        shifts = [torch.randint(0, cells, (count,), device=self._device) for _ in range(2)]
        # compared as torch compares: a float32 with the probability as float32
        grids = (numbers < self._settings.probability_of_drop)[:, 0]
        return Draw(
            grids.cpu().numpy(),
            torch.stack(shifts, dim=1).cpu().numpy(),
            np.zeros(count, np.int64),
        )


def spread_of_weights(geometry: MaskGeometry, probability: float) -> NDArray[np.float64]:
    """Second moment of a mask's values over their squared mean, at every place.

    The variance of a mean of N independent numbers, weighted by the masks, is about this times
    their weighted variance over N (the delta method, with numbers and squared masks taken to be
    independent).

    Parameters
    ----------
    geometry
        Of the masks.
    probability
        That a cell is kept.

    Returns
    -------
    ndarray
        Float64 ``(*space)``, from 1 to 1 / probability.
    """
    product = np.ones(())
    for axis, side in enumerate(geometry.space):
        squares = np.zeros(side)
        for offset in range(geometry.shifts[axis]):
            squares += np.square(geometry.weights(axis, offset)).sum(axis=1)
        product = product[..., None] * (squares / geometry.shifts[axis])
    return 1.0 + product * (1.0 - probability) / probability
