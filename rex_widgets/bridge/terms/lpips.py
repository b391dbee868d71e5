"""Nearness as it is perceived, where a backbone for it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from rex_widgets.bridge.terms.base import Term, logarithm
from rex_widgets.errors import ModelError, SettingsError

if TYPE_CHECKING:
    from rex_widgets.bridge.problem import Problem


def _value(estimate: torch.Tensor, problem: Problem) -> torch.Tensor:
    if problem.lpips is None:
        _check(problem)
        raise AssertionError
    found = problem.lpips(estimate, problem.image.expand_as(estimate))
    if not isinstance(found, torch.Tensor) or found.numel() != len(estimate):
        what = f"shape {tuple(found.shape)}" if hasattr(found, "shape") else type(found).__name__
        raise ModelError(
            f"The lpips callable returned {what} for {len(estimate)} pictures; expected a tensor "
            "with one distance for each."
        )
    return logarithm(found.reshape(-1).clamp_min(0.0))


def _check(problem: Problem) -> None:
    if problem.lpips is None:
        raise SettingsError(
            "The term lpips needs a backbone, and none was given. Give lpips= a callable that "
            "takes two batches of pictures in [-1, 1] and returns a distance for each pair "
            "(lpips.LPIPS() of the package lpips is one), or set the term's weight to 0."
        )


TERM = Term(_value, _check)
