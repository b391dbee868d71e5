"""Finished region-constrained counterfactuals, made without any model."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
from rex_widgets.results import EvaluationCount

DIGITS = tuple(map(str, range(10)))


def digit(
    *, samples: int = 4, steps: int = 12, side: int = 32, **changes: Any
) -> RegionCounterfactuals:
    """A ring with a gap at the left, which samples close: from class 3 to class 8."""
    before = ring(side, 0.36)[..., None]
    gaps = [0.06 * max(0, number - 1) for number in range(samples)]
    after = np.stack([ring(side, gap)[..., None] for gap in gaps])
    region = np.zeros((side, side), np.bool_)
    region[side // 4 : 3 * side // 4, side // 8 : side // 2] = True
    after = np.where(region[None, ..., None], after, before[None])
    return replace(filled(before, after, region, steps=steps), **changes)


def coloured(*, samples: int = 3, side: int = 256, **changes: Any) -> RegionCounterfactuals:
    """A smooth picture of colours, in the middle of which another colour comes up."""
    y, x = np.mgrid[:side, :side] / side
    before = np.stack((x, y, 0.5 + 0.5 * np.sin(6 * x * y)), -1).astype(np.float32)
    region = np.hypot(x - 0.55, y - 0.45) < 0.31
    after = np.stack(
        [np.stack((y, 1 - x, (x + number / 5) % 1), -1) for number in range(samples)]
    ).astype(np.float32)
    after = np.where(region[None, ..., None], after, before[None])
    labels = ("king penguin", "albatross", "sea lion")
    found = filled(before, after, region, classes=3, own=0, target=1, labels=labels)
    return replace(found, **changes)


def unknown(**changes: Any) -> RegionCounterfactuals:
    """A run that has done nothing yet."""
    known = digit()
    nothing: dict[str, Any] = {
        "after": np.repeat(known.before[None], 4, 0), "stage": "nothing yet",
        "probabilities": np.full_like(known.probabilities, np.nan),
        "curve": np.full_like(known.curve, np.nan), "forming": known.forming[:0],
        "forming_steps": known.forming_steps[:0], "reached": np.zeros(4, np.bool_),
        "flipped": np.zeros(4, np.bool_), "best": 0, "second": np.full(4, -1),
        "second_before": -1, "second_probabilities": np.full_like(known.probabilities, np.nan),
        "probabilities_before": np.full_like(known.probabilities_before, np.nan),
        "source_class": -1, "target": -1, "source_label": "", "target_label": "",
        "l1": np.full(4, np.nan, np.float32), "l2": np.full(4, np.nan, np.float32),
        "ssim": np.full(4, np.nan, np.float32),
    }  # fmt: skip
    return replace(known, **(nothing | changes))


def ring(side: int, gap: float) -> NDArray[np.float32]:
    """Return a ring with a gap at the left, in [0, 1], ``(side, side)``."""
    y, x = (np.mgrid[:side, :side] - (side - 1) / 2) / side
    far = np.hypot(x, y) * side
    light = np.clip(np.minimum(far - 0.22 * side, 0.36 * side - far) + 0.5, 0, 1)
    return np.where((x < 0) & (np.abs(y) < gap / 2), 0, light).astype(np.float32)


def filled(
    before: NDArray[np.float32],
    after: NDArray[np.float32],
    region: NDArray[np.bool_],
    *,
    steps: int = 12,
    classes: int = 10,
    own: int = 3,
    target: int = 8,
    labels: tuple[str, ...] = DIGITS,
) -> RegionCounterfactuals:
    """Every field; the last of several samples did not reach the class, and the second is best."""
    samples = len(after)
    sure = np.linspace(0.7, 0.9, samples)
    best = min(1, max(0, samples - 2))
    sure[best] = 0.971
    reached = np.ones(samples, np.bool_)
    if samples > 1:
        sure[-1], reached[-1] = 0.312, False
    probabilities = np.full((samples, classes), 0.001)
    probabilities[:, target] = sure
    probabilities[:, own] = 1 - sure - 0.001 * (classes - 2)
    first = np.full(classes, 0.002)
    first[own] = 1 - 0.002 * (classes - 1)
    ways = np.linspace(0, 1, steps)[None, :, None] ** np.linspace(0.6, 2, samples)[:, None, None]
    ends = probabilities[:, None, [own, target]]
    curve = first[None, None, [own, target]] * (1 - ways) + ends * ways
    moments = np.linspace(0, steps - 1, 5).astype(np.int64)
    shares = np.linspace(0.2, 1, 5)[:, None, None, None, None]
    forming = before[None, None] * (1 - shares) + after[None] * shares
    change = after - before
    fields: dict[str, Any] = {
        "before": before, "after": after, "region": region, "area": float(region.mean()),
        "region_source": "drawn", "region_map": None, "source_class": own, "target": target,
        "source_label": labels[own], "target_label": labels[target], "labels": labels,
        "probabilities_before": first.astype(np.float32),
        "probabilities": probabilities.astype(np.float32), "curve": curve.astype(np.float32),
        "steps": np.linspace(599, 6, steps).astype(np.int64), "reached": reached,
        "flipped": reached.copy(), "l1": np.abs(change).mean((1, 2, 3)),
        "l2": np.sqrt((change**2).mean((1, 2, 3))),
        "ssim": np.linspace(0.9, 0.8, samples).astype(np.float32), "lpips": None, "best": best,
        "forming": np.rint(255 * forming).astype(np.uint8), "forming_steps": moments,
        "second": np.where(reached, target, own).astype(np.int64), "second_before": own,
        "second_probabilities": probabilities.astype(np.float32), "failures": ("",) * samples,
        "branches": (),
        "evaluations": EvaluationCount.of({"look": 1, "sampling": samples * steps, "result": 5}),
        "seconds": 6.1, "seconds_in_model": 5.9, "stage": "finished", "message": "",
        "settings": None, "seed": 0, "versions": {"python": "3.11.0", "rex_widgets": "0.7.0"},
        "runtime": "torch", "choices": ("the network: the digits'",),
        "statistics": {"steps": steps}, "source": "digit 17",
    }  # fmt: skip
    return RegionCounterfactuals(**fields)
