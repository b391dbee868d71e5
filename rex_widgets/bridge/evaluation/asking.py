"""Which images, which classes, which model: what an evaluation is given, made plain."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.evaluation.transition import Answers
from rex_widgets.classifiers import Classifier, as_classifier
from rex_widgets.classifiers.differentiable import PictureClassifier
from rex_widgets.classifiers.torch_calls import evaluating
from rex_widgets.errors import InputError, ModelError, SettingsError

EACH_OTHER = "each other"
SECOND = "second"

Targets = str | int | Sequence[int | Sequence[int]]


def pictures_of(images: Any) -> torch.Tensor:
    """Read a set of images.

    Parameters
    ----------
    images
        Array or tensor ``(N, H, W)``, ``(N, C, H, W)`` or ``(N, H, W, C)``, C 1 or 3; of bytes, or
        of numbers in [0, 1].

    Returns
    -------
    Tensor
        Bytes or float32 ``(N, C, H, W)``; `in_unit` makes one image of it float32 in [0, 1].

    Raises
    ------
    InputError
        It is something else.
    """
    array = images.detach().cpu().numpy() if isinstance(images, torch.Tensor) else images
    array = np.asarray(array)
    if array.ndim == 3:
        array = array[:, None]
    if array.ndim == 4 and array.shape[1] not in {1, 3} and array.shape[3] in {1, 3}:
        array = array.transpose(0, 3, 1, 2)
    if array.ndim != 4 or array.shape[1] not in {1, 3} or not array.size:
        raise InputError(
            f"The images have the shape {array.shape}; expected (N, H, W), (N, C, H, W) or "
            "(N, H, W, C) with one or three channels."
        )
    if array.dtype == np.uint8:
        # copied: torch warns of arrays that cannot be written to, as those of the digits
        return torch.from_numpy(np.array(array, order="C"))
    if array.dtype.kind != "f" or not (array.min() >= 0 and array.max() <= 1):
        raise InputError(
            f"The images are {array.dtype} and not all in [0, 1]; expected bytes, or numbers from "
            "0 to 1."
        )
    return torch.from_numpy(np.array(array, np.float32, order="C"))


def in_unit(picture: torch.Tensor) -> torch.Tensor:
    """One image as float32 in [0, 1]."""
    return picture.float() / 255 if picture.dtype == torch.uint8 else picture


def pictured(model: Any) -> Any:
    """Make a file's model, or a `Classifier`, one of pictures in [0, 1]; leave others as they are.

    Such a classifier brings pictures to its size, and normalises them.
    """
    if isinstance(model, str | Path):
        return PictureClassifier(as_classifier(model))
    return PictureClassifier(model) if isinstance(model, Classifier) else model


def answers_of(model: Any) -> Answers:
    """Make a model answer with probabilities.

    Parameters
    ----------
    model
        A `torch.nn.Module` that gives logits ``(B, K)`` for pictures ``(B, C, H, W)`` in [0, 1], or
        any other callable that gives probabilities of the same shape.

    Raises
    ------
    ModelError
        It cannot be called.
    """
    if isinstance(model, PictureClassifier):
        own = model
        return lambda pictures: own.log_probabilities(pictures).double().exp()
    if isinstance(model, torch.nn.Module):
        module = model

        def of_module(pictures: torch.Tensor) -> torch.Tensor:
            with evaluating(module):
                return torch.softmax(module(pictures).double(), 1)

        return of_module
    if not callable(model):
        raise ModelError(
            f"The model is a {type(model).__name__}; expected a torch module that gives logits, or "
            "a callable that gives probabilities, for pictures (B, C, H, W) in [0, 1]."
        )

    def of_callable(pictures: torch.Tensor) -> torch.Tensor:
        return torch.as_tensor(model(pictures))

    return of_callable


def checked_answers(answers: Answers, pictures: torch.Tensor) -> torch.Tensor:
    """Ask a model once, and check what it says: probabilities ``(B, K)``.

    Raises
    ------
    ModelError
        They are not finite, not in [0, 1] or of another shape.
    """
    with torch.no_grad():
        given = answers(pictures)
    good = given.ndim == 2 and len(given) == len(pictures) and given.shape[1] > 1
    if not good or not bool(((given >= 0) & (given <= 1 + 1e-4)).all()):
        raise ModelError(
            f"The model gave {tuple(given.shape)} for {len(pictures)} pictures, or values beyond "
            "[0, 1]; expected a probability for each picture and class, two classes at least. A "
            "torch module gives logits, any other callable probabilities."
        )
    return given


def targets_of(
    targets: Targets, image: int, images: int, probabilities: NDArray[np.floating]
) -> list[int]:
    """Which classes an image is asked for; never the one that it has.

    Parameters
    ----------
    targets
        ``"each other"``: all classes but its own. ``"second"``: the second most probable one. A
        class: that one for all images. A list: an entry for each image, a class or several.
    image, images
        Its number, and how many there are.
    probabilities
        Of the image, ``(K,)``.

    Raises
    ------
    SettingsError
        ``targets`` is something else, or a class is out of range.
    """
    count = len(probabilities)
    source = int(probabilities.argmax())
    if isinstance(targets, str):
        if targets == EACH_OTHER:
            return [one for one in range(count) if one != source]
        if targets == SECOND:
            return [int(np.argsort(-probabilities, kind="stable")[1])]
        raise SettingsError(
            f"targets was {targets!r}; expected {EACH_OTHER!r}, {SECOND!r}, a class, or a list "
            "with an entry for each image."
        )
    entry: Any = targets
    if not isinstance(targets, int | np.integer):
        if len(targets) != images:
            raise SettingsError(
                f"targets has {len(targets)} entries for {images} images; expected one for each."
            )
        entry = targets[image]
    wanted = [int(entry)] if isinstance(entry, int | np.integer) else [int(one) for one in entry]
    wrong = [one for one in wanted if not 0 <= one < count]
    if wrong:
        raise SettingsError(f"targets has {wrong[0]}; the model's classes are 0 to {count - 1}.")
    return [one for one in dict.fromkeys(wanted) if one != source]


def log_answers_of(model: Any) -> Callable[[torch.Tensor], torch.Tensor]:
    """Make a model answer with log-probabilities, for guidance.

    Parameters
    ----------
    model
        As of `answers_of`.
    """
    if isinstance(model, PictureClassifier):
        return model.log_probabilities
    if isinstance(model, torch.nn.Module):
        module = model
        # Not the logarithm of the softmax, which has no gradient where a class is hopeless.
        return lambda pictures: torch.log_softmax(module(pictures), 1)
    answers = answers_of(model)
    return lambda pictures: answers(pictures).clamp_min(1e-30).log()
