"""Statistics of a latent space against numpy, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from rex_widgets.errors import InputError
from rex_widgets.latent.statistics import LatentStatistics


def test_the_numbers_are_numpys() -> None:
    random = np.random.default_rng(0)
    training = random.normal(3, 2, (500, 4)).astype(np.float32)
    validation = random.normal(3, 2, (100, 4)).astype(np.float32)
    found = LatentStatistics.of(torch.tensor(training), torch.tensor(validation))
    mean, std = training.mean(0), training.std(0, ddof=1)
    np.testing.assert_allclose(found.mean, mean, rtol=1e-5)
    np.testing.assert_allclose(found.std, std, rtol=1e-5)
    standardised = (validation - mean) / std
    np.testing.assert_allclose(found.minimum, standardised.min(0), rtol=1e-4)
    np.testing.assert_allclose(found.maximum, standardised.max(0), rtol=1e-4)
    plain = np.median(np.abs(training - np.median(training, 0)), 0)
    np.testing.assert_allclose(found.mad, plain / std, rtol=1e-4)
    np.testing.assert_allclose(found.mad_released, plain + 1e-3, rtol=1e-4)
    back = found.as_they_are(found.standardised(torch.tensor(validation)))
    np.testing.assert_allclose(back, validation, rtol=1e-5)
    far = found.clamped(torch.tensor([[99.0, -99.0, 0.0, 0.0]]))
    assert far[0, 0] == found.maximum[0] and far[0, 1] == found.minimum[1]


def test_the_standard_space_is_that_of_a_normal_distribution() -> None:
    found = LatentStatistics.standard(3)
    assert found.size == 3 and found.names == ("z0", "z1", "z2")
    normal = np.random.default_rng(1).normal(size=200_000)
    deviation = np.median(np.abs(normal - np.median(normal)))
    np.testing.assert_allclose(found.mad, deviation, atol=0.005)


@pytest.mark.parametrize(
    ("training", "message"),
    [
        (torch.zeros(5), "expected \\(N, Z\\)"),
        (torch.zeros(1, 3), "two rows at least"),
        (torch.full((4, 3), float("nan")), "NaN"),
        (torch.zeros(4, 3), "Coordinate 0 is the same in all"),
    ],
)
def test_what_has_no_statistics_is_refused(training: torch.Tensor, message: str) -> None:
    with pytest.raises(InputError, match=message):
        LatentStatistics.of(training, torch.rand(4, 3))
