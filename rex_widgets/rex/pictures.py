"""The pictures of an explanation, drawn as a script asks for them."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray
from PIL import Image

from rex_widgets import plots
from rex_widgets.errors import InputError
from rex_widgets.results import Explanation as Result
from rex_widgets.visual_settings import VisualSettings


@dataclass(frozen=True, eq=False)
class Pictures:
    """How one explanation is drawn.

    Attributes
    ----------
    result
        What is drawn.
    visual
        How.
    given
        The input as the script has it; a Pillow picture is used where a size is asked for.
    """

    result: Result
    visual: VisualSettings
    given: Any = None

    def of_mask(self, mask: NDArray[np.bool_]) -> Pictures:
        """The same of another mask."""
        return replace(self, result=replace(self.result, mask=mask, parts=()))

    def shown(self, path: str | Path | None = None) -> Any:
        """A Pillow picture of a picture's explanation, a figure of any other kind."""
        if path is not None:
            self.save(path)
        if self.result.kind == "image":
            return Image.fromarray(
                plots.explanation_image(self.result, self.visual, original=self._original())
            )
        return plots.figure(self.result, self.visual)

    def several(self, sets: Sequence[Sequence[int]] | None = None) -> None:
        """Show the parts of a multiple explanation."""
        drawn = plots.figure(self.result, self.visual, sets=sets, original=self._original())
        _out(drawn, None)

    def save(self, path: str | Path, sets: Sequence[Sequence[int]] | None = None) -> None:
        """Write the explanation's picture to a file, or to one for each part or set."""
        plots.write(
            "explanation", self.result, path, self.visual, sets=sets, original=self._original()
        )

    def heat_map(self, path: str | Path | None = None) -> None:
        """Show or save the map over the input."""
        _out(plots.heatmap_figure(self.result, self.visual), path)

    def surface(self, path: str | Path | None = None) -> None:
        """Show or save the map as a surface; of a volume, its slices."""
        if self.result.kind == "volume":
            self.heat_map(path)
        else:
            _out(plots.surface_figure(self.result, self.visual), path)

    def _original(self) -> NDArray[np.uint8] | None:
        if self.result.kind != "image" or not hasattr(self.given, "convert"):
            return None
        return np.asarray(self.given.convert("RGB"), np.uint8)


def _out(drawn: Figure, path: str | Path | None) -> None:
    """Save a figure, or show it; a script goes on where there is no screen."""
    try:
        plots.save_or_show(drawn, path)
    except InputError as error:
        if path is not None:
            raise
        warnings.warn(str(error), stacklevel=4)
