"""An explanation of a representation in plain words: single facts, and a few lines of text."""

from __future__ import annotations

import math

from rex_widgets.axes import PLACES, THINGS
from rex_widgets.relax.answering import UNRESOLVED
from rex_widgets.relax.explanation import RelaxExplanation

_MEASURES = {
    "cosine": "cosine similarity",
    "dot": "scalar product",
    "euclidean": "minus the Euclidean distance",
}
_STOPPED = {
    "tolerance": "the map is known as well as was asked for",
    "num_batches": "all masks were used",
    "hoeffding": "Hoeffding's number of masks was reached",
}
_MOST_NEIGHBOURS = 6


def measure_words(found: RelaxExplanation) -> str:
    """Return what two representations are compared by: "cosine similarity"."""
    measure = getattr(found.settings, "similarity_measure", "cosine")
    if isinstance(measure, str):
        return _MEASURES.get(measure, measure)
    return str(getattr(measure, "__name__", "a function"))


def question_words(found: RelaxExplanation) -> str:
    """Return what the masked inputs were compared with, and by what."""
    return f"{found.asked or 'similar to itself'}, by {measure_words(found)}"


def count_words(number: int) -> str:
    """Return a whole number in groups of three."""
    return f"{number:,}".replace(",", "\N{NARROW NO-BREAK SPACE}")


def error_words(found: RelaxExplanation) -> str:
    """Return how well the map is known: "standard error 5 % of the differences between places"."""
    if math.isfinite(found.contrast_error):
        shown = _two_digits(found.contrast_error)
        return f"standard error {shown} of the differences between places"
    if math.isfinite(found.relative_error):
        return f"standard error {_two_digits(found.relative_error)} of the importance"
    return "standard error not known yet"


def accuracy_words(found: RelaxExplanation, asked: str = "") -> str:
    """Return `error_words`, what was asked for, and the error as a share of the importance."""
    words = error_words(found)
    if asked:
        words += f" (asked for: at most {asked})"
    if not (math.isfinite(found.contrast_error) and math.isfinite(found.relative_error)):
        return words
    return f"{words}, {_two_digits(found.relative_error)} of the importance itself"


def is_resolved(found: RelaxExplanation) -> bool:
    """Whether a rule has ended the run, and the map's differences are more than its errors."""
    ended = found.stopped_by in ("tolerance", "hoeffding")
    return ended and not found.contrast_error > UNRESOLVED


def range_words(found: RelaxExplanation, name: str) -> str:
    """Return the range of a map: ``name`` is "importance" or "uncertainty"."""
    values = getattr(found, name)
    return f"{float(values.min()):.3g} to {float(values.max()):.3g}"


def kept_words(found: RelaxExplanation) -> str:
    """Return which places U-RELAX keeps: "6 272 pixels whose uncertainty is at most …"."""
    kept = count_words(int(found.certain.sum()))
    return f"{kept} {PLACES[found.kind]} whose uncertainty is at most {quantile_words(found)}"


def quantile_words(found: RelaxExplanation) -> str:
    """Return where U-RELAX's border lies: "its median", "its 30 % quantile"."""
    order = found.uncertainty_threshold
    return "its median" if order == 0.5 else f"its {100 * order:.3g} % quantile"


def similarity_words(found: RelaxExplanation) -> str:
    """Return how similar the masked inputs were, and the whole one."""
    words = f"{found.similarity:.3g} on average"
    known = found.statistics
    least, most = known.get("least similarity"), known.get("most similarity")
    if least is not None and most is not None:
        words += f", {least:.3g} to {most:.3g}"
    whole = known.get("similarity of the whole input")
    if whole is not None and math.isfinite(whole):
        words += f"; the whole {THINGS[found.kind]} {whole:.3g}"
    return words


def stopped_words(found: RelaxExplanation) -> str:
    """Return why the run ended; empty while it has not."""
    return _STOPPED.get(found.stopped_by, found.stopped_by)


def neighbour_words(found: RelaxExplanation) -> str:
    """Return the most similar inputs of the gallery with their similarity; empty without one."""
    near = [f"{one.name} {one.similarity:.3f}" for one in found.neighbours[:_MOST_NEIGHBOURS]]
    more = len(found.neighbours) - len(near)
    return ", ".join(near) + (f" and {more} more" if more > 0 else "")


def spent_words(found: RelaxExplanation) -> str:
    """Return the inputs given to the encoder and what they were spent on."""
    parts = ", ".join(f"{k} {v}" for k, v in found.evaluations.breakdown.items() if v)
    total = count_words(int(found.evaluations))
    return f"{total} ({parts})" if parts else total


def relax_text(found: RelaxExplanation) -> str:
    """Describe an explanation of a representation in a few plain lines.

    Parameters
    ----------
    found : RelaxExplanation
        Finished or not.

    Returns
    -------
    str
        Lines without markup, for places that show neither widgets nor pictures.
    """
    source = f"{found.source}: " if found.source else ""
    lines = [f"{source}{question_words(found)}"]
    if found.masks:
        done = stopped_words(found)
        lines += [
            f"Importance {range_words(found, 'importance')}, {accuracy_words(found)}",
            f"Uncertainty {range_words(found, 'uncertainty')}; U-RELAX keeps the "
            f"{kept_words(found)}",
            f"Similarity of the masked {THINGS[found.kind]}s: {similarity_words(found)}",
            f"{count_words(found.masks)} masks{f'; {done}' if done else f' ({found.stage})'}",
        ]
    else:
        lines.append(f"No masks yet ({found.stage}).")
    if found.embedding_text:
        lines.append(f"Representation: {found.embedding_text}")
    if found.neighbours:
        lines.append(f"Nearest in the gallery: {neighbour_words(found)}")
    spent = f"Evaluations: {spent_words(found)}, in {found.seconds:.1f} s"
    lines.append(f"{spent}, {found.runtime or 'no runtime yet'}, seed {found.seed}")
    if found.message:
        lines.append(found.message)
    return "\n".join(" ".join(line.split()) for line in lines)


def relax_line(found: RelaxExplanation) -> str:
    """Describe it in one line, for one of several inputs."""
    if not found.masks:
        return " ".join(f"{found.source}: no masks yet ({found.stage})".split())
    words = (
        f"{found.source}: {question_words(found)}: importance {range_words(found, 'importance')}, "
        f"{error_words(found)}, {count_words(found.masks)} masks"
    )
    return " ".join(words.split())


def _two_digits(share: float) -> str:
    value = 100 * share
    return f"{value:.0f} %" if value >= 10 else f"{float(f'{value:.2g}'):g} %"
