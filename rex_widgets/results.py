"""The frozen values that a computation hands out: targets, progress, explanations."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field
from types import MappingProxyType
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import Axes
from rex_widgets.separate import Separated, separate


@dataclass(frozen=True)
class ClassScore:
    """A class and the probability that the model gave it.

    ``index`` is the position in the model's output, ``label`` its name (or
    ``"class 285"`` where the model has no names), ``confidence`` in [0, 1].
    """

    index: int
    label: str
    confidence: float

    def __str__(self) -> str:
        return f"{self.label} ({self.index}) {self.confidence:.3f}"


@dataclass(frozen=True)
class Target(ClassScore):
    """The class that is explained, with its confidence on the whole input.

    ``index`` is −1 until the model has been called for the first time.
    """


class EvaluationCount(int):
    """A number of model evaluations that knows what they were spent on.

    Examples
    --------
    >>> count = EvaluationCount.of({"search": 90, "verify": 1})
    >>> count == 91, count.breakdown["search"]
    (True, 90)
    """

    breakdown: Mapping[str, int]

    @classmethod
    def of(cls, breakdown: Mapping[str, int]) -> EvaluationCount:
        """Total a breakdown ``{purpose: evaluations}``."""
        count = cls(sum(breakdown.values()))
        count.breakdown = MappingProxyType(dict(breakdown))
        return count

    def __repr__(self) -> str:
        parts = ", ".join(f"{name} {number}" for name, number in self.breakdown.items())
        return f"{int(self)} ({parts})" if parts else str(int(self))

    def __reduce__(self) -> tuple[Any, ...]:
        return (EvaluationCount.of, (dict(self.breakdown),))


@dataclass(frozen=True)
class Certificate:
    """What has been proven of an explanation's size.

    Parameters
    ----------
    irreducible
        In one full pass every cell was removed alone, and every removal lost
        the class or the asked confidence.
    cell
        Side of the cells in places (0 when no pass was completed).
    budget_spent
        The evaluation budget ended the minimising before cells of one pixel.
    passes
        Number of full passes at every cell size, coarse to fine.
    place
        What the cells are made of: "pixel", "feature", "sample" or "voxel".
    dimensions
        Number of axes over which a cell extends.
    pair
        The explanation is sufficient and necessary, and every removal lost one of the two.
    """

    irreducible: bool
    cell: int
    budget_spent: bool
    passes: Mapping[int, int] = field(default_factory=dict)
    place: str = "pixel"
    dimensions: int = 2
    pair: bool = False

    @property
    def unit(self) -> str:
        """The cells in words, in the plural."""
        if self.cell == 1:
            return f"single {self.place}s"
        if self.dimensions == 1:
            return f"runs of {self.cell} {self.place}s"
        cells = "×".join([str(self.cell)] * self.dimensions)
        return f"{cells} cells" if self.place == "pixel" else f"{cells} cells of {self.place}s"

    @property
    def text(self) -> str:
        """One sentence for a person."""
        if not self.irreducible:
            return "not shown to be irreducible (the evaluation budget was too small)"
        lost = "sufficiency or necessity" if self.pair else "the answer"
        tail = "; the budget ended before finer cells" if self.budget_spent else ""
        return f"irreducible in {self.unit}: removing any one of them loses {lost}{tail}"


@dataclass(frozen=True)
class Progress:
    """Where a run stands; one is handed out after every batch of model calls.

    ``fraction`` is in [0, 1]; ``seconds_left`` is ``None`` while unknown;
    ``evaluations_per_second`` counts the evaluations since the run was last
    driven.
    """

    fraction: float = 0.0
    evaluations: int = 0
    evaluations_per_second: float = 0.0
    seconds: float = 0.0
    seconds_left: float | None = None
    stage: str = "ready"
    message: str = ""


class Result(Protocol):
    """What every method's result tells; a frozen dataclass.

    The methods add their own: `Explanation` a map and a mask. See there for the units.
    """

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @property
    def method(self) -> str:
        """Name of the method."""

    @property
    def source(self) -> str:
        """Where the input came from, for people."""

    @property
    def kind(self) -> str:
        """Kind of input: "image", "table", "signal", "audio" or "volume"."""

    @property
    def picture(self) -> NDArray[np.uint8] | None:
        """What was explained, uint8 ``(H, W, 3)``."""

    @property
    def axes(self) -> Axes | None:
        """What the axes of the input mean."""

    @property
    def values(self) -> NDArray[np.float32] | None:
        """What a person reads off the input, float32 ``(channels, …)``; ``None`` for images."""

    @property
    def stage(self) -> str:
        """How far the method has come; "nothing yet" at first."""

    @property
    def message(self) -> str:
        """What a person should know about this result; often empty."""

    @property
    def evaluations(self) -> EvaluationCount:
        """Model evaluations."""

    @property
    def seconds(self) -> float:
        """Time the run was driven."""

    @property
    def seconds_in_model(self) -> float:
        """The part of it spent inside the model."""

    @property
    def settings(self) -> Any:
        """Settings of the method."""

    @property
    def seed(self) -> int:
        """Seed of all random choices."""

    @property
    def versions(self) -> Mapping[str, str]:
        """Library versions."""

    @property
    def runtime(self) -> str:
        """What evaluated the model."""

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen for the user, in sentences."""


