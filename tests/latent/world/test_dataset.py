"""Samples: labels by the character, fonts that go with them as often as asked for."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.latent.world.atlas import load_atlas
from rex_widgets.latent.world.characters import CHARACTERS, is_odd
from rex_widgets.latent.world.dataset import (
    CORRELATIONS,
    LOG_SCALE,
    ROTATION,
    SHARE,
    SHIFT,
    correlated_fonts,
    draw_samples,
)


def test_the_atlas_has_48_characters_in_48_fonts_apart_from_each_other() -> None:
    atlas = load_atlas()
    assert atlas.glyphs.shape[:2] == (48, 48) and len(set(CHARACTERS)) == len(CHARACTERS) == 48
    assert len(set(atlas.font_names)) == 48
    assert (atlas.glyphs.reshape(48 * 48, -1).max(1) > 200).all(), "every glyph leaves a mark"
    for places in (atlas.characters, atlas.fonts):
        np.testing.assert_allclose(places.mean(0), 0, atol=1e-5)
        np.testing.assert_allclose(places.std(0), 1, atol=1e-5)
        apart = np.sqrt(((places[:, None] - places[None]) ** 2).sum(-1)) + 9 * np.eye(48)
        assert apart.min() > 0.74
    with pytest.raises(ValueError, match="read-only"):
        atlas.glyphs[0, 0, 0, 0] = 1


@pytest.mark.parametrize(("n_corr", "level"), CORRELATIONS)
def test_fonts_tell_the_class_as_often_as_asked_for(n_corr: int, level: float) -> None:
    samples = draw_samples(20_000, n_corr, level, seed=5)
    even, odd = correlated_fonts(n_corr)
    assert len(even) == len(odd) == n_corr // 2 and not set(even) & set(odd)
    told = np.isin(samples.fonts, odd)
    with_one = told | np.isin(samples.fonts, even)
    assert abs(with_one.mean() - SHARE) < 0.015
    assert abs((told == samples.labels)[with_one].mean() - level) < 0.015
    rest = samples.labels[~with_one]
    assert abs(rest.mean() - 0.5) < 0.015, "the other fonts say nothing"
    assert all(
        is_odd(c) == bool(y) for c, y in zip(samples.characters, samples.labels, strict=True)
    )


def test_fewer_correlated_fonts_are_among_the_more() -> None:
    six, ten = (set(np.concatenate(correlated_fonts(n))) for n in (6, 10))
    assert six < ten


def test_latents_are_what_they_say_and_depend_on_the_seed_alone() -> None:
    one, same, other = (draw_samples(500, 10, 0.95, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(one.latents, same.latents)
    assert not np.array_equal(one.latents, other.latents)
    atlas = load_atlas()
    np.testing.assert_array_equal(one.latents[:, :3], atlas.characters[one.characters])
    np.testing.assert_array_equal(one.latents[:, 3:6], atlas.fonts[one.fonts])
    assert set(one.latents[:, 6]) == {0.0, 1.0}
    reach = np.array([ROTATION, LOG_SCALE, SHIFT, SHIFT], np.float32)
    assert (np.abs(one.latents[:, 7:]) <= reach).all()
