"""A sample as JSON values and arrays, for the file of a saved run, and back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.axes import axes_of
from rex_widgets.inputs.sample import Sample

AXES = "sample_axes_"
"""What the names of the axes' arrays begin with."""


def sample_state(sample: Sample) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
    """What `sample_of` needs: the value of "sample" in a run's state, and arrays."""
    arrays: dict[str, NDArray[np.generic]] = {
        "sample_data": sample.data,
        "sample_picture": sample.picture,
    }
    if sample.values is not None:
        arrays["sample_values"] = sample.values
    axes = None
    if sample.axes is not None:
        axes, own = sample.axes.state()
        arrays |= {f"{AXES}{name}": array for name, array in own.items()}
    state = {
        "source": sample.source,
        "notes": list(sample.notes),
        "kind": sample.kind,
        "axes": axes,
    }
    return state, arrays


def sample_of(state: Mapping[str, Any], arrays: Mapping[str, NDArray[np.generic]]) -> Sample:
    """The saved sample of a run's state."""
    data = np.asarray(arrays["sample_data"], np.float32)
    picture = np.asarray(arrays["sample_picture"], np.uint8)
    saved = state["sample"]
    notes = tuple(map(str, saved["notes"]))
    values = np.asarray(arrays["sample_values"], np.float32) if "sample_values" in arrays else None
    axes = saved.get("axes")
    if axes is not None:
        own = {k.removeprefix(AXES): v for k, v in arrays.items() if k.startswith(AXES)}
        axes = axes_of(axes, own)
    kind = str(saved.get("kind", "image"))
    return Sample(data, picture, str(saved["source"]), notes, kind, axes, values)
