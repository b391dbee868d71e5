"""What is said of a moment of the search, and of one of its mutants."""

from __future__ import annotations

from typing import Any

from rex_widgets.causal.trace import MAX_SPLITS, SearchTrace, Split

_LONGEST = 80
NO_TRACE = "The method {method!r} keeps no record of a search; there is nothing to watch."
NO_CANVAS = (
    "The picture of the search is drawn with ipycanvas, and this page has not loaded its part of "
    "it. Install ipycanvas where Jupyter itself runs (pip install ipycanvas), and load the page "
    "anew. The counters and mutants here work without it."
)


def clipped(label: str) -> str:
    """A class's name on one line, of bearable length."""
    line = " ".join(str(label).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def summary_of(trace: SearchTrace | None, position: int, iters: int) -> str:
    """The counters after so many splits."""
    if trace is None or not 0 < position <= len(trace):
        return "No box has been split yet."
    split = trace[position - 1]
    mutants = split.mutants_before + len(split.passed)
    share = (split.passed_before + sum(split.passed)) / max(1, mutants)
    return (
        f"Tree {split.tree + 1} of {max(iters, split.tree + 1)} · depth {split.depth + 1} · "
        f"queue {split.queue} · {mutants:,} mutants, {share:.0%} passed"
    )


def full_note(trace: SearchTrace) -> str:
    """What is missing of a trace; empty if nothing is."""
    if not trace.dropped:
        return ""
    return (
        f"The record is full at {MAX_SPLITS:,} splits; {trace.dropped:,} later ones were searched "
        "but not recorded."
    )


def mutant_rows(split: Split, classifier: Any) -> list[dict[str, Any]]:
    """The mutants of a split as the controls list them."""
    return [
        {
            "kept": list(kept),
            "passed": passed,
            "label": clipped(classifier.label(given)),
            "confidence": round(confidence, 4),
            "target": round(target, 4),
        }
        for kept, passed, given, confidence, target in zip(
            split.subsets, split.passed, split.given, split.confidence, split.target, strict=True
        )
    ]


def detail_of(split: Split, mutant: int, classifier: Any, target: int) -> str:
    """One mutant in words."""
    parts = [str(child + 1) for child in split.subsets[mutant]]
    kept = f"part {parts[0]}" if len(parts) == 1 else f"parts {', '.join(parts)}"
    beside = f", and {len(split.beside)} found before" if split.beside else ""
    label = clipped(classifier.label(split.given[mutant]))
    verdict = "It passed." if split.passed[mutant] else "It failed."
    other = ""
    if split.given[mutant] != target:
        other = f" ({clipped(classifier.label(target))}: {_percent(split.target[mutant])})"
    return (
        f"Mutant {mutant + 1} of {len(split.passed)} shows {kept}{beside}. The model says {label}, "
        f"{_percent(split.confidence[mutant])}{other}. {verdict}"
    )


def _percent(share: float) -> str:
    return f"{share:.1%}"
