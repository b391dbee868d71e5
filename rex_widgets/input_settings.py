"""Settings of the input: what kind of data it is, and which part of a file is meant."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rex_widgets.settings import (
    Settings,
    boolean,
    either,
    nothing,
    option,
    real,
    text,
    whole,
)

MODES = ("RGB", "L", "RGBA", "tabular", "spectral", "audio", "voxel")
"""ReX's names for kinds of input."""

KIND_OF_MODE = {
    "RGB": "image",
    "L": "image",
    "RGBA": "image",
    "tabular": "table",
    "spectral": "signal",
    "audio": "audio",
    "voxel": "volume",
}


def _mode(value: Any) -> str:
    for mode in MODES:
        if isinstance(value, str) and value.lower() == mode.lower():
            return mode
    raise ValueError


def _names(value: Any) -> Any:
    if isinstance(value, str | Path):
        return str(value)
    return tuple(str(name) for name in value)


def _positions(value: Any) -> Any:
    if isinstance(value, str | Path):
        return str(value)
    return tuple(float(place) for place in value)


@dataclass(frozen=True)
class InputSettings(Settings):
    """What a person may say about the input; what is not said is found out and reported."""

    mode: str | None = option(
        None,
        "kind of input: RGB, L, RGBA, tabular, spectral (also time series), audio or voxel; "
        "found out from the file and the model if not given",
        either(nothing(), (_mode, "one of " + ", ".join(MODES))),
        table="rex",
        choices=MODES,
    )
    processed: bool = option(
        False,
        "the input is preprocessed already: the model takes it as it is",
        boolean(),
        table="rex",
    )
    array: str | None = option(
        None, "name of the array to read in a .mat file", either(nothing(), text()), table="rex"
    )
    row: int | None = option(
        None,
        "which row of a .csv, .npy or .mat file is explained, from 0",
        either(nothing(), whole(0)),
        table="rex",
    )
    volume: int | None = option(
        None,
        "which volume of a 4D NIfTI file is explained, from 0",
        either(nothing(), whole(0)),
        table="rex",
    )
    feature_names: Any = option(
        None,
        "names of the features of a table: a list, or a file with one name a line",
        either(nothing(), (_names, "names, or the path of a file")),
        table="rex",
    )
    axis_name: str | None = option(
        None,
        "what the axis of a signal measures, such as wavenumber",
        either(nothing(), text()),
        table="rex",
    )
    axis_unit: str | None = option(
        None, "unit of a signal's axis, such as 1/cm or s", either(nothing(), text()), table="rex"
    )
    axis_positions: Any = option(
        None,
        "position of every sample of a signal: numbers, or a .npy or .csv file",
        either(nothing(), (_positions, "numbers, or the path of a file")),
        table="rex",
    )
    sample_rate: float | None = option(
        None,
        "samples a second of a sound or time series (that of a .wav file if not given)",
        either(nothing(), real(1e-9)),
        table="rex",
        unit="Hz",
    )
    start: float | None = option(
        None,
        "where the part of a sound begins that is explained",
        either(nothing(), real(0.0)),
        table="rex",
        unit="s",
    )
