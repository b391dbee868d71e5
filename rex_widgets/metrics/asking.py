"""Asking a model on behalf of the metrics: in batches that it can take, counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers import Classifier
from rex_widgets.errors import ModelError
from rex_widgets.evaluator import Evaluator
from rex_widgets.masks import mask_of
from rex_widgets.occlusion import Background, background_of
from rex_widgets.results import Explanation

Model = Classifier | Callable[[NDArray[np.float32]], NDArray[np.floating[Any]]]
"""A classifier, or a callable from inputs ``(N, C, …)`` to probabilities ``(N, K)``."""


class Questions:
    """What the metrics ask about one explanation.

    Parameters
    ----------
    model, data, background, batch_size, on_progress
        As in `rex_widgets.metrics.analyse`.
    explanation
        Gives the target, and the masking value and seed where ``background`` is ``None``.
    expected
        Number of inputs that will be asked about, for the progress.
    """

    def __init__(
        self,
        model: Model,
        data: NDArray[np.float32],
        explanation: Explanation,
        background: Background | None,
        batch_size: int,
        *,
        expected: int,
        on_progress: Callable[[float], None] | None,
    ) -> None:
        classifier = model if isinstance(model, Classifier) else cast(Classifier, _Plain(model))
        if background is None:
            settings = explanation.settings
            background = background_of(
                getattr(settings, "mask_value", 0.0),
                data,
                explanation.seed,
                context=getattr(settings, "context", None),
                noise=getattr(settings, "noise", None),
            )
        self._evaluator = Evaluator(classifier, data, background, batch_size=batch_size)
        self._evaluator.target = explanation.target.index
        self._expected = max(expected, 1)
        self._asked = 0
        self._of_backgrounds = 0
        self._on_progress = on_progress or (lambda share: None)

    @property
    def batch_size(self) -> int:
        """Inputs that go to the model at once."""
        return self._evaluator.batch_size

    @property
    def evaluations(self) -> int:
        """How often the model was asked so far."""
        return self._evaluator.evaluations + self._of_backgrounds

    def confidences(self, masks: NDArray[np.bool_]) -> NDArray[np.float64]:
        """The target's confidence where only ``masks`` are visible: ``(N, …)`` to ``(N,)``."""
        ticket = self._evaluator.submit([mask_of(mask) for mask in masks])
        while not ticket.done:
            self._evaluator.run_batch(ticket, "analysis")
        self._advance(len(masks))
        return np.array([entry.target for entry in ticket.entries()], np.float64)

    def classes(self, inputs: NDArray[np.float32]) -> NDArray[np.int64]:
        """The class given to each of ``(N, C, …)`` inputs."""
        given = self._given(inputs)
        self._of_backgrounds += len(inputs)
        self._advance(len(inputs))
        return given

    def _given(self, inputs: NDArray[np.float32]) -> NDArray[np.int64]:
        classifier = self._evaluator.classifier
        try:
            return classifier.decide(classifier(self._batch(inputs)))
        except MemoryError as error:
            if len(inputs) == 1:
                raise ModelError(
                    "The model ran out of memory on a single input. Free memory or use a "
                    f"smaller model. It said: {error}"
                ) from error
        half = len(inputs) // 2
        return np.concatenate([self._given(inputs[:half]), self._given(inputs[half:])])

    def _batch(self, inputs: NDArray[np.float32]) -> Any:
        classifier = self._evaluator.classifier
        if classifier.array_library != "torch":
            return inputs
        import torch

        return torch.from_numpy(inputs).to(classifier.device)

    def _advance(self, count: int) -> None:
        self._asked += count
        self._on_progress(min(1.0, self._asked / self._expected))


class _Plain:
    """A callable from inputs to probabilities, as the evaluator calls a classifier."""

    array_library: Literal["numpy"] = "numpy"
    device = "cpu"
    fixed_batch = None
    advised_batch = None

    def __init__(self, model: Callable[[NDArray[np.float32]], Any]) -> None:
        self._model = model

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        answers = np.asarray(self._model(batch), np.float32)
        if answers.ndim != 2 or len(answers) != len(batch) or not np.isfinite(answers).all():
            raise ModelError(
                f"For {len(batch)} inputs the model gave shape {answers.shape}, or values that "
                "are not finite; expected finite probabilities (N, K)."
            )
        return answers

    def decide(self, probabilities: NDArray[np.float32]) -> NDArray[np.int64]:
        given: NDArray[np.int64] = probabilities.argmax(axis=1)
        return given
