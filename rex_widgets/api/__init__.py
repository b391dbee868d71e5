"""The calls that everything else is built on: `start`, `explain`, `load_run`, `analyse`."""

from rex_widgets.api.calls import explain, finish, start
from rex_widgets.api.loading import load_run
from rex_widgets.api.measuring import Run, analyse
from rex_widgets.api.reading import INPUT_OPTIONS, MODEL_OPTIONS, classifier_for

__all__ = [
    "INPUT_OPTIONS",
    "MODEL_OPTIONS",
    "Run",
    "analyse",
    "classifier_for",
    "explain",
    "finish",
    "load_run",
    "start",
]
