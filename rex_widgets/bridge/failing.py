"""What went wrong with samples of a procedure, one by one and in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from rex_widgets.bridge.procedure import RcsbProcedure

NO_ANSWER = "The classifier gives NaN or infinite values for the sample."


def failures_of(p: RcsbProcedure) -> tuple[str, ...]:
    """Return what went wrong, one a sample, "" where nothing did."""
    found = [""] * p.samples
    for group in p.groups:
        for number in group.numbers:
            found[number] = group.sampler.failure
    for number, known in enumerate(p.judged.probabilities):
        if not np.isfinite(known).all():
            found[number] = " ".join(why for why in (found[number], NO_ANSWER) if why)
    return tuple(found)


def told_failures(p: RcsbProcedure) -> list[str]:
    """Return a sentence or two for everything that went wrong, with the samples it happened to."""
    ended = {
        number
        for group in p.groups
        if group.sampler.at == len(group.sampler.steps)
        for number in group.numbers
    }
    alike: dict[tuple[bool, str], list[int]] = {}
    for number, why in enumerate(failures_of(p)):
        if why:
            alike.setdefault((number in ended, why), []).append(number + 1)
    said = []
    for (at_end, why), numbers in alike.items():
        early = "" if at_end else " stopped before the end, at the last good step"
        said.append(f"{_who(numbers)} of {p.samples}{early}: {why}")
    return said


def _who(numbers: list[int]) -> str:
    first, last = numbers[0], numbers[-1]
    if len(numbers) == 1:
        return f"Sample {first}"
    if len(numbers) == last - first + 1:
        return f"Samples {first} to {last}"
    return f"Samples {', '.join(map(str, numbers[:-1]))} and {last}"
