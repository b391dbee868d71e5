"""A causal procedure as JSON values and arrays, and back."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.causal.outcome import MEANINGLESS, Outcome
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SavedRunError
from rex_widgets.evaluation_log import EvaluationLog
from rex_widgets.inputs.saved import sample_of, sample_state
from rex_widgets.masks import Mask, Shape
from rex_widgets.results import Certificate, ClassScore, Part, Target

if TYPE_CHECKING:
    from rex_widgets.causal.procedure import CausalProcedure
    from rex_widgets.classifiers.base import Classifier

__all__ = [
    "SAME_MODEL",
    "check_same_model",
    "procedure_state",
    "restore_procedure",
    "sample_of",
    "settings_of",
]

Arrays = dict[str, NDArray[np.generic]]
STORED_ARRAYS = ("mask_value", "context")
"""Settings that may be arrays."""

REGION = "region"
"""The setting that is stored as packed bits; its shape is the sample's."""

SAME_MODEL = 1e-4
"""Largest difference of a probability for which a model counts as the same."""


def procedure_state(procedure: CausalProcedure) -> tuple[dict[str, Any], Arrays]:
    """Everything that the procedure needs to go on."""
    p = procedure
    settings, arrays = _settings_state(p.settings)
    sample, sample_arrays = sample_state(p.sample)
    outcome, outcome_arrays = _outcome_state(p._outcome)
    arrays |= sample_arrays | outcome_arrays
    arrays |= {f"log_{name}": array for name, array in p._evaluator.log.arrays().items()}
    if p._input_probabilities is not None:
        arrays["input_probabilities"] = p._input_probabilities
    if p._search is not None:
        arrays |= {f"search_{name}": array for name, array in p._search.arrays().items()}
    state = {
        "settings": settings,
        "iters": p.iters,
        "sample": sample,
        "runtime": p.classifier.runtime,
        "fingerprint": p.classifier.fingerprint(),
        "stage": p.stage,
        "message": p.message,
        "looked": p._looked,
        "polished": p._polished,
        "whole_passes": p._whole_passes,
        "most": p._most,
        "settled": p._settled,
        "explained_at": p._explained_at,
        "target": asdict(p._target),
        "top": [asdict(score) for score in p._top],
        "outcome": outcome,
        "search": p._search.state() if p._search is not None else None,
        "counts": p._evaluator.counts,
        "seconds_in_model": p._evaluator.seconds_in_model,
    }
    return state, arrays


def restore_procedure(
    procedure: CausalProcedure,
    state: Mapping[str, Any],
    arrays: Mapping[str, NDArray[np.generic]],
) -> None:
    """Take over a saved state; the procedure was made with its sample and settings."""
    p = procedure
    p.iters = int(state["iters"])
    p.stage, p.message = str(state["stage"]), str(state["message"])
    p._looked, p._whole_passes = bool(state["looked"]), bool(state["whole_passes"])
    p._polished = bool(state["polished"])
    p._settled = bool(state.get("settled", state["outcome"]["stage"] == MEANINGLESS))
    p._explained_at = int(state["explained_at"])
    p._target = Target(**state["target"])
    p._most = float(state.get("most", p._target.confidence))
    p._top = tuple(ClassScore(**score) for score in state["top"])
    p._outcome = _outcome_of(state["outcome"], arrays, p._shape)
    if "input_probabilities" in arrays:
        p._input_probabilities = np.asarray(arrays["input_probabilities"], np.float32)
    evaluator = p._evaluator
    evaluator.log = EvaluationLog.from_arrays(_group(arrays, "log_"))
    evaluator.counts = {str(name): int(count) for name, count in state["counts"].items()}
    evaluator.seconds_in_model = float(state["seconds_in_model"])
    evaluator.target = p._target.index
    if state["search"] is not None:
        p._search = p._new_search()
        p._search.restore(state["search"], _group(arrays, "search_"))


