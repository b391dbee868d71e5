"""Two classifiers of coloured letters that share nothing."""

from __future__ import annotations

from rex_widgets.bridge.small_classifiers import SecondSmallClassifier, SmallClassifier

CLASSES = 10


class LetterClassifier(SmallClassifier):
    """The one that is explained: a smooth convolutional network with 0.1 million weights.

    Takes float ``(N, 3, 32, 32)`` in [0, 1]; gives logits ``(N, 10)``.
    """

    def __init__(self) -> None:
        super().__init__(channels=3, classes=CLASSES)


class SecondLetterClassifier(SecondSmallClassifier):
    """The second opinion: residual blocks, batch normalisation, maximum pooling, no dense layers.

    Takes float ``(N, 3, 32, 32)`` in [0, 1]; gives logits ``(N, 10)``.
    """

    def __init__(self) -> None:
        super().__init__(channels=3, classes=CLASSES)
