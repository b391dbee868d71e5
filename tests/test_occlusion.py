"""What hidden pixels become."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.masks import full_mask, mask_of
from rex_widgets.occlusion import background_of, occlusion_names

DATA = np.random.default_rng(0).normal(size=(3, 6, 8)).astype(np.float32)
DIGEST = b"0123456789abcdef"


def shown(mask_value: Any, digest: bytes = DIGEST, seed: int = 0) -> np.ndarray:
    return np.broadcast_to(background_of(mask_value, DATA, seed)(digest), DATA.shape)


def test_numbers() -> None:
    assert (shown(0.0) == 0).all()
    assert (shown(-1.5) == -1.5).all()
    assert (shown(2) == 2).all()
    np.testing.assert_array_equal(shown((1, 2, 3))[:, 0, 0], [1, 2, 3])
    assert (shown((1, 2, 3))[1] == 2).all()


def test_names() -> None:
    assert (shown("min") == DATA.min()).all()
    np.testing.assert_allclose(shown("mean")[:, 2, 3], DATA.mean(axis=(1, 2)), rtol=1e-6)
    blurred = shown("blur")
    assert blurred.shape == DATA.shape
    assert 0 < blurred.var() < DATA.var()
    np.testing.assert_allclose(blurred.mean(), DATA.mean(), atol=0.1)


def test_another_input_and_a_function() -> None:
    np.testing.assert_array_equal(shown(DATA * 2), DATA * 2)
    np.testing.assert_array_equal(shown(lambda data: data[:, ::-1]), DATA[:, ::-1])
    before = DATA.copy()
    shown(lambda data: np.multiply(data, 0, out=data))
    np.testing.assert_array_equal(DATA, before)


def test_random_depends_on_the_seed_and_the_mask_alone() -> None:
    mask, other = full_mask((6, 8)), mask_of(np.eye(6, 8, dtype=bool))
    first = shown("random", mask.digest)
    np.random.seed(1)  # noqa: NPY002 - nothing may depend on the global state
    assert (shown("random", mask.digest) == first).all()
    assert not (shown("random", other.digest) == first).any()
    assert not (shown("random", mask.digest, seed=1) == first).any()
    values = [float(shown("random", bytes([i]) * 16)[0, 0, 0]) for i in range(200)]
    assert DATA.min() <= min(values) < max(values) <= DATA.max()
    assert np.ptp(values) > 0.8 * np.ptp(DATA)


def test_an_unknown_name() -> None:
    with pytest.raises(SettingsError, match=r"Unknown mask_value 'blurr'\. Did you mean 'blur'\?"):
        background_of("blurr", DATA)
    assert set(occlusion_names()) >= {"min", "mean", "blur", "random"}


@pytest.mark.parametrize(
    ("value", "error", "words"),
    [
        ((1.0, 2.0), SettingsError, "2 numbers; the input has 3 channels"),
        (np.zeros((3, 5, 5), np.float32), InputError, r"\(3, 5, 5\); expected \(3, 6, 8\)"),
        (np.full((3, 6, 8), np.nan, np.float32), InputError, "NaN or infinite"),
        (lambda data: data[:, :2], InputError, "expected"),
    ],
)
def test_backgrounds_that_do_not_fit(value: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        background_of(value, DATA)
