"""`RELAX`, as users of the release ``relax-xai`` know it; behind it works a Run.

What differs from the release is listed in ``docs/coming-from-relax.md``.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from rex_widgets.encoders import Encoder, as_encoder
from rex_widgets.errors import SettingsError
from rex_widgets.inputs import Sample
from rex_widgets.relax.procedure import RelaxProcedure
from rex_widgets.relax.release_calls import Measure, called_with_tensors, measure_for
from rex_widgets.relax.release_input import check_input, picture_of
from rex_widgets.relax.release_parts import Driven, Part, Released
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.relax.weighted import Weighted, together
from rex_widgets.settings import build, names_of, unknown_name

if TYPE_CHECKING:
    from rex_widgets.relax.explanation import RelaxExplanation
    from rex_widgets.run import Run

RELEASE = "release"
"""The ``sampling`` of `RELAX.forward` that repeats the release's masks."""

OF_FORWARD = (
    *("num_cells", "probability_of_drop", "sampling", "seed", "tolerance", "stopping", "delta"),
    *("alpha", "shift", "control_variate", "replicates"),
)
"""What `RELAX.forward` can be told, the release's arguments and ours."""

LEAST_TOLERANCE = 1e-6
"""The least that the setting takes."""

GRID = ("num_cells", "probability_of_drop", "sampling")
"""What the release's `forward` can be told."""


class RELAX(nn.Module):
    """Importance and uncertainty of an encoder's representation, by the release's names.

    Parameters
    ----------
    input_image
        Float tensor ``(1, C, H, W)``, as the encoder takes it.
    encoder
        A torch module, which is moved to the input's device; a function from such tensors to
        representations; or whatever else `as_encoder` takes.
    batch_size, num_batches
        Masks of one batch; batches of one call of `forward`.
    similarity_measure
        From two tensors ``(N, D)``, the whole input's representation repeated and the masked
        inputs', to ``(N,)``; or one of the names "cosine", "dot", "euclidean". The cosine by
        default.
    sum_of_weights_initial_value
        What every pixel's sum of weights starts from.
    **encoder_options
        Of `as_encoder`: ``layer``, ``output``, ``pool``, ``eval_mode``, ``runtime``, ….

    Attributes
    ----------
    importance
        Float32 tensor ``(H, W)`` on the input's device; zeros before `forward`.
    uncertainty
        The same; divided by the sum of weights, as the paper defines it.
    uncertainty_unnormalised
        The same; not divided, which is what the release calls ``uncertainty``.
    sum_of_weights
        The same; the sum of all masks.
    masks
        How many masks these are made of.
    run
        The `Run` of the last call of `forward`, paused or finished, with standard errors and
        more in ``run.result()``; ``None`` before, and after ``sampling="release"``.

    Raises
    ------
    InputError
        The input is no float tensor ``(1, C, H, W)``, or holds NaN or infinite values.
    ModelError
        The encoder cannot be used.
    SettingsError
        An argument is out of range.
    """

    def __init__(
        self,
        input_image: torch.Tensor,
        encoder: Any,
        batch_size: int = 100,
        num_batches: int = 30,
        similarity_measure: nn.Module | Measure | str | None = None,
        sum_of_weights_initial_value: float = 1e-10,
        **encoder_options: Any,
    ) -> None:
        super().__init__()
        check_input(input_image)
        self.input_image = input_image
        self.device = input_image.device
        self.encoder = encoder.to(self.device) if isinstance(encoder, nn.Module) else encoder
        self.batch_size = batch_size
        self.num_batches = num_batches
        self.similarity_measure = (
            nn.CosineSimilarity(dim=1) if similarity_measure is None else similarity_measure
        )
        self.shape = tuple(input_image.shape[2:])
        self.run: Run[RelaxExplanation] | None = None
        self._initial = sum_of_weights_initial_value
        self._options = encoder_options
        # a copy, since an encoder may work in place
        self._data = input_image.detach()[0].to("cpu", torch.float32).numpy().copy()
        self._data.flags.writeable = False
        self._current: Part | None = None
        self._asked: dict[str, Any] = {}
        self._finished: list[Weighted] = []
        self._finished_masks = 0
        self._settings({})  # what is out of range is told here
        self._show()

    def forward(
        self,
        *,
        num_cells: int = 7,
        probablity_of_drop: float | None = None,
        probability_of_drop: float | None = None,
        num_spatial_dims: int = 2,
        sampling: str = "sobol",
        seed: int | None = None,
        **settings: Any,
    ) -> None:
        """Evaluate masks, and set the maps; a second call goes on from the first one's.

        A call with the same arguments as the last one continues its masks; one with others
        begins new ones, and the maps are of all masks together, as the release's are.

        Parameters
        ----------
        num_cells
            Cells of a mask's grid along each axis.
        probablity_of_drop, probability_of_drop
            Probability that a cell is kept (the name is the release's), 0.5 by default; the two
            spellings mean the same.
        num_spatial_dims
            2, as in the release; signals and volumes are explained by
            ``explain(x, encoder, method="relax")``.
        sampling
            How masks are drawn: as in `RelaxSettings`, or "release" for the release's own masks
            from torch's generator, in its order, so that its numbers come out again.
        seed
            Of the masks; by default drawn from torch's generator, so that
            ``torch.manual_seed`` decides it.
        **settings
            Others of `RelaxSettings`: ``tolerance``, ``stopping``, ``shift``, …. Where neither
            ``tolerance`` nor ``stopping`` is given, it ends when the importance is as exact as
            ``batch_size * num_batches`` of the release's masks would make it, by the estimated
            standard errors of both, after a sixth of them at the earliest and all of them at the
            latest; ``stopping="never"`` evaluates them all.

        Raises
        ------
        SettingsError
            An argument is unknown or out of range, or the two spellings differ.
        ModelError
            The encoder fails, or gives no usable representation.
        InputError
            The input is smaller than the grid.
        """
        if num_spatial_dims != len(self.shape):
            raise SettingsError(
                f"num_spatial_dims was given {num_spatial_dims!r}; expected 2: RELAX takes "
                "pictures. Signals and volumes are explained by rex_widgets.explain(x, encoder, "
                "method='relax')."
            )
        kept = _probability(probablity_of_drop, probability_of_drop)
        grid = {"num_cells": num_cells, "probability_of_drop": kept}
        asked = grid | {"sampling": sampling, "seed": seed} | settings
        part = self._current if self._asked == asked else None
        more = part is not None
        if part is None:
            part = self._part(asked)
            self._set_aside()
            self._current, self._asked, self.run = part, asked, part.run
        try:
            part.work(more)
        finally:
            self._show()

    @property
    def u_relax(self) -> torch.Tensor:
        """U-RELAX, ``(H, W)``: importance where the uncertainty is at most its median, else 0."""
        return self.importance * (self.uncertainty <= self.uncertainty.median())

    @property
    def unmasked_representations(self) -> torch.Tensor:
        """The whole input's representation repeated, ``(batch_size, D)``; calls the encoder."""
        found = torch.from_numpy(self._encoder()(self._data[None]))
        return found.to(self.device).expand(self.batch_size, -1)

    def _settings(self, asked: dict[str, Any]) -> RelaxSettings:
        given: dict[str, Any] = {
            "batch_size": self.batch_size,
            "num_batches": self.num_batches,
            "similarity_measure": measure_for(self.similarity_measure, self.device),
            "sum_of_weights_initial_value": self._initial,
        }
        for name in asked:
            if name not in OF_FORWARD:
                raise _misplaced(name)
        if _by_the_release(asked):
            # the rule's borders, where all replicates are equally long, and no end by the rule
            given |= {"stopping": "estimate", "tolerance": LEAST_TOLERANCE}
        elif asked.get("tolerance") is None:
            given["stopping"] = "never"
        said = {name: value for name, value in asked.items() if value is not None}
        return build(RelaxSettings, **(given | said))

    def _encoder(self) -> Any:
        model, options = self.encoder, self._options
        if callable(model) and not isinstance(model, Encoder):
            options = {"input_shape": self._data.shape} | options
            if not isinstance(model, nn.Module):
                model = partial(called_with_tensors, model, self.device)
        return as_encoder(model, **options)

    def _part(self, asked: dict[str, Any]) -> Part:
        if asked["sampling"] == RELEASE:
            settings = self._settings(_for_release(asked))
            return Released(self._encoder, self._data, self.device, settings)
        settings = self._settings(asked)
        seed = settings.seed if settings.seed is not None else _drawn_seed()
        sample = Sample(self._data.copy(), picture_of(self._data), "tensor")
        procedure = RelaxProcedure(self._encoder(), sample, settings, seed)
        return Driven(procedure, equal=_by_the_release(asked))

    def _set_aside(self) -> None:
        if self._current is not None:
            sums = self._current.sums()
            self._finished += [] if sums is None else [sums]
            self._finished_masks += self._current.masks
            self._current = None

    def _show(self) -> None:
        """Set the maps from all masks so far."""
        now = self._current.sums() if self._current else None
        parts = [*self._finished, *([] if now is None else [now])]
        nothing = np.zeros(self.shape)
        total = together(parts) if parts else Weighted(nothing, nothing, nothing)
        self.importance = self._tensor(total.mean)
        self.uncertainty = self._tensor(total.variance)
        self.uncertainty_unnormalised = self._tensor(total.squares)
        self.sum_of_weights = self._tensor(total.weights + self._initial)
        self.masks = self._finished_masks + (self._current.masks if self._current else 0)

    def _tensor(self, values: NDArray[np.float64]) -> torch.Tensor:
        return torch.from_numpy(values.astype(np.float32)).to(self.device)


