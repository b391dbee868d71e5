"""Attributions that look into the layers of a copy of the classifier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from rex_widgets.bridge.areas.by_gradient import noisy
from rex_widgets.bridge.areas.copied import CopiedModel
from rex_widgets.bridge.areas.job import AttributionJob
from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    import torch

_UNBALANCED = 0.05
"""Share of a score that may be missing from a sum that should give it, before a note says so."""


def deconvolution(job: AttributionJob) -> torch.Tensor:
    """Zeiler and Fergus 2013; only ReLUs that are modules can be taught it."""
    from captum.attr import Deconvolution

    return noisy(Deconvolution(_with_relus(job, "deconvolution").root), job)


def guided_backprop(job: AttributionJob) -> torch.Tensor:
    """Springenberg et al. 2014; only ReLUs that are modules can be taught it."""
    from captum.attr import GuidedBackprop

    return noisy(GuidedBackprop(_with_relus(job, "guided_backprop").root), job)


def grad_cam(job: AttributionJob) -> torch.Tensor:
    """Selvaraju et al. 2016, with its sign, enlarged bilinearly: (1, 1, H, W)."""
    from captum.attr import LayerAttribution, LayerGradCam

    copy = job.copy()
    _, layer = copy.layer(job.layer)
    small = LayerGradCam(copy.root, layer).attribute(
        job.image.clone().requires_grad_(), target=job.index
    )
    enlarged: torch.Tensor = LayerAttribution.interpolate(
        small.detach(), tuple(job.image.shape[2:]), interpolate_mode="bilinear"
    )
    return enlarged


def guided_grad_cam(job: AttributionJob) -> torch.Tensor:
    """Selvaraju et al. 2016: what is positive in Grad-CAM, times guided backprop."""
    from captum.attr import GuidedGradCam

    copy = _with_relus(job, "guided_grad_cam")
    _, layer = copy.layer(job.layer)
    given: torch.Tensor = GuidedGradCam(copy.root, layer).attribute(
        job.image.clone().requires_grad_(), target=job.index, interpolate_mode="bilinear"
    )
    return given


def deep_lift(job: AttributionJob) -> torch.Tensor:
    """Shrikumar et al. 2017 (Rescale rule), against a black picture."""
    import torch
    from captum.attr import DeepLift

    given, delta = DeepLift(job.copy().root).attribute(
        job.image.clone().requires_grad_(),
        baselines=torch.zeros_like(job.image),
        target=job.index,
        return_convergence_delta=True,
    )
    _note_balance(job, "DeepLift", given, delta)
    attribution: torch.Tensor = given
    return attribution


def deep_lift_shap(job: AttributionJob) -> torch.Tensor:
    """Lundberg and Lee 2017: the mean of DeepLift against three plain pictures."""
    from captum.attr import DeepLiftShap

    given, delta = DeepLiftShap(job.copy().root).attribute(
        job.image.clone().requires_grad_(),
        baselines=job.baselines(),
        target=job.index,
        return_convergence_delta=True,
    )
    _note_balance(job, "DeepLiftSHAP", given, delta.mean())
    attribution: torch.Tensor = given
    return attribution


def lrp(job: AttributionJob) -> torch.Tensor:
    """Bach et al. 2015 with the epsilon rule in every layer that Captum has a rule for."""
    from captum.attr import LRP

    copy = job.copy()
    _give_rules(copy)
    given, delta = LRP(copy.root).attribute(
        job.image.clone().requires_grad_(), target=job.index, return_convergence_delta=True
    )
    _note_balance(job, "LRP", given, delta)
    attribution: torch.Tensor = given
    return attribution


def _with_relus(job: AttributionJob, attribution: str) -> CopiedModel:
    import torch

    copy = job.copy()
    if not any(isinstance(part, torch.nn.ReLU) for part in copy.root.modules()):
        raise ModelError(
            f"{attribution} changes how gradients pass torch.nn.ReLU, and this classifier has no "
            "such module (torch.nn.functional.relu and other activations are out of its reach), "
            "so that it would only give the gradient. Take saliency, or another attribution."
        )
    return copy


def _give_rules(copy: CopiedModel) -> None:
    """Give linear layers that Captum forgets the epsilon rule; refuse what has no rule.

    Raises
    ------
    ModelError
        Naming every layer that relevance cannot be handed back through.
    """
    import torch
    from captum.attr._core.lrp import SUPPORTED_LAYERS_WITH_RULES, SUPPORTED_NON_LINEAR_LAYERS
    from captum.attr._utils.lrp_rules import EpsilonRule

    # Each of them moves or averages values, for which the epsilon rule is as right as for Conv2d.
    linear = (
        torch.nn.Flatten,
        torch.nn.Unflatten,
        torch.nn.Identity,
        torch.nn.Dropout2d,
        torch.nn.ZeroPad2d,
        torch.nn.Conv1d,
        torch.nn.AdaptiveMaxPool2d,
    )
    known = {*SUPPORTED_LAYERS_WITH_RULES, *SUPPORTED_NON_LINEAR_LAYERS}
    unknown = []
    for name, part in _leaves(copy):
        if type(part) in linear:
            part.rule = EpsilonRule()
        elif type(part) not in known:
            unknown.append(f"{name.replace('.copies.0', '')} ({type(part).__name__})")
    if unknown:
        raise ModelError(
            "LRP has no rule for these layers of the classifier: "
            f"{', '.join(unknown[:8])}{', …' if len(unknown) > 8 else ''}. "
            "Take another attribution, for example integrated_gradients."
        )


def _leaves(copy: CopiedModel) -> Iterable[tuple[str, torch.nn.Module]]:
    for name, part in copy.parts.items():
        if not any(True for _ in part.children()):
            yield name, part


def _note_balance(
    job: AttributionJob, method: str, given: torch.Tensor, delta: torch.Tensor
) -> None:
    """Say so when what should add up to the score does not."""
    missing = abs(float(delta.detach().mean()))
    total = float(given.detach().abs().sum())
    if missing > _UNBALANCED * max(total, 1e-12):
        job.notes.append(
            f"{method}'s values do not add up to the score ({missing:.3g} is missing of "
            f"{total:.3g}): something in the classifier is not seen by it, such as an addition, a "
            "bias, a function that is no module or an activation that it has no rule for. "
            "Compare with integrated_gradients."
        )
