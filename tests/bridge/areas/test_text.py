from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from rex_widgets.bridge.areas import AreaFound, region_of_text
from rex_widgets.bridge.areas.text_models import open_detector, open_segmenter
from rex_widgets.errors import InputError, ModelError, SettingsError
from tests.bridge.areas.nets import picture
from tests.bridge.areas.text_nets import saved, tiny_detector, tiny_segmenter, tiny_tokenizer

pytest.importorskip("transformers")

MEAN, STD = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]


@pytest.fixture(scope="module")
def models() -> tuple[Any, Any, Any]:
    return tiny_detector(), tiny_tokenizer(), tiny_segmenter()


@pytest.fixture(scope="module")
def processors(models: tuple[Any, Any, Any]) -> tuple[Any, Any]:
    """What `transformers` itself prepares pictures with, in its form without torchvision."""
    dino = pytest.importorskip(
        "transformers.models.grounding_dino.image_processing_pil_grounding_dino"
    )
    sam = pytest.importorskip("transformers.models.sam.image_processing_pil_sam")
    return (
        dino.GroundingDinoImageProcessorPil(
            size={"shortest_edge": 96, "longest_edge": 128}, image_mean=MEAN, image_std=STD
        ),
        sam.SamImageProcessorPil(
            size={"longest_edge": 64},
            pad_size={"height": 64, "width": 64},
            image_mean=MEAN,
            image_std=STD,
        ),
    )


class _Both:
    """A processor as `transformers` makes them: a part for pictures and one for words."""

    def __init__(self, image_processor: Any, tokenizer: Any = None) -> None:
        self.image_processor = image_processor
        self.tokenizer = tokenizer


class _Numbers:
    image_mean, image_std = MEAN, STD
    size = {"shortest_edge": 96, "longest_edge": 1333}  # noqa: RUF012


def pairs(models: tuple[Any, Any, Any]) -> dict[str, Any]:
    dino, tokenizer, sam = models
    return {"detector": (dino, _Both(_Numbers(), tokenizer)), "segmenter": (sam, _Numbers())}


def found(models: tuple[Any, Any, Any], **settings: Any) -> AreaFound:
    given = pairs(models) | {"box_threshold": 0.2} | settings
    return region_of_text(picture(3, 48), "A red collar", **given)


