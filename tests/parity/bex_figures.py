"""What is compared of a batch of counterfactuals, and over which seeds and explainers."""

from __future__ import annotations

from typing import Any

import torch

from tests.parity.bex_world import Toy

SEEDS = range(6)
_FEW = {"num_explanations": 4, "num_iters": 25}
CASES: dict[str, tuple[str, dict[str, Any]]] = {
    "dice": ("dice", {"num_explanations": 5}),
    "dive": ("dive", {"num_iters": 30}),
    "dive, chunk": ("dive", {"method": "fisher_chunk", **_FEW}),
    "dive, range": ("dive", {"method": "fisher_range", **_FEW}),
    "dive, spectral_inv": ("dive", {"method": "fisher_spectral_inv", **_FEW}),
    "xgem": ("xgem", {"num_explanations": 4}),
    "lcf": ("lcf", {"num_explanations": 4}),
    "growing_spheres": ("growing_spheres", {}),
    "stylex": ("stylex", {}),
    "stylex, subset": ("stylex", {"strategy": "subset"}),
    "is": ("is", {}),
}
"""Name, explainer, its arguments other than the defaults."""

SAME = {
    "dice, 15 steps": ("dice", {"num_iters": 15}),
    "xgem, 5 steps": ("xgem", {"num_iters": 5}),
    **{case: CASES[case] for case in ("lcf", "stylex", "stylex, subset")},
}
"""Nothing in these is random but xGEM's start, which both draw alike: the latents themselves are
recorded, of the first batch. Rounding grows from step to step, at the poles of Dice's loss and
where Adam divides a small gradient by itself: after some twenty steps it can be seen."""


def figures(
    toy: Toy, found: torch.Tensor, latents: torch.Tensor, logits: torch.Tensor
) -> list[float]:
    """Share changed, mean rise of the logit of the class asked for, mean L1 distance."""
    with torch.no_grad():
        after = toy.classifier(toy.generator(found.flatten(0, 1))).reshape(*found.shape[:2], 2)
    target = 1 - logits.argmax(1)
    rise = (after - logits[:, None])[torch.arange(len(target)), :, target]
    way = (found - latents[:, None]).abs()
    changed = (after.argmax(-1) == target[:, None]).double().mean()
    return [float(changed), float(rise.mean()), float(way.sum(-1).mean())]
