"""An explanation as files for other programs: numbers as JSON, arrays as ``.npz`` and NIfTI."""

from __future__ import annotations

import dataclasses
import gzip
import io
import json
import math
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import PLACES, Axes
from rex_widgets.errors import InputError
from rex_widgets.results import Certificate, ClassScore, Explanation
from rex_widgets.run_file import replacing

FORMAT = "rex_widgets explanation 1"
NIFTI = (".nii", ".nii.gz")
MOST_VALUES = 64
"""Arrays among the settings up to this size are written out; of larger ones shape and digest."""


def explanation_document(
    explanation: Explanation,
    *,
    analysis: Any = None,
    settings: Mapping[str, Mapping[str, Any]] | None = None,
) -> dict[str, Any]:
    """Return all numbers of an explanation as JSON values; what is not finite is ``None``.

    Parameters
    ----------
    explanation
        Any explanation, finished or not.
    analysis
        An `Analysis` to be put in.
    settings
        Further settings by heading ("model", "input", …), beside those of the method.

    Returns
    -------
    dict
        Arrays (map, mask) are not in it; see `save_arrays`.
    """
    found = explanation
    document = {
        "format": FORMAT,
        "source": found.source,
        "kind": found.kind,
        "method": found.method,
        "strategy": found.strategy,
        "explained": is_explained(found),
        "target": _score(found.target),
        "confidence": found.confidence,
        "area": found.area,
        "kept": found.pixels,
        "places": PLACES[found.kind],
        "shape": found.mask.shape,
        "region": _region(found),
        "verified": found.verified,
        "stage": found.stage,
        "message": found.message,
        "certificate": _certificate(found.certificate),
        "occlusions": found.occlusions,
        "parts": [
            {
                "name": part.name,
                "confidence": part.confidence,
                "area": part.area,
                "kept": int(part.mask.sum()),
                "verified": part.verified,
                "certificate": _certificate(part.certificate),
                "without": None if part.without is None else _score(part.without),
            }
            for part in found.parts
        ],
        "top": [_score(score) for score in found.top],
        "map": _range(found.map),
        "map_error": None if found.map_error is None else _range(found.map_error),
        "stability": found.stability,
        "evaluations": {
            "total": int(found.evaluations),
            **getattr(found.evaluations, "breakdown", {}),
        },
        "seconds": found.seconds,
        "seconds_in_model": found.seconds_in_model,
        "statistics": found.statistics,
        "settings": found.settings,
        "seed": found.seed,
        "versions": found.versions,
        "runtime": found.runtime,
        "choices": found.choices,
        "axes": None if found.axes is None else found.axes.state()[0],
    }
    if settings is not None:
        document["other_settings"] = settings
    if analysis is not None:
        document["analysis"] = analysis.document()
    plain: dict[str, Any] = _plain(document)
    return plain


def _region(found: Explanation) -> dict[str, Any] | None:
    """What was searched, and how much of it is kept."""
    if found.region is None:
        return None
    places = int(found.region.sum())
    return {
        "places": places,
        "share": places / found.region.size,
        "kept": found.pixels / places,
        "outside": found.outside,
    }


def is_explained(explanation: Explanation) -> bool:
    """Whether there is an answer: a verified explanation, or the map where only that was asked."""
    if getattr(explanation.settings, "no_extract", False):
        return bool(explanation.map.any())
    return explanation.verified and bool(explanation.mask.any())


def json_text(document: Mapping[str, Any], *, one_line: bool = False) -> str:
    """Return a document as strict JSON (no NaN, no infinity)."""
    if one_line:
        return json.dumps(document, allow_nan=False, ensure_ascii=False)
    return json.dumps(document, allow_nan=False, ensure_ascii=False, indent=2)


def save_json(explanation: Explanation, path: str | Path, *, analysis: Any = None) -> Path:
    """Write all numbers of an explanation as a JSON file, whole or not at all.

    Parameters
    ----------
    explanation
        Any explanation.
    path
        The file; one that is there is replaced.
    analysis
        An `Analysis` to be put in.

    Returns
    -------
    Path
        Absolute.
    """
    document = explanation_document(explanation, analysis=analysis)
    return write_text(path, json_text(document) + "\n")


def write_text(path: str | Path, text: str) -> Path:
    """Write a text file, whole or not at all; return its absolute path."""
    return _write(_target(path), text.encode())


