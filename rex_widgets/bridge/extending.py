"""What may be asked for by `extend`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from rex_widgets.bridge.settings import MOST_SAMPLES
from rex_widgets.errors import SettingsError


def samples_of(amounts: Mapping[str, int], there: int) -> int:
    """Return the samples that were asked for.

    Parameters
    ----------
    amounts
        Keywords of `extend`.
    there
        Samples that the run has already.

    Raises
    ------
    SettingsError
        Something else was asked for, or too many.
    """
    for name in amounts:
        if name not in ("samples", "n_inpaints"):
            raise SettingsError(
                f"extend was given {name!r}; a run of the method rcsb goes on by samples: "
                "extend(samples=4). Other steps are another run: changed(nfe=200)."
            )
    if len(amounts) > 1:
        raise SettingsError("extend was given samples and n_inpaints, which are the same thing.")
    samples: Any = next(iter(amounts.values()), 0)
    if isinstance(samples, np.integer):
        samples = int(samples)
    if isinstance(samples, bool) or not isinstance(samples, int) or samples < 1:
        raise SettingsError(
            f"extend was given samples={samples!r}; expected a whole number of at least 1."
        )
    if there + samples > MOST_SAMPLES:
        raise SettingsError(
            f"extend was given samples={samples}, and the run has {there}; one run draws "
            f"{MOST_SAMPLES} at most."
        )
    return int(samples)
