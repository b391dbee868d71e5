"""What a view of a change says: a few facts as JSON values, and each sample's verdict in words."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.report import rcsb_words
from rex_widgets.report.numbers import percent

_LONGEST = 200


def story_of(found: RegionCounterfactuals) -> dict[str, Any]:
    """Return what the view says besides its pictures, as JSON values."""
    _, height, width, _ = found.after.shape
    return {
        "height": int(height),
        "width": int(width),
        "names": [rcsb_words.class_words(found, i)[:_LONGEST] for i in classes_of(found)],
        "steps": [int(step) for step in found.steps],
        "moments": [int(step) for step in found.forming_steps],
        "samples": [
            {
                "verdict": verdict_of(found, number),
                "sure": _sure(found, number),
                "pair": _pair(found, number),
                "second": _second_class(found, number)[:_LONGEST],
                "doubted": _doubted(found, number),
                "words": sample_words(found, number),
            }
            for number in range(found.samples)
        ],
        "best": best_of(found),
        "finished": found.stage == "finished",
    }


def classes_of(found: RegionCounterfactuals) -> tuple[int, int]:
    """Return the class given before and the class asked for; -1 while unknown."""
    return int(found.source_class), int(found.target)


def best_of(found: RegionCounterfactuals) -> int:
    """Return the best sample; -1 before one has formed: else the view would jump between them."""
    return int(found.best) if any(formed(found, n) for n in range(found.samples)) else -1


def formed(found: RegionCounterfactuals, number: int) -> bool:
    """Whether a sample has come to its end."""
    return found.stage == "finished" or bool(found.done[number] >= len(found.steps) > 0)


def known(found: RegionCounterfactuals, number: int) -> bool:
    """Whether the classifier was asked about a sample."""
    return number < len(found.probabilities) and bool(
        np.isfinite(found.probabilities[number]).all()
    )


def verdict_of(found: RegionCounterfactuals, number: int) -> str:
    """Return what became of a sample: reached, flipped, unchanged, failed or waiting."""
    if number < len(found.failures) and found.failures[number]:
        return "failed"
    if not known(found, number):
        return "waiting"
    if found.reached[number]:
        return "reached"
    return "flipped" if found.flipped[number] else "unchanged"


def sample_words(found: RegionCounterfactuals, number: int) -> str:
    """Return what became of a sample, in sentences; empty while nothing is known."""
    verdict, (source, target) = verdict_of(found, number), classes_of(found)
    failed = found.failures[number] if verdict == "failed" else ""
    if not known(found, number):
        return failed
    parts = []
    for index in dict.fromkeys((target, source)):
        now, then = found.probabilities[number, index], found.probabilities_before[index]
        parts.append(
            f"{rcsb_words.class_words(found, index)} {percent(float(now))} "
            f"(before {percent(float(then))})"
        )
    given = rcsb_words.class_words(found, int(found.classes[number]))
    asked = rcsb_words.class_words(found, target)
    said = {
        "reached": f"The class asked for is reached: the classifier says {given}",
        "flipped": f"Flipped, but not to {asked}: the classifier says {given}",
        "unchanged": f"Not reached: the classifier still says {given}",
    }.get(verdict, f"The classifier says {given}")
    if not formed(found, number):
        said = f"So far the classifier says {given}"
    sentences = [f"{', '.join(parts)}.", f"{said}{_second(found, number)}."]
    return " ".join(filter(None, [*sentences, failed]))


def _second(found: RegionCounterfactuals, number: int) -> str:
    given, doubted = _second_class(found, number), _doubted(found, number)
    agrees = f"does not: it says {given}" if doubted else "agrees"
    return f"; the second classifier {agrees}" if given else ""


def _second_class(found: RegionCounterfactuals, number: int) -> str:
    if found.second is None or number >= len(found.second) or int(found.second[number]) < 0:
        return ""
    return rcsb_words.class_words(found, int(found.second[number]))


def _doubted(found: RegionCounterfactuals, number: int) -> bool:
    if found.second is None or not _second_class(found, number):
        return False
    return int(found.second[number]) != int(found.classes[number])


def _pair(found: RegionCounterfactuals, number: int) -> list[float]:
    """Return what the finished picture gets for both classes; the curve ends a step before it."""
    if not known(found, number) or not formed(found, number) or min(classes_of(found)) < 0:
        return []
    return [float(found.probabilities[number, index]) for index in classes_of(found)]


def _sure(found: RegionCounterfactuals, number: int) -> float | None:
    if found.target < 0 or not known(found, number):
        return None
    sure = float(found.probabilities[number, found.target])
    return sure if math.isfinite(sure) else None
