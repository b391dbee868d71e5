"""The torch module of a ReX script, through which a gradient comes.

A script's ``prediction_function`` gives answers only. Where the module that it asks stands at the
script's top level, and gives the same answers, it is asked instead.
"""

from __future__ import annotations

import numpy as np
import torch

from rex_widgets.classifiers import Classifier, as_classifier
from rex_widgets.classifiers.kinds.rex_script import ScriptClassifier
from rex_widgets.errors import RexWidgetsError

NAME = "model"
"""What a script calls its module, where it has several."""

SAME = 1e-3
"""Largest difference of a probability for which module and function count as the same."""

_PICTURES = 3


def through_module(classifier: Classifier) -> tuple[Classifier, str]:
    """Exchange a script's prediction function for the module that it asks.

    Parameters
    ----------
    classifier
        Of any kind; one that is no script is returned as it is.

    Returns
    -------
    classifier, said
        The module with the script's preprocessing and labels, or what was given; and what was
        found, as a sentence part, empty for what is no script.
    """
    if not isinstance(classifier, ScriptClassifier):
        return classifier, ""
    module = _module_in(classifier)
    if module is None:
        return classifier, (
            f"script: it has no torch.nn.Module at its top level, called {NAME!r} or the only one, "
            "so that it gives answers only"
        )
    wanted = classifier.preprocessing
    try:
        made = as_classifier(
            module,
            input_shape=None if wanted.size is None else (wanted.channels, *wanted.size),
            mean=wanted.mean,
            std=wanted.std,
            scale=wanted.scale,
            interpolation=wanted.interpolation,
            crop=wanted.crop,
            channel_order=wanted.channel_order,
            labels=classifier.labels or None,
            name=classifier.name,
            runtime="eager",
        )
        same = _agree(classifier, made)
    except RexWidgetsError as error:
        return classifier, f"script: its module cannot be asked by itself ({error})"
    if not same:
        return classifier, (
            "script: its module gives other answers than prediction_function, which is asked, and "
            "gives no gradient"
        )
    return made, "script: its module is asked, whose answers are those of prediction_function"


def _module_in(classifier: ScriptClassifier) -> torch.nn.Module | None:
    held = classifier.namespace
    if isinstance(held.get(NAME), torch.nn.Module):
        named: torch.nn.Module = held[NAME]
        return named
    found = {id(one): one for one in held.values() if isinstance(one, torch.nn.Module)}
    return next(iter(found.values())) if len(found) == 1 else None


def _agree(script: Classifier, module: Classifier) -> bool:
    """Compare the classes given, and their probabilities: a script may tell no others."""
    wanted = script.preprocessing
    size = wanted.size or (64, 64)
    shape = (script.fixed_batch or _PICTURES, wanted.channels, *size)
    pictures = np.random.default_rng(0).standard_normal(shape, np.float32)
    first, second = script(pictures), module(pictures)
    if first.shape[1] < second.shape[1]:
        return False
    rows, given = np.arange(len(first)), second.argmax(1)
    near = np.abs(first[rows, given] - second[rows, given]) <= SAME
    return bool(near.all() and (first.argmax(1) == given).all())
