"""The same samples with other settings: what is made anew, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.opening import as_model, with_arrays
from rex_widgets.latent.settings import WORLD, LatentSettings
from rex_widgets.latent.targets import targets_for
from rex_widgets.settings import build, spellings

if TYPE_CHECKING:
    from rex_widgets.latent.procedure import LatentProcedure

OF_MODEL = (
    "generator",
    "generator_output",
    "latents",
    "statistics",
    "n_corr",
    "corr_level",
)
"""Settings of the models and their latent space."""


def changed_procedure(procedure: LatentProcedure, changes: Mapping[str, Any]) -> LatentProcedure:
    """Make a procedure with some settings changed.

    The look at the samples is kept where the models stay the same. Where nothing but ``num_iters``
    grows, the search goes on from where it is.

    Raises
    ------
    SettingsError
        A name is unknown, a value is wrong, or the samples are none of the other generator.
    """
    from rex_widgets.latent.procedure import LatentProcedure

    p = procedure
    mine = p.current_settings()
    cls = type(mine)
    spelled = spellings(cls)
    named = {spelled.get(name, name): value for name, value in changes.items()}
    kept = {f.name: getattr(mine, f.name) for f in fields(mine) if f.name not in named}
    new = with_arrays(build(cls, **kept, **named))
    different = {name for name in named if not _same(getattr(mine, name), getattr(new, name))}
    if p.look is not None and "target" in different:
        targets_for(p.look.logits, new.target)
    if different & set(OF_MODEL):
        return _with_other_model(p, new)
    made = LatentProcedure(p.classifier, p.sample, new, p.seed)
    if p.look is not None:
        made.take_look(p)
        if different <= {"num_iters"} and getattr(new, "num_iters", 0) >= p.iters:
            made.take_search(p)
    return made


def _with_other_model(p: LatentProcedure, new: LatentSettings) -> LatentProcedure:
    from rex_widgets.latent.procedure import LatentProcedure

    worlds = [_is_world(settings.generator) for settings in (p.settings, new)]
    if worlds[0] != worlds[1]:
        raise SettingsError(
            "generator was changed to or from the world's; the samples are latents of the one that "
            "the run was started with. Start a new run."
        )
    old = p.classifier
    given: Any = WORLD if old.world and old.classifier is old.world.classifier else old.classifier
    options: dict[str, Any] = {"labels": old.given_labels}
    if old.normalise is not None:
        options |= {"mean": old.normalise[0], "std": old.normalise[1]}
    made = as_model(given, new, **options)
    assert old.statistics is not None
    raw = old.statistics.to("cpu").as_they_are(torch.tensor(p.sample.data))
    known = made.of_size(raw.shape[1])
    if known.size != raw.shape[1]:
        raise SettingsError(
            f"The samples have {raw.shape[1]} coordinates, and the new statistics {known.size}."
        )
    latents = known.standardised(raw)
    logits = made.probe(latents[:1].to(made.device))
    targets_for(logits, new.target)
    sample = replace(p.sample, data=latents.numpy())
    return LatentProcedure(made, sample, new, p.seed)


def _is_world(generator: Any) -> bool:
    return isinstance(generator, str)


def _same(one: Any, other: Any) -> bool:
    if hasattr(one, "shape") or hasattr(other, "shape"):
        return one is other
    return one is other or bool(one == other)
