"""Lesions planted in a head: does the explanation lie where the lesion is?

The settings are those that a clinician's question asks for:

- what is hidden becomes healthy tissue (``mask_value="context"``, the template), since a black
  hole in a brain is an alarm of its own;
- ``strategy="contrastive"``: the explanation alone gives "lesion", and without it the head is
  healthy;
- ``minimum_confidence_threshold=0.9``: it must be as sure of the part as of the whole, nearly.

The network judges a lesion's size, so that a corner of the lesion is not enough.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets import explain
from rex_widgets.files_out import save_arrays
from tests.real.heads import FOCUS, LESION, Case, case, head, lesion_model
from tests.synthetic_kinds import dice

pytest.importorskip("nilearn")
nibabel = pytest.importorskip("nibabel")

SEEDS = range(10)


def settings(seed: int) -> dict[str, Any]:
    return {
        "mode": "voxel",
        "labels": ["healthy", "lesion"],
        "mask_value": "context",
        "context": head().volume,
        "strategy": "contrastive",
        "minimum_confidence_threshold": 0.9,
        "iters": 6,
        "seed": seed,
        "progress": False,
    }


def answers(cases: list[Case]) -> np.ndarray:
    with torch.no_grad():
        volumes = torch.from_numpy(np.stack([one.volume for one in cases]))[:, None]
        found: np.ndarray = lesion_model()(volumes).argmax(1).numpy()
    return found


def test_the_network_tells_lesions_from_foci_and_health() -> None:
    ill = answers([case(seed, LESION) for seed in SEEDS])
    focus = answers([case(seed, (3.0, FOCUS)) for seed in range(20, 30)])
    healthy = answers([case(seed, None) for seed in range(40, 50)])
    assert ill.mean() >= 0.9
    assert focus.mean() <= 0.2
    assert healthy.mean() == 0


def test_explanations_lie_in_the_lesion() -> None:
    overlaps, inside = [], []
    for seed in SEEDS:
        one = case(seed, LESION)
        found = explain(one.volume, lesion_model(), **settings(seed))
        assert found.kind == "volume"
        assert found.target.label == "lesion"
        assert found.verified
        overlaps.append(dice(found.mask, one.truth))
        inside.append((found.mask & one.truth).sum() / found.mask.sum())
        # asked again without the library: the part alone is a lesion, the rest alone is none
        healthy = head().volume
        part = np.where(found.mask, one.volume, healthy)
        rest = np.where(found.mask, healthy, one.volume)
        scores = lesion_model()(torch.from_numpy(np.stack([part, rest]))[:, None])
        assert scores.argmax(1).tolist() == [1, 0]
    assert np.median(overlaps) >= 0.5, overlaps
    assert np.median(inside) >= 0.8, inside


def test_from_nifti_to_nifti(tmp_path: Path) -> None:
    one = case(3, LESION)
    affine = head().affine
    for name, volume in (("head", one.volume), ("template", head().volume)):
        nibabel.save(nibabel.Nifti1Image(volume, affine), tmp_path / f"{name}.nii.gz")
    # the same head stored from left to right and upside down
    turned = nibabel.orientations.axcodes2ornt(("L", "A", "I"))
    image = nibabel.load(tmp_path / "head.nii.gz")
    change = nibabel.orientations.ornt_transform(nibabel.io_orientation(affine), turned)
    nibabel.save(image.as_reoriented(change), tmp_path / "turned.nii.gz")
    options = {**settings(3), "context": str(tmp_path / "template.nii.gz")}
    plain = explain(tmp_path / "head.nii.gz", lesion_model(), **options)
    other = explain(tmp_path / "turned.nii.gz", lesion_model(), **options)
    held = explain(one.volume, lesion_model(), **settings(3))
    np.testing.assert_array_equal(plain.mask, held.mask)
    np.testing.assert_array_equal(other.mask, plain.mask)
    assert plain.axes is not None
    assert plain.axes.affine is not None
    assert plain.axes.units == ("mm", "mm", "mm")
    np.testing.assert_allclose(plain.axes.affine, affine)
    files = save_arrays(plain, tmp_path / "found.nii.gz")
    masks = [nibabel.load(file) for file in files if "mask" in file.name]
    assert len(masks) == 1
    np.testing.assert_array_equal(np.asarray(masks[0].dataobj) > 0, plain.mask)
    np.testing.assert_allclose(masks[0].affine, affine)
    # the centre of the explanation, in the scanner's millimetres, lies in the lesion
    centre = np.append(np.argwhere(plain.mask).mean(axis=0), 1)
    middle = np.append(np.argwhere(one.truth).mean(axis=0), 1)
    assert np.linalg.norm((plain.axes.affine @ centre - affine @ middle)[:3]) < 12
