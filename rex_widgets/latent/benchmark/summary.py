"""From verdicts to the numbers of the benchmark, and to tables of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.benchmark.outcomes import Verdict

if TYPE_CHECKING:
    from pandas import DataFrame

METRICS = ("Cardinality (S#)", "SCE", "Non-Causal Flip", "Causal Flip", "Trivial")
"""Names of the columns, as in the BEX release."""

OVER_SAMPLES = "S#, error over samples"
"""Name of the column with the standard error of S# over the samples."""


@dataclass(frozen=True)
class Scores:
    """The numbers of the benchmark for one explainer.

    Parameters
    ----------
    cardinality
        S#: mean number of orthogonal successful explanations for a sample.
    sce
        Share of the explanations that are successful, in [0, 1].
    non_causal_flip, causal_flip
        Shares of the successful ones; both 0 where there are none, else their sum is 1.
    trivial
        Share of the explanations where classifier and oracle changed together.
    """

    cardinality: float
    sce: float
    non_causal_flip: float
    causal_flip: float
    trivial: float

    @property
    def named(self) -> dict[str, float]:
        """The numbers under the names in `METRICS`."""
        values = (self.cardinality, self.sce, self.non_causal_flip, self.causal_flip, self.trivial)
        return dict(zip(METRICS, values, strict=True))


def scores(verdicts: NDArray[np.uint8], kept: NDArray[np.bool_]) -> Scores:
    """Score explanations.

    Parameters
    ----------
    verdicts
        `Verdict` of every explanation, ``(N, n)``.
    kept
        Which explanations `orthogonal` kept, ``(N, n)``.
    """
    non_causal = int((verdicts == Verdict.NON_CAUSAL_FLIP).sum())
    causal = int((verdicts == Verdict.CAUSAL_FLIP).sum())
    successes = non_causal + causal
    return Scores(
        cardinality=float(kept.sum(1).mean()),
        sce=successes / verdicts.size,
        non_causal_flip=non_causal / max(successes, 1),
        causal_flip=causal / max(successes, 1),
        trivial=float((verdicts == Verdict.TRIVIAL).mean()),
    )


def released_scores(verdicts: NDArray[np.uint8], kept: NDArray[np.bool_]) -> Scores:
    """Score one batch as BEX 0.5.2 does.

    Samples without success do not count for S#, and in a batch without any success the trivial
    ones do not count either.
    """
    exact = scores(verdicts, kept)
    if exact.sce == 0:
        return Scores(0.0, 0.0, 0.0, 0.0, 0.0)
    successful = np.isin(verdicts, (Verdict.NON_CAUSAL_FLIP, Verdict.CAUSAL_FLIP)).any(1)
    return Scores(
        float(kept[successful].sum(1).mean()),
        exact.sce,
        exact.non_causal_flip,
        exact.causal_flip,
        exact.trivial,
    )


def mean_of(batches: Sequence[Scores]) -> Scores:
    """Average the scores of batches, however large each is, as BEX 0.5.2 does."""
    rows = np.array([list(batch.named.values()) for batch in batches])
    return Scores(*rows.mean(0).tolist())


def table(rows: Iterable[Mapping[str, Any]]) -> DataFrame:
    """Return rows as a `pandas.DataFrame` with the columns "explainer" and `METRICS`."""
    from pandas import DataFrame

    return DataFrame(list(rows), columns=["explainer", *METRICS])


def over_samples(kept: NDArray[np.bool_]) -> float:
    """Return the standard error of S# over the samples, of ``kept`` as in `scores`; NaN for one."""
    counts = kept.sum(1)
    return float(counts.std(ddof=1) / sqrt(len(counts))) if len(counts) > 1 else float("nan")


def over_seeds(rows: Iterable[Mapping[str, Any]], by: Sequence[str]) -> DataFrame:
    """Average rows that differ in their seed only.

    Parameters
    ----------
    rows
        With the columns ``by``, `METRICS` and, if you like, `OVER_SAMPLES`.
    by
        What tells the rows of one mean from those of another.

    Returns
    -------
    DataFrame
        One row each, in the order of first appearance: ``by``, "seeds", and for every metric the
        mean and "<metric> ±", the standard error of the mean (NaN for one seed); last the mean of
        `OVER_SAMPLES`, where rows have it.
    """
    from pandas import DataFrame

    groups: dict[tuple[Any, ...], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault(tuple(row[name] for name in by), []).append(row)
    found = []
    for key, members in groups.items():
        entry: dict[str, Any] = {**dict(zip(by, key, strict=True)), "seeds": len(members)}
        for name in METRICS:
            values = np.array([member[name] for member in members], float)
            entry[name] = float(values.mean())
            spread = float(values.std(ddof=1)) if len(values) > 1 else float("nan")
            entry[f"{name} ±"] = spread / sqrt(len(values))
        if OVER_SAMPLES in members[0]:
            entry[OVER_SAMPLES] = float(np.mean([member[OVER_SAMPLES] for member in members]))
        found.append(entry)
    return DataFrame(found)