@dataclass(frozen=True, eq=False)
class Part:
    """One of several masks that an explanation consists of.

    Parameters
    ----------
    name
        "spotlight 1", … for multiple explanations, numbered as they were started (1 is the
        global one; numbers that found nothing are missing); "sufficient", "contrastive" and
        "complete" for those strategies, each mask inside the next.
    mask
        Bool, the shape of the input without its channels.
    confidence
        Probability of the target when only ``mask`` is visible.
    area
        Share of the input that ``mask`` keeps, in [0, 1].
    verified
        What the name claims was checked again, alone, at batch size 1.
    certificate
        What was proven of its size, or ``None``.
    without
        The model's answer to the input without ``mask``; ``None`` where it was not asked.
        A necessary part has another class here than the target.
    """

    name: str
    mask: NDArray[np.bool_] = field(repr=False)
    confidence: float
    area: float
    verified: bool
    certificate: Certificate | None = None
    without: ClassScore | None = None


@dataclass(frozen=True, eq=False)
class Explanation:
    """Why the model gave its answer: the smallest part found that still gives it.

    "Place" stands for a pixel, a feature, a sample or a voxel.

    Parameters
    ----------
    map
        Responsibility of every place, float32, at least 0, in units of the method
        (only the order and the ratios matter). ``(H, W)`` for images, ``(L,)`` for
        tables, signals and sound, ``(D1, D2, D3)`` for volumes.
    mask
        The explanation, bool, the shape of ``map``, at the model's resolution.
    target
        The explained class; its ``confidence`` is that of the whole input.
    confidence
        Probability of the target when only ``mask`` is visible (NaN if unknown).
    area
        Share of the input that ``mask`` keeps, in [0, 1].
    verified
        The explanation was classified again, alone, at batch size 1, and gave the target with
        the asked confidence. For "contrastive" the rest of the input was classified too, and did
        not give the target; so it is for "complete" until it has the part of that name, whose
        confidence is that of the whole input, to two decimals.
    certificate
        What was proven of its size, or ``None`` before minimising and for "complete".
    occlusions
        For each of three masking values, whether the explanation gives the class.
    evaluations
        Model evaluations, an ``int`` with a ``breakdown``.
    seconds, seconds_in_model
        Time the run was driven, and the part of it spent inside the model.
    stage
        "nothing yet", "smallest passing mutant", "ranked prefix",
        "irreducible", "verified", "none found" or "meaningless".
    message
        What a person should know about this answer, in a sentence; often empty.
    top
        The model's five best classes for the whole input.
    settings, seed, versions, runtime, choices
        What reproduces the result: settings, seed, library versions, the
        runtime taken, and what was chosen for the user.
    statistics
        Counts of the method (passing, failing, depth reached, average box size).
    picture
        What was explained, uint8 ``(H, W, 3)``; for a volume its middle slice, for
        one axis a strip of one row.
    ranking
        What the extraction ordered the places by, float32, the shape of ``map``; the setting
        ``ranking`` chooses it. ``None`` before the search.
    kind
        "image", "table", "signal", "audio" or "volume".
    axes
        What the axes of ``mask`` mean.
    values
        What a person reads off the input, before normalisation: float32
        ``(channels, …)``, for plots of signals, tables and volumes. ``None`` for images.
    strategy
        "global", "spatial", "multi", "contrastive" or "complete".
    parts
        The single masks of "multi" (all explanations found, the global one first),
        "contrastive" and "complete"; empty for the other strategies, and while none is found.
    map_error
        Standard error of ``map`` over the trees, float32, its shape and units: √(n · s²), s² the
        variance of the single trees' maps. ``None`` below two trees, and for maps that are not a
        sum over trees (multiplicative, or with negative responsibility).
    stability
        Share of the ranking's top 5 % that was there one wave before, at every wave border (12,
        28, 60 trees, then every 32); empty before.
    """

    map: NDArray[np.float32] = field(repr=False)
    mask: NDArray[np.bool_] = field(repr=False)
    target: Target
    confidence: float
    area: float
    verified: bool
    certificate: Certificate | None
    occlusions: Mapping[str, bool]
    evaluations: EvaluationCount
    seconds: float
    seconds_in_model: float
    stage: str
    message: str
    top: tuple[ClassScore, ...] = field(repr=False)
    settings: Any = field(repr=False)
    seed: int
    versions: Mapping[str, str] = field(repr=False)
    runtime: str
    choices: tuple[str, ...] = field(repr=False)
    statistics: Mapping[str, float] = field(repr=False)
    source: str = ""
    method: str = "causal"
    picture: NDArray[np.uint8] | None = field(default=None, repr=False)
    ranking: NDArray[np.float32] | None = field(default=None, repr=False)
    kind: str = "image"
    axes: Axes | None = field(default=None, repr=False)
    values: NDArray[np.float32] | None = field(default=None, repr=False)
    strategy: str = "global"
    parts: tuple[Part, ...] = field(default=(), repr=False)
    map_error: NDArray[np.float32] | None = field(default=None, repr=False)
    stability: tuple[float, ...] = ()

    @property
    def pixels(self) -> int:
        """Number of pixels (features, samples, voxels) that the explanation keeps."""
        return int(self.mask.sum())

    @property
    def region(self) -> NDArray[np.bool_] | None:
        """The part of the input that was searched, the shape of ``mask``; ``None`` for all."""
        region = getattr(self.settings, "region", None)
        bounded = isinstance(region, np.ndarray) and not region.all()
        return region if bounded else None

    @property
    def outside(self) -> str:
        """What the model was shown outside the region: "hidden" or "visible"."""
        return str(getattr(self.settings, "outside", "hidden"))

    def separate_by(self, overlap: float, limit: int = 100) -> Separated:
        """The largest sets of parts that overlap pairwise by no more than ``overlap``.

        Parameters
        ----------
        overlap
            Largest Dice coefficient of two masks that count as different, in [0, 1].
        limit
            Sets at most.

        Returns
        -------
        Separated
            Sets of indices into ``parts``; see `rex_widgets.separate.separate`.
        """
        return separate([part.mask for part in self.parts], overlap, limit)
