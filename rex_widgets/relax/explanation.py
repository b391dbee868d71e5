"""The frozen value that the method relax hands out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.errors import SettingsError
from rex_widgets.ordering import lower_quantile
from rex_widgets.results import EvaluationCount

STAGES = ("nothing yet", "estimating", "estimated", "all masks")
"""What an explanation's ``stage`` may be, in the order in which a run goes through them."""


@dataclass(frozen=True, eq=False)
class Neighbour:
    """An input of the gallery, and what makes the explained input similar to it.

    Parameters
    ----------
    name
        A file's name without its folder, or "gallery 3" (numbered from 1, as given).
    similarity
        Similarity of the two whole inputs' representations, by the run's measure: in [-1, 1] for
        the cosine.
    thumbnail
        Uint8 ``(H, W, 3)``, at most 96 pixels a side.
    importance
        Float32, the shape of the explanation's maps: the weighted mean similarity of the masked
        inputs to this one, from the same masks.
    """

    name: str
    similarity: float
    thumbnail: NDArray[np.uint8] = field(repr=False)
    importance: NDArray[np.float32] = field(repr=False)


@dataclass(frozen=True, eq=False)
class RelaxExplanation:
    """Which places carry an input's representation, and how sure that is.

    "Place" stands for a pixel, a feature, a sample or a voxel; ``*space`` is the input's shape
    without its channels. Importance and uncertainty are the weighted mean and the weighted
    variance over all masks of the similarity of the masked input's representation to the one
    that was asked for, with the masks' values at the place as weights (RELAX, arXiv 2112.10161,
    section 3; docs/relax.md).

    Parameters
    ----------
    importance
        Float32 ``(*space)``, in units of the similarity; zeros before the first masks.
    uncertainty
        Float32 ``(*space)``, at least 0, the square of those units: Σ m (s - R)² / Σ m.
    importance_error, uncertainty_error
        Float32 ``(*space)``: standard errors of the two, from the spread of the replicates; NaN
        while there are too few masks for one.
    uncertainty_released
        Float32 ``(*space)``: Σ m (s - R)², not divided by Σ m, which is what the RELAX release
        calls uncertainty.
    embedding
        Float32 ``(D,)``, the whole input's representation; empty before the encoder was called.
    embedding_text
        In words, which output it is and how it became a vector; "" before.
    similarity
        Mean similarity of the masked inputs (NaN before the first masks).
    masks
        How many masks the maps are made of.
    relative_error
        Root mean square of ``importance_error``, as a share of that of ``importance`` (NaN while
        unknown).
    contrast_error
        The same for the importance minus its mean: the error of its differences between places, as
        a share of them. This is what ``tolerance`` is compared with.
    stopped_by
        "tolerance", "num_batches" or "hoeffding"; "" while the run is not finished.
    asked
        What the masked inputs were compared with: "similar to itself", "like other.png", "each
        masked input by itself" (by a function that sees nothing else), ….
    neighbours
        The gallery's inputs, the most similar first.
    evaluations
        Inputs given to the encoder, an ``int`` with a ``breakdown``.
    seconds, seconds_in_model
        Time the run was driven, and the part of it spent inside the encoder.
    stage
        "nothing yet", "estimating", "estimated" (the tolerance is reached) or "all masks".
    message
        What a person should know about this answer, in a sentence; often empty.
    settings, seed, versions, runtime, choices
        What reproduces the result: settings, seed, library versions, the runtime taken, and what
        was chosen for the user.
    statistics
        ``least similarity``, ``mean similarity``, ``most similarity`` of the masked inputs,
        ``similarity of the whole input``, ``undefined similarities`` (masked inputs whose
        representation is zero, where the cosine counts as 0), ``seconds outside the encoder``.
    source, method, kind, picture, axes, values
        The input, as in every result: a short name, "relax", its kind, what a person sees of it
        (uint8 ``(H, W, 3)``), what the axes mean, and values to be read (``None`` for images).
    """

    importance: NDArray[np.float32] = field(repr=False)
    uncertainty: NDArray[np.float32] = field(repr=False)
    importance_error: NDArray[np.float32] = field(repr=False)
    uncertainty_error: NDArray[np.float32] = field(repr=False)
    uncertainty_released: NDArray[np.float32] = field(repr=False)
    embedding: NDArray[np.float32] = field(repr=False)
    embedding_text: str
    similarity: float
    masks: int
    relative_error: float
    contrast_error: float
    stopped_by: str
    asked: str
    evaluations: EvaluationCount
    seconds: float
    seconds_in_model: float
    stage: str
    message: str
    settings: Any = field(repr=False)
    seed: int
    versions: Mapping[str, str] = field(repr=False)
    runtime: str
    choices: tuple[str, ...] = field(repr=False)
    statistics: Mapping[str, float] = field(repr=False)
    neighbours: tuple[Neighbour, ...] = field(default=(), repr=False)
    source: str = ""
    method: str = "relax"
    picture: NDArray[np.uint8] | None = field(default=None, repr=False)
    kind: str = "image"
    axes: Axes | None = field(default=None, repr=False)
    values: NDArray[np.float32] | None = field(default=None, repr=False)

    @property
    def map(self) -> NDArray[np.float32]:
        """The importance."""
        return self.importance

    @property
    def uncertainty_threshold(self) -> float:
        """Order of the quantile of the uncertainty that `u_relax` goes by, in [0, 1]."""
        return float(getattr(self.settings, "uncertainty_threshold", 0.5))

    @property
    def u_relax(self) -> NDArray[np.float32]:
        """U-RELAX: `u_relax_at` the quantile that the settings name (0.5, the median)."""
        return self.u_relax_at(self.uncertainty_threshold)

    def u_relax_at(self, quantile: float) -> NDArray[np.float32]:
        """Return the importance where the uncertainty is low enough, and 0 elsewhere.

        Parameters
        ----------
        quantile
            Order of the quantile of the uncertainty that a place may have at most, in [0, 1];
            between two values it is the lower one (`rex_widgets.ordering.lower_quantile`). 1 keeps
            every place.

        Returns
        -------
        ndarray
            Float32 ``(*space)``.

        Raises
        ------
        SettingsError
            The quantile is not within [0, 1].
        """
        return np.where(self.certain_at(quantile), self.importance, np.float32(0))

    @property
    def certain(self) -> NDArray[np.bool_]:
        """The places that `u_relax` keeps."""
        return self.certain_at(self.uncertainty_threshold)

    def certain_at(self, quantile: float) -> NDArray[np.bool_]:
        """Return which places `u_relax_at` keeps, bool ``(*space)``; see there."""
        if not 0 <= quantile <= 1:
            raise SettingsError(
                f"The quantile was {quantile!r}; expected a number from 0 to 1 (0.5: the median)."
            )
        kept: NDArray[np.bool_] = self.uncertainty <= lower_quantile(self.uncertainty, quantile)
        return kept
