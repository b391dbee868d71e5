"""What a prediction function returns: a class and its confidence for each mutant."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch


class Prediction:
    """The class that a model gave an input.

    Parameters
    ----------
    pred, conf
        The class and its confidence.
    box
        Where a detector found it: column and row of the first corner, then of the second.
    target
        The prediction that is explained.
    target_confidence
        Confidence of the target's class for this input.

    Attributes
    ----------
    classification, confidence, bounding_box, target, target_confidence
        As given; ``target`` is the class of the prediction given.
    """

    def __init__(
        self,
        pred: int | None = None,
        conf: float | None = None,
        box: Any = None,
        target: Any = None,
        target_confidence: float | None = None,
    ) -> None:
        self.classification = pred
        self.confidence = conf
        self.bounding_box = box
        self.target: Any = None if target is None else target.classification
        self.target_confidence = target_confidence

    def get_class(self) -> int | None:
        """The class."""
        return self.classification

    def is_empty(self) -> bool:
        """Whether there is no class or no confidence."""
        return self.classification is None or self.confidence is None

    def is_passing(self) -> bool:
        """Whether the class is the target's."""
        target = getattr(self.target, "classification", self.target)
        return bool(target == self.classification)

    def __repr__(self) -> str:
        target = getattr(self.target, "classification", self.target)
        text = (
            f"FOUND_CLASS: {self.classification}, FOUND_CONF: {_rounded(self.confidence)}, "
            f"TARGET_CLASS: {'n/a' if target is None else target}, "
            f"TARGET_CONFIDENCE: {_rounded(self.target_confidence)}"
        )
        return text if self.bounding_box is None else f"{text}, BOUNDING_BOX: {self.bounding_box}"


def from_pytorch_tensor(
    tensor: torch.Tensor, target: Prediction | None = None, binary_threshold: float | None = None
) -> list[Prediction]:
    """Read a batch of scores as predictions.

    Parameters
    ----------
    tensor
        Logits, ``(N, K)``; a softmax is applied.
    target
        The prediction that is explained; each result then says how confident the model is in it.
    binary_threshold
        For models with one output (read by a sigmoid) or two: probability of class 1 from which
        class 1 is given.

    Returns
    -------
    list of Prediction
        One for each row.
    """
    import torch

    single = tensor.shape[1] == 1
    if single:
        second = torch.sigmoid(tensor)
        scores = torch.cat((1 - second, second), dim=1)
    else:
        scores = torch.softmax(tensor, dim=1)
    threshold = 0.5 if single and binary_threshold is None else binary_threshold
    if threshold is not None and scores.shape[1] == 2:
        given = (scores[:, 1] >= threshold).long()
    else:
        given = scores.argmax(dim=1)
    predictions = []
    for row, index in zip(scores, given.tolist(), strict=True):
        confidence = None if target is None else float(row[int(target.classification or 0)])
        predictions.append(
            Prediction(index, float(row[index]), target=target, target_confidence=confidence)
        )
    return predictions


def default_prediction_function(model: Callable[[Any], Any]) -> Callable[..., Any]:
    """The prediction function of a torch module that returns logits."""

    def prediction_function(mutants: Any, target: Any = None, raw: bool = False) -> Any:
        import torch

        with torch.no_grad():
            tensor = model(mutants)
            if raw:
                return torch.softmax(tensor, dim=1)
            return from_pytorch_tensor(tensor, target=target)

    return prediction_function


def _rounded(number: Any) -> str:
    return "n/a" if number is None else format(float(number), ".5f")
