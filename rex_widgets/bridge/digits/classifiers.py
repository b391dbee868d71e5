"""Two classifiers of digits that share nothing: one is explained, the other gives its opinion."""

from __future__ import annotations

from rex_widgets.bridge.small_classifiers import SecondSmallClassifier, SmallClassifier

CLASSES = 10


class DigitClassifier(SmallClassifier):
    """The one that is explained: a smooth convolutional network with 0.1 million weights.

    Takes float ``(N, 1, 32, 32)`` in [0, 1], ink is 1; gives logits ``(N, 10)``.
    """

    def __init__(self) -> None:
        super().__init__(channels=1, classes=CLASSES)


class SecondDigitClassifier(SecondSmallClassifier):
    """The second opinion: residual blocks, batch normalisation, maximum pooling, no dense layers.

    Takes float ``(N, 1, 32, 32)`` in [0, 1], ink is 1; gives logits ``(N, 10)``.
    """

    def __init__(self) -> None:
        super().__init__(channels=1, classes=CLASSES)
