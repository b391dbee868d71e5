"""What hidden pixels become."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.masks import Mask, empty_mask, full_mask, mask_of
from rex_widgets.occlusion import (
    LEVELS,
    SPECTRAL_NOISE,
    background_of,
    occlusion_names,
    straight_lines,
)

DATA = np.random.default_rng(0).normal(size=(3, 6, 8)).astype(np.float32)
LINE = np.random.default_rng(1).normal(size=(2, 30)).astype(np.float32)
VOLUME = np.random.default_rng(2).normal(size=(2, 5, 6, 7)).astype(np.float32)
EVERY_SHAPE = pytest.mark.parametrize("data", [LINE, DATA, VOLUME], ids=["1D", "2D", "3D"])


def some_mask(data: np.ndarray = DATA, number: int = 0, share: float = 0.5) -> Mask:
    return mask_of(np.random.default_rng(number).random(data.shape[1:]) < share)


def shown(
    mask_value: Any, mask: Mask | None = None, seed: int = 0, data: np.ndarray = DATA, **more: Any
) -> np.ndarray:
    background = background_of(mask_value, data, seed, **more)
    values = background(some_mask(data) if mask is None else mask)
    assert values.dtype == np.float32
    assert values.ndim == data.ndim, "stacked backgrounds must broadcast to a batch"
    return np.broadcast_to(values, data.shape)


def test_numbers() -> None:
    assert (shown(0.0) == 0).all()
    assert (shown(-1.5) == -1.5).all()
    assert (shown(2) == 2).all()
    np.testing.assert_array_equal(shown((1, 2, 3))[:, 0, 0], [1, 2, 3])
    assert (shown((1, 2, 3))[1] == 2).all()


@EVERY_SHAPE
def test_names_in_every_dimension(data: np.ndarray) -> None:
    axes = tuple(range(1, data.ndim))
    assert (shown("min", data=data) == data.min()).all()
    means = data.mean(axis=axes, keepdims=True)
    np.testing.assert_allclose(shown("mean", data=data), np.broadcast_to(means, data.shape), 1e-6)
    blurred = shown("blur", data=data)
    sigma = max(data.shape[1:]) / 16
    for channel, one in zip(data, blurred, strict=True):
        np.testing.assert_allclose(
            one, gaussian_filter(channel, sigma, mode="nearest"), rtol=1e-4, atol=1e-6
        )
    assert (shown(0.25, data=data) == 0.25).all()
    colours = tuple(float(c) for c in range(len(data)))
    np.testing.assert_array_equal(shown(colours, data=data).reshape(len(data), -1)[:, 3], colours)


def test_another_input_and_a_function() -> None:
    np.testing.assert_array_equal(shown(DATA * 2), DATA * 2)
    np.testing.assert_array_equal(shown(lambda data: data[:, ::-1]), DATA[:, ::-1])
    np.testing.assert_array_equal(shown(DATA[0]), np.stack([DATA[0]] * 3))
    before = DATA.copy()
    shown(lambda data: np.multiply(data, 0, out=data))
    np.testing.assert_array_equal(DATA, before)


def test_a_line_of_the_samples_length_is_another_input() -> None:
    one = LINE[:1]
    np.testing.assert_array_equal(shown(np.arange(30, dtype=np.float32), data=one)[0], range(30))
    with pytest.raises(SettingsError, match="30 numbers; the input has 1 channels"):
        background_of(tuple(range(30)), one)


def test_a_function_of_the_mask_is_asked_for_every_mutant() -> None:
    def larger_where_visible(mask: np.ndarray, data: np.ndarray) -> np.ndarray:
        assert mask.dtype == np.bool_
        values = np.where(mask, data, data.min() - mask.sum())
        mask[:] = True
        data[:] = 0
        return values

    for number in range(3):
        mask = some_mask(number=number)
        found = shown(larger_where_visible, mask)
        assert (found[:, ~mask.array()] == DATA.min() - np.float32(mask.area)).all()
    with pytest.raises(InputError, match="NaN or infinite"):
        shown(lambda mask, data: np.full_like(data, np.nan))


def test_random_depends_on_the_seed_and_the_mask_alone() -> None:
    mask, other = full_mask((6, 8)), mask_of(np.eye(6, 8, dtype=bool))
    first = shown("random", mask)
    np.random.seed(1)  # noqa: NPY002 - nothing may depend on the global state
    assert (shown("random", mask) == first).all()
    assert not (shown("random", other) == first).any()
    assert not (shown("random", mask, seed=1) == first).any()
    values = [float(shown("random", some_mask(number=i))[0, 0, 0]) for i in range(200)]
    assert DATA.min() <= min(values) < max(values) <= DATA.max()
    assert np.ptp(values) > 0.8 * np.ptp(DATA)


def test_linear_takes_every_level_about_equally_often() -> None:
    values = [float(shown("linear", some_mask(number=i))[0, 0, 0]) for i in range(600)]
    levels = np.linspace(DATA.min(), DATA.max(), LEVELS).astype(np.float32)
    found, counts = np.unique(np.array(values, np.float32), return_counts=True)
    np.testing.assert_allclose(found, levels)
    assert counts.min() > 600 / LEVELS / 3
    assert (shown("linear", full_mask((6, 8))) == shown("linear", full_mask((6, 8)))).all()


# ------------------------------------------------------------------------------------- spectral


def slow_line(values: np.ndarray, visible: np.ndarray, mean: float) -> list[float]:
    """One line, one hidden place after the other."""
    seen = [i for i, v in enumerate(visible) if v]
    line = []
    for i in range(len(values)):
        before = max((s for s in seen if s <= i), default=None)
        after = min((s for s in seen if s >= i), default=None)
        if before is None and after is None:
            line.append(mean)
        elif before is None or after is None or before == after:
            line.append(float(values[before if before is not None else after]))
        else:
            share = (i - before) / (after - before)
            line.append(float(values[before] + share * (values[after] - values[before])))
    return line


@given(st.integers(0, 2**32), st.sampled_from([(17,), (4, 9), (3, 2, 8), (1,), (2, 1)]))
def test_straight_lines_equal_the_slow_ones(number: int, space: tuple[int, ...]) -> None:
    generator = np.random.default_rng(number)
    data = generator.normal(size=(2, *space)).astype(np.float32)
    visible = generator.random(space) < generator.choice([0.0, 0.2, 0.5, 0.9])
    means = data.mean(axis=tuple(range(1, data.ndim)), keepdims=True)
    found = straight_lines(data, visible, means)
    for channel in range(2):
        lines = data[channel].reshape(-1, space[-1])
        masks, got = visible.reshape(-1, space[-1]), found[channel].reshape(-1, space[-1])
        for line, mask, one in zip(lines, masks, got, strict=True):
            expected = slow_line(line, mask, float(means[channel].ravel()[0]))
            np.testing.assert_allclose(one, expected, rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found[:, visible], data[:, visible])


def test_spectral_is_the_line_and_small_noise() -> None:
    visible = np.zeros(30, bool)
    visible[[5, 6, 12, 20]] = True
    means = LINE.mean(axis=1, keepdims=True)
    noise = []
    for number in range(200):
        visible[29] = number % 2
        visible[25 - number % 4] = True
        mask = mask_of(visible)
        noise.append(shown("spectral", mask, number, LINE) - straight_lines(LINE, visible, means))
    assert np.std(noise) == pytest.approx(SPECTRAL_NOISE, rel=0.03)
    assert abs(np.mean(noise)) < SPECTRAL_NOISE / 20
    nothing = shown("spectral", empty_mask((30,)), data=LINE)
    np.testing.assert_allclose(nothing.mean(axis=1), means[:, 0], atol=SPECTRAL_NOISE)


@EVERY_SHAPE
def test_spectral_depends_on_the_mask_and_the_seed(data: np.ndarray) -> None:
    mask = some_mask(data, 3)
    first = shown("spectral", mask, data=data)
    assert (shown("spectral", mask, data=data) == first).all()
    assert not np.allclose(shown("spectral", mask, seed=1, data=data), first)
    assert not np.allclose(shown("spectral", some_mask(data, 4), data=data), first)


def test_spectral_does_not_show_what_is_hidden() -> None:
    visible = np.random.default_rng(5).random(30) < 0.4
    other = np.where(visible, LINE, LINE + 100)
    mask = mask_of(visible)
    np.testing.assert_array_equal(
        shown("spectral", mask, data=LINE), shown("spectral", mask, data=other)
    )


# -------------------------------------------------------------------------------------- context


@EVERY_SHAPE
def test_context_is_another_input_perhaps_blurred(data: np.ndarray) -> None:
    context = np.random.default_rng(9).normal(size=data.shape)
    plain = context.astype(np.float32)
    np.testing.assert_array_equal(shown("context", data=data, context=context), plain)
    np.testing.assert_array_equal(shown("context", data=data, context=context, noise=0.0), plain)
    blurred = shown("context", data=data, context=context, noise=1.5)
    for channel, one in zip(plain, blurred, strict=True):
        np.testing.assert_allclose(
            one, gaussian_filter(channel, 1.5, mode="nearest"), rtol=1e-4, atol=1e-5
        )
    one = data[:1]
    np.testing.assert_array_equal(shown("context", data=one, context=context[0]), plain[:1])


@pytest.mark.parametrize(
    ("context", "error", "words"),
    [
        (None, SettingsError, "no context was given"),
        ("healthy.npy", SettingsError, r"the path 'healthy\.npy'; expected the input"),
        (np.zeros((3, 6, 7)), InputError, r"context has shape \(3, 6, 7\); expected \(3, 6, 8\)"),
        (np.zeros((6, 8)), InputError, r"context has shape \(6, 8\)"),
        (np.full((3, 6, 8), np.inf), InputError, "NaN or infinite"),
    ],
)
def test_contexts_that_do_not_fit(context: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        background_of("context", DATA, context=context)


# --------------------------------------------------------------------------------------- errors


def test_an_unknown_name() -> None:
    with pytest.raises(SettingsError, match=r"Unknown mask_value 'blurr'\. Did you mean 'blur'\?"):
        background_of("blurr", DATA)
    assert set(occlusion_names()) == {
        *("min", "mean", "blur", "random", "linear", "spectral", "context")
    }


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
