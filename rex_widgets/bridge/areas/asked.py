"""A classifier as an attribution asks it: counted, checked, and left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.bridge.areas.registry import NEEDS_NO_GRADIENT
from rex_widgets.errors import InputError, ModelError, SettingsError

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor


class Asked:
    """Asks a classifier about batches (N, C, H, W) in [0, 1], and counts the pictures.

    Captum's methods, ours and the user's model meet here: the picture is copied (a model that
    begins with an operation in place would otherwise change it), and answers other than (N, K)
    finite scores are refused.
    """

    def __init__(self, classifier: Callable[[Any], Any]) -> None:
        self._classifier = classifier
        self.evaluations = 0

    def __call__(self, batch: Tensor) -> Tensor:
        """Return scores (N, K)."""
        import torch

        self.evaluations += len(batch)
        scores = self._classifier(batch.clone())
        if not isinstance(scores, torch.Tensor):
            scores = torch.as_tensor(scores, device=batch.device)
        if scores.ndim != 2 or len(scores) != len(batch):
            raise ModelError(
                f"The classifier gave the shape {tuple(scores.shape)} for {len(batch)} pictures; "
                f"expected one row of scores for each, ({len(batch)}, classes)."
            )
        if not bool(torch.isfinite(scores).all()):
            raise ModelError(
                "The classifier gave scores that are not finite, so that nothing can be "
                "attributed. Check its weights and what it expects of a picture."
            )
        return scores.float()


@contextmanager
def at_rest(classifier: Any) -> Iterator[None]:
    """Ask a module in evaluation mode, and put every part's training flag back afterwards."""
    import torch

    if not isinstance(classifier, torch.nn.Module):
        yield
        return
    flags = [(part, part.training) for part in classifier.modules()]
    try:
        classifier.eval()
        yield
    finally:
        for part, flag in flags:
            part.training = flag


def ready_image(image: Any, classifier: Any) -> Tensor:
    """Return a picture as float32 (1, C, H, W) on the classifier's device.

    Raises
    ------
    InputError
        If it is not (C, H, W), not finite, or not within [0, 1].
    """
    import torch

    # Arrays are copied: torch warns of those that cannot be written to.
    given = torch.tensor(image) if isinstance(image, np.ndarray) else torch.as_tensor(image)
    given = given.detach()
    if given.ndim != 3 or given.numel() == 0:
        raise InputError(
            f"The picture has the shape {tuple(given.shape)}; expected (channels, rows, columns)."
        )
    given = given.to(torch.float32)
    if not bool(torch.isfinite(given).all()):
        raise InputError("The picture holds values that are not finite.")
    if float(given.min()) < -1e-6 or float(given.max()) > 1 + 1e-6:
        raise InputError(
            f"The picture's values go from {float(given.min()):.4g} to {float(given.max()):.4g}; "
            "expected [0, 1]."
        )
    device = given.device
    if isinstance(classifier, torch.nn.Module):
        first = next(classifier.parameters(), None)
        device = given.device if first is None else first.device
    # A copy, so that nothing that a model does to its input reaches the caller's array.
    return given[None].clone().to(device)


def check_class(asked: Asked, image: Tensor, index: int) -> None:
    """Ask once, and check that the class is among the answers.

    Raises
    ------
    SettingsError
        If the class is out of range.
    ModelError
        If the classifier fails.
    """
    import torch

    with torch.no_grad():
        classes = _tried(asked, image).shape[1]
    if not 0 <= index < classes:
        raise SettingsError(
            f"The class is {index}; the classifier knows {classes}, so give 0 to {classes - 1}."
        )


def check_gradient(asked: Asked, image: Tensor, index: int, attribution: str) -> None:
    """Check that the class's score has a gradient with respect to the picture.

    Raises
    ------
    ModelError
        If not; the message names the attributions that need none.
    """
    import torch

    probe = image.clone().requires_grad_()
    refusal = ModelError(
        f"{attribution} needs gradients, and this classifier cannot be differentiated with "
        "respect to the picture (it may be a black box, work under torch.no_grad, or go through "
        f"numpy). Attributions that need no gradients: {', '.join(NEEDS_NO_GRADIENT)}."
    )
    try:
        scores = asked(probe)
    except RuntimeError as error:
        # It answered a moment ago without gradients, so that these are what stands in the way.
        raise refusal from error
    if not scores.requires_grad:
        raise refusal
    (gradient,) = torch.autograd.grad(scores[0, index], probe, allow_unused=True)
    if gradient is None:
        raise refusal


def _tried(asked: Asked, image: Tensor) -> Tensor:
    try:
        return asked(image)
    except ModelError:
        raise
    except Exception as error:
        raise ModelError(
            f"The classifier failed on a picture of the shape {tuple(image.shape)} with values "
            f"in [0, 1]: {type(error).__name__}: {error}"
        ) from error
