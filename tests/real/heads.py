"""A head (the MNI152 template of nilearn) with planted lesions, and a network that finds them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import ndimage
from torch import nn

from tests.real.training import small_threads, train

VOXEL = 6
"""Edge of a voxel, mm."""

FOCUS = 9.0
"""Radius, mm, up to which a bright spot is taken for unspecific, as radiologists do."""


@dataclass(frozen=True)
class Head:
    """The template at a coarse resolution.

    Attributes
    ----------
    volume
        (D1, D2, D3) float32 in 0..1.
    affine
        (4, 4): voxels to millimetres.
    tissue
        Where a lesion may have its centre: inside the brain, away from its surface.
    """

    volume: NDArray[np.float32]
    affine: NDArray[np.float64]
    tissue: NDArray[np.bool_]


@cache
def head() -> Head:
    """Load the template that comes with nilearn; nothing is downloaded."""
    from nilearn.datasets import load_mni152_brain_mask, load_mni152_template

    image: Any = load_mni152_template(resolution=VOXEL)
    brain = np.asarray(load_mni152_brain_mask(resolution=VOXEL).dataobj) > 0.5
    places = np.argwhere(brain)
    first = np.maximum(places.min(axis=0) - 1, 0)
    last = places.max(axis=0) + 2
    region = tuple(slice(int(start), int(stop)) for start, stop in zip(first, last, strict=True))
    affine = np.asarray(image.affine, np.float64).copy()
    affine[:3, 3] += affine[:3, :3] @ first
    volume = np.asarray(image.dataobj, np.float32)[region]
    tissue = ndimage.binary_erosion(brain, iterations=round(15 / VOXEL))[region]
    return Head(volume / volume.max(), affine, tissue)


def lesion(
    centre: NDArray[np.int64], radii: NDArray[np.float64], shape: tuple[int, ...]
) -> NDArray[np.float32]:
    """How much of each voxel an ellipsoid takes, 0..1; `radii` in mm."""
    distance = np.sqrt(
        sum(
            ((axis - middle) * VOXEL / radius) ** 2
            for axis, middle, radius in zip(np.indices(shape), centre, radii, strict=True)
        )
    )
    edge: NDArray[np.float32] = np.clip((1 - distance) * radii.mean() / VOXEL + 0.5, 0, 1).astype(
        np.float32
    )
    return edge


@dataclass(frozen=True)
class Case:
    """A head with (or without) a lesion.

    Attributes
    ----------
    volume
        (D1, D2, D3) float32.
    truth
        The lesion, a mask over the volume.
    healthy
        The same head without it.
    """

    volume: NDArray[np.float32]
    truth: NDArray[np.bool_]
    healthy: NDArray[np.float32]


def case(seed: int, radius: tuple[float, float] | None) -> Case:
    """A head with noise and a brightness of its own; a lesion of a radius between two, in mm."""
    plain = head()
    generator = np.random.default_rng([11, seed])
    noise = ndimage.gaussian_filter(generator.standard_normal(plain.volume.shape), 1.0)
    healthy = plain.volume * generator.uniform(0.96, 1.04) + 0.02 * noise / noise.std()
    covered = np.zeros_like(plain.volume)
    if radius is not None:
        places = np.argwhere(plain.tissue)
        centre = places[generator.integers(len(places))]
        radii = generator.uniform(*radius) * generator.uniform(0.85, 1.15, 3)
        covered = lesion(centre, radii, plain.volume.shape)
    # a lesion is brighter than any tissue around it
    volume = healthy + covered * (1.4 - healthy)
    return Case(volume.astype(np.float32), covered > 0.5, healthy.astype(np.float32))


class LesionVolume(nn.Module):
    """Finds the places of lesions and judges their number: two scores of (N, 1, D1, D2, D3).

    This is how lesions are assessed in practice: outlined first, then measured.
    """

    def __init__(self) -> None:
        super().__init__()
        self.outline = nn.Sequential(
            nn.Conv3d(1, 8, 4, stride=2, padding=1), nn.ReLU(), nn.Conv3d(8, 1, 1)
        )
        # Most places are healthy.
        nn.init.constant_(self.outline[2].bias, -3.0)
        self.judge = nn.Linear(1, 2)

    def forward(self, volume: torch.Tensor) -> torch.Tensor:
        return self.judge(self.lesion_cells(volume))

    def lesion_cells(self, volume: torch.Tensor) -> torch.Tensor:
        """How many cells of 2x2x2 voxels are a lesion's: (N, 1)."""
        # Bright tissue has about 1 and a lesion more; the first layer should see the difference.
        found: torch.Tensor = torch.sigmoid(self.outline((volume - 1) * 5))
        return found.sum(dim=(2, 3, 4))


LESION = (12.0, 16.0)
"""Radii of a lesion, mm."""

_CROP = 12
"""Edge, in voxels, of the cubes on which the outline is learnt."""


@cache
def lesion_model() -> nn.Module:
    """Train on heads with a lesion, with none, and with a focus too small to matter.

    The outline is learnt on cubes of heads, the judgement on whole heads.
    """
    with small_threads(), torch.random.fork_rng(devices=[]), torch.enable_grad():
        torch.manual_seed(0)
        module = LesionVolume()
        _learn_outline(module.outline, range(1000, 1160), whole=False, epochs=30, rate=2e-2)
        _learn_outline(module.outline, range(1160, 1208), whole=True, epochs=10, rate=5e-3)
        cases = [_numbered(number) for number in range(1208, 1288)]
        volumes = torch.from_numpy(np.stack([one.volume for one in cases]))[:, None]
        with torch.no_grad():
            counts = module.lesion_cells(volumes)
        ill = torch.arange(len(cases)) % 2
        module.judge = train(lambda: module.judge, counts, ill, epochs=400, batch=80, rate=5e-2)
    module.train(False)
    return module


def _numbered(number: int) -> Case:
    """A case of the training data: odd ones are ill, and half of the others have a focus."""
    return case(number, LESION if number % 2 else (3.0, FOCUS) if number % 4 else None)


def _learn_outline(
    outline: nn.Module, numbers: range, *, whole: bool, epochs: int, rate: float
) -> None:
    cases = [_numbered(number) for number in numbers]
    pairs = [
        (one.volume, one.truth) if whole else _crop(one, number)
        for one, number in zip(cases, numbers, strict=True)
    ]
    inputs = torch.from_numpy(np.stack([volume for volume, _ in pairs]))[:, None]
    truth = torch.from_numpy(np.stack([mask for _, mask in pairs]))[:, None].float()
    optimiser = torch.optim.Adam(outline.parameters(), rate)
    for _ in range(epochs):
        for chosen in torch.randperm(len(inputs)).split(16):
            noisy = inputs[chosen] + 0.01 * torch.randn(inputs[chosen].shape)
            optimiser.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(
                outline((noisy - 1) * 5), nn.functional.avg_pool3d(truth[chosen], 2)
            ).backward()
            optimiser.step()


def _crop(one: Case, number: int) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """A cube of a head that holds the lesion, or any place of the brain; and its outline."""
    generator = np.random.default_rng([12, number])
    centres = np.argwhere(one.truth) if one.truth.any() else np.argwhere(head().tissue)
    middle = centres.mean(axis=0) if one.truth.any() else centres[generator.integers(len(centres))]
    start = np.round(middle).astype(int) - _CROP // 2 + generator.integers(-3, 4, 3)
    region = tuple(slice(int(first) + _CROP, int(first) + 2 * _CROP) for first in start)
    return np.pad(one.volume, _CROP)[region], np.pad(one.truth, _CROP)[region]
