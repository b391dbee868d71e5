"""The sampler of the bridge, written out: one sample after the other, every formula in place."""

from __future__ import annotations

from itertools import pairwise
from math import sqrt

import torch

from rex_widgets.bridge.noise import destroying_noise, noise_of, start_noise
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.sampling_settings import SamplingSettings


def sample(
    problem: Problem,
    settings: SamplingSettings,
    seed: int,
    number: int,
    borders: tuple[int, ...],
    *,
    start: torch.Tensor | None = None,
    memory: dict[str, torch.Tensor] | None = None,
) -> dict[str, list[torch.Tensor]]:
    """Sample one picture; x_t before every step and at the end, and x̂0 and p of every step.

    ``start`` and ``memory`` begin in the middle.
    """
    forward = problem.network.schedule.forward
    backward = problem.network.schedule.backward
    image, region = problem.image, problem.region
    shape, one = tuple(image.shape), range(number, number + 1)
    keep = region.to(image.dtype)

    def spread(step: int) -> float:
        low, high = forward[step] ** 2, backward[step] ** 2
        return sqrt(low * high / (low + high))

    x1 = (1 - keep) * image + keep * destroying_noise(seed, one, shape, image)[0]
    if start is None:
        low, high = forward[borders[0]] ** 2, backward[borders[0]] ** 2
        x = (high * image + low * x1) / (low + high)
        if not settings.ot_ode:
            x = x + spread(borders[0]) * start_noise(seed, one, shape, image)[0]
    else:
        x = start
    memory = dict(memory or {})
    found: dict[str, list[torch.Tensor]] = {"x": [x], "estimates": [], "probabilities": []}
    for n, m in pairwise(borders):
        point = x.clone().requires_grad_(True)
        estimate = point - forward[n] * problem.network(point[None], n, x1[None])[0]
        seen = (estimate + 1) / 2
        if settings.rescale == "min_max":
            seen = (estimate - estimate.min()) / (estimate.max() - estimate.min())
        answer = problem.log_probabilities(seen[None])[0]
        objective = answer[problem.target]
        if settings.weights.get("consistency"):
            residual = (((1 - keep) * (estimate - image)) ** 2).sum()
            objective = objective - settings.weights["consistency"] * residual
        if settings.weights.get("l2"):
            distance = ((estimate - image) ** 2).mean().sqrt()
            objective = objective - settings.weights["l2"] * torch.log(distance)
        (gradient,) = torch.autograd.grad(objective, point)
        if settings.scale:
            x = x + settings.scale * _direction(gradient, settings, memory)
        estimate = estimate.detach()
        low, between = forward[m] ** 2, forward[n] ** 2 - forward[m] ** 2
        new = (between * estimate + low * x) / (low + between)
        outside = image
        if not settings.ot_ode and m:
            noise = noise_of(seed, one, m, shape, image)[0]
            new = new + sqrt(low * between / (low + between)) * noise
            outside = image + spread(m) * noise
        x = keep * new + (1 - keep) * outside
        found["x"].append(x)
        found["estimates"].append(estimate)
        found["probabilities"].append(answer.detach().exp())
    return found


def _direction(
    gradient: torch.Tensor, settings: SamplingSettings, memory: dict[str, torch.Tensor]
) -> torch.Tensor:
    direction = gradient
    if settings.adam is not None:
        beta_first, beta_second, epsilon = settings.adam
        zero = torch.zeros_like(gradient)
        memory["m"] = beta_first * memory.get("m", zero) + (1 - beta_first) * gradient
        memory["v"] = beta_second * memory.get("v", zero) + (1 - beta_second) * gradient**2
        memory["k"] = memory.get("k", torch.tensor(0)) + 1
        k = int(memory["k"])
        corrected = memory["v"] / (1 - beta_second**k)
        direction = memory["m"] / (1 - beta_first**k) / (corrected.sqrt() + epsilon)
    if settings.normalise:
        memory.setdefault("length", (direction**2).sum().sqrt())
        direction = direction / memory["length"]
    return direction
