"""The release's world as one object, from files of its layout and size."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch

from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.latent.benchmark.arena import WorldLike, arena_of
from rex_widgets.latent.release import ReleaseWorld, load_release_world
from rex_widgets.latent.release import world as module
from rex_widgets.latent.release.cache import load_cache
from rex_widgets.latent.release.classifier import ReleaseClassifier, load_classifier
from rex_widgets.latent.release.generator import DecoderLayout, ReleaseDecoder, load_generator
from rex_widgets.latent.release.places import DEFAULT_FOLDER, data_folder
from tests.latent.release.made_files import (
    CORRELATED,
    dataset_arrays,
    generator_file,
    latents,
    numbers,
    shapes_of,
    weights,
    write_hdf5,
)
from tests.latent.release.recording import recorded, recorded_shapes

NAMES = (
    "datasets/dataset_font_corr0.95_n_clusters6.h5py",
    "models/generator.pth",
    "models/resnet_font_corr0.95_n_clusters6.pth",
)
CACHE = "cache/synbols_font_resnet_corr0.95_n_clusters6_cache.hdf"


def files(folder: Path, width: int, channels: int) -> Path:
    write_hdf5(folder / NAMES[0], dataset_arrays())
    (folder / "models").mkdir()
    torch.save(generator_file(recorded_shapes(width)), folder / NAMES[1])
    classifier = weights(shapes_of(ReleaseClassifier(width=channels)))
    torch.save({"model": classifier}, folder / NAMES[2])
    return folder


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ReleaseWorld:
    """Loaded from weights of the release's own sizes."""
    return load_release_world(files(tmp_path_factory.mktemp("bex"), 4, 64), 6, 0.95)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files with smaller weights, and a library that expects them."""
    small = partial(load_generator, layout=DecoderLayout(width=1))
    monkeypatch.setattr(module, "load_generator", small)
    monkeypatch.setattr(module, "load_classifier", partial(load_classifier, width=4))
    return files(tmp_path / "bex", 1, 4)


def cache_arrays() -> dict[str, Any]:
    mean, std = recorded("latent_mean"), recorded("latent_std")
    parts = [recorded("train_categorical"), recorded("train_continuous")]
    file = generator_file({})
    embedded = [
        file[name]["weight"].numpy()[parts[0][:, column]]
        for column, name in enumerate(("char_embedding", "font_embedding"))
    ]
    return {
        "train_mus": np.concatenate((*embedded, parts[1]), 1),
        "val_mus": recorded("mus") * std + mean,
        "val_logits": recorded("logits"),
    }


def test_latents_and_statistics_are_the_release_s(world: ReleaseWorld) -> None:
    near: Mapping[str, float] = {"atol": 1e-5}
    np.testing.assert_allclose(world.statistics.mean, recorded("latent_mean"), **near)
    np.testing.assert_allclose(world.statistics.std, recorded("latent_std"), **near)
    np.testing.assert_allclose(world.statistics.minimum, recorded("mus_min"), **near)
    np.testing.assert_allclose(world.statistics.maximum, recorded("mus_max"), **near)
    np.testing.assert_allclose(world.latents(), recorded("mus"), **near)
    np.testing.assert_array_equal(world.training.labels, recorded("train_labels"))
    np.testing.assert_array_equal(world.validation.fonts, recorded("val_categorical")[:, 1])


def test_the_generator_clamps_and_rounds_as_the_release_s(world: ReleaseWorld) -> None:
    decoder = ReleaseDecoder(DecoderLayout(width=1)).eval()
    decoder.load_state_dict(weights(recorded_shapes(1)))
    generator = module.ReleaseGenerator(world.statistics, decoder)
    with torch.no_grad():
        np.testing.assert_allclose(generator(latents(3)), recorded("called"), atol=1e-5)


def test_it_is_a_world_as_the_benchmark_wants_one(world: ReleaseWorld) -> None:
    asked: WorldLike = world
    arena = arena_of(asked, torch.device("cpu"), 1, released=False)
    assert arena.latents.shape[1] == 11
    pictures = arena.pictures(slice(0, 2))
    np.testing.assert_array_equal(pictures, world.images(arena.indices[:2].tolist()))
    assert arena.context.correlated is not None
    assert arena.context.correlated.values == (CORRELATED[:3], CORRELATED[3:])


def test_classifier_and_generator_answer(world: ReleaseWorld) -> None:
    chosen = world.latents([3, 0])
    logits = world.logits(chosen)
    assert logits.shape == (2, 2)
    assert bool(torch.isfinite(logits).all())
    np.testing.assert_allclose(
        logits[1], world.classifier(world.generator(chosen[1:]))[0], atol=1e-4
    )


def test_pictures_are_the_data_set_s_own(world: ReleaseWorld) -> None:
    pixels = recorded("val_pixels")[4].astype(np.float32) / 127.5 - 1
    found = world.images([4])[0].permute(1, 2, 0).flatten()[:5]
    np.testing.assert_allclose(found, pixels, atol=1e-6)
    with pytest.raises(InputError, match="no validation sample 12; expected 0 to 11"):
        world.images([12])


def test_names(world: ReleaseWorld) -> None:
    characters, fonts = world.validation.characters, world.validation.fonts
    expected = [f"character {c} in font {f}" for c, f in zip(characters, fonts, strict=True)]
    assert world.names_of(world.latents()) == expected
    assert world.statistics.names[5:8] == ("font 3", "inversion", "rotation")


def test_sums_are_shown_and_compared(folder: Path, world: ReleaseWorld) -> None:
    name = "generator.pth"
    found = sha256((folder / NAMES[1]).read_bytes()).hexdigest()
    assert set(world.sums) == {Path(path).name for path in NAMES}
    assert load_release_world(folder, 6, 0.95, sha256={name: found.upper()}).sums[name] == found
    other = "0" * 64
    with pytest.raises(ModelError, match=f"SHA-256 {found}; expected {other}"):
        load_release_world(folder, 6, 0.95, sha256={name: other})


@pytest.mark.parametrize(
    ("sums", "told"),
    [
        ({"generator.pht": "0" * 64}, "not among the files: dataset_font"),
        ({"generator.pth": "abc"}, "expected 64 hexadecimal digits"),
        ({Path(CACHE).name: "0" * 64}, "which is not there"),
    ],
)
def test_expectations_that_cannot_be_met_are_told(
    folder: Path, sums: dict[str, str], told: str
) -> None:
    with pytest.raises(SettingsError, match=told):
        load_release_world(folder, 6, 0.95, sha256=sums)


def test_missing_files_are_named_with_where_they_go(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(ModelError, match="Zenodo record 6616598") as error:
        load_release_world(tmp_path / "none")
    for name in (NAMES[0].replace("6.h", "10.h"), NAMES[1], NAMES[2].replace("6.p", "10.p")):
        assert str(tmp_path / "none" / name) in str(error.value)
    assert not (tmp_path / "none").exists()
    (folder / NAMES[1]).unlink()
    with pytest.raises(ModelError, match="missing") as error:
        load_release_world(folder, 6, 0.95)
    assert str(folder / NAMES[2]) not in str(error.value)


def test_the_folder_is_the_release_s_unless_another_is_named() -> None:
    assert data_folder(None) == Path.home() / ".bex" == DEFAULT_FOLDER.expanduser()


@pytest.mark.parametrize(("n_corr", "corr_level"), [(7, 0.95), (6, 0.9), (0.95, 6)])
def test_other_settings_are_refused(folder: Path, n_corr: Any, corr_level: Any) -> None:
    with pytest.raises(SettingsError, match=r"expected 6 or 10, and 0\.5 or 0\.95"):
        load_release_world(folder, n_corr, corr_level)


@pytest.mark.parametrize("present", [True, False])
def test_nothing_is_fetched_unless_asked(
    folder: Path, monkeypatch: pytest.MonkeyPatch, present: bool
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(module, "download", lambda file, *a, **k: asked.append(file.name))
    if not present:
        (folder / NAMES[1]).unlink()
        with pytest.raises(ModelError, match="missing"):
            load_release_world(folder, 6, 0.95)
        assert not asked
        with pytest.raises(ModelError, match="missing"):
            load_release_world(folder, 6, 0.95, download=True)
        assert asked == [Path(name).name for name in NAMES]
    else:
        load_release_world(folder, 6, 0.95)
        assert not asked


def test_without_h5py_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "download", lambda *a, **k: pytest.fail("it was fetched"))
    monkeypatch.setitem(sys.modules, "h5py", None)
    with pytest.raises(ModelError, match=r"rex-widgets\[bex\]"):
        load_release_world(tmp_path, 6, 0.95, download=True)


def test_the_release_s_cache_is_read_and_compared(folder: Path) -> None:
    fishers = numbers("fishers", 242).reshape(2, 11, 11).astype(np.float32)
    write_hdf5(folder / CACHE, cache_arrays() | {"fishers": fishers})
    world = load_release_world(folder, 6, 0.95)
    assert world.cache is not None
    assert world.cache.fisher is not None
    assert world.cache.fisher.released
    assert world.cache.fisher.latents == 48
    np.testing.assert_array_equal(world.cache.fisher.matrices, fishers.astype(np.float64))
    np.testing.assert_array_equal(world.cache.logits, recorded("logits"))
    assert Path(CACHE).name in world.sums


def test_another_world_s_cache_is_told(folder: Path) -> None:
    moved = cache_arrays()
    moved["val_mus"] = moved["val_mus"] + np.float32(0.5)
    write_hdf5(folder / CACHE, moved)
    with pytest.raises(ModelError, match=r"'val_mus' is up to 0\.5 from .* move it away"):
        load_release_world(folder, 6, 0.95)
    shorter = cache_arrays() | {"train_mus": moved["train_mus"][:9]}
    write_hdf5(folder / CACHE, shorter)
    with pytest.raises(ModelError, match=r"'train_mus' has shape \(9, 11\)"):
        load_release_world(folder, 6, 0.95)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"val_logits": np.zeros((12, 3), np.float32)}, r"expected \(12, 2\)"),
        ({"train_mus": np.zeros((9, 4), np.float32)}, r"expected \(N, 11\)"),
        ({"fishers": np.zeros((2, 4, 4), np.float32)}, r"expected \(2, 11, 11\)"),
        ({"val_mus": np.full((12, 11), np.inf, np.float32)}, "infinite"),
    ],
)
def test_a_cache_that_is_none_is_told(tmp_path: Path, changes: Any, told: str) -> None:
    path = write_hdf5(tmp_path / "cache.hdf", cache_arrays() | changes)
    with pytest.raises(ModelError, match=told):
        load_cache(path, 11)


def test_the_cache_lacks_its_fisher_information_before_dive_ran(tmp_path: Path) -> None:
    path = write_hdf5(tmp_path / "cache.hdf", cache_arrays())
    assert load_cache(path, 11).fisher is None
    with h5py.File(path, "a") as file:
        del file["val_logits"]
    with pytest.raises(ModelError, match="lacks 'val_logits'"):
        load_cache(path, 11)
