"""Settings of the causal method (ReX), with the names and defaults its users know."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rex_widgets.causal.bounds import OUTSIDE
from rex_widgets.occlusion import occlusion_names
from rex_widgets.regions.asked import REGION_EXPECTS, region_given
from rex_widgets.settings import (
    Settings,
    boolean,
    either,
    nothing,
    numbers,
    one_of,
    option,
    real,
    whole,
)


def _mask_value(value: Any) -> Any:
    if isinstance(value, str):
        if value in occlusion_names():
            return value
        parts = tuple(float(part) for part in value.split(","))
        return parts[0] if len(parts) == 1 else parts
    if isinstance(value, list | tuple):
        return tuple(float(part) for part in value)
    if isinstance(value, bool):
        raise ValueError
    if hasattr(value, "shape"):
        value = value.detach().cpu() if hasattr(value, "detach") else value
        array = np.asarray(value, dtype=np.float32).copy()
        return float(array) if array.ndim == 0 else array
    return value if callable(value) else float(value)


def _context(value: Any) -> Any:
    if value is None or (isinstance(value, str) and value == "none"):
        return None
    if isinstance(value, str | Path):
        return str(value)
    # integers stay integers: a picture's 8 bits are read like the input's
    array = np.array(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
    if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "biuf":
        raise ValueError
    return array


def _bounding_box(value: Any) -> tuple[int, ...]:
    parts = value.split(",") if isinstance(value, str) else value
    box = tuple(int(part) for part in parts)
    if any(edge != float(part) for edge, part in zip(box, parts, strict=True)):
        raise ValueError
    ends = list(zip(box[::2], box[1::2], strict=True))
    if not 1 <= len(ends) <= 3 or any(not 0 <= first < end for first, end in ends):
        raise ValueError
    return box


_BOUNDING_BOX = (
    _bounding_box,
    "2, 4 or 6 whole numbers separated by commas: for every axis its first place and the one "
    "after its last",
)

_MASK_VALUE = (
    _mask_value,
    "a number, a number per channel, an array, a function, or one of "
    + ", ".join(occlusion_names()),
)


STRATEGIES = ("global", "spatial", "multi", "contrastive", "complete")
"""How an explanation is extracted from a map; METHODS names ReX's for each."""


def _strategy(value: Any) -> str:
    named = {"spotlight": "multi", "linear": "global"}.get(value, value)
    if named not in STRATEGIES:
        raise ValueError
    return str(named)


RANKINGS = ("adaptive", "rise", "product", "contrast", "responsibility")


