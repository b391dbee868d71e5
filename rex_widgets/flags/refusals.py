"""What is said of a flag or key that means nothing to the method, and what to use instead."""

from __future__ import annotations

from rex_widgets.flags.flag import Door
from rex_widgets.flags.table import flags_of
from rex_widgets.methods import METHODS

_EXTRACTS_NOTHING = (
    "RELAX extracts no part of the input; its U-RELAX map shows the importance that is certain "
    "(--uncertainty-threshold)"
)
_NO_CLASSES = (
    "an encoder gives no classes; --like, --corpus, --gallery and --versus say what its "
    "representation is compared with"
)
_MASKED_BY_ZERO = "RELAX multiplies the input by its masks, so that hidden places become 0"
_SIZED_BY = "the number of masks is --num-batches times --batch-size, or ends at --tolerance"
_FIGURE = "the figure of three maps has --heatmap-colours, --info and --dpi"

_INSTEAD: dict[str, dict[str, str]] = {
    "relax": {
        **dict.fromkeys(
            ("strategy", "spotlights", "no_extract", "multi_style", "minimum_confidence_threshold",
             "chunk_size", "minimise_budget", "permitted_overlap"),
            _EXTRACTS_NOTHING,
        ),
        **dict.fromkeys(("target", "labels", "activation", "binary_threshold"), _NO_CLASSES),
        **dict.fromkeys(("mask_value", "context", "noise"), _MASKED_BY_ZERO),
        **dict.fromkeys(("iters", "search_limit", "tree_depth", "ranking"), _SIZED_BY),
        **dict.fromkeys(("min_box_size", "distribution"), "--num-cells sets how fine masks are"),
        **dict.fromkeys(
            ("region", "outside"),
            "RELAX masks the whole input; the panel tells what hiding a painted part changes",
        ),
        "surface": "--heatmap draws the importance, --output all three maps",
        "analyse": "insertion, deletion and robustness need a class; --json has RELAX's numbers",
        "database": "--json writes the numbers, --save the arrays",
        **dict.fromkeys(
            ("raw", "colour", "alpha", "grid", "mark_segments", "resize"), _FIGURE
        ),
    },
    "causal": {
        **dict.fromkeys(
            ("num_batches", "sampling", "tolerance"),
            "--iters sets how long a causal search goes on",
        ),
        **dict.fromkeys(
            ("like", "corpus", "gallery", "versus", "layer", "pool"),
            "a causal explanation is of a class (--target)",
        ),
        "num_cells": "--min-box-size sets how fine the boxes are",
        "uncertainty_threshold": "--minimum-confidence-threshold asks for surer explanations",
    },
}  # fmt: skip


def refused_flag(name: str, method: str, door: Door) -> str:
    """Return why another method's flag is refused; empty if no method knows it.

    Parameters
    ----------
    name
        The flag as it was written.
    method
        The method that is asked.
    door
        Where it was written.
    """
    spelled = name.replace("_", "-")
    for other in METHODS:
        flag = None if other == method else flags_of(other, door).get(spelled)
        if flag is not None:
            return _words(name, flag.key, method, other)
    return ""


def refused_key(path: str, method: str) -> str:
    """Return why a key of TOML is refused that belongs to other methods.

    Parameters
    ----------
    path
        The key, with its table if it stands in one.
    method
        The method that is asked.
    """
    key = path.rpartition(".")[2]
    others = [name for name in METHODS if name != method]
    return _words(f"The key {path!r}", key, method, others[0] if len(others) == 1 else "")


def _words(given: str, key: str, method: str, other: str) -> str:
    instead = _INSTEAD.get(method, {}).get(key, "")
    of = f"is for --method {other}" if other else "is for another method"
    said = f"{given} {of} and means nothing to {method}"
    add = f" Add --method {other} if that is meant." if other and method == "causal" else ""
    return f"{said}: {instead}.{add}" if instead else f"{said}.{add}"
