"""Settings of the latent counterfactuals: what all explainers share, and what is each one's own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

from rex_widgets.errors import SettingsError
from rex_widgets.latent.given_worlds import correlation_of, is_given_world
from rex_widgets.settings import (
    Converter,
    Settings,
    boolean,
    defaults,
    either,
    nothing,
    one_of,
    option,
    real,
    whole,
)

WORLD = "world"
"""What stands for the embedded world's generator, and for its classifier."""

MOST_SAMPLES = 512
MOST_COUNTERFACTUALS = 20_000
"""Samples times explanations."""

MASK_METHODS = (
    "fisher_spectral",
    "fisher_spectral_inv",
    "fisher_chunk",
    "fisher_range",
    "random",
    "none",
)
SELECTIONS = ("independent", "subset")
OUTPUTS = ("signed", "unit")
"""Ranges of a generator's output: -1 to 1, and 0 to 1."""


def _generator(value: Any) -> Any:
    if isinstance(value, str):
        return one_of(WORLD)[0](value)
    if is_given_world(value):
        return value
    if not callable(value) or isinstance(value, type):
        raise ValueError
    return value


def _latents(value: Any) -> Any:
    if isinstance(value, str | Path):
        if not str(value):
            raise ValueError
        return str(value)
    if not hasattr(value, "shape"):
        raise ValueError
    given = value.detach().cpu().numpy() if hasattr(value, "detach") else value
    array = np.array(given, np.float32)
    if array.ndim != 2 or len(array) < 2 or array.shape[1] == 0:
        raise ValueError
    array.flags.writeable = False
    return array


def _statistics(value: Any) -> Any:
    if not (hasattr(value, "standardised") and hasattr(value, "mad")):
        raise ValueError
    return value


def _among(*numbers: float) -> Callable[[Any], Any]:
    def convert(value: Any) -> float:
        found = real()[0](value)
        if found not in numbers:
            raise ValueError
        return next(number for number in numbers if number == found)

    return convert


def _or_nothing(kind: tuple[Converter, str]) -> tuple[Converter, str]:
    return either(nothing(), kind)


def _rate() -> Any:
    return option(0.1, "length of a step", real(1e-6, 100.0), table="latent")


def _iterations() -> Any:
    return option(50, "steps at most", whole(1, 100_000), table="latent", unit="steps")


def _weight(table: str, default: float, help: str) -> Any:
    return option(default, help, real(0.0, 1e6), table=table)


