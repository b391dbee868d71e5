"""The same question with other settings: what changes, and whether the sums still hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.errors import SettingsError
from rex_widgets.relax.references import References
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.settings import build, spellings

if TYPE_CHECKING:
    from rex_widgets.relax.procedure import RelaxProcedure

KEPT_UNDER = frozenset(
    {
        "num_batches",
        "batch_size",
        "control_variate",
        "stopping",
        "tolerance",
        "delta",
        "alpha",
        "uncertainty_threshold",
    }
)
"""Settings that leave the masks and their similarities as they are."""

OF_ENCODER = ("layer", "output", "pool", "eval_mode")


def changed_procedure(procedure: RelaxProcedure, changes: Mapping[str, Any]) -> RelaxProcedure:
    """Make a procedure with some settings changed.

    Where only `KEPT_UNDER` settings change, it goes on from the masks that are there; fewer masks
    than that are no less.

    Raises
    ------
    SettingsError
        A name is unknown, a value is wrong, or a loaded run no longer has the corpus.
    """
    from rex_widgets.relax.procedure import RelaxProcedure

    p = procedure
    mine = p.current_settings()
    spelled = spellings(RelaxSettings)
    named = {spelled.get(name, name): value for name, value in changes.items()}
    kept = {f.name: getattr(mine, f.name) for f in fields(mine) if f.name not in named}
    new = build(RelaxSettings, **kept, **named)
    different = {name for name in named if not _same(getattr(mine, name), getattr(new, name))}
    encoder = p.classifier
    if different & set(OF_ENCODER):
        encoder = encoder.changed(**{name: getattr(new, name) for name in OF_ENCODER})
    keeps = different <= KEPT_UNDER
    corpus = new.corpus
    if not keeps and isinstance(corpus, References) and corpus.read is None:
        raise SettingsError(
            "The run was loaded, and knows its corpus only by the mean representation, which "
            f"does not hold for other {', '.join(sorted(different - KEPT_UNDER))}. Give the corpus "
            "again: changed(corpus=…)."
        )
    made = RelaxProcedure(encoder, p.sample, new, p.seed)
    if keeps:
        made.take_over(p)
    return made


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
        return both and np.array_equal(one, other)
    if isinstance(one, tuple) and isinstance(other, tuple):
        return len(one) == len(other) and all(map(_same, one, other))
    return one is other or bool(one == other)
