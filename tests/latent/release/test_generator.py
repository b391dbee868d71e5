"""The release's decoder: its own names, shapes and numbers, and files that are not its."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.errors import ModelError
from rex_widgets.latent.release.generator import (
    DecoderLayout,
    ReleaseDecoder,
    SpectralConv,
    load_generator,
)
from tests.latent.release.made_files import embedding, generator_file, latents, shapes_of, weights
from tests.latent.release.recording import recorded, recorded_shapes

SMALL = DecoderLayout(width=1)


def saved(path: Path, **changes: Any) -> Path:
    torch.save(generator_file(recorded_shapes(1)) | changes, path / "generator.pth")
    return path / "generator.pth"


@pytest.mark.parametrize("width", [1, 4])
def test_names_and_shapes_are_the_release_s(width: int) -> None:
    assert shapes_of(ReleaseDecoder(DecoderLayout(width=width))) == recorded_shapes(width)


def test_the_default_layout_is_the_release_s_own() -> None:
    assert shapes_of(ReleaseDecoder()) == recorded_shapes(4)


@pytest.mark.parametrize("width", [1, 4])
def test_the_same_weights_decode_to_the_same_pictures(tmp_path: Path, width: int) -> None:
    torch.save(generator_file(recorded_shapes(width)), tmp_path / "generator.pth")
    module = load_generator(tmp_path / "generator.pth", DecoderLayout(width=width))
    with torch.no_grad():
        pictures = module(latents(2)).numpy()
    np.testing.assert_allclose(pictures, recorded(f"decoded_{width}"), atol=1e-5)


def test_embeddings_come_from_their_own_entries(tmp_path: Path) -> None:
    module = load_generator(saved(tmp_path), SMALL)
    assert torch.equal(module.char_embedding.weight, embedding("characters")["weight"])
    first = module.latents_of(torch.tensor([5]), torch.tensor([47]), torch.arange(5.0)[None])[0]
    parts = (embedding("characters")["weight"][5], embedding("fonts")["weight"][47])
    assert torch.equal(first, torch.cat((*parts, torch.arange(5.0))))


def test_what_is_loaded_is_fixed_but_passes_gradients_to_the_latents(tmp_path: Path) -> None:
    module = load_generator(saved(tmp_path), SMALL)
    assert not module.training
    assert not any(weight.requires_grad for weight in module.parameters())
    asked = latents(1).requires_grad_(True)
    module(asked).sum().backward()
    assert asked.grad is not None
    assert bool((asked.grad != 0).all())


def test_spectral_norm_divides_by_the_largest_singular_value() -> None:
    module = SpectralConv(2, 3, 1)
    with torch.no_grad():
        left, values, right = torch.linalg.svd(torch.tensor([[3.0, 0.0], [4.0, 0.0], [0.0, 1.0]]))
        module.weight_orig.copy_((left[:, :2] * values @ right)[..., None, None])
        module.weight_u.copy_(left[:, 0])
        module.weight_v.copy_(right[0])
        given = torch.tensor([5.0, 10.0]).reshape(1, 2, 1, 1)
        np.testing.assert_allclose(module(given).flatten(), [3.0, 4.0, 2.0], rtol=1e-6)


def test_missing_and_unknown_weights_are_named(tmp_path: Path) -> None:
    state = weights(recorded_shapes(1))
    state["decoder.extra"] = state.pop("decoder.group1.block0.conv1.weight_u")
    with pytest.raises(ModelError) as error:
        load_generator(saved(tmp_path, generator=state), SMALL)
    told = str(error.value)
    assert "missing: decoder.group1.block0.conv1.weight_u" in told
    assert "unknown: decoder.extra" in told
    assert "generator.pth, entry 'generator'," in told


def test_all_wrong_shapes_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"block0\.conv0.* and \d+ more") as error:
        load_generator(saved(tmp_path))
    assert "group0.block0.conv0.weight_orig has shape (64, 1, 3, 3), expected (256, 1, 3, 3)" in (
        str(error.value)
    )


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (torch.full((48, 3), torch.nan), "holds NaN"),
        (torch.zeros(48, 2), r"shape \(48, 2\), expected \(48, 3\)"),
        (torch.zeros(48, 3, dtype=torch.int64), "int64, expected torch.float32"),
        (torch.zeros(48, 3, dtype=torch.complex64), "complex64"),
        (torch.zeros(48, 3).to_sparse(), "no plain tensor"),
        (torch.zeros(48, 3, device="meta"), "no plain tensor"),
        ([1.0, 2.0], "is a list, expected a tensor"),
    ],
)
def test_a_weight_that_cannot_be_is_refused(tmp_path: Path, value: Any, told: str) -> None:
    with pytest.raises(ModelError, match=f"'font_embedding'.*weight.*{told}"):
        load_generator(saved(tmp_path, font_embedding={"weight": value}), SMALL)


def test_a_spectral_norm_of_nothing_is_refused(tmp_path: Path) -> None:
    state = weights(recorded_shapes(1))
    state["decoder.group2.block0.conv_short.weight_v"].zero_()
    with pytest.raises(ModelError, match=r"spectral norm of decoder\.group2\.block0\.conv_short"):
        load_generator(saved(tmp_path, generator=state), SMALL)


def test_half_precision_is_read_as_single(tmp_path: Path) -> None:
    half = {"weight": embedding("fonts")["weight"].half()}
    module = load_generator(saved(tmp_path, font_embedding=half), SMALL)
    assert module.font_embedding.weight.dtype == torch.float32
