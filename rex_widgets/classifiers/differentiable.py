"""A classifier as a torch module of pictures: preprocessing, model and activation in one graph.

`Classifier` takes arrays that are preprocessed already and gives probabilities without gradients.
Methods that move pictures along a gradient need the way from the picture itself.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import torch
from torch.nn import functional

from rex_widgets.classifiers.kinds.torch_module import TorchClassifier
from rex_widgets.classifiers.outputs import as_scores, pick_scores
from rex_widgets.classifiers.torch_calls import placement
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    from rex_widgets.classifiers.base import Classifier
    from rex_widgets.classifiers.preprocessing import Preprocessing

_LUMA = (0.299, 0.587, 0.114)
_LEAST = 1e-12
_PRECISE = {torch.float32, torch.float64}


class PictureClassifier(torch.nn.Module):
    """From pictures ``(N, C, H, W)`` in [0, 1], grey or RGB, to scores ``(N, K)``.

    Pictures are brought to the classifier's channels and size (bilinear, antialiased) and
    normalised in the graph; a softmax of the scores gives the classifier's probabilities, except
    where those are sigmoids of their own. Of a torch module the graph goes through; other
    classifiers are asked without gradients.

    Parameters
    ----------
    classifier
        What `as_classifier` makes.

    Attributes
    ----------
    module
        The module, whose layers are found by their own names behind ``module.``; ``None`` for
        classifiers of another kind.
    """

    module: torch.nn.Module | None

    def __init__(self, classifier: Classifier) -> None:
        super().__init__()
        own = classifier if isinstance(classifier, TorchClassifier) else None
        self.classifier = classifier
        self.module = None if own is None else own.module
        self._shape = None if own is None else own.shape
        self.training = False

    @property
    def through_torch(self) -> bool:
        """Whether pictures go through a torch module, so that a gradient may come."""
        return self.module is not None

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return scores ``(N, K)``, two classes for a model with a single output.

        Raises
        ------
        ModelError
            The model gives no such scores.
        """
        prepared = prepared_pictures(pictures, self.classifier.preprocessing)
        if self.module is None:
            return self._asked(prepared).clamp_min(_LEAST).log()
        assert self._shape is not None
        device, dtype = placement(self.module)
        batch = self._shape.arrange(prepared.to(device=device, dtype=dtype))
        found: Any = pick_scores(self.module(batch))
        if not isinstance(found, torch.Tensor):
            return torch.from_numpy(as_scores(found, len(pictures))).to(pictures.device)
        scores = _as_rows(found, len(pictures))
        scores = scores if scores.dtype in _PRECISE else scores.float()
        activation = self._activation(scores)
        if activation == "none":
            scores = _logits(scores) if scores.shape[1] == 1 else scores.clamp_min(_LEAST).log()
        elif callable(activation):
            scores = _activated(activation, scores).clamp_min(_LEAST).log()
        if scores.shape[1] == 1:
            scores = torch.cat((-scores / 2, scores / 2), 1)
        rows: torch.Tensor = scores
        return rows

    def log_probabilities(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return the logarithms of the classifier's probabilities, ``(N, K)``."""
        scores: torch.Tensor = self(pictures)
        if self.module is None:
            return scores
        activation = self._reading
        if activation == "sigmoid" and not self._single:
            return torch.nn.functional.logsigmoid(scores)
        if (activation == "none" and not self._single) or callable(activation):
            return scores
        return functional.log_softmax(scores, 1)

    @property
    def _reading(self) -> Any:
        return self.classifier.activation  # type: ignore[attr-defined]

    @property
    def _single(self) -> bool:
        return bool(self.classifier.outputs == 1)  # type: ignore[attr-defined]

    def _activation(self, scores: torch.Tensor) -> Any:
        """What turns scores into probabilities; the classifier decides at its first batch."""
        if self.classifier.outputs is None:  # type: ignore[attr-defined]
            self.classifier.read(scores, len(scores))  # type: ignore[attr-defined]
        return self._reading

    def _asked(self, prepared: torch.Tensor) -> torch.Tensor:
        plain = prepared.detach()
        if self.classifier.array_library == "torch":
            batch: Any = plain.to(self.classifier.device)
        else:
            batch = plain.float().cpu().numpy()
        most = self.classifier.fixed_batch or max(1, len(batch))
        parts = [
            torch.from_numpy(self.classifier(batch[start : start + most]))
            for start in range(0, len(batch), most)
        ]
        return torch.cat(parts).to(prepared.device)


def prepared_pictures(pictures: torch.Tensor, wanted: Preprocessing) -> torch.Tensor:
    """Return pictures as a model takes them, differentiably.

    Parameters
    ----------
    pictures
        ``(N, C, H, W)`` in [0, 1], C 1 (grey) or 3 (RGB).
    wanted
        What the model expects.

    Returns
    -------
    Tensor
        ``(N, wanted.channels, *wanted.size)``, normalised.

    Raises
    ------
    ModelError
        The model takes no pictures.
    """
    if wanted.kind != "image":
        raise ModelError(
            f"The model takes inputs of the kind {wanted.kind}; expected one of pictures."
        )
    pictures = _with_channels(pictures, wanted.channels)
    pictures = _of_size(pictures, wanted)
    pictures = pictures * (255.0 / wanted.factor)
    if wanted.channel_order == "BGR" and wanted.channels > 1:
        pictures = pictures[:, [2, 1, 0, *range(3, wanted.channels)]]
    mean, std = (
        torch.tensor(values, dtype=pictures.dtype, device=pictures.device)[None, :, None, None]
        for values in (wanted.mean, wanted.std)
    )
    return (pictures - mean) / std


def _with_channels(pictures: torch.Tensor, channels: int) -> torch.Tensor:
    if channels == 1 and pictures.shape[1] == 3:
        luma = torch.tensor(_LUMA, dtype=pictures.dtype, device=pictures.device)
        return (pictures * luma[None, :, None, None]).sum(1, keepdim=True)
    if channels >= 3 and pictures.shape[1] == 1:
        pictures = pictures.expand(-1, 3, -1, -1)
    if channels == 4 and pictures.shape[1] == 3:
        pictures = torch.cat((pictures, torch.ones_like(pictures[:, :1])), 1)
    return pictures


def _of_size(pictures: torch.Tensor, wanted: Preprocessing) -> torch.Tensor:
    if wanted.size is None:
        return pictures
    height, width = wanted.size
    if wanted.crop >= 1:
        return _resized(pictures, height, width)
    # The tolerance undoes rounding in a share such as 224/232.
    need = [math.floor(side / wanted.crop + 1e-6) for side in (height, width)]
    ratio = max(need[0] / pictures.shape[2], need[1] / pictures.shape[3])
    full = [max(round(pictures.shape[2 + axis] * ratio), need[axis]) for axis in (0, 1)]
    pictures = _resized(pictures, *full)
    top, left = round((full[0] - height) / 2), round((full[1] - width) / 2)
    return pictures[:, :, top : top + height, left : left + width]


def _resized(pictures: torch.Tensor, height: int, width: int) -> torch.Tensor:
    if tuple(pictures.shape[2:]) == (height, width):
        return pictures
    return functional.interpolate(
        pictures, (height, width), mode="bilinear", align_corners=False, antialias=True
    )


def _as_rows(found: torch.Tensor, rows: int) -> torch.Tensor:
    if found.ndim > 2 and set(found.shape[2:]) == {1}:
        found = found.flatten(1)
    elif found.ndim == 1 and len(found) == rows:
        found = found[:, None]
    if found.ndim != 2 or len(found) != rows or found.shape[1] < 1:
        raise ModelError(
            f"The model returned a tensor of shape {tuple(found.shape)} for {rows} pictures; "
            f"expected ({rows}, classes)."
        )
    return found


def _logits(probability: torch.Tensor) -> torch.Tensor:
    inside = probability.clamp(_LEAST, 1 - 1e-7)
    return inside.log() - (1 - inside).log()


def _activated(activation: Any, scores: torch.Tensor) -> torch.Tensor:
    try:
        found = activation(scores)
    except Exception:
        # written for arrays: no gradient comes through it
        found = activation(scores.detach().cpu().numpy())
    if not isinstance(found, torch.Tensor):
        found = torch.from_numpy(as_scores(found, len(scores)))
    return found.to(scores.device)
