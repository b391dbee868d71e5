"""A procedure of the method relax as JSON values and arrays, and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import SavedRunError
from rex_widgets.inputs.saved import sample_of, sample_state
from rex_widgets.relax.comparison import Comparison
from rex_widgets.relax.references import Reference, References
from rex_widgets.relax.settings import MOST_IN_CORPUS, MOST_IN_GALLERY, RelaxSettings

if TYPE_CHECKING:
    from rex_widgets.encoders import Encoder
    from rex_widgets.relax.procedure import RelaxProcedure

__all__ = [
    "GIVEN_AGAIN",
    "SAME_ENCODER",
    "check_same_model",
    "procedure_state",
    "restore_procedure",
    "sample_of",
    "settings_of",
]

Arrays = dict[str, NDArray[np.generic]]

GIVEN_AGAIN = ("similarity_measure", "versus")
"""Settings that a file may be unable to hold: functions and encoders."""

SAME_ENCODER = 1e-4
"""Largest difference of a representation, relative to its largest value, for which an encoder
counts as the same."""

_VECTORS = ("embedding", "references", "opposed", "opposed_embedding")


def procedure_state(procedure: RelaxProcedure) -> tuple[dict[str, Any], Arrays]:
    """Everything that the procedure needs to go on.

    Raises
    ------
    SavedRunError
        A corpus has not been read yet, so that its mean representation is unknown.
    """
    p = procedure
    settings, arrays = _settings_state(p)
    sample, sample_arrays = sample_state(p.sample)
    sums, sums_arrays = p.sums.state()
    arrays |= sample_arrays | {f"sums_{name}": array for name, array in sums_arrays.items()}
    if p.comparison is not None:
        found = {name: getattr(p.comparison, name) for name in _VECTORS}
        arrays |= {name: array for name, array in found.items() if array is not None}
        arrays["whole_similarities"] = p.comparison.of_whole()
    state = {
        "settings": settings,
        "ending": p.ending.state(),
        "sample": sample,
        "runtime": p.classifier.runtime,
        "fingerprint": p.classifier.fingerprint(),
        "stage": p.stage,
        "message": p.message,
        "sums": sums,
        "tally": p.tally.state(),
        "counts": p.embedder.counts,
        "seconds_in_model": p.embedder.seconds_in_model,
    }
    if p.opponent is not None:
        state["versus"] = {
            "counts": p.opponent.embedder.counts,
            "seconds_in_model": p.opponent.embedder.seconds_in_model,
        }
    return state, arrays


def restore_procedure(
    procedure: RelaxProcedure,
    state: Mapping[str, Any],
    arrays: Mapping[str, NDArray[np.generic]],
) -> None:
    """Take over a saved state; the procedure was made with its sample and settings.

    Raises
    ------
    SavedRunError
        The second encoder, or the function that was given again, is another one.
    """
    p = procedure
    p.stage, p.message = str(state["stage"]), str(state["message"])
    p.ending.restore(state["ending"])
    p.tally.restore(state["tally"])
    own = {k.removeprefix("sums_"): v for k, v in arrays.items() if k.startswith("sums_")}
    p.sums.restore(dict(state["sums"]), own)
    embedders = [(p.embedder, state)]
    if p.opponent is not None:
        embedders.append((p.opponent.embedder, state["versus"]))
    for embedder, saved in embedders:
        embedder.counts = {str(name): int(count) for name, count in saved["counts"].items()}
        embedder.seconds_in_model = float(saved["seconds_in_model"])
    if "embedding" in arrays:
        p.comparison = _comparison_of(p, arrays)
        _check_given_again(p, np.asarray(arrays["whole_similarities"], np.float64))


def settings_of(
    state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]], **again: Any
) -> RelaxSettings:
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
        Something has to be given again, or is given and was not used.
    """
    values = dict(state["settings"])
    missing = values.pop("given again")
    for name, words in missing.items():
        if again.get(name) is None or (isinstance(again[name], str) and name != "versus"):
            raise SavedRunError(
                f"The run was made with {words} as {name}, which a file cannot hold. Give it again:"
                f" load_run(path, model, {name}=…)."
            )
        values[name] = again[name]
    for name in again.keys() - missing.keys():
        if again[name] is not None and again[name] != values.get(name):
            raise SavedRunError(
                f"{name} was given, but the run was made with {values.get(name)!r}. Leave it out; "
                f"run.changed({name}=…) asks anew."
            )
    if "like_data" in arrays:
        values["like"] = _reference_of(arrays, "like", str(values["like"]))
    if values.get("gallery") is not None:
        names = [str(name) for name in values["gallery"]]
        if len(names) > MOST_IN_GALLERY:
            raise ValueError("the gallery is too large")
        values["gallery"] = tuple(
            _reference_of(arrays, f"gallery_{number}", name) for number, name in enumerate(names)
        )
    if values.get("corpus") is not None:
        count = int(values["corpus"])
        if not 1 <= count <= MOST_IN_CORPUS:
            raise ValueError("the corpus is too large")
        values["corpus"] = References((), None, "corpus", count)
    return RelaxSettings(**values)


