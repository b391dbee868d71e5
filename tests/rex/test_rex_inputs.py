"""`Data`, the arguments and `rex.toml`."""

from __future__ import annotations

import copy
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.rex import (
    CausalArgs,
    Data,
    Distribution,
    Queue,
    ResponsibilityStyle,
    Strategy,
    context_occlusion,
    get_device,
    load_and_preprocess_data,
    load_config,
    spectral_occlusion,
    validate_args,
)
from rex_widgets.rex.args import measure_settings, picture_settings, search_settings


def wide(folder: Path) -> str:
    """A picture of 40 by 20 pixels, red growing to the right."""
    values = np.zeros((20, 40, 3), np.uint8)
    values[..., 0] = np.linspace(0, 255, 40)
    Image.fromarray(values).save(folder / "wide.png")
    return str(folder / "wide.png")


@pytest.mark.parametrize("order", ["first", "last"])
def test_pictures_are_resized_and_normalised(tmp_path: Path, order: str) -> None:
    args = CausalArgs()
    args.path, args.means, args.stds = wide(tmp_path), [0.5, 0.4, 0.3], [0.5, 0.25, 0.2]
    shape = ["N", 3, 10, 20] if order == "first" else ["N", 10, 20, 3]
    data = load_and_preprocess_data(shape, get_device(False), args)
    assert (data.model_height, data.model_width, data.model_channels) == (10, 20, 3)
    assert data.data.shape == ((1, 3, 10, 20) if order == "first" else (1, 10, 20, 3))
    with Image.open(args.path) as file:
        small = np.asarray(file.resize((20, 10)), np.float32) / 255
    expected = (small - np.array(args.means)) / np.array(args.stds)
    found = data.data[0].numpy()
    found = np.moveaxis(found, 0, -1) if order == "first" else found
    assert np.allclose(found, expected, atol=1e-5)


def test_grey_pictures(tmp_path: Path) -> None:
    path = tmp_path / "grey.png"
    Image.fromarray(np.arange(64, dtype=np.uint8).reshape(8, 8)).save(path)
    args = CausalArgs()
    args.path, args.mode = str(path), "L"
    data = load_and_preprocess_data(["N", 1, 8, 8], "cpu", args)
    assert np.allclose(data.data[0, 0].numpy() * 255, np.arange(64).reshape(8, 8))
    with Image.open(path) as file:
        coloured = Data(file.copy(), ["N", 3, 8, 8], "cpu")
    assert coloured.mode == "RGB"


def test_arrays_are_read_by_their_kind(tmp_path: Path) -> None:
    np.save(tmp_path / "signal.npy", np.arange(50, dtype=np.float32))
    args = CausalArgs()
    args.path, args.mode = str(tmp_path / "signal.npy"), "spectral"
    data = load_and_preprocess_data(["N", 1, 50], "cpu", args)
    assert data.data.shape == (1, 1, 50)
    assert data.data.flatten().tolist() == list(range(50))
    np.save(tmp_path / "volume.npy", np.arange(60, dtype=np.float32).reshape(3, 4, 5))
    args.path, args.mode = str(tmp_path / "volume.npy"), "voxel"
    data = load_and_preprocess_data(["N", 3, 4, 5], "cpu", args)
    assert data.data.shape == (1, 3, 4, 5)
    (tmp_path / "no.png").write_bytes(b"no picture")
    args.path, args.mode = str(tmp_path / "no.png"), None
    with pytest.raises(InputError, match=r"no\.png"):
        load_and_preprocess_data(["N", 3, 8, 8], "cpu", args)


def test_mask_values() -> None:
    data = Data(None, ["N", 3, 2, 2], "cpu", mode="RGB")
    with pytest.raises(InputError, match="needs the data"):
        data.set_mask_value("mean")
    data.data = torch.arange(12.0).reshape(1, 3, 2, 2)
    for given, expected in ((0, 0), (0.5, 0.5), ("min", 0.0), ("mean", 5.5), ("random", "random")):
        data.set_mask_value(given)
        assert data.mask_value == expected
    with pytest.warns(UserWarning, match="needs a signal"):
        data.set_mask_value("spectral")
    assert data.mask_value == 0
    with pytest.raises(SettingsError, match="expected a number"):
        data.set_mask_value("beach")


