"""A procedure of region-constrained counterfactuals as JSON values and arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge import GIVEN_AGAIN
from rex_widgets.bridge.frozen import frozen
from rex_widgets.bridge.groups import Group, moments
from rex_widgets.bridge.inside import State, inside, whole
from rex_widgets.bridge.legs import legs_read, legs_state
from rex_widgets.bridge.models import RcsbModel
from rex_widgets.bridge.packing import packed, unpacked
from rex_widgets.bridge.places import Place, checked_region
from rex_widgets.bridge.settings import MOST_SAMPLES, RcsbSettings
from rex_widgets.errors import ModelError, SavedRunError
from rex_widgets.inputs.saved import sample_of, sample_state

if TYPE_CHECKING:
    from rex_widgets.bridge.procedure import RcsbProcedure

__all__ = [
    "SAME_MODEL",
    "check_same_model",
    "options_of",
    "procedure_state",
    "restore_procedure",
    "sample_of",
    "settings_of",
]

Arrays = dict[str, NDArray[np.generic]]

SAME_MODEL = 1e-4
"""Largest difference of a probability, and of a prediction of the network relative to its largest
value (at least 1), for which models count as the same."""

_PROBED_STEP = 0.3
_OF_ARRAYS = ("region", "map")
_LED = ("now_first", "now_second", "now_lengths", "now_count")


def procedure_state(procedure: RcsbProcedure) -> tuple[dict[str, Any], Arrays]:
    """Everything that the procedure needs to go on."""
    p = procedure
    settings, arrays = _settings_state(p.settings)
    sample, sample_arrays = sample_state(p.sample)
    judged, judged_arrays = p.judged.state()
    arrays |= sample_arrays | judged_arrays
    wanted = p.classifier.preprocessing
    state: dict[str, Any] = {
        "settings": settings,
        "sample": sample,
        "runtime": p.classifier.runtime,
        "stage": p.stage,
        "message": p.message,
        "extended": p.extended,
        "branches": list(p.branches),
        "legs": legs_state(p.legs, p.settings),
        "counts": p.counts,
        "seconds": p._seconds,
        "judged": judged,
        "place": None,
        "groups": [],
        "input": None if wanted.size is None else [wanted.channels, *wanted.size],
    }
    if p.look is not None:
        arrays["look"] = p.look.probabilities
        state["second"] = p.look.second
        arrays["network"] = _prediction(p.classifier, p.sample.data)
    if p.place is not None:
        arrays["place_region"] = p.place.region
        if p.place.map is not None:
            arrays["place_map"] = p.place.map
        state["place"] = [p.place.source, p.place.evaluations, list(p.place.notes)]
    held = [inside(_needed(group), group.region, group.sampler.known()) for group in p.groups]
    samplers, told = packed([tensors for tensors, _ in held])
    arrays["samplers"] = samplers
    for group, contents, (_, outside) in zip(p.groups, told, held, strict=True):
        at = sorted(group.forming)
        state["groups"].append(
            {
                "numbers": [group.numbers.start, group.numbers.stop],
                "ahead": len(group.ahead),
                "contents": contents,
                "outside": outside,
                "forming": at,
                "times": _times(group),
            }
        )
        if at:
            region = group.region.numpy()
            stack = np.stack([group.forming[one][:, region] for one in at])
            arrays[f"forming{group.numbers.start}"] = stack
    return state, arrays


def restore_procedure(
    procedure: RcsbProcedure,
    state: Mapping[str, Any],
    arrays: Mapping[str, NDArray[np.generic]],
) -> None:
    """Take over a saved state; the procedure was made with its sample and settings."""
    p = procedure
    p.stage, p.message = str(state["stage"]), str(state["message"])
    p.extended = int(state["extended"])
    if not 0 <= p.extended <= MOST_SAMPLES:
        raise ValueError("there are too many samples")
    p.branches = tuple(map(str, state["branches"]))
    p.counts = {str(name): int(count) for name, count in state["counts"].items()}
    p._seconds = float(state["seconds"])
    if "look" not in arrays:
        return
    look = np.asarray(arrays["look"], np.float32)
    if look.ndim != 1:
        raise ValueError("the look at the picture has the wrong shape")
    p.see(look, int(state["second"]))
    if state["place"] is not None:
        source, evaluations, notes = state["place"]
        found_by = arrays.get("place_map")
        p.place = Place(
            checked_region(np.asarray(arrays["place_region"], np.bool_)),
            str(source),
            None if found_by is None else np.asarray(found_by, np.float32),
            int(evaluations),
            tuple(str(note) for note in notes),
        )
    # runs that were saved before legs were noted have none
    if p.place is not None and state.get("legs"):
        p.legs = legs_read(state["legs"], p.settings, p.settings.nfe)
    groups = state["groups"]
    states = unpacked(
        np.asarray(arrays["samplers"], np.uint8), [group["contents"] for group in groups]
    )
    for saved, tensors in zip(groups, states, strict=True):
        p.groups.append(_group(p, saved, tensors, arrays))
    if any(leg.lost for leg in p.legs) and (
        p.begun < p.samples or any(group.ahead for group in p.groups)
    ):
        raise SavedRunError(
            "Some samples of the run were on their way toward a question whose lpips_from was "
            "another function than the run's own, which a file could not hold. Save such a run "
            "once its samples are finished."
        )
    p.judged.restore(state["judged"], arrays)
    if p.judged.count > p.begun or p.begun > p.samples:
        raise ValueError("there are too many samples")


def settings_of(
    state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]], **again: Any
) -> RcsbSettings:
    """The saved settings.

    Parameters
    ----------
    state, arrays
        From `procedure_state`.
    **again
        Of `GIVEN_AGAIN`, what the file could not hold.

    Raises
    ------
    SavedRunError
        Something has to be given again, or is given and was another one.
    """
    values = dict(state["settings"])
    missing = values.pop("given again")
    for name, words in missing.items():
        if again.get(name) is None or (isinstance(again[name], str) and name == "lpips_from"):
            raise SavedRunError(
                f"The run was made with {words} as {name}, which a file cannot hold. Give it again:"
                f" load_run(path, model, {name}=…)."
            )
        values[name] = again[name]
    for name in again.keys() - missing.keys():
        if again[name] is not None and again[name] != values.get(name):
            raise SavedRunError(
                f"{name} was given, but the run was made with {values.get(name)!r}. Leave it out."
            )
    for name in _OF_ARRAYS:
        if f"settings_{name}" in arrays:
            array = np.array(arrays[f"settings_{name}"])
            array.flags.writeable = False
            values[name] = array
    return RcsbSettings(**values)


def options_of(state: Mapping[str, Any]) -> dict[str, Any]:
    """What is to be said of the classifier when it is made again: its input's shape."""
    shape = state["input"]
    return {"input_shape": None if shape is None else tuple(int(side) for side in shape)}


