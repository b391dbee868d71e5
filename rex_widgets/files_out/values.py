"""Values as JSON knows them: finite numbers, text, and digests of what is large."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

MOST_VALUES = 64
"""Arrays among the settings up to this size are written out; of larger ones shape and digest."""

_LONGEST = 300


def json_text(document: Mapping[str, Any], *, one_line: bool = False) -> str:
    """Return a document as strict JSON (no NaN, no infinity)."""
    if one_line:
        return json.dumps(document, allow_nan=False, ensure_ascii=False)
    return json.dumps(document, allow_nan=False, ensure_ascii=False, indent=2)


def range_of(values: NDArray[np.float32]) -> dict[str, Any]:
    """Return smallest, largest and mean value of a map, and where it is largest; {} without any."""
    if not values.size or np.isnan(values).all():
        return {}
    place = np.unravel_index(int(np.nanargmax(values)), values.shape)
    return {
        "smallest": float(np.nanmin(values)),
        "largest": float(np.nanmax(values)),
        "mean": float(np.nanmean(values, dtype=np.float64)),
        "largest_at": [int(i) for i in place],
    }


def plain(value: Any) -> Any:
    """Return a value as JSON knows it."""
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, Mapping):
        return {str(name): plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if isinstance(value, np.ndarray):
        if value.size <= MOST_VALUES:
            return plain(value.tolist())
        digest = sha256(np.ascontiguousarray(value).tobytes()).hexdigest()
        return {"shape": list(value.shape), "dtype": str(value.dtype), "sha256": digest}
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    return _object_words(value)


def _object_words(value: Any) -> str:
    """Name an object; its type where its own words are long, or hold an address."""
    words = str(getattr(value, "__name__", value))
    known = len(words) <= _LONGEST and " at 0x" not in words
    return words if known else type(value).__name__
