"""A procedure of latent counterfactuals as JSON values and arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import ModelError, SavedRunError
from rex_widgets.inputs.saved import sample_of, sample_state
from rex_widgets.latent.fisher import FisherInformation
from rex_widgets.latent.models import LatentModel
from rex_widgets.latent.settings import SETTINGS, LatentSettings
from rex_widgets.latent.statistics import LatentStatistics, Part

if TYPE_CHECKING:
    from rex_widgets.latent.base import Search
    from rex_widgets.latent.procedure import LatentProcedure

__all__ = [
    "SAME_MODEL",
    "check_same_model",
    "procedure_state",
    "restore_procedure",
    "sample_of",
    "settings_of",
]

Arrays = dict[str, NDArray[np.generic]]

SAME_MODEL = 1e-4
"""Largest difference of a logit or of a picture, relative to the largest value there (at least 1),
for which models count as the same."""

COMPARED = 8
"""Samples whose pictures and logits are compared."""

_STATISTICS = ("mean", "std", "minimum", "maximum", "mad", "mad_released")
_DTYPES = ("float32", "float64", "int64", "int32", "uint8", "bool")
_ANSWERS = ("before", "images", "target", "counterfactuals", "after", "pictures")


def procedure_state(procedure: LatentProcedure) -> tuple[dict[str, Any], Arrays]:
    """Everything that the procedure needs to go on."""
    p = procedure
    settings, arrays = _settings_state(p)
    sample, sample_arrays = sample_state(p.sample)
    arrays |= sample_arrays
    packed, layout = _packed([search.state() for search in p.searches])
    arrays["searches"] = packed
    if p.look is not None:
        arrays["look_logits"] = p.look.logits.cpu().numpy()
        arrays["look_images"] = p.look.images.cpu().numpy()
        arrays |= {f"answers_{name}": getattr(p.answers, name) for name in _ANSWERS}
        arrays["crossed"] = p.crossed
    fisher = p.classifier.fisher.get(p.settings.release_compatible)
    find = getattr(p.explainer, "known", None)
    if fisher is None and find is not None and p.searches:
        fisher = find(p.problem)
    if fisher is not None:
        arrays["fisher"] = fisher.matrices.numpy()
    state = {
        "settings": settings,
        "sample": sample,
        "runtime": p.classifier.runtime,
        "stage": p.stage,
        "message": p.message,
        "meter": p.meter.state(),
        "searches": layout,
        "checked": p.checked,
        "extended": p.extended,
        "steps": p.steps,
        "flipped": p.flipped,
        "fisher": None if fisher is None else [fisher.latents, fisher.released],
    }
    return state, arrays


def restore_procedure(
    procedure: LatentProcedure,
    state: Mapping[str, Any],
    arrays: Mapping[str, NDArray[np.generic]],
) -> None:
    """Take over a saved state; the procedure was made with its sample and settings."""
    p = procedure
    p.stage, p.message = str(state["stage"]), str(state["message"])
    p.meter.restore(dict(state["meter"]))
    p.extended, p.steps = int(state["extended"]), int(state["steps"])
    p.flipped, p.checked = int(state["flipped"]), int(state["checked"])
    if state["fisher"] is not None:
        matrices = torch.tensor(np.asarray(arrays["fisher"], np.float64))
        known = FisherInformation(matrices, int(state["fisher"][0]), bool(state["fisher"][1]))
        p.context = p.context.with_fisher(known)
    if "look_logits" not in arrays:
        return
    device = p.latents.device
    logits = torch.tensor(np.asarray(arrays["look_logits"], np.float32), device=device)
    images = torch.tensor(np.asarray(arrays["look_images"], np.float32), device=device)
    if logits.shape != (len(p.latents), p.classifier.classes) or len(images) != len(logits):
        raise ValueError("the look at the samples has the wrong shape")
    p.see(logits, images)
    for name in _ANSWERS:
        kept = getattr(p.answers, name)
        stored = arrays[f"answers_{name}"]
        if stored.shape != kept.shape or stored.dtype != kept.dtype:
            raise ValueError(f"{name} has the wrong shape")
        kept[:] = stored
    p.crossed[:] = arrays["crossed"]
    states = _unpacked(np.asarray(arrays["searches"], np.uint8), state["searches"])
    if len(states) > p.groups or not 0 <= p.checked <= p.answers.count:
        raise ValueError("there are too many searches")
    for number, saved in enumerate(states):
        search = p.begin(number)
        shape = search.counterfactuals.shape
        _restore_search(search, saved, device)
        if search.counterfactuals.shape != shape:
            raise ValueError("a search has the wrong shape")
        p.searches.append(search)


def settings_of(
    state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]], **again: Any
) -> LatentSettings:
    """The saved settings.

    Parameters
    ----------
    state, arrays
        From `procedure_state`.
    **again
        ``generator``, where it is not the world's.

    Raises
    ------
    SavedRunError
        The generator has to be given again.
    """
    values = dict(state["settings"])
    cls = SETTINGS[str(values.pop("method"))]
    missing = values.pop("given again")
    generator = again.get("generator")
    if missing is not None:
        if generator is None or isinstance(generator, str):
            raise SavedRunError(
                f"The run was made with {missing} as generator, which a file cannot hold. Give it "
                "again: load_run(path, classifier, generator=…)."
            )
        values["generator"] = generator
    elif generator is not None and generator != values["generator"]:
        raise SavedRunError(
            f"generator was given, but the run was made with {values['generator']!r}. Leave it out."
        )
    if "training" in arrays:
        values["latents"] = np.asarray(arrays["training"], np.float32)
    if "statistics_mean" in arrays:
        tensors = {
            name: torch.tensor(np.asarray(arrays[f"statistics_{name}"], np.float32))
            for name in _STATISTICS
        }
        told = values.pop("statistics")
        parts = tuple(Part(str(n), int(a), int(b)) for n, a, b in told["parts"])
        names = tuple(map(str, told["names"]))
        values["statistics"] = LatentStatistics(**tensors, parts=parts, names=names)
    return cls(**values)


def check_same_model(model: LatentModel, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Decode and classify stored samples, and compare.

    Raises
    ------
    SavedRunError
        Pictures or logits differ by more than `SAME_MODEL`, or the models cannot be used.
    """
    latents = torch.tensor(np.asarray(arrays["sample_data"], np.float32)[:COMPARED])
    try:
        logits = model.probe(latents.to(model.device)).float().cpu().numpy()
    except ModelError as error:
        raise SavedRunError(f"The run belongs to other models: {error}") from None
    if "look_logits" not in arrays:
        return
    with torch.no_grad():
        pictures = model.generate(latents.to(model.device)).float().cpu().numpy()
    for what, now, stored in (
        ("generator", pictures, np.asarray(arrays["look_images"])[:COMPARED]),
        ("classifier", logits, np.asarray(arrays["look_logits"])[:COMPARED]),
    ):
        if now.shape != stored.shape:
            raise SavedRunError(
                f"The run belongs to another {what}: its answers have the shape "
                f"{stored.shape[1:]}, and those of the one given {now.shape[1:]}."
            )
        largest = max(1.0, float(np.abs(stored).max(initial=0.0)))
        difference = float(np.abs(now - stored).max(initial=0.0)) / largest
        if not difference <= SAME_MODEL:
            raise SavedRunError(
                f"The run belongs to another {what}: of the stored samples, the answers of the one "
                f"given differ by {difference:.2g}; at most {SAME_MODEL:g} is expected. Give the "
                "one that the run was started with."
            )


