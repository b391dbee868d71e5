"""From where a procedure stands to the result that it hands out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.latent.diagnosis import diagnosis, nearest_misses
from rex_widgets.latent.verdicts import has_oracle, verdicts
from rex_widgets.results import EvaluationCount
from rex_widgets.versions import library_versions

if TYPE_CHECKING:
    from rex_widgets.latent.procedure import LatentProcedure


def answer(procedure: LatentProcedure, seconds: float) -> Counterfactuals:
    """Make the result of what is known; the models are not called."""
    p = procedure
    model, answers, latents = p.classifier, p.answers, p.sample.data
    known = model.statistics
    assert known is not None
    minimum, maximum, mean, std = (
        _kept(getattr(known, name).cpu().numpy().copy())
        for name in ("minimum", "maximum", "mean", "std")
    )
    found = _kept(answers.counterfactuals.copy())
    seen = np.isfinite(answers.after).all(2)
    told = ("",) * len(latents)
    if p.verified or (p.searched and seen.all()):
        told = diagnosis(
            latents,
            answers,
            minimum,
            maximum,
            p.settings,
            p.crossed,
            model.labels,
            extensible=p.extensible,
        )
    in_model = p.meter.seconds
    return Counterfactuals(
        latents=_kept(latents.copy()),
        images=_kept(answers.images.copy()),
        counterfactuals=found,
        pictures=_kept(answers.pictures.copy()),
        before=_kept(_probabilities(answers.before)),
        after=_kept(_probabilities(answers.after)),
        target=_kept(answers.target.copy()),
        changed=_kept(answers.changed),
        margins=_kept(answers.margins),
        distance=_kept(np.abs(found - latents[:, None]).sum(2)),
        nearest_miss=_kept(nearest_misses(answers)),
        verdict=_kept(verdicts(model, latents, answers)),
        diagnosis=told,
        oracle=has_oracle(model),
        verified=p.verified,
        coordinates=known.names,
        parts=tuple((part.name, part.start, part.end) for part in known.parts),
        mean=mean,
        std=std,
        minimum=minimum,
        maximum=maximum,
        labels=model.labels,
        sample_names=sample_names(p),
        evaluations=EvaluationCount.of(p.meter.pictures),
        seconds=seconds,
        seconds_in_model=in_model,
        stage=_stage(p),
        message=p.words(),
        settings=p.current_settings(),
        seed=p.seed,
        versions=library_versions(),
        runtime=model.runtime,
        choices=_choices(p),
        statistics={
            "generator calls": p.meter.generator_calls,
            "classifier calls": p.meter.classifier_calls,
            "generated pictures": p.meter.generated,
            "steps": p.steps,
            "found": int(answers.changed.any(1).sum()),
            "seconds outside the models": max(seconds - in_model, 0.0),
        },
        source=p.sample.source,
        method=p.method,
        picture=p.sample.picture,
    )


def sample_names(procedure: LatentProcedure) -> tuple[str, ...]:
    """What each sample shows, or its number."""
    world = procedure.classifier.world
    if world is None:
        return tuple(f"sample {row}" for row in range(len(procedure.sample.data)))
    return tuple(world.names_of(procedure.latents.cpu()))


def _stage(p: LatentProcedure) -> str:
    if p.look is None:
        return "nothing yet"
    if p.verified:
        return "verified"
    return "searched" if p.searched else "searching"


def _choices(p: LatentProcedure) -> tuple[str, ...]:
    said = [*p.classifier.choices, *p.sample.notes]
    for row in p.on_boundary:
        target = int(p.answers.target[row])
        said.append(
            f"sample {row} lies on the boundary of two classes: explained toward class {target}"
        )
    if p.settings.target is None and p.look is not None:
        said.append("target: the other one of the two classes")
    return tuple(said)


def _probabilities(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    with np.errstate(invalid="ignore"):  # an infinite logit has no probability
        shifted = np.exp(logits.astype(np.float64) - logits.max(-1, keepdims=True))
        return np.asarray(shifted / shifted.sum(-1, keepdims=True), np.float32)


def _kept(array: NDArray[Any]) -> NDArray[Any]:
    array.flags.writeable = False
    return array
