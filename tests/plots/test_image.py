from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.classifiers import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.inputs import load_sample
from rex_widgets.plots import explanation_image, multi_figure, original_picture
from rex_widgets.plots.image import outline
from rex_widgets.visual_settings import VisualSettings
from tests.plots import subjects

PICTURE = subjects.picture()
MASK = PICTURE.mask
SCENE = subjects.scene()


def test_hidden_places_fade_into_the_colour_and_kept_ones_stay() -> None:
    shown = explanation_image(PICTURE, VisualSettings(colour=200, alpha=0.2))
    assert (shown[MASK] == SCENE[MASK]).all()
    assert (shown[~MASK] == np.rint(0.8 * 200 + 0.2 * SCENE[~MASK])).all()
    opaque = explanation_image(PICTURE, VisualSettings(colour=7, alpha=0.0))
    assert (opaque[~MASK] == 7).all()
    assert (explanation_image(PICTURE, VisualSettings(alpha=1.0)) == SCENE).all()


def test_raw_shows_the_kept_places_alone_on_black() -> None:
    busy = VisualSettings(raw=True, grid=True, mark_segments=True)
    shown = explanation_image(PICTURE, busy)
    assert (shown[MASK] == SCENE[MASK]).all()
    assert (shown[~MASK] == 0).all()


def test_a_grid_has_as_many_lines_as_asked_for() -> None:
    shown = explanation_image(PICTURE, VisualSettings(alpha=1.0, grid=(4, 2)))
    changed = (shown != SCENE).any(axis=2)
    assert np.flatnonzero(changed.all(axis=1)).tolist() == [24, 48, 72]
    assert np.flatnonzero(changed.all(axis=0)).tolist() == [64]
    assert not changed[np.ix_([5, 30, 90], [5, 100])].any()
    assert (explanation_image(PICTURE, VisualSettings(grid=True)) != shown).any()


def test_segments_follow_the_edges_of_the_picture() -> None:
    shown = explanation_image(PICTURE, VisualSettings(alpha=1.0, mark_segments=True))
    changed = (shown != SCENE).any(axis=2)
    assert 0.02 < changed.mean() < 0.4
    # The house's left wall, from the roof down, is where two segments meet.
    assert changed[60:90, 19:23].any(axis=1).mean() > 0.9


@pytest.mark.parametrize("size", [(64, 48), (300, 200)])
def test_a_size_is_width_and_height(size: tuple[int, int]) -> None:
    shown = explanation_image(PICTURE, VisualSettings(resize=size, raw=True))
    assert shown.shape == (size[1], size[0], 3)
    kept = shown.any(axis=2).mean()
    assert kept == pytest.approx(MASK.mean(), rel=0.15)


def test_the_size_of_the_file_needs_the_file_and_shows_its_detail() -> None:
    with pytest.raises(InputError, match="original=original_picture"):
        explanation_image(PICTURE, VisualSettings(resize=True))
    detail = np.random.default_rng(0).integers(1, 256, (192, 256, 3), dtype=np.uint8)
    shown = explanation_image(PICTURE, VisualSettings(resize=True, raw=True), original=detail)
    grown = MASK.repeat(2, axis=0).repeat(2, axis=1)
    assert (shown == np.where(grown[..., None], detail, 0)).all()


@pytest.mark.parametrize("crop", [1.0, 0.875, 0.5])
def test_the_original_is_cut_as_the_model_saw_it(tmp_path: Path, crop: float) -> None:
    y, x = np.mgrid[:240, :400]
    large = np.stack([y, x * 255 // 400, 0 * x + 90], axis=-1).astype(np.uint8)
    path = tmp_path / "large.png"
    Image.fromarray(large).save(path)
    preprocessing = Preprocessing(size=(60, 60), crop=crop, interpolation="bilinear")
    seen = load_sample(path, preprocessing).picture.astype(float)
    for given in (path, str(path), path.read_bytes(), Image.open(path), large):
        original = original_picture(given, preprocessing)
        small = Image.fromarray(original).resize((60, 60), Image.Resampling.BILINEAR)
        assert np.abs(np.asarray(small, float) - seen).mean() < 2.5
    assert original.shape == ((240, 400, 3) if crop == 1 else (240 * crop, 240 * crop, 3))


def test_several_parts_are_outlined_outside_of_themselves() -> None:
    several = subjects.several()
    shown = explanation_image(several, VisualSettings(alpha=0.0))
    first = several.parts[0].mask
    others = np.logical_or.reduce([part.mask for part in several.parts[1:]])
    near_others = np.logical_or.reduce([outline(part.mask) for part in several.parts[1:]])
    inside = first & ~near_others
    assert (shown[inside] == SCENE[inside]).all()
    edge = outline(first) & ~others & ~near_others
    assert (shown[edge] == (0, 0x72, 0xB2)).all()
    alone = explanation_image(several, VisualSettings(alpha=0.0), parts=[1])
    second = several.parts[1].mask
    assert (alone[second] == SCENE[second]).all()
    assert (alone[~second] == 200).all()


def test_what_is_no_picture_is_refused() -> None:
    for made in (subjects.spectrum, subjects.row, subjects.volume):
        with pytest.raises(InputError, match="which is no picture"):
            explanation_image(made())


@pytest.mark.parametrize(
    ("sets", "words"),
    [([(0, 9)], "Part 9 was asked for; the explanation has 4"), ([(0,)] * 51, "51 panels")],
)
def test_sets_that_cannot_be_drawn_are_refused(sets: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        multi_figure(subjects.several(), sets=sets)
