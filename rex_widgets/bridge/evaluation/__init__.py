"""How good region-constrained counterfactuals are, on a set of images.

>>> from rex_widgets.bridge.evaluation import evaluate                     # doctest: +SKIP
>>> found = evaluate(images, "digits", targets="second", second="digits")  # doctest: +SKIP
>>> print(found)                                                           # doctest: +SKIP
>>> found.to_csv("rows.csv")                                               # doctest: +SKIP
"""

from __future__ import annotations

from rex_widgets.bridge.evaluation.evaluating import EvaluationRun, Progress
from rex_widgets.bridge.evaluation.evaluation import Evaluation
from rex_widgets.bridge.evaluation.opening import evaluate, start_evaluation
from rex_widgets.bridge.evaluation.perceptual import Lpips, read_layers

__all__ = [
    "Evaluation",
    "EvaluationRun",
    "Lpips",
    "Progress",
    "evaluate",
    "read_layers",
    "start_evaluation",
]
