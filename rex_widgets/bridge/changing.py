"""The same picture with other settings: what is kept, and going on from a step of another run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.bridge.areas.maps import checked_map
from rex_widgets.bridge.legs import OF_STEP, legs_until
from rex_widgets.bridge.models import RcsbModel, target_for
from rex_widgets.bridge.opening import as_model, second_of
from rex_widgets.bridge.packaged import packaged_of
from rex_widgets.bridge.places import checked_region, map_read
from rex_widgets.bridge.seen import is_of_crop
from rex_widgets.bridge.settings import OF_FILE, RcsbSettings
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.regions.asked import region_read
from rex_widgets.settings import build, spellings

if TYPE_CHECKING:
    from rex_widgets.bridge.procedure import RcsbProcedure

FROM_STEP = "from_step"
"""Keyword of `changed` beside the settings: steps of this run that the new one begins with."""

FOUND_BY = (
    "area_from",
    "attribution",
    "map",
    "cell_size",
    "area",
    "half_stride",
    "sign",
    "outlier",
    "smoothing",
    "noise",
    "noise_samples",
    "layer",
    "prompt",
    "detector",
    "segmenter",
    "use_binary_masks",
)
"""Settings by which a region is found."""

OF_PLACE = ("region", "control", *FOUND_BY)
"""Settings of the region."""

_GIVE_NO_REGION = ("area_from", "map", "prompt")


def changed_procedure(procedure: RcsbProcedure, changes: Mapping[str, Any]) -> RcsbProcedure:
    """Make a procedure with some settings changed.

    What the classifiers said of the picture is kept where they stay the same, the region where its
    settings do, and the samples where nothing but more of them is asked for. With ``from_step`` the
    samples go on from where they were after so many steps.

    Raises
    ------
    InputError, SettingsError, ModelError
        A name is unknown, a value is wrong, or the run cannot go on from there.
    """
    from rex_widgets.bridge.procedure import RcsbProcedure

    p = procedure
    mine = p.current_settings()
    spelled = spellings(RcsbSettings)
    named = {spelled.get(name, name): value for name, value in changes.items()}
    step = named.pop(FROM_STEP, None)
    # who draws a region no longer wants the one that was found, and the other way round
    if named.get("region") is not None:
        named = {**dict.fromkeys(_GIVE_NO_REGION), **named}
    elif any(named.get(name) is not None for name in _GIVE_NO_REGION):
        named = {"region": None, **named}
    kept = {f.name: getattr(mine, f.name) for f in fields(mine) if f.name not in named}
    new = _read(build(RcsbSettings, **kept, **named), p)
    different = {name for name in named if not _same(getattr(mine, name), getattr(new, name))}
    if "target" in different and p.look is not None:
        target_for(p.look.probabilities, p.look.source, new.target, p.classifier.labels)
    if step is not None:
        return _branched(p, new, different, step)
    made = RcsbProcedure(_model(p, new, different), p.sample, new, p.seed)
    if different & {"guidance"}:
        made.classifier.probe(p.sample.data, new)
    if p.look is None:
        return made
    same_second = made.classifier.second is p.classifier.second
    if same_second:
        made.see(p.look.probabilities, p.look.second)
        if p.place is not None and not different & _matters(new):
            made.place = p.place
    if same_second and different <= {"n_inpaints"} and new.n_inpaints >= p.begun:
        _take_samples(made, p)
    return made


def _matters(new: RcsbSettings) -> set[str]:
    """Settings that another region follows from."""
    random = new.source != "drawn" or new.control == "random"
    return {*OF_PLACE, *(("seed",) if random else ())}


def _read(new: RcsbSettings, p: RcsbProcedure) -> RcsbSettings:
    """Read what the settings name by file, and check a region's shape."""
    changed: dict[str, Any] = {}
    size = (int(p.sample.data.shape[1]), int(p.sample.data.shape[2]))
    if new.region is not None:
        changed["region"] = checked_region(region_read(new.region, size))
    if isinstance(new.map, str):
        changed["map"] = map_read(Path(new.map))
    found = changed.get("map", new.map)
    if found is not None:
        checked_map(found)
    if found is not None and is_of_crop(found, p.classifier.preprocessing, size):
        raise InputError(
            f"The map is {found.shape[0]} × {found.shape[1]}, as the centre that the classifier "
            "cuts out of a picture, and how large the picture was is not known any more. Start a "
            "new run with the picture and map=."
        )
    return replace(new, **changed) if changed else new