def _settings_state(p: LatentProcedure) -> tuple[dict[str, Any], Arrays]:
    settings = p.settings
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    arrays: Arrays = {}
    values["method"] = settings.method
    values["given again"] = None
    if not isinstance(settings.generator, str):
        values["generator"] = None
        values["given again"] = p.classifier.generator_name
        values["generator_output"] = p.classifier.output
    if settings.latents is not None:
        arrays["training"] = values.pop("latents")
    if settings.statistics is not None:
        given: LatentStatistics = values.pop("statistics")
        values["statistics"] = {
            "parts": [[part.name, part.start, part.end] for part in given.parts],
            "names": list(given.names),
        }
        arrays |= {f"statistics_{n}": getattr(given, n).cpu().numpy() for n in _STATISTICS}
    return values, arrays


def _packed(
    states: list[dict[str, torch.Tensor]],
) -> tuple[NDArray[np.uint8], list[list[list[Any]]]]:
    """Lay all tensors of all searches one behind the other; there may be thousands."""
    pieces, layout = [], []
    for state in states:
        told = []
        for name, tensor in state.items():
            array = np.ascontiguousarray(tensor.detach().cpu().numpy())
            told.append([name, str(array.dtype), list(array.shape)])
            pieces.append(array.reshape(-1).view(np.uint8))
        layout.append(told)
    return (np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)), layout


def _unpacked(packed: NDArray[np.uint8], layout: Any) -> list[dict[str, torch.Tensor]]:
    states, place = [], 0
    for told in layout:
        state = {}
        for name, dtype, shape in told:
            if dtype not in _DTYPES:
                raise ValueError(f"{name} is of the type {dtype!r}")
            sides = [int(side) for side in shape]
            length = int(np.prod(sides, dtype=np.int64)) * np.dtype(dtype).itemsize
            piece = packed[place : place + length]
            array = np.frombuffer(piece.tobytes(), dtype).reshape(sides).copy()
            state[str(name)] = torch.from_numpy(array)
            place += length
        states.append(state)
    return states


def _restore_search(search: Search, saved: dict[str, torch.Tensor], device: torch.device) -> None:
    # the state of a random generator stays where torch keeps it
    search.restore(
        {name: one if name == "random" else one.to(device) for name, one in saved.items()}
    )
