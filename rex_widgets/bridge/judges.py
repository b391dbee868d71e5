"""A classifier as this room asks it: about pictures in [0, 1], with gradients where it has any."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.lanes import in_lanes
from rex_widgets.classifiers.differentiable import PictureClassifier
from rex_widgets.classifiers.torch_calls import evaluating
from rex_widgets.errors import ModelError, NotFiniteError

if TYPE_CHECKING:
    from rex_widgets.classifiers import Classifier


class Judge:
    """A classifier of pictures ``(N, C, H, W)`` in [0, 1].

    Parameters
    ----------
    classifier
        What `as_classifier` makes.

    Attributes
    ----------
    module
        From pictures to scores, a torch module whatever the classifier is.
    classes
        Number of classes; 0 before the first answer.
    """

    def __init__(self, classifier: Classifier) -> None:
        self.classifier = classifier
        self.module = PictureClassifier(classifier)
        self.classes = 0

    @property
    def name(self) -> str:
        """Short name for people."""
        return self.classifier.name

    @property
    def through_torch(self) -> bool:
        """Whether it is a torch module."""
        return self.module.through_torch

    @property
    def device(self) -> torch.device:
        """Where pictures are best made."""
        return torch.device(self.classifier.device)

    def labels(self) -> tuple[str, ...]:
        """Names of the classes; of those without one, "class 3"."""
        return tuple(self.classifier.label(index) for index in range(self.classes))

    def log_probabilities(self, pictures: torch.Tensor) -> torch.Tensor:
        """Logarithms of the probabilities, ``(N, K)``; each row from its own picture alone.

        Where a classifier gives no numbers, they are NaN.
        """
        if not self.through_torch:
            try:
                return self.module.log_probabilities(pictures)
            except NotFiniteError:
                if not self.classes:
                    raise
                return pictures.new_full((len(pictures), self.classes), np.nan)
        return in_lanes(self.module.log_probabilities, pictures)

    def probabilities(self, pictures: torch.Tensor, *, finite: bool = True) -> NDArray[np.float32]:
        """Probabilities, float32 ``(N, K)``, without gradients.

        Parameters
        ----------
        pictures
            ``(N, C, H, W)`` in [0, 1].
        finite
            Whether they have to be numbers; rows that are not are NaN otherwise.

        Raises
        ------
        ModelError
            They are not finite, or of another number of classes than before.
        """
        with torch.no_grad(), evaluating(self.module):
            found = self.log_probabilities(pictures).exp().float().cpu().numpy()
        good = np.isfinite(found).all(1)
        if not finite:
            found = np.where(good[:, None], found, np.float32(np.nan))
        elif not good.all():
            raise ModelError(
                f"The classifier {self.name!r} gives NaN or infinite values; expected "
                "probabilities. Check its preprocessing (mean, std, scale)."
            )
        if self.classes and found.shape[1] != self.classes:
            raise ModelError(
                f"The classifier {self.name!r} gives {found.shape[1]} classes, and gave "
                f"{self.classes} before."
            )
        self.classes = int(found.shape[1])
        return np.asarray(found, np.float32)

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        """The class given to each row, int64 ``(N,)``."""
        return np.asarray(self.classifier.decide(probabilities), np.int64)

    def why_flat(self, picture: torch.Tensor, target: int) -> str:
        """Say why no gradient comes, by one pass there and back; empty where one comes.

        Parameters
        ----------
        picture
            ``(1, C, H, W)`` in [0, 1].
        target
            The class whose probability is to rise.
        """
        if not self.through_torch:
            return f"it runs as {self.classifier.runtime}, which gives answers only"
        if torch.is_inference_mode_enabled():
            return "the call is made inside torch.inference_mode(): make it outside"
        point = picture.detach().clone().requires_grad_(True)
        try:
            with torch.enable_grad(), evaluating(self.module):
                found = self.log_probabilities(point)[0, target]
                if not found.requires_grad:
                    return "its answer does not depend on the picture as torch sees it"
                gradient: Any = torch.autograd.grad(found, point, allow_unused=True)[0]
        except RuntimeError as error:  # numpy() inside, and operations without a derivative
            return " ".join(str(error).split())[:160].rstrip(".")
        if gradient is None:
            return "its answer does not depend on the picture as torch sees it"
        if not bool(torch.isfinite(gradient).all()):
            return "its gradient is not finite"
        return "" if bool((gradient != 0).any()) else "its gradient is 0 everywhere"