def test_masking_functions() -> None:
    kept = torch.tensor([True, False, False, False, True])
    signal = torch.tensor([[[1.0, 9.0, 9.0, 9.0, 5.0]]])
    straight = spectral_occlusion(kept, signal, noise=0.0)
    assert straight.flatten().tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    noisy = spectral_occlusion(kept, signal)
    assert noisy[0, 0, 0] == 1
    assert 0 < (noisy - straight).abs().max() < 0.5
    other = torch.full_like(signal, 7.0)
    assert context_occlusion(kept, signal, other, 0).flatten().tolist() == [1, 7, 7, 7, 5]
    assert torch.allclose(
        context_occlusion(kept, signal, other), context_occlusion(kept, signal, other, 0)
    )


def test_arguments_become_settings() -> None:
    args = CausalArgs()
    args.queue_style, args.distribution = Queue.Intersection, Distribution.BetaBinomial
    args.distribution_args, args.strategy = [1.1, 1.2], Strategy.MultiSpotlight
    args.responsibility_style = ResponsibilityStyle.Multiplicative
    settings = search_settings(args)
    assert settings.queue_style == "intersection"
    assert (settings.distribution, settings.distribution_args) == ("betabinom", (1.1, 1.2))
    assert settings.strategy == "multi"
    assert settings.responsibility_style == "multiplicative"
    assert search_settings(args, Strategy.Spatial).strategy == "spatial"
    args.complete = True
    assert search_settings(args, Strategy.Contrastive).strategy == "complete"
    args.insertion_step, args.alpha = 50, 0.5
    assert measure_settings(args).insertion_step == 50
    assert picture_settings(args).alpha == 0.5
    args.iters = 0
    with pytest.raises(SettingsError, match="iters was 0"):
        search_settings(args)


def test_arguments_can_be_copied_and_printed() -> None:
    args = CausalArgs()
    other = copy.copy(args)
    other.path = "peacock.jpg"
    assert args.path == ""
    assert "spotlight_objective_function = 'none'" in repr(args)
    assert args.get_dict_repr()["tree depth"] == 10


def test_an_argument_that_rex_would_ignore_is_told() -> None:
    args = CausalArgs()
    with pytest.warns(UserWarning, match="did you mean 'iters'"):
        args.itres = 5


def test_rex_toml(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "rex.toml"
    path.write_text(
        """
        [rex]
        seed = 7
        mask_value = "mean"
        gpu = false
        [rex.onnx]
        means = [0.1, 0.2, 0.3]
        norm = 1.0
        [rex.visual]
        colour = 150
        [causal]
        iters = 30
        min_box_size = 12
        queue_style = "dc"
        [causal.distribution]
        distribution = "betabinom"
        dist_args = [1.1, 1.1]
        [explanation.multi]
        strategy = "spotlight"
        [explanation.evaluation]
        insertion_step = 20
        """
    )
    args = load_config(path)
    assert (args.seed, args.mask_value, args.gpu) == (7, "mean", False)
    assert tuple(args.means) == (0.1, 0.2, 0.3)
    assert (args.norm, args.colour, args.iters) == (1.0, 150, 30)
    assert (args.min_box_size, args.chunk_size) == (12, 12)
    assert args.queue_style == Queue.DC
    assert args.distribution == Distribution.BetaBinomial
    assert tuple(args.distribution_args) == (1.1, 1.1)
    assert args.strategy == Strategy.MultiSpotlight
    assert args.insertion_step == 20
    monkeypatch.chdir(tmp_path)
    assert load_config().iters == 30
    path.write_text("[causal]\nitres = 3\n")
    with pytest.raises(SettingsError, match="iters"):
        load_config()
    with pytest.raises(SettingsError, match="does not exist"):
        load_config("missing.toml")


def test_arguments_are_checked_before_a_long_run(tmp_path: Path) -> None:
    args = CausalArgs()
    args.path = str(tmp_path / "cat.png")
    with pytest.raises(FileNotFoundError):
        validate_args(args)
    args.path = wide(tmp_path)
    validate_args(args)
    args.alpha = 3.0
    with pytest.raises(SettingsError, match="alpha"):
        validate_args(args)