def _model(p: RcsbProcedure, new: RcsbSettings, different: set[str]) -> RcsbModel:
    old = p.classifier
    own = packaged_of(old.world) if _is_worlds(old) else None
    made = old
    if different & {"network", "layout", *OF_FILE}:
        made = as_model(own.name if own else old.judge.classifier, new)
        _check_size(made, p)
        made.source, made.probabilities, made.flat = old.source, old.probabilities, old.flat
        # the same classifier, which knows its classes already
        made.judge.classes = old.judge.classes
        if "second" not in different:
            made.second = old.second
    elif "second" in different:
        second, said = second_of(new, own)
        notes = [note for note in old.notes if not note.startswith("second opinion")]
        made = RcsbModel(
            old.judge,
            old.plain_network,
            second=second,
            world=old.world,
            notes=[*notes, said] if said else notes,
        )
        made.network = old.network
        made.source, made.probabilities, made.flat = old.source, old.probabilities, old.flat
    return made


def _is_worlds(model: RcsbModel) -> bool:
    return model.world is not None and model.judge.module.module is model.world.classifier


def _check_size(made: RcsbModel, p: RcsbProcedure) -> None:
    network, data = made.plain_network, p.sample.data
    fits = data.shape[0] == network.channels
    if network.size is not None:
        fits = fits and tuple(data.shape[1:]) == tuple(network.size)
    else:
        fits = fits and not any(side % network.multiple for side in data.shape[1:])
    if not fits:
        raise ModelError(
            f"The network {network.name!r} takes other pictures than the run's, "
            f"{tuple(data.shape)}. Start a new run with the picture as it was given."
        )


def _take_samples(made: RcsbProcedure, p: RcsbProcedure) -> None:
    """Go on from the samples of a procedure that differs in their number only."""
    made.branches, made.legs = p.branches, p.legs
    made.groups = [group.copied(made.questions()) for group in p.groups]
    state, arrays = p.judged.state()
    made.judged.restore({**state, "counts": dict.fromkeys(state["counts"], 0)}, arrays)
    made.judged.seconds = 0.0


def _branched(p: RcsbProcedure, new: RcsbSettings, different: set[str], step: Any) -> RcsbProcedure:
    from rex_widgets.bridge.procedure import RcsbProcedure

    if isinstance(step, bool) or not isinstance(step, int | np.integer) or step < 0:
        raise SettingsError(
            f"from_step was {step!r}; expected how many steps of this run are kept, a whole number "
            "of at least 0."
        )
    other = sorted(different - set(OF_STEP))
    if other:
        raise SettingsError(
            f"from_step was given with {', '.join(other)}; a run that goes on from a step keeps "
            f"picture, region, network and steps. Change {', '.join(OF_STEP[:2])} or a term's "
            "weight, or leave from_step out for a run from the start."
        )
    done = min((group.sampler.at for group in p.groups), default=0)
    if p.look is None or p.place is None or not p.groups or step > done:
        raise SettingsError(
            f"from_step was {step}, and {done} steps are done; what was not reached cannot be gone "
            "on from."
        )
    total = len(p.groups[0].sampler.steps)
    if step == total:
        raise SettingsError(
            f"from_step was {step}, after which nothing is left: the run has {total} steps. Give a "
            "smaller number."
        )
    if p.begun < p.samples:
        # the others have not begun, and cannot be gone on from
        new = replace(new, n_inpaints=p.begun)
    made = RcsbProcedure(p.classifier, p.sample, new, p.seed)
    made.see(p.look.probabilities, p.look.second)
    made.place = p.place
    problem = made.problem()
    made.groups = [group.branched(int(step), problem, new) for group in p.groups]
    begun = made.groups[0].sampler.at
    made.legs = tuple(legs_until(p.legs, p.settings, p.look.target, begun))
    made.branches = (*p.branches, _said(p, made))
    return made


def _said(p: RcsbProcedure, made: RcsbProcedure) -> str:
    assert p.look is not None
    at = sorted({group.sampler.at for group in made.groups})
    steps = f"{at[0]}" if len(at) == 1 else f"{at[0]} to {at[-1]}"
    return (
        f"the first {steps} steps are those of a run toward "
        f"{p.classifier.label(p.look.target)!r} with scale {p.settings.scale:g}"
    )


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
        return both and np.array_equal(one, other)
    return one is other or (type(one) is type(other) and bool(one == other))
