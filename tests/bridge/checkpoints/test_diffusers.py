"""Networks of diffusers, read by it and by our own U-Net."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from rex_widgets.bridge.checkpoints import AdmUNet, DiffusionBridge, TimedBridge, open_network
from rex_widgets.bridge.checkpoints.diffusers_keys import layout_of_config
from rex_widgets.errors import ModelError, SettingsError
from tests.bridge.checkpoints.examples import picture, seeded

diffusers = pytest.importorskip("diffusers")

SMALL = {
    "sample_size": 16,
    "block_out_channels": (32, 64),
    "layers_per_block": 1,
    "norm_num_groups": 16,
}
PLAIN = {
    **SMALL,
    "down_block_types": ("DownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "UpBlock2D"),
}
LIKE_HO = {
    **PLAIN,
    "layers_per_block": 2,
    "attention_head_dim": None,
    "downsample_padding": 0,
    "flip_sin_to_cos": False,
    "freq_shift": 1,
    "norm_eps": 1e-6,
}
LIKE_ADM = {
    **SMALL,
    "block_out_channels": (32, 64, 64),
    "out_channels": 6,
    "attention_head_dim": 16,
    "down_block_types": ("ResnetDownsampleBlock2D", "AttnDownBlock2D", "AttnDownBlock2D"),
    "up_block_types": ("AttnUpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D"),
    "downsample_type": "resnet",
    "upsample_type": "resnet",
    "resnet_time_scale_shift": "scale_shift",
    "attn_norm_num_groups": 16,
}
NO_MIDDLE = {
    **SMALL,
    "in_channels": 1,
    "out_channels": 1,
    "add_attention": False,
    "down_block_types": ("DownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "UpBlock2D"),
}


def folder(path: Path, config: dict[str, Any], *, safe: bool = True) -> Path:
    model = seeded(diffusers.UNet2DModel(**config))
    model.save_pretrained(path, safe_serialization=safe)
    return path


def changed(path: Path, **config: Any) -> Path:
    file = path / "config.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **config}))
    return path


@pytest.mark.parametrize(
    "config", [PLAIN, LIKE_HO, LIKE_ADM, NO_MIDDLE], ids=["plain", "Ho", "ADM", "no middle"]
)
def test_our_network_answers_as_that_of_diffusers(tmp_path: Path, config: dict[str, Any]) -> None:
    place = folder(tmp_path / "unet", config, safe=config is not PLAIN)
    theirs = open_network(place, reader="diffusers")
    ours = open_network(place, reader="own")
    assert isinstance(ours, DiffusionBridge)
    assert isinstance(theirs, DiffusionBridge)
    assert isinstance(ours.network, AdmUNet)
    assert isinstance(theirs.network, diffusers.UNet2DModel)
    assert (ours.channels, ours.size) == (config.get("in_channels", 3), (16, 16))
    assert ours.multiple == theirs.multiple == ours.network.layout.multiple
    x = picture(ours.channels)
    times = torch.tensor([3.5, 877.0])
    with torch.no_grad():
        expected = theirs.network(x, times).sample
        assert torch.allclose(ours.network(x, times), expected, atol=2e-5)
        assert float(expected.std()) > 0.1
        x1 = torch.where(x > 0, x, -x)
        assert torch.allclose(ours(x, 500, x1), theirs(x, 500, x1), atol=1e-4)


def test_what_is_read_is_what_was_saved_to_the_bit(tmp_path: Path) -> None:
    network = open_network(folder(tmp_path / "a", PLAIN))
    assert isinstance(network, DiffusionBridge)
    saved = seeded(diffusers.UNet2DModel(**PLAIN))
    x = picture()
    assert torch.equal(network.network(x, torch.ones(2)).sample, saved(x, torch.ones(2)).sample)
    ready = open_network(saved, predicts="epsilon", image_size="any")
    x1 = picture(seed=8)
    assert torch.equal(ready(x, 40, x1), network(x, 40, x1))
    assert (ready.size, ready.multiple) == (None, 2)
    assert not any(weight.requires_grad for weight in network.parameters())


def test_names_of_attention_before_014_are_known(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    place = folder(tmp_path / "a", PLAIN)
    expected = open_network(place)(picture(), 70, picture(seed=8))
    file = place / "diffusion_pytorch_model.safetensors"
    old = {"to_q": "query", "to_k": "key", "to_v": "value", "to_out.0": "proj_attn"}
    state = load_file(file)
    for new, name in old.items():
        state = {key.replace(f".{new}.", f".{name}."): value for key, value in state.items()}
    save_file(state, file)
    for reader in ("diffusers", "own"):
        found = open_network(place, reader=reader)(picture(), 70, picture(seed=8))
        assert torch.allclose(found, expected, atol=1e-5)


def test_scheduler_says_what_is_predicted(tmp_path: Path) -> None:
    place = folder(tmp_path / "unet", NO_MIDDLE)
    (tmp_path / "scheduler").mkdir()
    scheduler = diffusers.DDPMScheduler(
        num_train_timesteps=50, prediction_type="v_prediction", beta_schedule="squaredcos_cap_v2"
    )
    scheduler.save_pretrained(tmp_path / "scheduler")
    network = open_network(tmp_path)
    assert isinstance(network, DiffusionBridge)
    assert (network.predicts, len(network.levels.alpha_bars)) == ("v_prediction", 50)
    assert network.name == tmp_path.name
    other = open_network(place, train_steps=100, predicts="sample", beta_schedule="linear")
    assert isinstance(other, DiffusionBridge)
    assert (other.predicts, len(other.levels.alpha_bars)) == ("sample", 100)
    assert isinstance(open_network(place, predicts="bridge"), TimedBridge)
    changed(tmp_path / "unet")
    (tmp_path / "unet" / "scheduler_config.json").write_text('{"prediction_type": "flow"}')
    with pytest.raises(SettingsError, match=r"prediction_type 'flow'"):
        open_network(place)


@pytest.mark.parametrize("reader", ["diffusers", "own"])
def test_weights_that_do_not_fit_are_listed(tmp_path: Path, reader: str) -> None:
    from safetensors.torch import load_file, save_file

    place = folder(tmp_path / "a", PLAIN)
    file = place / "diffusion_pytorch_model.safetensors"
    state = load_file(file)
    del state["mid_block.resnets.0.conv1.weight"]
    save_file({**state, "mid_block.strange.weight": torch.ones(1)}, file)
    lost = r"mid_block.resnets.0.conv1.weight|middle_block.0.in_layers.2.weight"
    with pytest.raises(
        ModelError, match=rf"1 missing: ({lost}); 1 extra: mid_block.strange.weight"
    ):
        open_network(place, reader=reader)


def test_halves_of_an_attention_are_refused(tmp_path: Path) -> None:
    from safetensors.torch import load_file, save_file

    place = folder(tmp_path / "a", PLAIN)
    file = place / "diffusion_pytorch_model.safetensors"
    state = load_file(file)
    del state["mid_block.attentions.0.to_k.weight"]
    save_file(state, file)
    with pytest.raises(ModelError, match=r"queries, keys and values of middle_block.1.qkv.weight"):
        open_network(place, reader="own")


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"_class_name": "UNet2DConditionModel"}, "UNet2DConditionModel; expected an uncond"),
        ({"num_class_embeds": 10}, "conditional on classes"),
        ({"attention_legacy_order": True}, "changed diffusers"),
        ({"block_out_channels": [10**9, 3]}, "describes 1000000000, 3 channels"),
        ({"layers_per_block": "many"}, "'many' layers each"),
    ],
)
@pytest.mark.parametrize("reader", ["diffusers", "own"])
def test_networks_that_no_one_reads(
    tmp_path: Path, config: dict[str, Any], message: str, reader: str
) -> None:
    place = changed(folder(tmp_path / "a", NO_MIDDLE), **config)
    with pytest.raises(ModelError, match=message):
        open_network(place, reader=reader)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        ({"act_fn": "gelu"}, "act_fn"),
        ({"center_input_sample": True}, "center_input_sample"),
        ({"time_embedding_type": "fourier"}, "time_embedding_type"),
        ({"down_block_types": ["SkipDownBlock2D"] * 2}, "down_block_types"),
        ({"down_block_types": ["AttnDownBlock2D", "DownBlock2D"]}, "down_block_types"),
        ({"upsample_type": "resnet", "up_block_types": ["ResnetUpsampleBlock2D"] * 2}, "upsample"),
        ({"mid_block_scale_factor": 2}, "mid_block_scale_factor"),
        ({"add_attention": True, "attn_norm_num_groups": 8}, "attn_norm_num_groups"),
        ({"norm_num_groups": 7}, "normalised in 7 groups"),
        ({"in_channels": None}, "does not describe"),
    ],
)
def test_networks_that_only_diffusers_reads_are_named(config: dict[str, Any], named: str) -> None:
    with pytest.raises(ModelError, match=named):
        layout_of_config({**NO_MIDDLE, **config}, "config.json")


def test_folders_that_are_not_complete(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"a folder without config.json"):
        open_network(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(ModelError, match=r"no weights; expected diffusion_pytorch_model"):
        open_network(tmp_path)
    with pytest.raises(ModelError, match=r'layout="adm"'):
        open_network(tmp_path, layout="adm")
    (tmp_path / "config.json").write_text("[1]")
    with pytest.raises(ModelError, match=r"holds a list; expected a JSON object"):
        open_network(tmp_path)
    (tmp_path / "config.json").write_text("{" * 10**5)
    with pytest.raises(ModelError, match=r"is not JSON"):
        open_network(tmp_path)


def test_without_diffusers_our_network_reads(tmp_path: Path, monkeypatch: Any) -> None:
    place = folder(tmp_path / "a", NO_MIDDLE)
    monkeypatch.setattr(
        "rex_widgets.bridge.checkpoints.diffusers_folder.diffusers_installed", lambda: False
    )
    network = open_network(place)
    assert isinstance(network, DiffusionBridge)
    assert isinstance(network.network, AdmUNet)
    half = open_network(place, use_fp16=True, recompute=True)
    assert isinstance(half, DiffusionBridge)
    assert (half.network.torso, half.network.recompute) == (torch.float16, True)
    with pytest.raises(SettingsError, match=r"library's own U-Net"):
        open_network(place, reader="diffusers", use_fp16=True)