def check_same_model(model: RcsbModel, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Ask classifier and network about the stored picture, and compare.

    Raises
    ------
    SavedRunError
        An answer differs by more than `SAME_MODEL`, or a model cannot be used.
    """
    data = np.asarray(arrays["sample_data"], np.float32)
    picture = torch.tensor(data[None])
    try:
        found = model.judge.probabilities(picture)[0]
        if model.second is not None:
            model.second.probabilities(picture)
        if "look" not in arrays:
            return
        predicted = _prediction(model, data)
    except ModelError as error:
        raise SavedRunError(f"The run belongs to other models: {error}") from None
    for what, now, stored in (
        ("classifier", found, np.asarray(arrays["look"], np.float32)),
        ("network", predicted, np.asarray(arrays["network"], np.float32)),
    ):
        if now.shape != stored.shape:
            raise SavedRunError(
                f"The run belongs to another {what}: its answers have the shape {stored.shape}, "
                f"and those of the one given {now.shape}."
            )
        largest = max(1.0, float(np.abs(stored).max(initial=0.0)))
        difference = float(np.abs(now - stored).max(initial=0.0)) / largest
        if not difference <= SAME_MODEL:
            raise SavedRunError(
                f"The run belongs to another {what}: of the stored picture, the answers of the one "
                f"given differ by {difference:.2g}; at most {SAME_MODEL:g} is expected. Give the "
                "one that the run was started with."
            )
    model.probabilities = found
    model.source = int(model.judge.decide(found[None])[0])


def _settings_state(settings: RcsbSettings) -> tuple[dict[str, Any], Arrays]:
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    arrays: Arrays = {}
    missing = {}
    for name in GIVEN_AGAIN:
        if values[name] is not None and not isinstance(values[name], str):
            missing[name] = getattr(values[name], "name", None) or type(values[name]).__name__
            values[name] = None
    for name in _OF_ARRAYS:
        if values[name] is not None:
            arrays[f"settings_{name}"] = np.asarray(values.pop(name))
    return {**values, "given again": missing}, arrays


def _prediction(model: RcsbModel, data: NDArray[np.float32]) -> NDArray[np.float32]:
    """What the network predicts of the picture itself, by which it is known again."""
    picture = torch.tensor(data[None] * 2 - 1).to(model.device)
    step = int(_PROBED_STEP * (model.plain_network.schedule.steps - 1))
    # everything unknown: what a network knows it would hand back as it is
    everywhere = torch.ones(picture.shape[2:], dtype=torch.bool, device=picture.device)
    network = model.network.for_region(everywhere, ot_ode=True)
    with torch.no_grad(), frozen(model.modules):
        found = network(picture, step, picture)
    return np.asarray(found[0].float().cpu().numpy(), np.float32)


def _needed(group: Group) -> State:
    """Return the state of a sampler without the guidance of one that has come to its end."""
    sampler = group.sampler
    state = sampler.state()
    if sampler.at < len(sampler.steps):
        return state
    return {name: value for name, value in state.items() if name not in _LED}


def _times(group: Group) -> list[list[float]]:
    times = group.times
    return [
        [one.calls, one.samples, one.seconds]
        for one in (times.forwards, times.classified, times.backwards)
    ]


def _group(
    p: RcsbProcedure,
    saved: Mapping[str, Any],
    tensors: Any,
    arrays: Mapping[str, NDArray[np.generic]],
) -> Group:
    start, stop = (int(number) for number in saved["numbers"])
    if not p.begun == start < stop <= p.samples:
        raise ValueError("the samples have the wrong numbers")
    later = int(saved.get("ahead", 0))
    questions = p.questions()
    if not 0 <= later < len(questions):
        raise ValueError("the samples were asked other questions")
    now, *ahead = questions[-1 - later :]
    assert p.place is not None
    sampler = now.begun(p.seed, range(start, stop))
    outside = saved.get("outside", {})
    sampler.restore(whole(tensors, outside, torch.tensor(p.place.region), sampler.known()))
    group = Group(sampler, p.sample.data, p.place.region, ahead)
    times = group.times
    kinds = (times.forwards, times.classified, times.backwards)
    for one, (calls, samples, seconds) in zip(kinds, saved["times"], strict=True):
        one.calls, one.samples, one.seconds = int(calls), int(samples), float(seconds)
    known = moments(len(sampler.steps))
    at = [int(one) for one in saved["forming"]]
    if at:
        stack = np.asarray(arrays[f"forming{start}"], np.uint8)
        channels, height, width = p.sample.data.shape
        if stack.ndim == 4:
            stack = _around(stack, p, len(at), stop - start)
        shape = (len(at), stop - start, height, width, channels)
        if stack.shape != shape or not set(at) <= set(known):
            raise ValueError("the estimates have the wrong shape")
        group.forming = dict(zip(at, stack, strict=True))
    return group


def _around(
    stack: NDArray[np.uint8], p: RcsbProcedure, moments: int, samples: int
) -> NDArray[np.uint8]:
    """Put estimates ``(k, n, pixels, C)`` of the region's pixels into the picture."""
    assert p.place is not None
    before = np.rint(p.sample.data.transpose(1, 2, 0) * 255).astype(np.uint8)
    if stack.shape != (moments, samples, int(p.place.region.sum()), before.shape[2]):
        raise ValueError("the estimates have the wrong shape")
    made = np.tile(before, (moments, samples, 1, 1, 1))
    made[:, :, p.place.region] = stack
    return made