def settings_of(
    state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]
) -> CausalSettings:
    """The saved settings."""
    values = dict(state["settings"])
    for name in STORED_ARRAYS:
        if name in arrays:
            values[name] = arrays[name]
    if REGION in arrays:
        shape = np.asarray(arrays["sample_data"]).shape[1:]
        packed = np.asarray(arrays[REGION], np.uint8)
        if packed.shape != (-(-math.prod(shape) // 8),):
            raise ValueError("the region has the wrong size")
        bits = np.unpackbits(packed, count=math.prod(shape))
        values[REGION] = bits.view(np.bool_).reshape(shape)
    return CausalSettings(**values)


def check_same_model(classifier: Classifier, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Ask the model about the stored input and compare.

    Raises
    ------
    SavedRunError
        A probability differs by more than `SAME_MODEL`.
    """
    if "input_probabilities" not in arrays:
        return
    stored = np.asarray(arrays["input_probabilities"], np.float32)
    batch: Any = np.asarray(arrays["sample_data"], np.float32)[None]
    if classifier.array_library == "torch":
        import torch

        batch = torch.from_numpy(np.array(batch)).to(classifier.device)
    now = classifier(batch)[0]
    if now.shape != stored.shape:
        raise SavedRunError(
            f"The run belongs to a model with {len(stored)} classes; "
            f"the one given has {len(now)}. Give the model that the run was started with."
        )
    difference = float(np.abs(now - stored).max())
    if difference > SAME_MODEL:
        raise SavedRunError(
            f"The run belongs to another model: on the stored input a probability differs by "
            f"{difference:.2g}; at most {SAME_MODEL:g} is expected. "
            "Give the model that the run was started with."
        )


def _settings_state(settings: CausalSettings) -> tuple[dict[str, Any], Arrays]:
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    arrays: Arrays = {}
    for name in STORED_ARRAYS:
        if isinstance(values[name], np.ndarray):
            arrays[name] = values.pop(name)
    if values[REGION] is not None:
        arrays[REGION] = np.packbits(values.pop(REGION))
    if callable(values.get("mask_value")):
        raise SavedRunError(
            "mask_value is a function, which a saved run cannot hold. "
            "Start the run with the background that it gives (an array)."
        )
    return values, arrays


def _outcome_state(outcome: Outcome) -> tuple[dict[str, Any], Arrays]:
    parts = outcome.parts
    state = {
        "mask": outcome.mask.bits.hex(),
        "confidence": outcome.confidence,
        "stage": outcome.stage,
        "verified": outcome.verified,
        "occlusions": outcome.occlusions,
        "message": outcome.message,
        "certificate": _certificate_state(outcome.certificate),
        "without": _score_state(outcome.without),
        "complete": outcome.complete,
        "parts": [
            {
                "name": part.name,
                "confidence": part.confidence,
                "verified": part.verified,
                "certificate": _certificate_state(part.certificate),
                "without": _score_state(part.without),
            }
            for part in parts
        ],
    }
    masks = {"part_masks": np.packbits([part.mask for part in parts])} if parts else {}
    return state, dict(masks)


def _outcome_of(saved: Mapping[str, Any], arrays: Mapping[str, Any], shape: Shape) -> Outcome:
    values = dict(saved)
    mask = Mask(bytes.fromhex(values.pop("mask")), shape)
    certificate = _certificate_of(values.pop("certificate"))
    without = _score_of(values.pop("without", None))
    parts = []
    named = values.pop("parts", [])
    if named:
        count = len(named) * math.prod(shape)
        packed = np.asarray(arrays["part_masks"], np.uint8)
        if packed.shape != (-(-count // 8),):
            raise ValueError("the masks of the parts have the wrong size")
        bits = np.unpackbits(packed, count=count)
        for one, array in zip(named, bits.view(np.bool_).reshape(-1, *shape), strict=True):
            array.flags.writeable = False
            part = Part(
                str(one["name"]),
                array,
                float(one["confidence"]),
                int(array.sum()) / array.size,
                bool(one["verified"]),
                _certificate_of(one["certificate"]),
                _score_of(one["without"]),
            )
            parts.append(part)
    return Outcome(
        mask=mask, certificate=certificate, without=without, parts=tuple(parts), **values
    )


def _certificate_state(certificate: Certificate | None) -> dict[str, Any] | None:
    if certificate is None:
        return None
    return {**asdict(certificate), "passes": list(certificate.passes.items())}


def _certificate_of(saved: Mapping[str, Any] | None) -> Certificate | None:
    if saved is None:
        return None
    return Certificate(**{**saved, "passes": dict(saved["passes"])})


def _score_state(score: ClassScore | None) -> dict[str, Any] | None:
    return None if score is None else asdict(score)


def _score_of(saved: Mapping[str, Any] | None) -> ClassScore | None:
    return None if saved is None else ClassScore(**saved)


def _group(arrays: Mapping[str, NDArray[np.generic]], prefix: str) -> Arrays:
    return {k.removeprefix(prefix): v for k, v in arrays.items() if k.startswith(prefix)}
