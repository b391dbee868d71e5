"""Latent counterfactuals with pictures that are no noise, for looking at what draws them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from rex_widgets.latent.counterfactuals import Counterfactuals
from tests.latent.examples import filled

_SIDE = 32


def _ring(inner: float, outer: float, dark: bool) -> NDArray[np.uint8]:
    """Return a ring, uint8 ``(H, W, 3)``."""
    y, x = np.mgrid[:_SIDE, :_SIDE] - (_SIDE - 1) / 2
    far = np.hypot(x, y)
    light = np.clip(np.minimum(far - inner, outer - far) + 0.5, 0, 1)
    light = 1 - light if dark else light
    return np.repeat((255 * light).astype(np.uint8)[..., None], 3, 2)


def rings(samples: int = 3, explanations: int = 4) -> Counterfactuals:
    """Rings as samples, and rings of other widths as their counterfactuals."""
    images = np.stack([_ring(7, 11, bool(n % 2)) for n in range(samples)])
    pictures = np.stack(
        [
            np.stack([_ring(7 - k % 6, 11 + n, bool(n % 2)) for k in range(explanations)])
            for n in range(samples)
        ]
    )
    return filled(samples=samples, explanations=explanations, images=images, pictures=pictures)
