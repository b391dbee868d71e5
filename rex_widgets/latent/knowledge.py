"""What is known of the latent space, and what an explainer needs of the models."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import torch

from rex_widgets.errors import ModelError
from rex_widgets.latent.fisher import FisherInformation
from rex_widgets.latent.problem import Context, CorrelatedAttribute
from rex_widgets.latent.registry import explainer_named
from rex_widgets.latent.settings import LatentSettings
from rex_widgets.latent.world.world import PARTS, World, load_world

if TYPE_CHECKING:
    from rex_widgets.latent.models import LatentModel

NEED_GRADIENTS = ("dice", "dive", "xgem", "lcf")
TRAINING = 2048
"""Training latents of the world that explainers are given; the samples are independent, so that
the first are as good as any."""

_FISHER: WeakKeyDictionary[torch.nn.Module, dict[bool, FisherInformation]] = WeakKeyDictionary()
"""Fisher information of the worlds that were asked, by their classifier."""


def context_of(model: LatentModel, settings: LatentSettings) -> Context:
    """Return what is known of the latent space, on the model's device."""
    assert model.statistics is not None
    fisher = model.fisher.get(settings.release_compatible)
    if model.world is not None:
        known = _world_context(model.world.n_corr, model.world.corr_level, model.device)
        return known if fisher is None else known.with_fisher(fisher)
    training = None
    if settings.latents is not None:
        training = model.statistics.standardised(torch.tensor(settings.latents))
        training = training.to(model.device)
    return Context(model.statistics.to(model.device), training=training, fisher=fisher)


def fisher_of(world: World) -> dict[bool, FisherInformation]:
    """Return the Fisher information of a world that was computed before, to be added to."""
    return _FISHER.setdefault(world.classifier, {})


def check_gradients(model: LatentModel, method: str) -> None:
    """Raise `ModelError` where a method needs gradients and none come."""
    if method in NEED_GRADIENTS and not model.differentiable:
        raise ModelError(
            f"No gradient comes through the generator and the classifier, and the method {method} "
            "needs one. Give torch modules, without torch.no_grad() or detach() inside, or choose "
            "a method that needs none: growing_spheres or stylex."
        )


def explainer_of(settings: LatentSettings) -> Any:
    """Make the explainer that settings describe."""
    make: Callable[..., Any] = explainer_named(settings.method)
    return make(**settings.arguments())


@cache
def _world_context(n_corr: int, corr_level: float, device: torch.device) -> Context:
    world = load_world(n_corr, corr_level)
    training = world.statistics.standardised(torch.tensor(world.training.latents[:TRAINING]))
    correlated = CorrelatedAttribute(PARTS[1].slice, world.fonts.to(device), world.correlated)
    return Context(world.statistics.to(device), training=training.to(device), correlated=correlated)