@dataclass(frozen=True)
class CausalSettings(Settings):
    """Settings of one causal explanation.

    Every field can be written as a keyword of ``explain`` and ``start``, as a
    flag of ``%explain`` (underscores become dashes), and as a key of
    ``rex.toml``. Defaults follow the ReX releases where they agree, and
    otherwise the choices that ``docs/architecture.md`` states.
    """

    iters: int = option(20, "number of partition trees to grow", whole(1, 100_000), table="causal")
    target: int | None = option(
        None,
        "class to explain (index); the model's own answer if not given",
        either(nothing(), whole(0)),
    )
    strategy: str = option(
        "global",
        "how the explanation is extracted: global (the ranked prefix), spatial (inside one "
        "disc), multi or spotlight (several explanations), contrastive (sufficient and "
        "necessary), complete (contrastive, with the confidence of the whole input)",
        (_strategy, "one of " + ", ".join((*STRATEGIES, "spotlight"))),
        table="explanation.multi",
        aliases=("explanation.strategy", "explanation.multi.method"),
        choices=(*STRATEGIES, "spotlight"),
    )
    minimum_confidence_threshold: float = option(
        0.0,
        "confidence that the explanation must keep, as a share of the target's",
        real(0.0, 1.0),
        table="explanation",
        aliases=("min_confidence_scalar",),
        flag="threshold",
    )
    seed: int | None = option(
        None,
        "seed of all random choices; drawn and reported if not given",
        either(nothing(), whole(0, 2**63 - 1)),
        table="rex",
    )
    mask_value: Any = option(
        0.0,
        "what hidden pixels become, after normalisation",
        _MASK_VALUE,
        table="rex",
        suggestions=occlusion_names(),
    )
    batch_size: int = option(
        64, "most mutants sent to the model at once", whole(1, 65_536), table="rex"
    )
    minimise_budget: int = option(
        600,
        "most evaluations spent on making the explanation irreducible (0: do not minimise)",
        whole(0),
        table="explanation",
        unit="evaluations",
    )
    ranking: str = option(
        "adaptive",
        "what orders the pixels for extraction: adaptive (a regression on masks near the ranking "
        "so far), rise (mean confidence of random masks), product (rise times the responsibility "
        "map), contrast (difference of the mean confidence with and without a box, from the "
        "search's own mutants) or responsibility (the map itself)",
        one_of(*RANKINGS),
        table="explanation",
        choices=RANKINGS,
    )
    ranking_masks: int = option(
        50,
        "masks that adaptive, rise and product evaluate for every tree, beside its mutants "
        "(0: none, and contrast stands in for them)",
        whole(0, 10_000),
        table="explanation",
        unit="masks",
    )
    stop_when_stable: bool = option(
        False,
        "end the search at a wave border (4, 12, 28, 60 trees, then every 32) once 90 % of the "
        "ranking's top 5 % were there one wave before",
        boolean(),
        table="causal",
    )
    no_extract: bool = option(
        False,
        "make the map only: nothing is extracted from it, and the answer stays the smallest "
        "mutant that passed",
        boolean(),
        table="explanation",
    )
    chunk_size: int | None = option(
        None,
        "resolution of the ranked prefix; min_box_size if not given",
        either(nothing(), whole(1)),
        table="explanation",
        aliases=("chunk",),
        unit="pixels",
    )
    tree_depth: int = option(10, "deepest level of a tree", whole(1, 100), table="causal")
    search_limit: int | None = option(
        None,
        "a tree ends with the job in which it has made this many mutants",
        either(nothing(), whole(1)),
        table="causal",
        unit="mutants",
    )
    min_box_size: int = option(
        10, "boxes smaller than this are not split", whole(1), table="causal", unit="pixels"
    )
    confidence_filter: float = option(
        0.0,
        "confidence that a passing mutant must have, as a share of the target's",
        real(0.0, 1.0),
        table="causal",
    )
    weighted: bool = option(
        False, "weigh responsibility by the mutant's confidence", boolean(), table="causal"
    )
    concentrate: Any = option(
        False,
        "favour small boxes: area divides by the box's area, depth multiplies by its depth",
        either(boolean(), one_of("area", "depth")),
        table="causal",
        choices=("area", "depth"),
    )
    queue_len: Any = option(
        1,
        "passing mutants kept per split box, in the queue styles area and intersection",
        either(whole(1), one_of("all")),
        table="causal",
    )
    queue_style: str = option(
        "area",
        "which passing mutants are followed: area (the smallest first), intersection (those "
        "around what one of them shares with all later ones, the smallest first), all (level by "
        "level), or dc (all, the newest first, while older ones wait)",
        one_of("area", "intersection", "all", "dc"),
        table="causal",
        choices=("area", "intersection", "all", "dc"),
    )
    distribution: str = option(
        "uniform",
        "how split points are drawn",
        one_of("uniform", "binom", "betabinom", "adaptive"),
        table="causal.distribution",
        choices=("uniform", "binom", "betabinom", "adaptive"),
    )
    distribution_args: tuple[float, ...] | None = option(
        None,
        "parameters of the distribution: p of binom, a and b of betabinom",
        either(nothing(), numbers()),
        table="causal.distribution",
        aliases=("causal.distribution.dist_args",),
    )
    blend: float = option(
        0.0,
        "share of the uniform distribution in the adaptive one",
        real(0.0, 1.0),
        table="causal.distribution",
    )
    responsibility_style: str = option(
        "additive",
        "how trees are merged into a map",
        one_of("additive", "multiplicative"),
        table="causal",
        choices=("additive", "multiplicative"),
    )
    negative_responsibility: bool = option(
        False, "subtract the maps of the other classes", boolean(), table="causal"
    )
    context: Any = option(
        None,
        "another input, whose values fill the hidden places (mask_value = context)",
        (_context, "an array or the path of an input"),
        table="rex",
    )
    noise: float | None = option(
        None,
        "width (sigma) of the Gaussian blur put over the context",
        either(nothing(), real(0.0)),
        table="rex",
    )
    bounding_box: tuple[int, ...] | None = option(
        None,
        "the search begins with this box instead of the whole input, such as 10,200,20,180 for "
        "rows 10 to 199 and columns 20 to 179",
        either(nothing(), _BOUNDING_BOX),
        table="causal",
    )
    region: Any = option(
        None,
        "the explanation is looked for in this part of the input only; a mask of the input's "
        "shape, at the model's resolution",
        either(
            nothing(),
            (region_given, REGION_EXPECTS),
        ),
        table="causal",
    )
    outside: str = option(
        "hidden",
        "what becomes of the places outside the region in everything that the model is shown",
        one_of(*OUTSIDE),
        table="causal",
        choices=OUTSIDE,
    )
    use_bounding_box: bool = option(
        False,
        "begin the search with the bounding box that a ReX script's prediction gives",
        boolean(),
        table="causal",
    )
    spatial_initial_radius: float = option(
        25.0,
        "radius of the first disc (interval, ball) of the spatial strategy",
        real(1.0),
        table="explanation.spatial",
        aliases=("initial_radius",),
        unit="pixels",
    )
    spatial_radius_eta: float = option(
        0.2,
        "share by which a disc that does not suffice grows",
        real(0.001, 10.0),
        table="explanation.spatial",
        aliases=("radius_eta",),
    )
    no_expansions: int = option(
        4,
        "radii that a spotlight tries at one place",
        whole(1, 1000),
        table="explanation.spatial",
        aliases=("explanation.multi.no_expansions",),
    )
    spotlights: int = option(
        10,
        "explanations looked for by multi, the global one among them",
        whole(1, 1000),
        table="explanation.multi",
    )
    spotlight_size: float = option(
        20.0, "first radius of a spotlight", real(1.0), table="explanation.multi", unit="pixels"
    )
    spotlight_eta: float = option(
        0.2,
        "share by which a spotlight that does not suffice grows",
        real(0.001, 10.0),
        table="explanation.multi",
    )
    spotlight_step: int = option(
        5,
        "pixels that a spotlight moves by, diagonally and uphill",
        whole(1),
        table="explanation.multi",
        unit="pixels",
    )
    spotlight_objective_function: str = option(
        "none",
        "where a spotlight that fails goes: none (jumps), mean or max (uphill in the mean or "
        "largest responsibility of its disc)",
        one_of("none", "mean", "max"),
        table="explanation.multi",
        aliases=("objective_function",),
        choices=("none", "mean", "max"),
    )
    max_spotlight_budget: int = option(
        40, "places that a spotlight tries at most", whole(1), table="explanation.multi"
    )
    permitted_overlap: float = option(
        0.0,
        "largest Dice overlap of two explanations that count as different",
        real(0.0, 1.0),
        table="explanation.multi",
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.concentrate is True:
            object.__setattr__(self, "concentrate", "area")
        self._check_distribution()
        self._check_context()

    def _check_context(self) -> None:
        from rex_widgets.errors import SettingsError

        named = isinstance(self.mask_value, str) and self.mask_value == "context"
        if self.context is None:
            if named:
                raise SettingsError(
                    "mask_value was 'context', but no context was given. Give another input as "
                    "context, or another mask_value."
                )
            if self.noise is not None:
                raise SettingsError(
                    f"noise was {self.noise:g}, but no context was given, which it would blur. "
                    "Give a context, or leave noise out (mask_value='blur' blurs the input)."
                )
        elif not named:
            if not isinstance(self.mask_value, float) or self.mask_value != 0:
                raise SettingsError(
                    "context was given, and another mask_value than 'context' too. Give one of "
                    "the two."
                )
            object.__setattr__(self, "mask_value", "context")

    def _check_distribution(self) -> None:
        from rex_widgets.errors import SettingsError

        args = self.distribution_args
        if self.distribution == "binom" and args is not None:
            if len(args) != 1 or not 0 <= args[0] <= 1:
                raise SettingsError(
                    f"distribution_args was {args}; binom expects one number from 0 to 1."
                )
        elif self.distribution == "betabinom":
            if args is None or len(args) != 2 or min(args) <= 0:
                raise SettingsError(
                    f"distribution_args was {args}; betabinom expects two positive numbers."
                )
        elif self.distribution in ("uniform", "adaptive") and args is not None:
            raise SettingsError(
                f"distribution_args was {args}, but {self.distribution} takes none "
                "(adaptive is set by blend)."
            )

    @property
    def resolution(self) -> int:
        """Pixels between neighbouring lengths of the ranked prefix."""
        return self.chunk_size or self.min_box_size
