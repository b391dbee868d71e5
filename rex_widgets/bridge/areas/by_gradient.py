"""Attributions that need the gradient of a score, and nothing of the layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rex_widgets.bridge.areas.job import AttributionJob

if TYPE_CHECKING:
    import torch

STEPS = 50
"""Pictures on the way from black, for integrated gradients (Captum's own number)."""

SHAP_DRAWS = 20
"""Draws of a baseline, a place on the way and noise, for GradientSHAP."""


def integrated_gradients(job: AttributionJob) -> torch.Tensor:
    """Sundararajan et al. 2017, from a black picture; 50 pictures for each noisy one."""
    from captum.attr import IntegratedGradients

    return noisy(
        IntegratedGradients(job.asked),
        job,
        n_steps=STEPS,
        internal_batch_size=job.batch_size,
    )


def saliency(job: AttributionJob) -> torch.Tensor:
    """Simonyan et al. 2013, with its sign; with noise it is SmoothGrad."""
    from captum.attr import Saliency

    return noisy(Saliency(job.asked), job, abs=False)


def input_x_gradient(job: AttributionJob) -> torch.Tensor:
    """Shrikumar et al. 2016."""
    from captum.attr import InputXGradient

    return noisy(InputXGradient(job.asked), job)


def gradient_shap(job: AttributionJob) -> torch.Tensor:
    """Lundberg and Lee 2017: 20 random baselines and places, with the noise of the tunnel."""
    from captum.attr import GradientShap

    method = GradientShap(job.asked)
    total: torch.Tensor | None = None
    left = SHAP_DRAWS
    while left:
        draws = min(left, job.batch_size)
        part: torch.Tensor = draws * method.attribute(
            job.image.clone().requires_grad_(),
            baselines=job.baselines(),
            target=job.index,
            n_samples=draws,
            stdevs=job.noise,
        )
        total = part if total is None else total + part
        left -= draws
    assert total is not None
    return total / SHAP_DRAWS


def noisy(method: Any, job: AttributionJob, **settings: Any) -> torch.Tensor:
    """Attribute in a noise tunnel: the mean over noisy copies of the picture (Smilkov 2017).

    One copy at a time, so that the memory does not grow with their number; none without noise.
    """
    from captum.attr import NoiseTunnel

    picture = job.image.clone().requires_grad_()
    if job.noise == 0:
        plain: torch.Tensor = method.attribute(picture, target=job.index, **settings)
        return plain
    smooth: torch.Tensor = NoiseTunnel(method).attribute(
        picture,
        nt_type="smoothgrad",
        nt_samples=job.noise_samples,
        nt_samples_batch_size=1,
        stdevs=job.noise,
        target=job.index,
        **settings,
    )
    return smooth