def check_same_model(encoder: Encoder, arrays: Mapping[str, NDArray[np.generic]]) -> None:
    """Ask the encoder about the stored input and compare.

    Raises
    ------
    SavedRunError
        The representation differs by more than `SAME_ENCODER`.
    """
    if "embedding" in arrays:
        data = np.array(arrays["sample_data"], np.float32)
        _check_same(encoder, data, np.asarray(arrays["embedding"], np.float32), "the model")


def _check_same(
    encoder: Encoder, data: NDArray[np.float32], stored: NDArray[np.float32], what: str
) -> None:
    now = encoder(data[None])[0]
    if now.shape != stored.shape:
        raise SavedRunError(
            f"The run belongs to an encoder with representations of {stored.size} numbers; "
            f"{what} given has {now.size}. Give the one that the run was started with."
        )
    largest = float(np.abs(stored).max(initial=0.0))
    difference = float(np.abs(now - stored).max(initial=0.0)) / (largest or 1.0)
    if not difference <= SAME_ENCODER:
        raise SavedRunError(
            f"The run belongs to another encoder: of the stored input, {what} given has a "
            f"representation that differs by {difference:.2g} of its largest value; at most "
            f"{SAME_ENCODER:g} is expected. Give the one that the run was started with."
        )


def _settings_state(p: RelaxProcedure) -> tuple[dict[str, Any], Arrays]:
    settings = p.settings
    values = {f.name: getattr(settings, f.name) for f in fields(settings)}
    arrays: Arrays = {}
    missing: dict[str, str] = {}
    if callable(values["similarity_measure"]):
        measure = values.pop("similarity_measure")
        name = getattr(measure, "__name__", type(measure).__name__)
        missing["similarity_measure"] = f"the function {name}"
    if p.opponent is not None:
        values["versus"] = None
        missing["versus"] = f"the encoder {p.opponent.encoder.name}"
    if settings.like is not None:
        values["like"] = settings.like.name
        arrays |= _reference_arrays(settings.like, "like")
    if settings.gallery is not None:
        values["gallery"] = [one.name for one in settings.gallery]
        for number, one in enumerate(settings.gallery):
            arrays |= _reference_arrays(one, f"gallery_{number}")
    if settings.corpus is not None:
        if p.comparison is None:
            raise SavedRunError(
                "The corpus has not been given to the encoder yet, and a file holds only its mean "
                "representation. Let the run begin (run.step() a few times), then save it."
            )
        values["corpus"] = len(settings.corpus)
    values["given again"] = missing
    return values, arrays


def _reference_arrays(reference: Reference, name: str) -> Arrays:
    return {f"{name}_data": reference.data, f"{name}_thumbnail": reference.thumbnail}


def _reference_of(arrays: Mapping[str, NDArray[np.generic]], prefix: str, name: str) -> Reference:
    data = np.asarray(arrays[f"{prefix}_data"], np.float32)
    if data.shape != arrays["sample_data"].shape:
        raise ValueError(f"{prefix} has the wrong shape")
    thumbnail = np.asarray(arrays[f"{prefix}_thumbnail"], np.uint8)
    if thumbnail.ndim != 3 or thumbnail.shape[2] != 3:
        raise ValueError(f"the picture of {prefix} has the wrong shape")
    return Reference(name, data, thumbnail)


def _comparison_of(p: RelaxProcedure, arrays: Mapping[str, NDArray[np.generic]]) -> Comparison:
    found: dict[str, Any] = {
        name: np.asarray(arrays[name], np.float32) for name in _VECTORS if name in arrays
    }
    size = len(found["embedding"])
    if found["references"].shape != (p.sums.targets, size) or found["embedding"].ndim != 1:
        raise ValueError("the references have the wrong shape")
    if ("opposed" in found) != (p.opponent is not None):
        raise ValueError("the second encoder's representations are missing")
    return Comparison(p.settings.similarity_measure, **found)


def _check_given_again(p: RelaxProcedure, stored: NDArray[np.float64]) -> None:
    """Whether the second encoder and the function are those of the run."""
    assert p.comparison is not None
    if p.opponent is not None:
        opposed = p.comparison.opposed_embedding
        assert opposed is not None
        _check_same(p.opponent.encoder, p.opponent.data, opposed, "the encoder versus")
    now = p.comparison.of_whole()
    if now.shape != stored.shape or not np.allclose(now, stored, rtol=1e-4, atol=1e-6):
        raise SavedRunError(
            "The run was made with another similarity_measure: the function given says "
            f"{now[0]:.6g} of the whole input, and the run's said {stored[0]:.6g}. Give the same "
            "one."
        )
