"""Finished latent counterfactuals, made without any model."""

from __future__ import annotations

from typing import Any

import numpy as np

from rex_widgets.latent.counterfactuals import Counterfactuals
from rex_widgets.latent.settings import SETTINGS
from rex_widgets.results import EvaluationCount

COORDINATES = (
    *(f"character {n}" for n in (1, 2, 3)),
    *(f"font {n}" for n in (1, 2, 3)),
    *("inversion", "rotation", "scale", "right", "down"),
)
PARTS = (("character", 0, 3), ("font", 3, 6), ("continuous", 6, 11))
VERDICTS = ("successful", "trivial", "unchanged", "causal flip")


def filled(
    method: str = "dice",
    *,
    samples: int = 3,
    explanations: int = 4,
    world: bool = True,
    classes: int = 2,
    side: int = 32,
    seed: int = 0,
    **changes: Any,
) -> Counterfactuals:
    """Counterfactuals with every field filled; `changes` replace fields.

    Of the world, each sample's verdicts go round `VERDICTS`; the last of several samples has found
    nothing. Without a world there is one group of 5 coordinates and no oracle.
    """
    generator = np.random.default_rng([7, seed])
    size = len(COORDINATES) if world else 5
    latents = generator.normal(size=(samples, size)).astype(np.float32)
    steps = generator.normal(0, 0.4, (samples, explanations, size)).astype(np.float32)
    counterfactuals = latents[:, None] + steps
    own = np.arange(samples) % classes
    target = (own + 1) % classes
    order = np.array([VERDICTS[n % len(VERDICTS)] for n in range(explanations)])
    verdict = np.tile(order, (samples, 1))
    if samples > 1:
        verdict[-1] = "unchanged"
    changed = np.isin(verdict, ("successful", "trivial"))
    if not world:
        verdict = np.where(changed, "changed", "unchanged")
    margins = np.where(changed, 1.5, -0.7) + 0.1 * generator.random(changed.shape)
    before = np.full((samples, classes), 0.1 / (classes - 1))
    before[np.arange(samples), own] = 0.9
    likely = 1 / (1 + np.exp(-margins))
    rows, columns = np.indices((samples, explanations))
    after = np.zeros((samples, explanations, classes))
    after[rows, columns, own[:, None]] = 1 - likely
    after[rows, columns, target[:, None]] = likely
    miss = np.where(changed, -np.inf, margins)
    images = generator.integers(0, 256, (samples, side, side, 3), dtype=np.uint8)
    said = "Sample {}: none of {} counterfactuals gives class {}: the margin rose to -0.61 only."
    fields: dict[str, Any] = {
        "latents": latents,
        "images": images,
        "counterfactuals": counterfactuals,
        "pictures": generator.integers(
            0, 256, (samples, explanations, side, side, 3), dtype=np.uint8
        ),
        "before": before.astype(np.float32),
        "after": after.astype(np.float32),
        "target": target.astype(np.int64),
        "changed": changed,
        "margins": margins.astype(np.float32),
        "distance": np.abs(steps).sum(2),
        "nearest_miss": np.where(changed.all(1), -1, miss.argmax(1)).astype(np.int64),
        "verdict": verdict,
        "diagnosis": tuple(
            "" if changed[n].any() else said.format(n, explanations, target[n])
            for n in range(samples)
        ),
        "oracle": world,
        "verified": True,
        "coordinates": COORDINATES if world else tuple(f"z{n}" for n in range(size)),
        "parts": PARTS if world else (("latent", 0, size),),
        "mean": np.full(size, 0.25, np.float32),
        "std": np.full(size, 2, np.float32),
        "minimum": np.full(size, -3, np.float32),
        "maximum": np.full(size, 3, np.float32),
        "labels": ("even", "odd") if world else tuple(f"class {n}" for n in range(classes)),
        "sample_names": tuple(
            f"{chr(65 + n % 26)} in Lato" if world else f"sample {n}" for n in range(samples)
        ),
        "evaluations": EvaluationCount.of(
            {"look": samples, "search": 600, "verify": samples * explanations}
        ),
        "seconds": 4.2,
        "seconds_in_model": 4.0,
        "stage": "verified",
        "message": "",
        "settings": SETTINGS[method](seed=seed, num_explanations=explanations),
        "seed": seed,
        "versions": {"python": "3.11.0", "rex_widgets": "0.6.0"},
        "runtime": "torch",
        "choices": ("generator: the world's",) if world else ("the standard normal prior",),
        "statistics": {
            "generator calls": 60,
            "classifier calls": 60,
            "generated pictures": 620,
            "steps": 50,
            "found": int(changed.any(1).sum()),
            "seconds outside the models": 0.2,
        },
        "source": "world 17" if world else "latents",
        "method": method,
        "picture": images[0],
    }
    return Counterfactuals(**{**fields, **changes})
