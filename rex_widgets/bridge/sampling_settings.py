"""How counterfactuals are sampled on the bridge."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from rex_widgets.bridge.terms import term_named
from rex_widgets.errors import SettingsError

RESCALES = ("fixed", "min_max")


@dataclass(frozen=True)
class SamplingSettings:
    """How counterfactuals are sampled on the bridge (METHODS §4; ICLR 2025, gqeXXrIMr0).

    Parameters
    ----------
    nfe : int
        Steps, each with one call of the network; fewer where `start_step` leaves fewer.
    start_step : int
        At which of the bridge's steps sampling starts, from 2 to all of them (τ·T). The more, the
        more of the region is made anew.
    scale : float
        Length s of the move along the gradient at the first step; 0: no guidance, and no gradient.
    ot_ode : bool
        No noise but that of the start.
    weights : mapping
        Of the optional terms by name, 0 where not named. A term of weight 0 costs nothing.
    adam : (float, float, float) or None
        β1, β2, ε of the stabilisation; None: the gradient as it is.
    normalise : bool
        Divide by the length of the first step's stabilised gradient, sample by sample.
    rescale : str
        What the classifier sees of an estimate x̂0. ``"fixed"``: (x̂0 + 1) / 2, which can lie
        slightly beyond [0, 1]. ``"min_max"``, as in the release: every picture by its own least
        and greatest value.
    batch_size : int
        Samples that are sent through the network at once.
    looks : int
        Without guidance: at how many steps, evenly spaced and the first and the last among them,
        the classifier is asked; 0: at all. In between the last answer stands.

    Raises
    ------
    SettingsError
        A value is out of range, or a term is not known.
    """

    nfe: int = 100
    start_step: int = 600
    scale: float = 1.5
    ot_ode: bool = True
    weights: Mapping[str, float] = field(default_factory=dict)
    adam: tuple[float, float, float] | None = (0.9, 0.999, 1e-8)
    normalise: bool = True
    rescale: str = "fixed"
    batch_size: int = 16
    looks: int = 0

    def __post_init__(self) -> None:
        for name, least in (("nfe", 1), ("start_step", 2), ("batch_size", 1), ("looks", 0)):
            _check_whole(name, getattr(self, name), least)
        _check_real("scale", self.scale)
        for name, weight in self.weights.items():
            term_named(name)
            _check_real(f"the weight of {name}", weight)
        if self.rescale not in RESCALES:
            raise SettingsError(
                f"rescale was {self.rescale!r}; choose one of {', '.join(RESCALES)}."
            )
        if self.adam is not None:
            _check_adam(self.adam)
        # A copy: the caller's dictionary may change, the settings may not.
        object.__setattr__(self, "weights", MappingProxyType(dict(self.weights)))

    @property
    def used_terms(self) -> tuple[str, ...]:
        """Names of the terms whose weight is not 0, in alphabetical order."""
        return tuple(sorted(name for name, weight in self.weights.items() if weight))


def _check_whole(name: str, given: object, least: int) -> None:
    if isinstance(given, bool) or not isinstance(given, int) or given < least:
        raise SettingsError(f"{name} was {given!r}; expected a whole number of at least {least}.")


def _check_real(name: str, given: object) -> None:
    if isinstance(given, bool) or not isinstance(given, int | float) or not 0 <= given < math.inf:
        raise SettingsError(f"{name} was {given!r}; expected a number of at least 0.")


def _check_adam(adam: tuple[float, float, float]) -> None:
    good = len(adam) == 3 and all(0 <= beta < 1 for beta in adam[:2]) and 0 < adam[2] < math.inf
    if not good:
        raise SettingsError(
            f"adam was {adam!r}; expected β1 and β2 from 0 to below 1, and ε above 0."
        )
