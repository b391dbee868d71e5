"""Making explainers, and asking them for the counterfactuals of one batch."""

from __future__ import annotations

import inspect
import random as plain_random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.latent.base import ExplainerBase
from rex_widgets.latent.problem import Problem
from rex_widgets.latent.registry import explainer_named


def name_of(explainer: Any) -> str:
    """Name an explainer as tables do: by its name, or that of its class."""
    if isinstance(explainer, str):
        return explainer
    made = explainer if inspect.isclass(explainer) else type(explainer)
    return made.__name__


def explainer_of(explainer: Any, options: Mapping[str, Any], released: bool) -> Any:
    """Make an explainer.

    Parameters
    ----------
    explainer
        A name, a class, or an explainer that was made already.
    options
        What the class is called with.
    released
        Whether an explainer that knows ``release_compatible`` is made that way, where the options
        do not say.

    Raises
    ------
    SettingsError
        There is no such explainer, or it does not take these options.
    """
    kind = explainer_named(explainer) if isinstance(explainer, str) else explainer
    if not callable(getattr(kind, "explain_batch", None)):
        raise SettingsError(
            f"The explainer was {kind!r}, which has no explain_batch; expected a name, or a "
            "subclass of rex_widgets.latent.base.ExplainerBase."
        )
    if not inspect.isclass(kind):
        if options:
            raise SettingsError(
                f"A {type(kind).__name__} that was made already came with "
                f"{', '.join(sorted(options))}; give its class or name to choose these here."
            )
        return kind
    signature = inspect.signature(kind)
    options = dict(options)
    if released and "release_compatible" in signature.parameters:
        options.setdefault("release_compatible", True)
    try:
        signature.bind(**options)
    except TypeError as error:
        raise SettingsError(
            f"{kind.__name__} cannot be made so: {error}. It takes {signature}."
        ) from None
    return kind(**options)


def explained(
    explainer: Any, problem: Problem, seed: int, told: Callable[[float], None]
) -> torch.Tensor:
    """Ask an explainer for the counterfactuals of one batch.

    The explainers of this library search step by step, with a random generator of their own; any
    other's `explain_batch` is called, while Python's, NumPy's and torch's global generators are
    seeded. So a batch's result depends on nothing that happened before.

    Parameters
    ----------
    explainer
        From `explainer_of`.
    problem
        The batch.
    seed
        Of this batch.
    told
        Called with the share of the batch that is done.

    Returns
    -------
    Tensor
        ``(B, n, Z)``.

    Raises
    ------
    ModelError
        What came is of another shape, or is not finite.
    """
    with _seeded(seed, problem.latents.device):
        if _has_own_batch(explainer):
            found = explainer.explain_batch(
                problem.latents.clone(),
                problem.logits.clone(),
                problem.images.clone(),
                problem.classifier,
                problem.generator,
            )
        else:
            random = torch.Generator(problem.latents.device).manual_seed(seed)
            search = explainer.begin(problem, random)
            while not search.done:
                search.advance()
                told(search.fraction)
            found = search.counterfactuals
    samples, size = problem.latents.shape
    who = type(explainer).__name__
    if not isinstance(found, torch.Tensor) or found.ndim != 3 or 0 in found.shape:
        shape = tuple(found.shape) if isinstance(found, torch.Tensor) else type(found).__name__
        raise ModelError(f"{who} gave {shape}; expected a tensor ({samples}, explanations, {size})")
    if (found.shape[0], found.shape[2]) != (samples, size):
        raise ModelError(
            f"{who} gave shape {tuple(found.shape)}; expected ({samples}, explanations, {size})."
        )
    if not bool(torch.isfinite(found).all()):
        raise ModelError(f"{who} gave latents that are NaN or infinite.")
    return found.detach().to(problem.latents)


def _has_own_batch(explainer: Any) -> bool:
    """Whether the class that comes first in the order of inheritance overrides `explain_batch`."""
    for kind in type(explainer).__mro__:
        if kind is ExplainerBase or "begin" in vars(kind):
            return False
        if "explain_batch" in vars(kind):
            return True
    return True


@contextmanager
def _seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed the global random generators, and give them back as they were."""
    plain, legacy = plain_random.getstate(), np.random.get_state()  # noqa: NPY002
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices):
        torch.manual_seed(seed)
        plain_random.seed(seed)
        np.random.seed(seed % 2**32)  # noqa: NPY002
        try:
            yield
        finally:
            plain_random.setstate(plain)
            np.random.set_state(legacy)  # noqa: NPY002
