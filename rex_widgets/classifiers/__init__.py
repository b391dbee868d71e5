"""From anything a person has to a `Classifier`: batches in, probabilities out."""

from rex_widgets.classifiers.base import Classifier
from rex_widgets.classifiers.factory import as_classifier
from rex_widgets.classifiers.preprocessing import Preprocessing

__all__ = ["Classifier", "Preprocessing", "as_classifier"]