def _probability(as_released: float | None, corrected: float | None) -> float:
    """The one probability that two spellings may name."""
    given = [value for value in (as_released, corrected) if value is not None]
    if len(set(given)) > 1:
        raise SettingsError(
            f"probablity_of_drop was given {as_released!r} and probability_of_drop {corrected!r}; "
            "they mean the same. Give one of them."
        )
    return given[0] if given else 0.5


def _by_the_release(asked: dict[str, Any]) -> bool:
    """Whether nothing is said of when to stop: then as many of the release's masks decide it."""
    return asked.get("tolerance") is None and asked.get("stopping") is None


def _misplaced(name: str) -> SettingsError:
    """The error for a setting that is unknown, or is told elsewhere."""
    if name in names_of(RelaxSettings):
        return SettingsError(
            f"{name} was given to forward; expected in RELAX(…, {name}=…), or in "
            "rex_widgets.explain(x, encoder, method='relax') if RELAX does not take it."
        )
    return unknown_name(name, OF_FORWARD, "argument of RELAX.forward")


def _for_release(asked: dict[str, Any]) -> dict[str, Any]:
    """Check that only the grid is asked for, which is all that the release has."""
    wrong = sorted(name for name, value in asked.items() if name not in GRID and value is not None)
    if wrong:
        raise SettingsError(
            f"sampling='release' was given with {', '.join(wrong)}; it repeats the release, which "
            "has none. Leave them out (torch.manual_seed decides its masks), or take "
            "sampling='iid'."
        )
    return {name: value for name, value in asked.items() if name in GRID and name != "sampling"}


def _drawn_seed() -> int:
    """Draw a seed from torch's generator, so that `torch.manual_seed` repeats a run."""
    return int(torch.randint(0, 2**31, ()))
