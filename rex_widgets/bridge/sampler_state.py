"""Reading what a sampler saved, and checking what it is asked to branch into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch

from rex_widgets.bridge.guidance import GuidanceState
from rex_widgets.bridge.moments import Moment
from rex_widgets.errors import InputError, SavedRunError, SettingsError

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem
    from rex_widgets.bridge.sampler import Sampler
    from rex_widgets.bridge.sampling_settings import SamplingSettings

State = dict[str, torch.Tensor | str]

_SAME_STEPS = ("nfe", "start_step", "ot_ode")


@dataclass(frozen=True, eq=False)
class Saved:
    """What `Sampler.state` gave, checked and on the sampler's device."""

    at: int
    failure: str
    x1: torch.Tensor
    estimate: torch.Tensor | None
    now: Moment
    kept: dict[str, Moment]


def read_state(state: State, identity: torch.Tensor, like: torch.Tensor) -> Saved:
    """Read a saved state.

    Parameters
    ----------
    state
        What `Sampler.state` gave.
    identity
        What it has to agree in: seed, numbers, shape, target, steps.
    like
        The sampler's x_t: its shape, type and device.

    Raises
    ------
    SavedRunError
        It belongs to another sampler, or something is missing or of another shape.
    """
    if not torch.equal(_tensor(state, "identity"), identity):
        raise SavedRunError(
            "The saved samples belong to another seed, picture size, class or sequence of steps; "
            "give the settings that they were saved with."
        )
    moments: dict[str, dict[str, torch.Tensor]] = {}
    for name in state:
        head, _, part = name.partition("_")
        if part and (head == "now" or head.startswith("kept")):
            moments.setdefault(head, {})[part] = _tensor(state, name)
    read = {name: _moment(name, parts, like) for name, parts in moments.items()}
    if "now" not in read:
        raise SavedRunError("The saved samples lack 'now_x'.")
    return Saved(
        at=int(_tensor(state, "at")),
        failure=str(state.get("failure", "")),
        x1=_shaped("x1", _tensor(state, "x1"), like),
        estimate=_shaped("estimate", _tensor(state, "estimate"), like)
        if "estimate" in state
        else None,
        now=read.pop("now"),
        kept=read,
    )


def check_branch(sampler: Sampler, at: int, problem: Problem, settings: SamplingSettings) -> None:
    """Raise where a sampler cannot go on as asked; `Sampler.branched` says when."""
    if not 0 <= at <= sampler.at:
        raise SettingsError(
            f"{at} steps were to be kept; {sampler.at} are done, so 0 to {sampler.at} can be."
        )
    for name in _SAME_STEPS:
        was, asked = getattr(sampler.settings, name), getattr(settings, name)
        if was != asked:
            raise SettingsError(
                f"{name} was {was!r} and would become {asked!r}: who goes on from a step keeps to "
                "the same steps. Start a new run instead."
            )
    before = sampler.problem
    picture = problem.image.to(before.image)
    same = picture.shape == before.image.shape and torch.equal(picture, before.image)
    if not same or not torch.equal(problem.region.to(before.region.device), before.region):
        raise InputError(
            "Going on from a step needs the same picture and region; start a new run for others."
        )
    if problem.network is not before.network:
        raise InputError(
            "Going on from a step needs the same network; start a new run for another."
        )


def _moment(name: str, parts: dict[str, torch.Tensor], like: torch.Tensor) -> Moment:
    pictures = ("x", "first", "second") if "first" in parts else ("x",)
    for part in pictures:
        if part not in parts:
            raise SavedRunError(f"The saved samples lack '{name}_{part}'.")
    found = {part: _shaped(f"{name}_{part}", parts[part], like) for part in pictures}
    if "first" not in parts:
        return Moment(found["x"])
    lengths, count = parts.get("lengths"), parts.get("count")
    if lengths is None or count is None or tuple(lengths.shape) != (len(like),):
        raise SavedRunError(f"The saved samples lack '{name}_lengths' or '{name}_count'.")
    return Moment(
        found["x"],
        GuidanceState(found["first"], found["second"], lengths.to(like), int(count)),
    )


def _tensor(state: State, name: str) -> torch.Tensor:
    found = state.get(name)
    if not isinstance(found, torch.Tensor):
        raise SavedRunError(f"The saved samples lack {name!r}.")
    return found


def _shaped(name: str, found: torch.Tensor, like: torch.Tensor) -> torch.Tensor:
    if found.shape != like.shape or found.dtype != like.dtype:
        raise SavedRunError(
            f"Of the saved samples {name!r} is {found.dtype} {tuple(found.shape)}; expected "
            f"{like.dtype} {tuple(like.shape)}."
        )
    return found.to(like.device)
