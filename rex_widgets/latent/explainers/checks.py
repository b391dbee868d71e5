"""What the arguments of explainers have to be."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch

from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.latent.problem import Problem


def check_counts(**given: int) -> None:
    """Raise `SettingsError` unless all are whole numbers of at least 1."""
    for name, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            raise SettingsError(f"{name} was {value!r}; expected a whole number of at least 1.")


def check_positive(**given: float) -> None:
    """Raise `SettingsError` unless all are finite and above 0."""
    for name, value in given.items():
        if not _is_number(value) or not value > 0:
            raise SettingsError(f"{name} was {value!r}; expected a number above 0.")


def check_weights(**given: float) -> None:
    """Raise `SettingsError` unless all are finite and at least 0."""
    for name, value in given.items():
        if not _is_number(value) or not value >= 0:
            raise SettingsError(f"{name} was {value!r}; expected a number of at least 0.")


def check_probability(**given: float) -> None:
    """Raise `SettingsError` unless all are in [0, 1]."""
    for name, value in given.items():
        if not _is_number(value) or not 0 <= value <= 1:
            raise SettingsError(f"{name} was {value!r}; expected a probability, from 0 to 1.")


def check_choice(name: str, given: str, choices: Sequence[str]) -> None:
    """Raise `SettingsError` unless it is one of the choices."""
    if given not in choices:
        raise SettingsError(f"{name} was {given!r}; choose one of {', '.join(choices)}.")


def check_two_classes(problem: Problem, name: str) -> None:
    """Raise `SettingsError` where the release's formulas, written for two classes, do not hold."""
    classes = problem.logits.shape[1]
    if classes != 2:
        raise SettingsError(
            f"{name} with release_compatible=True knows two classes only, and the classifier has "
            f"{classes}. Leave release_compatible out."
        )


def check_differentiable(logits: torch.Tensor) -> None:
    """Raise `ModelError` where no gradient comes through the models."""
    if not logits.requires_grad:
        raise ModelError(
            "No gradient comes through the generator and the classifier, and this explainer needs "
            "one. Give torch modules without torch.no_grad() or detach() inside, or choose an "
            "explainer that needs no gradient: growing_spheres or stylex."
        )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
