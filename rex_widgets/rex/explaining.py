"""`Explanation`: what is extracted from a responsibility map, and its pictures."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.results import Explanation as Result
from rex_widgets.results import Part
from rex_widgets.rex.args import (
    OF_THE_SEARCH,
    CausalArgs,
    picture_settings,
    search_settings,
)
from rex_widgets.rex.arrays import ScriptArray, script_array
from rex_widgets.rex.enums import Strategy

if TYPE_CHECKING:
    import torch

    from rex_widgets.rex.data import Data
    from rex_widgets.rex.maps import ResponsibilityMaps
    from rex_widgets.rex.pictures import Pictures


class Explanation:
    """An explanation in ReX's terms.

    Parameters
    ----------
    maps
        From `calculate_responsibility`.
    prediction_func, data, args
        As they were given to it. The strategy and its arguments are read when `extract` is
        called; those of the search (``iters``, ``seed``, …) stay as they were for the map.
    run_stats
        From `calculate_responsibility`.
    keep_all_maps
        Keep the maps of other classes, too.

    Attributes
    ----------
    target_map
        The target's map, float32, the shape of the input without channels.
    final_mask
        The explanation: bool, the shape of the model's input without its batch, such as
        ``(3, 224, 224)``. ``None`` before `extract`, and where there is none.
    explanation
        The input with all else hidden, a tensor of the shape of `final_mask`.
    explanation_confidence
        The model's confidence in it.
    sufficiency_mask, necessity_mask, complete_mask
        The masks of the strategies, tensors as `final_mask`; ``None`` where there is none.
    sufficiency_confidence, necessity_confidence, completeness_confidence
        The model's confidence in the target for each.
    contrastive_classification, contrastive_confidence
        What the model says of the input without `necessity_mask`.
    result
        The `rex_widgets.Explanation`, with everything else that is known.
    """

    def __init__(
        self,
        maps: ResponsibilityMaps,
        prediction_func: Any,
        data: Data,
        args: CausalArgs,
        run_stats: dict[str, float],
        keep_all_maps: bool = False,
    ) -> None:
        if data.target is None or data.target.classification is None:
            raise InputError(
                "Data must have a target to make an Explanation; set data.target = "
                "predict_target(data, prediction_function)."
            )
        index = int(data.target.classification)
        found = maps.get(index)
        if found is None:
            raise InputError(
                f"There is no map of the target's class {index}; expected the maps that "
                "calculate_responsibility made of the same data."
            )
        if not keep_all_maps:
            maps.subset(index)
        self.maps = maps
        self.target_map: ScriptArray = script_array(found)
        self.prediction_func = prediction_func
        self.data = data
        self.args = args
        self.run_stats = run_stats
        self.question = maps.question
        self.analysis: Any = None
        self.blank()

    def blank(self) -> None:
        """Forget what was extracted."""
        self.result: Result | None = None
        self.final_mask: ScriptArray | None = None
        self.explanation: torch.Tensor | None = None
        self.explanation_confidence: float = 0.0
        self.sufficiency_mask: torch.Tensor | None = None
        self.sufficiency_confidence: float | None = None
        self.necessity_mask: torch.Tensor | None = None
        self.necessity_confidence: float | None = None
        self.complete_mask: torch.Tensor | None = None
        self.completeness_confidence: float | None = None
        self.completeness_classification: int | None = None
        self.contrastive_classification: int | None = None
        self.contrastive_confidence: float | None = None

    def extract(self, method: Any = None) -> None:
        """Extract an explanation.

        Parameters
        ----------
        method
            A `Strategy`; ``args.strategy`` if not given. With ``args.complete`` a contrastive
            explanation is completed.

        Raises
        ------
        SettingsError
            An argument cannot be used.
        """
        self.blank()
        asked = self.question.settings
        settings = search_settings(
            self.args,
            method,
            target=asked.target,
            batch_size=asked.batch_size,
            mask_value=asked.mask_value,
            context=asked.context,
            noise=asked.noise,
            bounding_box=asked.bounding_box,
            use_bounding_box=False,
            no_extract=False,
            **{name: getattr(asked, name) for name in OF_THE_SEARCH},
        )
        self.result = self.question.answer(settings, self.args)
        self._take(self.result)

    def contrastive(self, clauses: Any = None) -> Any:
        """Extract an explanation that is sufficient and necessary; see `extract`."""
        del clauses
        self.extract(Strategy.Contrastive)

    def show(self, path: str | Path | None = None) -> Any:
        """The explanation as a picture; saved as well if a path is given.

        Returns
        -------
        PIL.Image.Image or matplotlib Figure
            A picture for pictures and volumes, a figure for signals and tables.
        """
        return self._pictures().shown(path)

    def save(
        self,
        path: str | Path | None,
        mask: Any = None,
        multi: Any = None,
        multi_style: str | None = None,
        clauses: Any = None,
    ) -> None:
        """Save the explanation, or another mask of the input, as a picture.

        Parameters
        ----------
        path
            Its file; the name of the class in the working directory if ``None``.
        mask
            In place of the explanation, the shape of `final_mask`.
        multi, multi_style, clauses
            Used by `MultiExplanation` alone.
        """
        del multi, multi_style, clauses
        where = Path(f"{self.data.target.classification}.png" if path is None else path)
        pictures = self._pictures()
        if mask is not None:
            pictures = pictures.of_mask(self.question.layout.places(_array(mask)))
        pictures.save(where)

    def heatmap_plot(self, path: str | Path | None = None) -> None:
        """The map over the input; shown, or saved to a path."""
        self._pictures().heat_map(path)

    def surface_plot(self, path: str | Path | None = None) -> None:
        """The map as a surface; shown, or saved to a path."""
        self._pictures().surface(path)

    def extracted(self) -> Result:
        """What was extracted.

        Raises
        ------
        InputError
            `extract` has not been called.
        """
        if self.result is None:
            raise InputError("Nothing has been extracted yet; call extract() first.")
        return self.result

    def _pictures(self) -> Pictures:
        from rex_widgets.rex.pictures import Pictures

        return Pictures(self.extracted(), picture_settings(self.args), self.data.input)

    def _take(self, result: Result) -> None:
        """Set the attributes that ReX has."""
        if not result.mask.any():
            return
        self.final_mask = script_array(self.question.layout.mask(result.mask))
        self.explanation = self.question.mutant(result.mask)
        self.explanation_confidence = result.confidence
        parts = {part.name: part for part in result.parts}
        sufficient = parts.get("sufficient")
        if sufficient is None and result.strategy in ("global", "spatial", "multi"):
            self.sufficiency_mask = self._tensor(result.mask)
            self.sufficiency_confidence = result.confidence
        elif sufficient is not None:
            self.sufficiency_mask = self._tensor(sufficient.mask)
            self.sufficiency_confidence = sufficient.confidence
        self._take_necessary(parts.get("contrastive"))
        complete = parts.get("complete")
        if complete is not None:
            self.complete_mask = self._tensor(complete.mask)
            self.completeness_confidence = complete.confidence
            self.completeness_classification = result.target.index

    def _take_necessary(self, part: Part | None) -> None:
        if part is None:
            return
        self.necessity_mask = self._tensor(part.mask)
        self.necessity_confidence = part.confidence
        if part.without is not None:
            self.contrastive_classification = part.without.index
            self.contrastive_confidence = part.without.confidence

    def _tensor(self, places: NDArray[np.bool_]) -> torch.Tensor:
        import torch

        return torch.from_numpy(self.question.layout.mask(places)).to(self.data.device)

    def __repr__(self) -> str:
        mask = "none" if self.final_mask is None else f"of shape {self.final_mask.shape}"
        statistics = {name: round(value, 5) for name, value in self.run_stats.items()}
        return (
            f"{type(self).__name__}:\n\tData: {self.data}\n\tResponsibilityMaps: {self.maps}"
            f"\n\trun statistics: {statistics}\n\tfinal mask: {mask}"
            f"\n\texplanation confidence: {self.explanation_confidence:.5f}"
        )


def _array(mask: Any) -> NDArray[Any]:
    return np.asarray(mask.detach().cpu() if hasattr(mask, "detach") else mask)
