"""Infrared spectra of coffee and of a fermentation, explained through the public functions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rex_widgets import explain
from rex_widgets.results import Explanation
from tests.real.spectra import BAND, Coffee, coffee, contaminated

pytest.importorskip("chemotools")


def stretches(mask: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last place of each unbroken stretch of a mask (L,)."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], mask.astype(int), [0]])))
    return [(int(start), int(stop) - 1) for start, stop in edges.reshape(-1, 2)]


def answer(data: Coffee, values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The network's own probabilities of spectra (N, 1841)."""
    with torch.no_grad():
        inputs = torch.from_numpy((values - np.float32(data.mean)) / np.float32(data.std))
        found: NDArray[np.float32] = data.module(inputs[:, None]).softmax(1).numpy()
    return found


def ask_coffee(data: Coffee, index: int, **options: Any) -> Explanation:
    settings: dict[str, Any] = {
        "mode": "spectral",
        "mean": data.mean,
        "std": data.std,
        "labels": data.names,
        "seed": 0,
        "progress": False,
    }
    return explain(data.spectra[index], data.module, **{**settings, **options})


@pytest.mark.parametrize("mask_value", ["spectral", 0.0, "mean"])
def test_the_origin_of_coffee(mask_value: str | float) -> None:
    data = coffee()
    assert (
        answer(data, data.spectra[data.held_out]).argmax(1) == data.origin[data.held_out]
    ).mean() > 0.8
    explained = 0
    for index in data.held_out[:4].tolist():
        found = ask_coffee(data, index, mask_value=mask_value)
        assert found.kind == "signal"
        assert found.target.label == data.names[found.target.index]
        assert found.mask.shape == (1841,)
        if found.area == 0:
            # a flat spectrum is given this origin already
            continue
        explained += 1
        assert found.verified
        assert found.area < 0.1
        if mask_value != 0.0:
            continue
        # asked again without the library: what is hidden is 0 after normalisation
        shown = np.where(found.mask, data.spectra[index], np.float32(data.mean))
        assert answer(data, shown[None])[0].argmax() == found.target.index
    assert explained >= 2


@pytest.mark.parametrize("mask_value", ["spectral", 0.0, "mean"])
def test_a_planted_band_is_found(mask_value: str | float) -> None:
    data = contaminated()
    for row in (5, 50, 90):
        found = explain(
            data.planted.iloc[[row]],
            data.module,
            mode="spectral",
            mean=data.mean,
            std=data.std,
            labels=["clean", "contaminated"],
            axis_name="wavenumber",
            axis_unit="1/cm",
            mask_value=mask_value,
            seed=row,
            progress=False,
        )
        assert found.target.label == "contaminated"
        assert found.verified
        assert found.axes is not None
        assert (found.axes.names, found.axes.units) == (("wavenumber",), ("1/cm",))
        wavenumbers = found.axes.along(len(found.mask))
        assert wavenumbers[0] == 428
        assert wavenumbers[-1] == 1833
        inside = (wavenumbers >= BAND[0] - 10) & (wavenumbers <= BAND[1] + 10)
        shown = [(wavenumbers[first], wavenumbers[last]) for first, last in stretches(found.mask)]
        assert (found.mask & inside).any(), shown
        assert found.area < 0.02
        if mask_value != "spectral":
            # with lines between what is kept, the ends of a line may lie far away
            assert not (found.mask & ~inside).any(), shown


def test_a_file_of_one_spectrum(tmp_path: Path) -> None:
    data = contaminated()
    path = tmp_path / "spectrum.csv"
    data.planted.iloc[[7]].to_csv(path, index=False)
    options: dict[str, Any] = {
        "mode": "spectral",
        "mean": data.mean,
        "std": data.std,
        "seed": 1,
        "iters": 8,
        "progress": False,
    }
    from_file = explain(path, data.module, **options)
    held = explain(data.planted.iloc[[7]], data.module, **options)
    np.testing.assert_array_equal(from_file.mask, held.mask)
    assert from_file.axes is not None
    np.testing.assert_array_equal(
        from_file.axes.along(1047), data.planted.columns.to_numpy(np.float64)
    )
