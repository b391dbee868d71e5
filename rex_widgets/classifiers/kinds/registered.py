"""The list of kinds: who recognises a model and makes a classifier of it."""

from __future__ import annotations

from collections.abc import Callable

from rex_widgets.classifiers.base import Classifier
from rex_widgets.classifiers.options import ClassifierOptions
from rex_widgets.classifiers.registry import Registry

Kind = Callable[[object, ClassifierOptions], Classifier | None]
"""Returns a classifier, or None where the model is not of this kind."""

KINDS: Registry[Kind] = Registry("rex_widgets.classifiers.kinds")