def quantised(*shape: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a picture in whole numbers, uint8, and the same in [0, 1]."""
    pixels = (torch.rand(shape, generator=torch.Generator().manual_seed(2)) * 255).to(torch.uint8)
    return pixels, pixels.float() / 255


@pytest.mark.parametrize("shape", [(96, 128), (96, 120), (48, 60), (150, 100)])
def test_boxes_like_those_of_transformers(
    models: tuple[Any, Any, Any], processors: tuple[Any, Any], shape: tuple[int, int]
) -> None:
    from transformers.models.grounding_dino.processing_grounding_dino import GroundingDinoProcessor

    dino, tokenizer, _ = models
    see = processors[0]
    pixels, image = quantised(3, *shape)
    given = see(pixels.numpy(), return_tensors="pt", input_data_format="channels_first")
    text = tokenizer("a red collar.", return_tensors="pt", return_token_type_ids=True)
    with torch.no_grad():
        raw = dino(**given, **text)
    (theirs,) = GroundingDinoProcessor.post_process_grounded_object_detection(
        _Decoder(), raw, text["input_ids"], threshold=0.9, target_sizes=[shape]
    )
    detector = open_detector((dino, _Both(see, tokenizer)))
    assert (detector.shortest, detector.longest) == (96, 128)
    ours = detector.boxes(image[None], "a red collar.", 0.9)
    order = theirs["scores"].argsort(descending=True)
    assert len(ours.boxes) == len(order) >= 2
    # PIL rounds a resized picture to whole numbers, which moves random weights' scores a little.
    exact = shape[0] == 96
    assert torch.allclose(ours.scores, theirs["scores"][order], atol=1e-4 if exact else 0.02)
    assert ours.surest == pytest.approx(float(ours.scores[0]))
    if exact:
        limits = torch.tensor([shape[1], shape[0]] * 2, dtype=torch.float32)
        clamped = theirs["boxes"][order].clamp(min=0).minimum(limits)
        assert torch.allclose(ours.boxes, clamped, atol=0.05)


@pytest.mark.parametrize("shape", [(64, 64), (40, 64), (64, 50), (32, 30), (100, 90)])
def test_masks_like_those_of_transformers(
    models: tuple[Any, Any, Any], processors: tuple[Any, Any], shape: tuple[int, int]
) -> None:
    sam, see = models[2], processors[1]
    pixels, image = quantised(3, *shape)
    boxes = torch.tensor([[2.0, 3, 20, 25], [10, 5, 29, 17]])
    seen = see(pixels.numpy(), return_tensors="pt", input_data_format="channels_first")
    sizes = seen["reshaped_input_sizes"][0].tolist()
    stretched = boxes * torch.tensor([sizes[1] / shape[1], sizes[0] / shape[0]] * 2)
    with torch.no_grad():
        raw = sam(
            pixel_values=seen["pixel_values"],
            input_boxes=stretched[None],
            multimask_output=False,
        )
    (masks,) = see.post_process_masks(
        raw.pred_masks, seen["original_sizes"], seen["reshaped_input_sizes"], binarize=False
    )
    theirs = masks[:, 0].amax(0)
    logits = open_segmenter((sam, _Both(see))).logits(image[None], boxes)
    assert logits.shape == shape
    assert 0.02 < float((logits > 0).float().mean()) < 0.98
    if max(shape) == 64:
        assert torch.allclose(logits, theirs, atol=1e-3)
    else:
        assert torch.corrcoef(torch.stack([logits.ravel(), theirs.ravel()]))[0, 1] > 0.99


class _Decoder:
    def batch_decode(self, ids: Any) -> list[str]:
        return ["" for _ in ids]


def test_binary_masks_and_the_highest_logits(models: tuple[Any, Any, Any]) -> None:
    whole = found(models, use_binary_masks=True)
    assert np.array_equal(whole.region, whole.map > 0)
    assert whole.area > 0.1
    assert whole.cells.shape == (0, 4)
    assert whole.source == "the text 'A red collar'"
    assert f"{whole.area:.1%} of the picture" in whole.notes[0]
    part = found(models, area=0.1)
    assert part.region.sum() == 230
    assert np.array_equal(part.map, whole.map)
    assert part.map[part.region].min() >= part.map[~part.region].max()
    assert part.notes == whole.notes
    # More room than the masks need leaves them as they are.
    assert np.array_equal(found(models, area=0.999).region, whole.region)


def test_folders(models: tuple[Any, Any, Any], tmp_path: Path) -> None:
    dino, tokenizer, sam = models
    detector = saved(tmp_path / "dino", dino, tokenizer)
    segmenter = saved(tmp_path / "sam", sam)
    numbers = {"image_mean": MEAN, "image_std": STD, "size": {"shortest_edge": 96}}
    (detector / "preprocessor_config.json").write_text(json.dumps(numbers))
    (segmenter / "processor_config.json").write_text(json.dumps({"image_processor": numbers}))
    opened = open_detector(detector)
    assert (opened.shortest, opened.longest) == (96, 1333)
    assert opened.mean == open_segmenter(segmenter).mean == tuple(MEAN)
    expected = found(models, area=0.2)
    given = found(models, detector=str(detector), segmenter=segmenter, area=0.2)
    assert np.allclose(given.map, expected.map, atol=1e-5)
    assert given.region.sum() == expected.region.sum()


def test_grey_pictures(models: tuple[Any, Any, Any]) -> None:
    settings = pairs(models)
    grey = picture(1, 48)
    one = region_of_text(grey, "ball", box_threshold=0.1, **settings)
    three = region_of_text(grey.expand(3, 48, 48), "ball.", box_threshold=0.1, **settings)
    assert np.array_equal(one.map, three.map)
    with pytest.raises(InputError, match="2 channels"):
        region_of_text(picture(2, 48), "ball", **settings)


def test_the_models_are_left_as_they_were(models: tuple[Any, Any, Any]) -> None:
    dino, _, sam = models
    expected = found(models)
    dino.train()
    sam.train()
    try:
        assert np.array_equal(found(models).map, expected.map)
        assert all(part.training for net in (dino, sam) for part in net.modules())
    finally:
        dino.eval()
        sam.eval()


def test_nothing_found(models: tuple[Any, Any, Any]) -> None:
    def unsure(model: Any, given: Any, output: Any) -> None:
        output.logits = output.logits.clamp(max=0) - 4

    handle = models[0].register_forward_hook(unsure)
    try:
        with pytest.raises(
            InputError, match=r"'a red collar\.': the surest box has a score of 0\.018"
        ):
            found(models)
        assert len(found(models, box_threshold=0.017).notes) == 1
    finally:
        handle.remove()


def test_empty_masks(models: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from rex_widgets.bridge.areas.text_models import Segmenter

    monkeypatch.setattr(Segmenter, "logits", lambda *given: torch.full((48, 48), -1.0))
    with pytest.raises(InputError, match="the masks in them are empty"):
        found(models)
    monkeypatch.setattr(Segmenter, "logits", lambda *given: torch.full((48, 48), torch.nan))
    with pytest.raises(ModelError, match="not finite"):
        found(models)


def test_masks_of_everything(models: tuple[Any, Any, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    from rex_widgets.bridge.areas.text_models import Segmenter

    monkeypatch.setattr(Segmenter, "logits", lambda *given: torch.ones(48, 48))
    with pytest.raises(InputError, match=r"cover the whole picture.*use_binary_masks=False"):
        found(models, use_binary_masks=True)
    assert found(models, area=0.25).area == 0.25


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"area": 0.0}, SettingsError, "above 0 and below 1"),
        ({"area": 1.0}, SettingsError, "above 0 and below 1"),
        ({"box_threshold": 1.0}, SettingsError, "box_threshold is 1.0"),
        ({"box_threshold": float("nan")}, SettingsError, "box_threshold"),
        ({"detector": None}, InputError, r"GroundingDINO.*rex_widgets\[text\]"),
        ({"segmenter": None}, InputError, r"SAM.*rex_widgets\[text\]"),
        ({"detector": "IDEA-Research/grounding-dino-tiny"}, InputError, "not looked up"),
        ({"segmenter": (1, 2)}, InputError, "no pair"),
    ],
)
def test_what_cannot_be(
    models: tuple[Any, Any, Any], settings: dict[str, Any], error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        found(models, **settings)


@pytest.mark.parametrize("prompt", ["", "  ", " . ", "a" * 1001])
def test_prompts_that_cannot_be(models: tuple[Any, Any, Any], prompt: str) -> None:
    with pytest.raises(InputError, match="The prompt"):
        region_of_text(picture(3, 48), prompt)


def test_folders_that_cannot_be_read(tmp_path: Path, models: tuple[Any, Any, Any]) -> None:
    folder = tmp_path / "sam"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "sam"}')
    with pytest.raises(ModelError, match="SamModel cannot be read"):
        open_segmenter(folder)
    # Weights in a pickle are not read.
    models[2].config.save_pretrained(folder)
    torch.save(models[2].state_dict(), folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match="safetensors only"):
        open_segmenter(folder)
    saved(folder, models[2])
    (folder / "preprocessor_config.json").write_text('{"image_std": [0, 1, 1]}')
    with pytest.raises(ModelError, match="above 0"):
        open_segmenter(folder)
    (folder / "preprocessor_config.json").write_text("{")
    with pytest.raises(ModelError, match="no JSON"):
        open_segmenter(folder)


def test_without_transformers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "config.json").write_text("{}")
    monkeypatch.setitem(sys.modules, "transformers", None)
    with pytest.raises(ModelError, match=r"pip install .rex_widgets\[text\]"):
        region_of_text(picture(3, 48), "ball", detector=tmp_path, segmenter=tmp_path)
