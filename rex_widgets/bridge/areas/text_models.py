"""GroundingDINO and SAM through `transformers`: boxes from words, masks from boxes.

The pictures are prepared here, from the numbers that stand in the models' own preprocessor files,
because the processors of `transformers` differ between its releases and may need torchvision.
Nothing is ever downloaded, and weights are read from safetensors alone.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rex_widgets.bridge.areas.asked import at_rest
from rex_widgets.errors import InputError, ModelError

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

_MEAN = (0.485, 0.456, 0.406)
_STD = (0.229, 0.224, 0.225)
_SHORTEST, _LONGEST = 800, 1333
_MOST_JSON = 1_000_000
"""Bytes of a preprocessor file; real ones have less than a thousand."""

INSTALL = 'pip install "rex_widgets[text]"'


@dataclass(frozen=True, eq=False)
class FoundBoxes:
    """What a detector found.

    Attributes
    ----------
    boxes
        (n, 4): left, top, right, bottom in pixels, the surest first.
    scores
        (n,), in [0, 1].
    surest
        The highest score of any box, kept or not.
    """

    boxes: Tensor
    scores: Tensor
    surest: float


@dataclass(frozen=True, eq=False)
class Detector:
    """GroundingDINO with its tokenizer, and how it wants its pictures.

    Attributes
    ----------
    model
        transformers.GroundingDinoForObjectDetection.
    tokenizer
        Its text side.
    mean, std
        Of each channel of a picture in [0, 1].
    shortest, longest
        What the picture's sides are resized to: the shorter to `shortest`, unless the longer
        would exceed `longest`.
    """

    model: Any
    tokenizer: Any
    mean: tuple[float, ...]
    std: tuple[float, ...]
    shortest: int
    longest: int

    def boxes(self, image: Tensor, prompt: str, threshold: float) -> FoundBoxes:
        """Find what the prompt names.

        Parameters
        ----------
        image
            (1, 3, H, W) in [0, 1].
        prompt
            Lower case, phrases ending in full stops.
        threshold
            Least score in [0, 1].
        """
        import torch
        from torch.nn.functional import interpolate

        rows, columns = image.shape[2:]
        scale = self.shortest / min(rows, columns)
        scale = min(scale, self.longest / max(rows, columns))
        size = max(1, round(rows * scale)), max(1, round(columns * scale))
        large = interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)
        text = self.tokenizer(prompt, return_tensors="pt", return_token_type_ids=True)
        first = next(self.model.parameters())
        device = first.device
        with torch.no_grad(), at_rest(self.model):
            given = self.model(
                pixel_values=_normalised(large, self.mean, self.std).to(device, first.dtype),
                pixel_mask=torch.ones(1, *size, dtype=torch.long, device=device),
                **{key: value.to(device) for key, value in text.items()},
            )
        scores = given.logits[0].float().sigmoid().amax(dim=-1).cpu()
        kept = scores.argsort(descending=True, stable=True)
        kept = kept[scores[kept] > threshold]
        middle, side = given.pred_boxes[0].float().cpu()[kept].split(2, dim=-1)
        corners = torch.cat([middle - side / 2, middle + side / 2], dim=-1)
        whole = torch.tensor([columns, rows, columns, rows], dtype=torch.float32)
        boxes = (corners * whole).clamp(min=0).minimum(whole)
        solid = (boxes[:, 2] > boxes[:, 0]) & (boxes[:, 3] > boxes[:, 1])
        return FoundBoxes(boxes[solid], scores[kept][solid], float(scores.max()))


@dataclass(frozen=True, eq=False)
class Segmenter:
    """SAM, and how it wants its pictures.

    Attributes
    ----------
    model
        transformers.SamModel.
    mean, std
        Of each channel of a picture in [0, 1].
    """

    model: Any
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def logits(self, image: Tensor, boxes: Tensor) -> Tensor:
        """Return the highest logit of any box's mask, (H, W); above 0 is inside.

        Parameters
        ----------
        image
            (1, 3, H, W) in [0, 1].
        boxes
            (n, 4), n ≥ 1: left, top, right, bottom in pixels.
        """
        import torch
        from torch.nn.functional import interpolate, pad

        rows, columns = image.shape[2:]
        side = int(self.model.config.vision_config.image_size)
        scale = side / max(rows, columns)
        size = max(1, int(rows * scale + 0.5)), max(1, int(columns * scale + 0.5))
        large = interpolate(image, size, mode="bilinear", antialias=True, align_corners=False)
        padded = pad(
            _normalised(large, self.mean, self.std), (0, side - size[1], 0, side - size[0])
        )
        stretch = torch.tensor([size[1] / columns, size[0] / rows] * 2)
        first = next(self.model.parameters())
        highest = torch.full((rows, columns), -torch.inf)
        with torch.no_grad(), at_rest(self.model):
            seen = self.model.get_image_embeddings(padded.to(first.device, first.dtype))
            # Box by box: a picture of full size for each of hundreds would fill the memory.
            for box in boxes:
                given = self.model(
                    image_embeddings=seen,
                    input_boxes=(box * stretch)[None, None].to(first.device, first.dtype),
                    multimask_output=False,
                )
                small = given.pred_masks[:, 0].float().cpu()
                square = interpolate(small, (side, side), mode="bilinear", align_corners=False)
                inside = square[..., : size[0], : size[1]]
                own = interpolate(inside, (rows, columns), mode="bilinear", align_corners=False)
                highest = highest.maximum(own[0, 0])
        return highest


def open_detector(given: Any) -> Detector:
    """Make a detector of a folder, or of a pair (model, processor or tokenizer).

    Raises
    ------
    ModelError
        If `transformers` is missing, or the folder does not hold what it should.
    """
    if isinstance(given, Detector):
        return given
    if isinstance(given, (tuple, list)):
        model, processor = _pair(given, "detector", "processor or tokenizer")
        numbers = _numbers_of(processor)
        tokenizer = getattr(processor, "tokenizer", processor)
    else:
        folder = _folder(given, "detector", "GroundingDINO")
        kinds = _transformers()
        model = _read_model(kinds.GroundingDinoForObjectDetection, folder)
        tokenizer = _read(kinds.AutoTokenizer, folder)
        numbers = _numbers_in(folder)
    size = numbers.get("size") or {}
    shortest = size.get("shortest_edge") or size.get("height") or _SHORTEST
    longest = size.get("longest_edge") or max(_LONGEST, shortest)
    return Detector(
        model, tokenizer, *_statistics(numbers), shortest=int(shortest), longest=int(longest)
    )


def open_segmenter(given: Any) -> Segmenter:
    """Make a segmenter of a folder, or of a pair (model, processor).

    Raises
    ------
    ModelError
        If `transformers` is missing, or the folder does not hold what it should.
    """
    if isinstance(given, Segmenter):
        return given
    if isinstance(given, (tuple, list)):
        model, processor = _pair(given, "segmenter", "processor")
        return Segmenter(model, *_statistics(_numbers_of(processor)))
    folder = _folder(given, "segmenter", "SAM")
    model = _read_model(_transformers().SamModel, folder)
    return Segmenter(model, *_statistics(_numbers_in(folder)))


def _transformers() -> Any:
    try:
        import transformers
    except ImportError as error:
        raise ModelError(
            f"A region from a text needs transformers, which is not installed: {INSTALL}"
        ) from error
    return transformers


def _folder(given: Any, role: str, name: str) -> Path:
    if given is None:
        raise InputError(
            f"A region from a text needs {role}=, the folder of a {name} model as "
            "`save_pretrained` writes it (config.json, model.safetensors, preprocessor and, for "
            "GroundingDINO, tokenizer files), or a pair (model, processor). Nothing is "
            f"downloaded. The libraries come with {INSTALL}."
        )
    folder = Path(given)
    if not (folder / "config.json").is_file():
        raise InputError(
            f"{role}={str(given)!r} is no folder with a config.json. Give the folder of a {name} "
            "model on this computer; a name on a hub is not looked up."
        )
    return folder


def _pair(given: Any, role: str, second: str) -> tuple[Any, Any]:
    import torch

    if len(given) != 2 or not isinstance(given[0], torch.nn.Module):
        raise InputError(f"{role}= is no pair (model, {second}), and no folder.")
    return given[0], given[1]


def _read_model(kind: Any, folder: Path) -> Any:
    # Folders may say half precision, in which a processor is slow or cannot compute.
    return _read(kind, folder, use_safetensors=True).float().eval()


def _read(kind: Any, folder: Path, **settings: Any) -> Any:
    logging = _transformers().utils.logging
    # Its bars would stand in the notebook once for every part that is read.
    shown = logging.is_progress_bar_enabled()
    logging.disable_progress_bar()
    try:
        return kind.from_pretrained(
            str(folder), local_files_only=True, trust_remote_code=False, **settings
        )
    except Exception as error:
        raise ModelError(
            f"{kind.__name__} cannot be read from {str(folder)!r} "
            f"({type(error).__name__}: {error}). Weights are read from safetensors only."
        ) from error
    finally:
        if shown:
            logging.enable_progress_bar()


def _numbers_in(folder: Path) -> dict[str, Any]:
    """Read the numbers from a folder's preprocessor file; empty if there is none."""
    for name in ("preprocessor_config.json", "processor_config.json"):
        path = folder / name
        if not path.is_file():
            continue
        if path.stat().st_size > _MOST_JSON:
            raise ModelError(f"{str(path)!r} has more than {_MOST_JSON} bytes.")
        try:
            read = json.loads(path.read_text(encoding="utf-8"))
        except ValueError as error:
            raise ModelError(f"{str(path)!r} is no JSON: {error}") from error
        if isinstance(read, dict):
            # From release 5 on, the picture's part stands inside the processor's file.
            inner = read.get("image_processor", read)
            if isinstance(inner, dict):
                return inner
    return {}


def _numbers_of(processor: Any) -> dict[str, Any]:
    """Read the numbers off a processor; empty for a tokenizer or None."""
    part = getattr(processor, "image_processor", processor)
    size = getattr(part, "size", None)
    sides = ("shortest_edge", "longest_edge", "height")
    if size is not None and not isinstance(size, dict):
        size = {side: getattr(size, side, None) for side in sides}
    numbers = {name: getattr(part, name, None) for name in ("image_mean", "image_std")}
    return {"size": size, **numbers}


def _statistics(numbers: dict[str, Any]) -> tuple[tuple[float, ...], tuple[float, ...]]:
    mean = tuple(float(value) for value in numbers.get("image_mean") or _MEAN)
    std = tuple(float(value) for value in numbers.get("image_std") or _STD)
    if len(mean) != 3 or len(std) != 3 or min(std) <= 0:
        raise ModelError(
            f"The preprocessor's mean {mean} and deviation {std} are not three numbers each, the "
            "latter above 0."
        )
    return mean, std


def _normalised(image: Tensor, mean: tuple[float, ...], std: tuple[float, ...]) -> Tensor:
    middle, width = (image.new_tensor(values).reshape(1, 3, 1, 1) for values in (mean, std))
    return (image - middle) / width
