"""Settings of the method relax, with the names and defaults its users know."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rex_widgets.errors import SettingsError
from rex_widgets.inputs import Sample
from rex_widgets.relax.references import Reference, References
from rex_widgets.relax.similarity import takes_reference
from rex_widgets.settings import (
    Settings,
    boolean,
    either,
    nothing,
    one_of,
    option,
    real,
    whole,
)

MEASURES = ("cosine", "dot", "euclidean")
SAMPLERS = ("sobol", "iid", "antithetic", "stratified", "orthogonal")
SHIFTS = ("pixels", "cells")
STOPPING = ("estimate", "hoeffding", "never")
POOLS = ("flatten", "mean", "max")

DEFAULT_TOLERANCE = 0.15
"""Contrast error at which the stopping rule "estimate" ends a run, if none is asked for.

RELAX's own 3,000 independent masks leave about twice that on photographs and an EfficientNet.
"""

MOST_IN_GALLERY = 64
MOST_IN_CORPUS = 10_000


def _measure(value: Any) -> Any:
    return value if callable(value) else one_of(*MEASURES)[0](value)


def _cells(value: Any) -> int | tuple[int, ...]:
    if isinstance(value, str):
        value = tuple(value.split(",")) if "," in value else value
    if isinstance(value, list | tuple):
        if not 1 <= len(value) <= 3:
            raise ValueError
        return tuple(whole(2, 1000)[0](part) for part in value)
    return int(whole(2, 1000)[0](value))


def _output(value: Any) -> str | int:
    if isinstance(value, str) and not value.isdigit():
        if not value:
            raise ValueError
        return value
    return int(whole(0)[0](value))


def _words(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError
    return value


def _input(value: Any) -> Any:
    if isinstance(value, str | Path):
        return _words(str(value))
    if isinstance(value, bytes | Sample | Reference):
        return value
    if hasattr(value, "getbands"):  # a PIL image
        return value
    if hasattr(value, "shape"):
        # integers stay integers: a picture's 8 bits are read like the input's
        array = np.array(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
        if array.ndim == 0 or array.size == 0 or array.dtype.kind not in "biuf":
            raise ValueError
        return array
    raise ValueError


def _several(value: Any) -> Any:
    if isinstance(value, str | Path):
        return _words(str(value))
    if isinstance(value, References):
        return value
    if hasattr(value, "shape"):
        array = _input(value)
        if array.ndim < 2:
            raise ValueError
        return tuple(array)
    if not isinstance(value, list | tuple) or not value:
        raise ValueError
    return tuple(_input(one) for one in value)


def _model(value: Any) -> Any:
    if isinstance(value, str | Path):
        return _words(str(value))
    if isinstance(value, bool | int | float | list | tuple | dict | set | np.ndarray):
        raise ValueError
    return value


def _or_nothing(kind: tuple[Callable[[Any], Any], str]) -> tuple[Callable[[Any], Any], str]:
    return either(nothing(), kind)


_SEVERAL = (
    _several,
    "a list of inputs, an array of them, or the path of a folder or pattern (photos/*.png)",
)


@dataclass(frozen=True)
class RelaxSettings(Settings):
    """Settings of one explanation of a representation.

    Every field can be written as a keyword of ``explain`` and ``start``, as a flag of
    ``%explain`` (underscores become dashes), and as a key of ``rex.toml``. Names and values
    follow RELAX (METHODS §2), whose ``probablity_of_drop`` is understood too.
    """

    num_batches: int = option(
        30,
        "batches of masks at most; with batch_size, how many masks there are",
        whole(1, 100_000),
        table="relax",
    )
    batch_size: int = option(
        100,
        "masks of one batch; the encoder may be given fewer at once",
        whole(1, 65_536),
        table="relax",
        unit="masks",
    )
    similarity_measure: Any = option(
        "cosine",
        "what two representations are compared by: cosine, dot (scalar product), euclidean "
        "(minus the distance), or a function",
        (_measure, "one of " + ", ".join(MEASURES) + ", or a function of representations"),
        table="relax",
        suggestions=MEASURES,
    )
    num_cells: Any = option(
        7,
        "cells of a mask's grid along every axis, or one number an axis",
        (_cells, "2 to 1000, or one such number an axis separated by commas"),
        table="relax",
        unit="cells",
    )
    probability_of_drop: float = option(
        0.5,
        "probability that a cell is kept: the name is RELAX's, the meaning is to keep",
        real(0.001, 0.999),
        table="relax",
        aliases=("probablity_of_drop",),
        also=("probablity_of_drop",),
    )
    sampling: str = option(
        "sobol",
        "how masks are drawn: sobol, stratified, antithetic or orthogonal (better spread, so that "
        "fewer are needed) or iid (each by itself, as RELAX does)",
        one_of(*SAMPLERS),
        table="relax",
        choices=SAMPLERS,
    )
    control_variate: bool = option(
        True,
        "take out of the map what the number of visible cells alone explains, so that fewer masks "
        "are needed",
        boolean(),
        table="relax",
    )
    replicates: int = option(
        8,
        "independent groups of masks; their spread gives the standard errors",
        whole(2, 64),
        table="relax",
    )
    shift: str = option(
        "pixels",
        "how far a mask is moved at random: pixels (0 to num_cells - 1 of them, as RELAX does) or "
        "cells (up to a whole cell, as RISE does)",
        one_of(*SHIFTS),
        table="relax",
        choices=SHIFTS,
    )
    sum_of_weights_initial_value: float = option(
        1e-10,
        "what every place's sum of weights starts from",
        real(0.0, 1.0),
        table="relax",
    )
    stopping: str = option(
        "estimate",
        "what ends the run before all masks: estimate (the map's own standard error is within "
        "the tolerance), hoeffding (a number of masks given by delta and alpha) or never",
        one_of(*STOPPING),
        table="relax",
        choices=STOPPING,
    )
    tolerance: float | None = option(
        None,
        "accuracy at which estimate stops: the standard error of the importance's differences "
        f"between places, as a share of them ({DEFAULT_TOLERANCE:g} if not given)",
        _or_nothing(real(1e-6, 1.0)),
        table="relax",
    )
    delta: float = option(
        0.025, "error that Hoeffding's inequality allows", real(0.001, 0.5), table="relax"
    )
    alpha: float = option(
        0.05,
        "probability with which Hoeffding's inequality may fail",
        real(1e-6, 0.5),
        table="relax",
    )
    like: Any = option(
        None,
        "another input: masked inputs are compared with it instead of with the input itself",
        _or_nothing((_input, "an input: an array, a picture, or a path")),
        table="relax",
    )
    corpus: Any = option(
        None,
        "several inputs: masked inputs are compared with the mean of their representations",
        _or_nothing(_SEVERAL),
        table="relax",
    )
    gallery: Any = option(
        None,
        f"inputs (at most {MOST_IN_GALLERY}) that are sorted by their similarity, each with a map "
        "of what makes it similar",
        _or_nothing(_SEVERAL),
        table="relax",
    )
    versus: Any = option(
        None,
        "a second encoder: the map shows the first one's similarity minus this one's",
        _or_nothing((_model, "an encoder, or the path of one")),
        table="relax",
    )
    layer: str | None = option(
        None,
        "layer of the model whose output is the representation, by its dotted name",
        _or_nothing((_words, "the name of a layer")),
        table="relax",
    )
    output: Any = option(
        None,
        "which of several outputs is the representation, by name or number",
        _or_nothing((_output, "a name, or a whole number of at least 0")),
        table="relax",
        # --output is the picture's file
        flag="encoder-output",
    )
    pool: str | None = option(
        None,
        "how an output with places or tokens becomes one vector: flatten, mean or max over them; "
        "flatten if not given",
        _or_nothing(one_of(*POOLS)),
        table="relax",
        choices=POOLS,
    )
    eval_mode: bool = option(
        False,
        "evaluate a torch module that is in training mode in evaluation mode, and put it back",
        boolean(),
        table="relax",
    )
    uncertainty_threshold: float = option(
        0.5,
        "U-RELAX shows the importance where the uncertainty is at most its quantile of this order",
        real(0.0, 1.0),
        table="relax",
    )
    seed: int | None = option(
        None,
        "seed of all random choices; drawn and reported if not given",
        either(nothing(), whole(0, 2**63 - 1)),
        table="rex",
        aliases=("relax.seed",),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        self._check_sizes()
        self._check_questions()
        if self.tolerance is not None and self.stopping != "estimate":
            raise SettingsError(
                f"tolerance was {self.tolerance:g} and stopping {self.stopping!r}, which reads "
                "none. Leave one of the two out (stopping='estimate' stops by tolerance)."
            )

    @property
    def masks(self) -> int:
        """Masks at most."""
        return self.num_batches * self.batch_size

    @property
    def tolerance_asked(self) -> float:
        """The tolerance, or what stands for it where none was given."""
        return DEFAULT_TOLERANCE if self.tolerance is None else self.tolerance

    def _check_sizes(self) -> None:
        for name, most in (("gallery", MOST_IN_GALLERY), ("corpus", MOST_IN_CORPUS)):
            given = getattr(self, name)
            if isinstance(given, tuple) and len(given) > most:
                raise SettingsError(
                    f"{name} has {len(given)} inputs; at most {most:,} are taken. Give fewer."
                )

    def _check_questions(self) -> None:
        if self.like is not None and self.corpus is not None:
            raise SettingsError(
                "like and corpus were given; masked inputs are compared with one of them. Leave "
                "one out (gallery gives a map for each of several inputs)."
            )
        if not callable(self.similarity_measure):
            return
        if self.versus is not None:
            raise SettingsError(
                "versus and a function as similarity_measure were given; two encoders are "
                f"compared by one of {', '.join(MEASURES)}. Give its name, or leave versus out."
            )
        if not takes_reference(self.similarity_measure):
            for name in ("like", "corpus", "gallery"):
                if getattr(self, name) is not None:
                    raise SettingsError(
                        f"{name} was given, and a similarity_measure of one argument, which never "
                        f"sees it. Expected a function (h, masked) -> (N,), or no {name}."
                    )


__all__ = ["RelaxSettings"]