@dataclass(frozen=True)
class LatentSettings(Settings):
    """Settings that all methods of latent counterfactuals have.

    Every field can be written as a keyword of ``explain`` and ``start``, as a flag of
    ``%explain`` (underscores become dashes), and as a key of ``rex.toml``. Names and defaults
    follow the BEX benchmark (METHODS §3).
    """

    method: ClassVar[str] = ""
    """Name of the method, and of its explainer."""

    named: ClassVar[Mapping[str, str]] = {}
    """Arguments of the explainer by the settings that are called otherwise."""

    num_explanations: int = option(
        10, "counterfactuals for every sample", whole(1, 1000), table="latent"
    )
    target: int | None = option(
        None,
        "the class to ask for, by index; of two classes the other one if not given",
        either(nothing(), whole(0)),
        table="latent",
    )
    generator: Any = option(
        None,
        "what makes pictures of latents: a torch module or a function, or world, the characters "
        "in fonts that come with the package",
        _or_nothing((_generator, "world, a torch module, or a function of latents (N, Z)")),
        table="latent",
        suggestions=(WORLD,),
    )
    generator_output: str | None = option(
        None,
        "range of the generator's output: signed (-1 to 1) or unit (0 to 1); found out if not "
        "given",
        _or_nothing(one_of(*OUTPUTS)),
        table="latent",
        choices=OUTPUTS,
    )
    latents: Any = option(
        None,
        "training latents of the generator: their mean, spread and range are the latent space's",
        _or_nothing((_latents, "an array (N, Z) of at least two rows, or the path of a .npy file")),
        table="latent",
    )
    statistics: Any = option(
        None,
        "mean, spread and range of the latent space, in place of training latents",
        _or_nothing((_statistics, "a LatentStatistics")),
        table="latent",
    )
    n_corr: int = option(
        10,
        "of the world: how many fonts go with the class, which says what its classifier learned",
        (lambda value: int(_among(6, 10)(value)), "6 or 10"),
        table="latent",
        unit="fonts",
    )
    corr_level: float = option(
        0.95,
        "of the world: how often such a font tells the class",
        (_among(0.5, 0.95), "0.5 or 0.95"),
        table="latent",
    )
    release_compatible: bool = option(
        False,
        "compute as the BEX release does, also where that differs from the method's paper",
        boolean(),
        table="latent",
    )
    seed: int | None = option(
        None,
        "seed of all random choices; drawn and reported if not given",
        either(nothing(), whole(0, 2**63 - 1)),
        table="rex",
        aliases=("latent.seed",),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if is_given_world(self.generator):
            self._take_world(self.generator)
        if self.latents is not None and self.statistics is not None:
            raise SettingsError(
                "latents and statistics were given; the statistics of the latent space come from "
                "one of them. Leave one out."
            )
        if self.generator == WORLD:
            for name in ("latents", "statistics", "generator_output"):
                if getattr(self, name) is not None:
                    raise SettingsError(
                        f"{name} was given, and generator='world', whose own are known. Leave one "
                        "of the two out."
                    )

    def _take_world(self, world: Any) -> None:
        usual = defaults(type(self))
        for name, value in zip(("n_corr", "corr_level"), correlation_of(world), strict=True):
            mine = getattr(self, name)
            if mine not in (value, usual[name]):
                raise SettingsError(
                    f"{name} was {mine}, and a world with {name}={value} was given. Leave {name} "
                    f"out, or give load_world({name}={mine})."
                )
            object.__setattr__(self, name, value)
        object.__setattr__(self, "generator", WORLD)

    def arguments(self) -> dict[str, Any]:
        """Return the keywords of the explainer's constructor."""
        common = {f.name for f in fields(LatentSettings)}
        kept = {"num_explanations", "release_compatible"}
        return {
            self.named.get(f.name, f.name): getattr(self, f.name)
            for f in fields(self)
            if f.name not in common or f.name in kept
        }


@dataclass(frozen=True)
class DiceSettings(LatentSettings):
    """Settings of the method dice (DiCE, arXiv 1905.07697)."""

    method: ClassVar[str] = "dice"

    lr: float = _rate()
    num_iters: int = _iterations()
    proximity_weight: float = _weight(
        "dice", 1.0, "how much nearness to the sample counts against the change of class"
    )
    diversity_weight: float = _weight(
        "dice", 1.0, "how much difference between the counterfactuals counts"
    )


@dataclass(frozen=True)
class DiveSettings(LatentSettings):
    """Settings of the method dive (DiVE, arXiv 2103.10226).

    ``mask_method`` is BEX's ``method``, a name that ``explain`` needs for itself.
    """

    method: ClassVar[str] = "dive"
    named: ClassVar[Mapping[str, str]] = {"mask_method": "method"}

    lr: float = _rate()
    num_iters: int = _iterations()
    diversity_weight: float = _weight(
        "dive", 0.001, "how much likeness between the counterfactuals' directions counts"
    )
    lasso_weight: float = _weight("dive", 0.1, "how much the size of the change counts")
    reconstruction_weight: float = _weight(
        "dive", 0.0001, "how much the change of the picture counts"
    )
    mask_method: str = option(
        "fisher_spectral",
        "which coordinates each counterfactual may move: by the Fisher information of the latents "
        "(groups that go together, all but such a group, runs, the first few), at random, or all",
        one_of(*MASK_METHODS),
        table="dive",
        choices=MASK_METHODS,
    )


@dataclass(frozen=True)
class XgemSettings(LatentSettings):
    """Settings of the method xgem (xGEM, arXiv 1806.08867)."""

    method: ClassVar[str] = "xgem"

    lr: float = _rate()
    num_iters: int = _iterations()
    reconstruction_weight: float = _weight(
        "xgem", 0.001, "how much the change of the picture counts"
    )


@dataclass(frozen=True)
class LCFSettings(LatentSettings):
    """Settings of the method lcf (Latent-CF, arXiv 2012.09301)."""

    method: ClassVar[str] = "lcf"

    lr: float = _rate()
    num_iters: int = _iterations()
    p: float = option(
        0.1, "the probability that the sample's own class shall have", real(0.0, 1.0), table="lcf"
    )
    tolerance: float = option(
        0.5,
        "how near to that probability is near enough",
        real(0.0, 1.0),
        table="lcf",
    )


@dataclass(frozen=True)
class GrowingSpheresSettings(LatentSettings):
    """Settings of the method growing_spheres (arXiv 1712.08443)."""

    method: ClassVar[str] = "growing_spheres"

    n_candidates: int = option(
        50,
        "random latents in each ball or ring",
        whole(1, 100_000),
        table="growing_spheres",
        unit="candidates",
    )
    first_radius: float = option(
        10.0, "radius of the first ball", real(1e-3, 1e6), table="growing_spheres"
    )
    decrease_radius: float = option(
        2.0, "what the radius is divided by", real(1.001, 1e6), table="growing_spheres"
    )


@dataclass(frozen=True)
class StylexSettings(LatentSettings):
    """Settings of the method stylex (StylEx, arXiv 2104.13369).

    ``selection`` is BEX's ``strategy``, which a call takes as well; in files and as a flag that
    name is another method's.
    """

    method: ClassVar[str] = "stylex"
    named: ClassVar[Mapping[str, str]] = {"selection": "strategy"}

    t: float = option(
        0.3,
        "gain of the asked class's logit from which a sample counts as explained",
        real(0.0, 1e6),
        table="stylex",
    )
    shift_size: float = option(
        0.8,
        "how far a coordinate is shifted toward the end of its range",
        real(1e-3, 100.0),
        table="stylex",
    )
    selection: str = option(
        "independent",
        "whether the most telling coordinates are shifted one by one or together",
        one_of(*SELECTIONS),
        table="stylex",
        choices=SELECTIONS,
        also=("strategy",),
    )


@dataclass(frozen=True)
class OracleSettings(LatentSettings):
    """Settings of the method is, the oracle that knows what goes with the class by chance."""

    method: ClassVar[str] = "is"


SETTINGS: Mapping[str, type[LatentSettings]] = {
    cls.method: cls
    for cls in (
        DiceSettings,
        DiveSettings,
        XgemSettings,
        LCFSettings,
        GrowingSpheresSettings,
        StylexSettings,
        OracleSettings,
    )
}
"""Settings by the name of the method."""
