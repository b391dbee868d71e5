"""From where a procedure stands to the result that it hands out, and to words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.bridge.failing import failures_of, told_failures
from rex_widgets.bridge.groups import moments
from rex_widgets.bridge.settings import STEPS
from rex_widgets.bridge.terms.ssim import ssim
from rex_widgets.bridge.unused import unused
from rex_widgets.results import EvaluationCount
from rex_widgets.versions import library_versions

if TYPE_CHECKING:
    from rex_widgets.bridge.judges import Judge
    from rex_widgets.bridge.procedure import RcsbProcedure

Floats = NDArray[np.float32]


def answer(procedure: RcsbProcedure, seconds: float) -> RegionCounterfactuals:
    """Make the result of what is known; the models are not called."""
    p = procedure
    model, look, place, count = p.classifier, p.look, p.place, p.samples
    before = np.ascontiguousarray(p.sample.data.transpose(1, 2, 0))
    after = _after(p, before)
    probabilities = _probabilities(p)
    reached, flipped, best = outcomes(p, probabilities)
    steps = _steps(p)
    curve = np.full((count, len(steps), 2), np.nan, np.float32)
    for group in p.groups if look else ():
        rows = slice(group.numbers.start, group.numbers.stop)
        curve[rows] = group.curve(look.source, look.target)  # type: ignore[union-attr]
    forming, forming_steps = _forming(p, before, len(steps))
    second, second_probabilities = _second(p)
    region = np.zeros(before.shape[:2], np.bool_) if place is None else place.region
    apart = (after - before).reshape(count, -1)
    in_model = p.seconds_in_model
    backward = sum(group.times.backwards.samples for group in p.groups)
    return RegionCounterfactuals(
        before=_kept(before),
        after=_kept(after),
        region=_kept(region.copy()),
        area=float(region.mean()),
        region_source="" if place is None else place.source,
        region_map=None if place is None or place.map is None else _kept(place.map.copy()),
        source_class=-1 if look is None else look.source,
        target=-1 if look is None else look.target,
        source_label="" if look is None else model.label(look.source),
        target_label="" if look is None else model.label(look.target),
        labels=model.labels,
        probabilities_before=_kept(_before(p)),
        probabilities=_kept(probabilities),
        curve=_kept(curve),
        steps=_kept(np.array(steps, np.int64)),
        reached=_kept(reached),
        flipped=_kept(flipped),
        l1=_kept(np.abs(apart).mean(1)),
        l2=_kept(np.sqrt(np.square(apart).mean(1))),
        ssim=_kept(_similarity(after, before)),
        lpips=_lpips(p),
        best=best,
        forming=_kept(forming),
        forming_steps=_kept(forming_steps),
        second=second,
        second_before=-1 if look is None else look.second,
        second_probabilities=second_probabilities,
        failures=failures_of(p),
        branches=p.branches,
        evaluations=EvaluationCount.of(p.breakdown),
        seconds=seconds,
        seconds_in_model=in_model,
        stage=_stage(p),
        message=words(p),
        settings=p.current_settings(),
        seed=p.seed,
        versions=library_versions(),
        runtime=model.runtime,
        choices=_choices(p),
        statistics={
            "network passes": p.network_passes,
            "backward passes": backward,
            "steps": p.steps_done,
            "reached": int(reached.sum()),
            "flipped": int(flipped.sum()),
            "seconds outside the models": max(seconds - in_model, 0.0),
        },
        source=p.sample.source,
        picture=p.sample.picture,
    )


def outcomes(
    p: RcsbProcedure, probabilities: Floats
) -> tuple[NDArray[np.bool_], NDArray[np.bool_], int]:
    """Return which samples have the class asked for, which another one, and the best."""
    count = len(probabilities)
    none = np.zeros(count, np.bool_)
    if p.look is None:
        return none, none.copy(), 0
    known = np.asarray(np.isfinite(probabilities).all(1))
    filled = np.where(known[:, None], probabilities, 0).astype(np.float32)
    given = p.classifier.judge.decide(filled)
    reached = np.asarray(known & (given == p.look.target))
    flipped = np.asarray(known & (given != p.look.source))
    of_target = np.where(known, filled[:, p.look.target], -1.0)
    return reached, flipped, int(of_target.argmax())


def words(p: RcsbProcedure) -> str:
    """What came out, and what a person should know, in sentences; empty before the look."""
    if p.look is None:
        return ""
    said = []
    name, model = p.classifier.label(p.look.target), p.classifier
    if p.finished:
        said.append(_outcome(p, name))
    elif p.settings.guidance == "best_of":
        said.append(f'Changes toward "{name}" are tried without the classifier\'s gradient.')
    said.extend(told_failures(p))
    if p.settings.target is None:
        sure = _shown(float(p.look.probabilities[p.look.target]))
        own = model.label(p.look.source)
        said.append(
            f'No class was asked for, so "{name}" was taken, the second most probable one '
            f'({sure}) after "{own}".'
        )
    return " ".join(said)


def _outcome(p: RcsbProcedure, name: str) -> str:
    assert p.look is not None and p.place is not None
    probabilities = _probabilities(p)
    reached, flipped, best = outcomes(p, probabilities)
    count, hits = len(reached), int(reached.sum())
    sure = _shown(float(probabilities[best, p.look.target]))
    area = f"{100 * float(p.place.region.mean()):.0f} % of the picture"
    if count == 1:
        subject = "The sample is" if hits else "The sample is not"
    else:
        subject = f"{hits or 'None'} of {count} samples {'is' if hits == 1 else 'are'}"
    said = f'{subject} called "{name}"'
    if np.isfinite(probabilities[best]).all():
        said += f" ({sure})" if count == 1 and hits else f" (at best {sure})"
    said += f" after a change of {area}"
    others = int((flipped & ~reached).sum())
    if others:
        said += f"; {others} {'has' if others == 1 else 'have'} another class than before"
    if p.judged.second and p.classifier.second is not None:
        given = _decided(p.classifier.second, np.stack(p.judged.second))
        agreed = int((given[reached] == p.look.target).sum())
        if hits:
            which = "it" if hits == 1 else f"{agreed or 'none'} of these"
            verb = "agrees" if agreed or hits > 1 else "does not agree"
            said += f"; the second classifier {verb} on {which}"
    return f"{said}."


def _after(p: RcsbProcedure, before: Floats) -> Floats:
    after = np.repeat(before[None], p.samples, 0)
    for group in p.groups:
        if group.sampler.at:
            after[group.numbers.start : group.numbers.stop] = group.pictures()
    return after


def _before(p: RcsbProcedure) -> Floats:
    if p.look is None:
        return np.full(p.classifier.judge.classes, np.nan, np.float32)
    return p.look.probabilities.copy()


def _probabilities(p: RcsbProcedure) -> Floats:
    classes = p.classifier.judge.classes
    found = np.full((p.samples, classes), np.nan, np.float32)
    for group in p.groups:
        rows = slice(group.numbers.start, group.numbers.stop)
        found[rows] = group.last_probabilities(classes)
    for number, known in enumerate(p.judged.probabilities):
        found[number] = known
    return found


def _steps(p: RcsbProcedure) -> tuple[int, ...]:
    if p.groups:
        return p.groups[0].sampler.steps
    schedule = p.classifier.plain_network.schedule
    start = min(p.settings.start_step, schedule.steps)
    return tuple(schedule.spaced(p.settings.nfe, start))[:-1]


def _forming(
    p: RcsbProcedure, before: Floats, steps: int
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    known = sorted({at for group in p.groups for at in group.forming})
    known = [at for at in known if at in moments(steps)]
    shown = np.rint(before * 255).astype(np.uint8)
    found = np.tile(shown, (len(known), p.samples, 1, 1, 1))
    for group in p.groups:
        rows = slice(group.numbers.start, group.numbers.stop)
        for place, at in enumerate(known):
            if at in group.forming:
                found[place, rows] = group.forming[at]
    return found, np.array(known, np.int64)


def _second(p: RcsbProcedure) -> tuple[NDArray[np.int64] | None, Floats | None]:
    other = p.classifier.second
    if other is None:
        return None, None
    classes = np.full(p.samples, -1, np.int64)
    found = np.full((p.samples, other.classes), np.nan, np.float32)
    if p.judged.second:
        known = np.stack(p.judged.second)
        # of a loaded run it has not been asked yet, and does not know how many classes it has
        found = np.full((p.samples, known.shape[1]), np.nan, np.float32)
        classes[: len(known)] = _decided(other, known)
        found[: len(known)] = known
    return _kept(classes), _kept(found)


def _decided(judge: Judge, probabilities: Floats) -> NDArray[np.int64]:
    """Return the classes of rows, -1 where the classifier gave no numbers."""
    known = np.asarray(np.isfinite(probabilities).all(1))
    filled = np.where(known[:, None], probabilities, 0).astype(np.float32)
    return np.where(known, judge.decide(filled), -1)


def _lpips(p: RcsbProcedure) -> Floats | None:
    if p.settings.lpips_from is None:
        return None
    found = np.full(p.samples, np.nan, np.float32)
    found[: len(p.judged.lpips)] = p.judged.lpips
    return _kept(found)


def _similarity(after: Floats, before: Floats) -> Floats:
    first = torch.tensor(after.transpose(0, 3, 1, 2)) * 2 - 1
    second = torch.tensor(before.transpose(2, 0, 1)[None]) * 2 - 1
    return np.asarray(ssim(first, second).numpy(), np.float32)


def _stage(p: RcsbProcedure) -> str:
    if p.look is None:
        return "nothing yet"
    if p.finished:
        return "finished"
    return "sampling" if p.groups else "region"


def _choices(p: RcsbProcedure) -> tuple[str, ...]:
    said = [*p.classifier.choices, *p.sample.notes, *p.branches, *unused(p.settings)]
    if p.place is not None:
        share = f"{100 * float(p.place.region.mean()):.1f} %"
        said.append(f"region: {p.place.source}, {share} of the picture")
        said.extend(p.place.notes)
    if p.settings.target is None and p.look is not None:
        said.append("target: the second most probable class")
    for group in p.groups:
        said.extend(group.sampler.notes)
    taken = len(_steps(p))
    if taken < p.settings.nfe:
        said.append(
            f"nfe: {taken} {'step' if taken == 1 else 'steps'}, as start_step "
            f"{p.settings.start_step} leaves no more"
        )
    steps = p.classifier.plain_network.schedule.steps
    if steps != STEPS:
        said.append(f"the network's bridge has {steps} steps")
    return tuple(said)


def _shown(probability: float) -> str:
    return f"{probability:.2f}" if probability >= 0.005 else f"{probability:.1g}"


def _kept(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
