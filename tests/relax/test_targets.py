"""Other inputs: found, read, checked, and put into words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.classifiers import Preprocessing
from rex_widgets.errors import InputError, SettingsError
from rex_widgets.inputs import Sample, load_sample
from rex_widgets.relax.references import Reference, References, thumbnail_of
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.relax.targets import asked_in_words, settled
from tests.relax import fakes

SAMPLE = fakes.sample()


def read(given: Any) -> Sample:
    return load_sample(given, Preprocessing(size=(16, 20), channels=1))


def settle(**settings: Any) -> RelaxSettings:
    return settled(RelaxSettings(**settings), None, SAMPLE, read)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    generator = np.random.default_rng(0)
    for name in ("b", "a", "c"):
        pixels = generator.integers(0, 256, (40, 50, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    (tmp_path / ".hidden").write_text("not an input")
    return tmp_path


def test_a_folder_a_pattern_a_file_and_a_list(photos: Path) -> None:
    for given in (photos, photos / "*.png", sorted(photos.glob("*.png"))):
        gallery = settle(gallery=given).gallery
        assert [one.name for one in gallery] == ["a.png", "b.png", "c.png"]
    [one] = settle(gallery=photos / "b.png").gallery
    assert one.name == "b.png"
    assert one.data.shape == SAMPLE.data.shape
    assert one.thumbnail.dtype == np.uint8


def test_what_is_in_memory_is_numbered() -> None:
    pictures = np.random.default_rng(0).integers(0, 256, (2, 16, 20), dtype=np.uint8)
    settings = settle(gallery=[pictures[0], Image.fromarray(pictures[1]), fakes.sample(seed=1)])
    assert [one.name for one in settings.gallery] == ["gallery 1", "gallery 2", "gallery 3"]
    assert settle(like=pictures[0]).like.name == "another input"
    assert settle(like=fakes.sample(source="dog.png")).like.name == "dog.png"


def test_a_corpus_is_read_when_it_is_needed(photos: Path) -> None:
    count = 0

    def counting(given: Any) -> Sample:
        nonlocal count
        count += 1
        return read(given)

    corpus = settled(RelaxSettings(corpus=str(photos)), None, SAMPLE, counting).corpus
    assert (len(corpus), count) == (3, 0)
    assert [one.name for one in corpus] == ["a.png", "b.png", "c.png"]
    assert count == 3


def test_settled_settings_come_back_as_they_are(photos: Path) -> None:
    once = settle(like=photos / "a.png", gallery=photos)
    assert settled(once, None, SAMPLE, read) is once
    assert isinstance(once.like, Reference)
    corpus = settle(corpus=photos)
    assert isinstance(corpus.corpus, References)
    assert settled(corpus, None, SAMPLE, read) is corpus


def test_what_cannot_be_used_is_told(photos: Path) -> None:
    (photos / "notes.txt").write_text("not a picture")
    with pytest.raises(InputError, match=r"gallery 4 'notes.txt' cannot be used|notes\.txt"):
        settle(gallery=photos)
    with pytest.raises(InputError, match=r"names no file; expected a folder"):
        settle(gallery=photos / "*.jpg")
    with pytest.raises(InputError, match="cannot be used"):
        settle(like=photos / "nothing.png")
    with pytest.raises(InputError, match=r"has shape \(1, 8, 8\); expected \(1, 16, 20\)"):
        settle(like=fakes.sample((1, 8, 8)))
    for number in range(70):
        (photos / f"{number}.dat").touch()
    with pytest.raises(SettingsError, match=r"names 74 inputs; at most 64 are taken"):
        settle(gallery=photos)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "similar to itself"),
        ({"like": fakes.sample(source="dog.png")}, "like dog.png"),
        ({"corpus": [fakes.sample()] * 1200}, "like the mean of 1,200 inputs"),
        ({"versus": print}, "similar to itself, by first more than by second"),
        ({"similarity_measure": lambda masked: masked.sum(1)}, "each masked input by itself"),
        ({"similarity_measure": lambda h, masked: (h * masked).sum(1)}, "similar to itself"),
    ],
)
def test_the_question_in_words(settings: dict[str, Any], words: str) -> None:
    assert asked_in_words(settle(**settings), "first", "second") == words


def test_thumbnails_are_small_and_keep_their_shape() -> None:
    large = np.random.default_rng(0).integers(0, 256, (300, 200, 3), dtype=np.uint8)
    assert thumbnail_of(large).shape == (96, 64, 3)
    assert thumbnail_of(large[:50, :20]).shape == (50, 20, 3)
    strip = thumbnail_of(large[:1])
    assert strip.shape[1:] == (96, 3)
