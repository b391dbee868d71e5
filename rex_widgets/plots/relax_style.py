"""What the figures of a representation have in common."""

from __future__ import annotations

from typing import Any

import matplotlib
import numpy as np
from matplotlib.colors import Colormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from rex_widgets.plots.style import KEPT, NORMAL, PALETTE, REST, plain
from rex_widgets.relax.explanation import RelaxExplanation
from rex_widgets.report.relax_words import count_words, error_words, question_words
from rex_widgets.visual_settings import VisualSettings

CERTAIN, LESS_CERTAIN = KEPT, REST
UNCERTAIN = PALETTE[1]
"""Colour of the uncertainty where it is a line or a bar."""

BAND = 1.96
"""Standard errors on either side that hold the true value in 95 of 100 cases."""


def uncertainty_colours(visual: VisualSettings) -> Colormap:
    """Return a colour map that is another one than that of the importance."""
    return matplotlib.colormaps["cividis" if visual.heatmap_colours == "viridis" else "viridis"]


def limits_of(values: NDArray[Any]) -> tuple[float, float]:
    """Return the smallest and largest value; a range around it if there is only one."""
    low, high = float(values.min()), float(values.max())
    if high > low:
        return low, high
    return (low - 0.5, low + 0.5) if low else (0.0, 1.0)


def captioned(figure: Figure, found: RelaxExplanation, visual: VisualSettings, limit: int) -> None:
    """Write above the figure what was asked and how well it is known, if that is wanted."""
    if not visual.info:
        return
    source = f"{found.source}: " if found.source else ""
    lines = [plain(f"{source}{question_words(found)}", limit)]
    if found.masks:
        lines.append(plain(f"{count_words(found.masks)} masks, {error_words(found)}", limit))
    else:
        lines.append("no masks yet")
    figure.suptitle("\n".join(lines), fontsize=NORMAL)


def errors_of(values: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return half the width of the 95 % band, 0 where the error is unknown."""
    return np.asarray(np.nan_to_num(values.astype(np.float64), nan=0.0) * BAND)
