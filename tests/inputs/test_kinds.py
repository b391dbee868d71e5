"""Which kind an input is, and what is said when person, model and input disagree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from rex_widgets.classifiers import Preprocessing
from rex_widgets.errors import InputError
from rex_widgets.input_settings import MODES, InputSettings
from rex_widgets.inputs import kind_of_input, load_sample
from tests.inputs.makers import load, mat, nifti, npy, png, wav

VOLUME = np.zeros((3, 4, 5), np.float32)
FILES: dict[str, tuple[bytes, str | None]] = {
    "a.png": (png(), "image"),
    "a.npy": (npy(np.ones((4, 4))), None),
    "a.csv": (b"1,2\n", "table"),
    "a.wav": (wav(np.arange(9)), "audio"),
    "a.mat": (mat(x=1), "signal"),
    "a.nii": (nifti(VOLUME), "volume"),
    "a.nii.gz": (nifti(VOLUME, packed=True), "volume"),
}


@pytest.mark.parametrize("name", FILES)
def test_files_are_known_by_content_and_then_by_name(tmp_path: Path, name: str) -> None:
    content, kind = FILES[name]
    path = tmp_path / name
    assert kind_of_input(str(path)) == (kind if name != "a.png" else None)  # no such file yet
    path.write_bytes(content)
    assert kind_of_input(path) == kind
    if name != "a.csv":
        assert kind_of_input(content) == kind
        path.rename(tmp_path / "nothing.dat")
        assert kind_of_input(tmp_path / "nothing.dat") == kind


def test_objects_and_modes() -> None:
    assert kind_of_input(Image.new("L", (2, 2))) == "image"
    for form in [pd.DataFrame([[1]]), pd.Series([1]), {"a": 1}, [1.0, 2.0]]:
        assert kind_of_input(form) == "table"
    assert kind_of_input(np.ones(3)) == "signal"
    shapes: dict[str | None, list[tuple[int, ...]]] = {
        "signal": [(5,), (1, 5), (1, 1, 5)],
        "volume": [(5, 6, 7), (1, 5, 6, 7), (1, 1, 5, 6, 7)],
        None: [(3, 3), (3, 8, 8), (8, 8, 4), (1, 3, 8, 8), (2, 8, 8), (1, 1), ()],
    }
    for kind, alike in shapes.items():
        for shape in alike:
            assert kind_of_input(np.ones(shape)) == kind
            assert kind_of_input(npy(np.ones(shape))) == kind
    assert kind_of_input(load(VOLUME, "volume")) == "volume"
    kinds = ["image", "image", "image", "table", "signal", "audio", "volume"]
    assert [kind_of_input(VOLUME, mode) for mode in MODES] == kinds
    assert kind_of_input(VOLUME, "signal") == "signal"
    assert kind_of_input(VOLUME, "VOXEL") == "volume"


MISMATCHES = {
    "volume for pictures": (nifti(VOLUME), "image", "is a volume, but the model takes a picture"),
    "sound for pictures": (wav(np.arange(9)), "image", "is a sound, .* say mode='audio'"),
    ".mat for pictures": (mat(x=1), "image", "is a .mat file, but the model takes a picture"),
    "sound for volumes": (wav(np.arange(9)), "volume", "is a sound, but the model takes a volume"),
    "picture for volumes": (png(), "volume", "cannot be read as a volume"),
    "picture for tables": (png(), "table", "expected a .csv, .npy or .mat file"),
    "volume for tables": (nifti(VOLUME), "table", "is a volume, but the model takes a table"),
    "sound for tables": (wav(np.arange(9)), "table", "is a sound, but the model takes a table"),
    "frame for pictures": (pd.DataFrame([[1]]), "image", "Tables need mode='tabular'"),
    "picture in memory": (Image.new("L", (2, 2)), "signal", "is a picture, but the model takes a"),
}


@pytest.mark.parametrize("name", MISMATCHES)
def test_input_and_model_disagree(name: str) -> None:
    given, kind, message = MISMATCHES[name]
    with pytest.raises(InputError, match=message):
        load(given, kind, channels=3 if kind == "image" else 1)


def test_mode_and_model_disagree() -> None:
    with pytest.raises(InputError, match="called a volume by mode, but the model takes a picture"):
        load(VOLUME, "image", channels=3, mode="voxel")
    assert load(np.ones(4), "signal", mode="tabular").kind == "table"


def test_an_option_for_another_kind_is_noted() -> None:
    sample = load(np.ones(4), "table", volume=2, axis_name="time")
    assert sample.notes == ("without effect on this kind of input: volume, axis_name",)
    assert load(np.ones(4), "table", processed=True).notes == ()


def test_processed_may_stand_in_the_settings() -> None:
    how = Preprocessing(size=(3,), channels=1, kind="table", mean=(5.0,))
    sample = load_sample(np.ones(3), how, options=InputSettings(processed=True))
    assert sample.data.max() == 1


def rgba(alpha: int) -> Any:
    levels = np.random.default_rng(0).integers(0, 256, (8, 6, 4), dtype=np.uint8)
    levels[:, :, 3] = alpha
    return levels


def test_four_channels_are_given_to_a_model_that_takes_four(tmp_path: Path) -> None:
    half = rgba(128)
    Image.fromarray(half).save(tmp_path / "half.png")
    for form in [half, Image.fromarray(half), tmp_path / "half.png", half.transpose(2, 0, 1)]:
        sample = load(form, "image", (8, 6), 4, mode="RGBA")
        np.testing.assert_allclose(sample.data, half.transpose(2, 0, 1) / 255, atol=1e-6)
        expected = half[:, :, :3] * (128 / 255) + 255 * (127 / 255)
        np.testing.assert_allclose(sample.picture, expected, atol=1)
        assert sample.notes == ()
    opaque = load(half[:, :, :3], "image", (8, 6), 4)
    np.testing.assert_array_equal(opaque.data[3], np.ones((8, 6)))
    grey = load(half[:, :, 0], "image", (4, 3), 4)
    assert grey.data.shape == (4, 4, 3)
    np.testing.assert_allclose(load(half / 255.0, "image", (8, 6), 4).data, sample.data, atol=1e-6)


def test_three_channels_get_the_picture_on_white() -> None:
    sample = load(Image.fromarray(rgba(0)), "image", (8, 6), 3, mode="RGBA")
    assert sample.picture.min() == 255
    assert sample.notes == ("alpha composited on white",)


def test_mode_l_makes_grey_for_any_model() -> None:
    colour = rgba(255)[:, :, :3]
    expected = np.rint(colour @ [0.299, 0.587, 0.114])
    for channels in (1, 3):
        sample = load(colour, "image", (8, 6), channels, mode="L")
        assert sample.data.shape == (channels, 8, 6)
        for plane in sample.data:
            np.testing.assert_allclose(plane * 255, expected, atol=1)
        assert sample.notes == ("converted to grey",)


@pytest.mark.parametrize(
    ("kind", "shape"), [("table", 5), ("signal", 5), ("audio", 5), ("volume", 0)]
)
@pytest.mark.parametrize("processed", [False, True])
def test_a_sample_shares_nothing_with_what_was_given(
    kind: str, shape: int, processed: bool
) -> None:
    array = np.ones(shape or (3, 4, 5), np.float32)
    sample = load(array, kind, processed=processed)
    assert array.flags.writeable
    array[...] = 9
    assert sample.values is not None
    assert sample.data.max() == sample.values.max() == 1
    assert not sample.data.flags.writeable
    assert not sample.values.flags.writeable
