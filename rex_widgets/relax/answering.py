"""From where a procedure stands to the explanation that it hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import usual_axes
from rex_widgets.relax.estimate import Estimate
from rex_widgets.relax.explanation import Neighbour, RelaxExplanation
from rex_widgets.relax.neighbours import neighbours
from rex_widgets.relax.targets import asked_in_words
from rex_widgets.results import EvaluationCount
from rex_widgets.versions import library_versions

if TYPE_CHECKING:
    from rex_widgets.relax.procedure import RelaxProcedure

_STAGES = {
    "": "estimating",
    "tolerance": "estimated",
    "num_batches": "all masks",
    "hoeffding": "all masks",
}

UNRESOLVED = 0.3
"""Error of the differences between places, as a share of them, from which a person is told."""


def answer(procedure: RelaxProcedure, seconds: float) -> RelaxExplanation:
    """Make the explanation of the masks so far; the encoder is not called."""
    p = procedure
    found = p.estimate()
    comparison = p.comparison
    no_vector = np.zeros(0, np.float32)
    in_model = p.seconds_in_model
    embedding = p.classifier.embedding
    return RelaxExplanation(
        importance=_kept(found.importance),
        uncertainty=_kept(found.uncertainty),
        importance_error=_kept(_error(found.importance_error)),
        uncertainty_error=_kept(_error(found.uncertainty_error)),
        uncertainty_released=_kept(found.uncertainty_released),
        embedding=no_vector if comparison is None else _kept(comparison.embedding),
        embedding_text=embedding.text if comparison is not None and embedding else "",
        similarity=p.sums.mean_similarity() if p.sums.count else float("nan"),
        masks=p.sums.count,
        relative_error=_finite(found.relative_error),
        contrast_error=_finite(found.contrast_error),
        stopped_by=p.ending.stopped_by,
        asked=asked_in_words(
            p.settings, p.classifier.name, p.opponent.encoder.name if p.opponent else ""
        ),
        evaluations=EvaluationCount.of(p.counts),
        seconds=seconds,
        seconds_in_model=in_model,
        stage=_STAGES[p.ending.stopped_by] if p.sums.count else "nothing yet",
        message=message(p, found),
        settings=p.current_settings(),
        seed=p.seed,
        versions=library_versions(),
        runtime=p.classifier.runtime,
        choices=_choices(p),
        statistics=_statistics(p, found, max(seconds - in_model, 0.0)),
        neighbours=_neighbours(p),
        source=p.sample.source,
        picture=p.sample.picture,
        kind=p.sample.kind,
        axes=p.sample.axes or usual_axes(p.sample.kind, len(p.geometry.space)),
        values=p.sample.values,
    )


def message(procedure: RelaxProcedure, found: Estimate) -> str:
    """What a person should know of the answer as it stands, in sentences; often empty."""
    p = procedure
    said = []
    undefined, masks = p.tally.undefined, p.sums.count
    if undefined:
        of = "representation of a masked input is" if undefined == 1 else "of the masked inputs' "
        of += "" if undefined == 1 else "representations are"
        said.append(f"{undefined:,} {of} zero, where the cosine is undefined; it counts as 0.")
    if masks > 1 and p.tally.least == p.tally.most:
        said.append(
            "Every masked input has the same similarity: what is hidden changes nothing, and the "
            "map says nothing."
        )
    elif p.ending.stopped_by and not np.isfinite(found.contrast_error):
        said.append(
            f"How exact the maps are cannot be told from so few masks ({masks:,}); "
            "extend(masks=…) goes on."
        )
    elif p.ending.stopped_by == "num_batches" and p.settings.stopping == "estimate":
        error, asked = found.contrast_error, p.settings.tolerance_asked
        if error > asked:
            said.append(
                f"All {masks:,} masks are used, and the importance's differences between places "
                f"are known to {error:.2g} of their size, not to the {asked:g} that was asked for; "
                "extend(masks=…) goes on."
            )
    elif p.ending.stopped_by and found.contrast_error > UNRESOLVED:
        said.append(
            f"The importance is known to {found.relative_error:.2g} of its size, but its "
            f"differences between places only to {found.contrast_error:.2g} of theirs: "
            f"{_ways(p)} makes out where it is."
        )
    asks_for = p.ending.asks_for
    if p.ending.stopped_by == "num_batches" and asks_for is not None and masks < asks_for:
        said.append(
            f"Hoeffding's inequality asks for {asks_for:,} masks; num_batches and batch_size "
            f"allow {masks:,}."
        )
    return " ".join(said)


def _ways(p: RelaxProcedure) -> str:
    """What would make the map more exact: a tolerance is read by one rule alone."""
    by_tolerance = p.settings.stopping == "estimate"
    return "extend(masks=…) or a smaller tolerance" if by_tolerance else "extend(masks=…)"


def _choices(p: RelaxProcedure) -> tuple[str, ...]:
    said = [*p.classifier.choices, *p.sample.notes, *p.embedder.notes]
    if p.opponent is not None:
        said += [f"versus: {words}" for words in p.opponent.encoder.choices]
        said += [f"versus: {words}" for words in p.opponent.embedder.notes]
    if p.sampler.note:
        said.append(p.sampler.note)
    return tuple(said)


def _statistics(p: RelaxProcedure, found: Estimate, outside: float) -> dict[str, float]:
    nan = float("nan")
    whole = nan if p.comparison is None else float(p.comparison.of_whole()[0])
    return {
        "least similarity": p.tally.least,
        "mean similarity": p.sums.mean_similarity() if p.sums.count else nan,
        "most similarity": p.tally.most,
        "similarity of the whole input": whole,
        "undefined similarities": p.tally.undefined,
        "seconds outside the encoder": outside,
    }


def _neighbours(p: RelaxProcedure) -> tuple[Neighbour, ...]:
    gallery = p.settings.gallery
    if not gallery or p.comparison is None:
        return ()
    similarities = p.comparison.of_whole()[1:]
    return neighbours(gallery, similarities, lambda i: _kept(p.estimate(i + 1).importance))


def _kept(array: NDArray[np.float32]) -> NDArray[np.float32]:
    array.flags.writeable = False
    return array


def _error(array: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.where(np.isfinite(array), array, np.float32(np.nan))


def _finite(value: float) -> float:
    return value if np.isfinite(value) else float("nan")
