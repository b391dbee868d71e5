"""The gradient explainers again, slow and obvious: loops over samples, explanations and pairs.

Written from what METHODS and the papers say. Differentiation is left to torch, and Adam is torch's
own. ``answer`` takes one picture's latents ``(Z,)`` to its logits; ``show`` to its picture.
"""

from __future__ import annotations

from collections.abc import Callable

import torch

Answer = Callable[[torch.Tensor], torch.Tensor]


def determinant(matrix: list[list[torch.Tensor]]) -> torch.Tensor:
    """By expansion along the first row."""
    if len(matrix) == 1:
        return matrix[0][0]
    total = torch.zeros(())
    for column, value in enumerate(matrix[0]):
        minor = [[*row[:column], *row[column + 1 :]] for row in matrix[1:]]
        total = total + (-1) ** column * value * determinant(minor)
    return total


def kernel(distances: list[list[torch.Tensor]]) -> list[list[torch.Tensor]]:
    return [
        [1 / (1 + distance) + (1e-4 if i == j else 0) for j, distance in enumerate(row)]
        for i, row in enumerate(distances)
    ]


def dice_diversity(counterfactuals: torch.Tensor, mad: torch.Tensor) -> torch.Tensor:
    """Of one sample's counterfactuals ``(n, Z)``."""
    distances = [[((a - b).abs() / mad).mean() for b in counterfactuals] for a in counterfactuals]
    return determinant(kernel(distances))


def dice_loss(
    counterfactuals: torch.Tensor,
    sample: torch.Tensor,
    target: int,
    answer: Answer,
    mad: torch.Tensor,
) -> torch.Tensor:
    """Of one sample, two classes."""
    count = len(counterfactuals)
    total = torch.zeros(())
    for one in counterfactuals:
        logits = answer(one)
        odds = logits[target] - logits[1 - target]
        total = total + torch.clamp(1 - odds, min=0) / count
        total = total + ((one - sample).abs() / mad).mean() / count
    return total - dice_diversity(counterfactuals, mad)


def alikeness(perturbations: torch.Tensor) -> float:
    """Sum of squared cosines of one sample's perturbations ``(n, Z)``, over all ordered pairs."""
    total = 0.0
    for i, a in enumerate(perturbations):
        for j, b in enumerate(perturbations):
            if i != j:
                total += float((a @ b) ** 2 / ((a @ a) * (b @ b)))
    return total


def released_dice(
    latents: torch.Tensor, count: int, answer: Answer, mad: torch.Tensor, steps: int
) -> torch.Tensor:
    """The release's DiCE; ``mad`` is that of the latents as they are, plus 0.001."""
    classes = [int(answer(one).argmax()) for one in latents]
    points = torch.stack([torch.stack([one + 0.01 * i for i in range(count)]) for one in latents])
    points.requires_grad_(True)
    optimiser = torch.optim.Adam([points], lr=0.1)
    before, patience = 0.0, 10
    for _ in range(steps):
        hinges, aways, valid = [], [], True
        for sample, group, old in zip(latents, points, classes, strict=True):
            for one in group:
                logits = answer(one)
                largest = logits.max()
                odds = torch.log(torch.abs(largest - 1e-6) / torch.abs(1 - largest - 1e-6))
                sign = 1 if old == 0 else -1
                hinges.append(torch.clamp(1 - sign * odds, min=0))
                aways.append(((one - sample).abs() / mad).mean())
                valid = valid and float(torch.sigmoid(logits[1 - old]).detach()) > 0.5
        distances = [
            [
                sum(
                    (((group[i] - group[j]).abs() / mad).mean() for group in points),
                    torch.zeros(()),
                )
                for j in range(count)
            ]
            for i in range(count)
        ]
        loss = torch.stack(hinges).mean() + torch.stack(aways).mean()
        loss = loss - determinant(kernel(distances))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        still = abs(float(loss.detach()) - before) <= 1e-3
        before = float(loss.detach())
        patience -= still
        if (still and valid) or patience == 0:
            break
    return points.detach()


def released_dive(
    latents: torch.Tensor,
    start: torch.Tensor,
    mask: torch.Tensor,
    answer: Answer,
    show: Answer,
    steps: int,
    weights: tuple[float, float, float] = (0.001, 0.1, 0.0001),
) -> torch.Tensor:
    """The release's DiVE, without its last step; weights of diversity, lasso, reconstruction."""
    count, classes = start.shape[1], 2
    aims = [1 - torch.sigmoid(answer(one).detach()) for one in latents]
    points = start.clone().requires_grad_(True)
    optimiser = torch.optim.Adam([points], lr=0.1)
    for _ in range(steps):
        with torch.no_grad():
            points *= mask
        shown = latents[:, None] + points.detach()
        push, extra = torch.zeros(()), torch.zeros(())
        for sample, group, aim in zip(latents, points, aims, strict=True):
            for i, change in enumerate(group):
                chance = torch.sigmoid(answer(sample + change))
                for k in range(classes):
                    push = push - aim[k] * torch.log(chance[k])
                    push = push - (1 - aim[k]) * torch.log(1 - chance[k])
                extra = extra + weights[1] * change.abs().sum()
                extra = extra + weights[2] * (show(sample + change) - show(sample)).abs().sum()
                for j, other in enumerate(group):
                    if i != j:
                        cosine = torch.cosine_similarity(change, other, 0)
                        extra = extra + weights[0] * cosine**2
        loss = push / (len(latents) * count * classes) + extra / mask.sum()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return shown


def released_lcf(
    latents: torch.Tensor, count: int, answer: Answer, steps: int, p: float, tolerance: float
) -> torch.Tensor:
    classes = [int(answer(one).argmax()) for one in latents]
    points = torch.stack([torch.stack([one + 0.01 * i for i in range(count)]) for one in latents])
    for _ in range(steps):
        points = points.detach().requires_grad_(True)
        total = torch.zeros(())
        for group, old in zip(points, classes, strict=True):
            for one in group:
                total = total + (torch.sigmoid(answer(one)[old]) - p).abs()
        loss = total / (len(latents) * count)
        (gradient,) = torch.autograd.grad(loss, points)
        points = points.detach() - 0.1 * gradient
        if float(loss.detach()) <= tolerance:
            break
    return points.detach()