def save_arrays(explanation: Explanation, path: str | Path) -> tuple[Path, ...]:
    """Write an explanation's arrays, whole or not at all.

    Parameters
    ----------
    explanation
        Any explanation.
    path
        A file ending in .npz: ``map``, ``map_error``, ``mask``, ``region``, ``ranking``,
        ``picture``, ``values``, ``part_names``, ``part_masks``, ``affine``, ``positions`` as far
        as they are known, and ``document``, the text of `explanation_document`. Or, for a
        volume, one ending in .nii or .nii.gz: the map with the affine of the volume as it was
        explained (turned, and resampled where the model takes another size); the mask stands
        beside it in a file whose name ends in "_mask".

    Returns
    -------
    tuple of Path
        The files written, absolute.

    Raises
    ------
    InputError
        The ending is another, or NIfTI is asked for what is no volume.
    """
    target = check_array_file(path, explanation.kind)
    ending = _ending(target)
    if ending == ".npz":
        buffer = io.BytesIO()
        arrays: dict[str, Any] = _arrays(explanation)
        np.savez_compressed(buffer, **arrays)
        return (_write(target, buffer.getvalue()),)
    beside = target.with_name(target.name[: -len(ending)] + "_mask" + ending)
    affine = _affine(explanation.axes)
    mask = explanation.mask.astype(np.uint8)
    return (
        _write(target, _nifti(explanation.map, affine, ending)),
        _write(beside, _nifti(mask, affine, ending)),
    )


def check_array_file(path: str | Path, kind: str | None = None) -> Path:
    """Return the absolute path of a file for arrays; refuse what `save_arrays` cannot write."""
    target = _target(path)
    ending = _ending(target)
    if ending not in (".npz", *NIFTI):
        raise InputError(
            f"{target.name!r} was given as the file for map and masks; expected a name that ends "
            "in .npz, or in .nii or .nii.gz for a volume."
        )
    if ending in NIFTI and kind not in (None, "volume"):
        raise InputError(
            f"{target.name!r} was given as the file for map and masks; NIfTI holds volumes, and "
            f"the input is of the kind {kind}. Expected a name that ends in .npz."
        )
    return target


def _target(path: str | Path) -> Path:
    return Path(path).expanduser().absolute()


def _write(target: Path, content: bytes) -> Path:
    try:
        with replacing(target) as file:
            file.write(content)
    except OSError as error:
        raise InputError(
            f"{target.name!r} cannot be written ({error.strerror}); name another file."
        ) from None
    return target


def _ending(path: Path) -> str:
    name = path.name.lower()
    return ".nii.gz" if name.endswith(".nii.gz") else path.suffix.lower()


def _arrays(explanation: Explanation) -> dict[str, NDArray[Any]]:
    found = explanation
    arrays: dict[str, Any] = {
        "map": found.map,
        "map_error": found.map_error,
        "mask": found.mask,
        "region": found.region,
        "ranking": found.ranking,
        "picture": found.picture,
        "values": found.values,
        "document": np.array(json_text(explanation_document(found))),
    }
    if found.parts:
        arrays["part_names"] = np.array([part.name for part in found.parts])
        arrays["part_masks"] = np.stack([part.mask for part in found.parts])
    if found.axes is not None:
        arrays |= found.axes.state()[1]
    return {name: np.asarray(array) for name, array in arrays.items() if array is not None}


def _affine(axes: Axes | None) -> NDArray[np.float64]:
    if axes is None:
        return np.eye(4)
    if axes.affine is not None:
        return axes.affine
    return np.diag([*axes.spacing, 1.0])


def _nifti(values: NDArray[Any], affine: NDArray[np.float64], ending: str) -> bytes:
    import nibabel

    library: Any = nibabel
    image = library.Nifti1Image(values, affine)
    image.header.set_xyzt_units("mm")
    content: bytes = image.to_bytes()
    # without the time, so that the same map gives the same file
    return gzip.compress(content, mtime=0) if ending == ".nii.gz" else content


def _score(score: ClassScore) -> dict[str, Any]:
    return {"index": score.index, "label": score.label, "confidence": score.confidence}


def _certificate(certificate: Certificate | None) -> dict[str, Any] | None:
    if certificate is None:
        return None
    values = {f.name: getattr(certificate, f.name) for f in dataclasses.fields(certificate)}
    return {**values, "text": certificate.text}


def _range(values: NDArray[np.float32]) -> dict[str, Any]:
    if not values.size:
        return {}
    place = np.unravel_index(int(values.argmax()), values.shape)
    return {
        "smallest": float(values.min()),
        "largest": float(values.max()),
        "mean": float(values.mean(dtype=np.float64)),
        "largest_at": [int(i) for i in place],
    }


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return _plain(value.item())
    if isinstance(value, Mapping):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if isinstance(value, np.ndarray):
        if value.size <= MOST_VALUES:
            return _plain(value.tolist())
        digest = sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"shape": list(value.shape), "dtype": str(value.dtype), "sha256": digest}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return str(getattr(value, "__name__", value))
