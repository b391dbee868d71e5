"""`MultiExplanation`: several explanations of one answer, and which of them go together."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.results import Explanation as Result
from rex_widgets.rex.args import picture_settings
from rex_widgets.rex.arrays import script_array
from rex_widgets.rex.enums import Strategy
from rex_widgets.rex.explaining import Explanation

if TYPE_CHECKING:
    import torch

Clause = tuple[int, ...]

MOST_UNIONS = 2000
"""Choices of explanations that `MultiExplanation.contrastive` asks the model about, at most:
all of ten explanations, not the 2ⁿ of many."""


class MultiExplanation(Explanation):
    """Multiple explanations; see `Explanation` for the arguments.

    Attributes
    ----------
    explanations
        Their masks: bool tensors of the shape of the model's input without its batch. The first
        is the global one.
    explanation_confidences
        The model's confidence in each.
    """

    def blank(self) -> None:
        """Forget what was extracted."""
        super().blank()
        self.explanations: list[torch.Tensor] = []
        self.explanation_confidences: list[float] = []

    def extract(self, method: Any = None) -> None:
        """Look for ``args.spotlights`` explanations, the global one first.

        Parameters
        ----------
        method
            Not used: it is always `Strategy.MultiSpotlight`, as in ReX.
        """
        del method
        super().extract(Strategy.MultiSpotlight)

    def separate_by(self, dice_coefficient: float, reverse: bool = True) -> list[Clause]:
        """The largest sets of explanations that hardly overlap.

        Parameters
        ----------
        dice_coefficient
            Largest Dice coefficient that two explanations of a set may have.
        reverse
            Not used: there is one answer.

        Returns
        -------
        list of tuple of int
            At most 100 sets of numbers of explanations, the one with the smallest area first.
        """
        del reverse
        return list(self.extracted().separate_by(dice_coefficient).sets)

    def contrastive(self, clauses: Any = None) -> Clause | None:
        """The fewest explanations that together are sufficient and necessary.

        Parameters
        ----------
        clauses
            The sets to choose from, such as those of `separate_by`; all explanations if not
            given.

        Returns
        -------
        tuple of int or None
            Their numbers; `final_mask` is their union. ``None``, with a warning, if there is no
            such choice among the first `MOST_UNIONS`, smaller ones first.
            ``extract(Strategy.Contrastive)`` of `Explanation` finds explanations that are not
            made of these.
        """
        masks = [part.mask for part in self.extracted().parts]
        sets = [tuple(range(len(masks)))] if clauses is None else clauses
        seen: set[Clause] = set()
        sizes = range(1, max((len(one) for one in sets), default=0) + 1)
        choices = (one for size in sizes for clause in sets for one in combinations(clause, size))
        for chosen in choices:
            if chosen in seen:
                continue
            if len(seen) == MOST_UNIONS:
                warnings.warn(
                    f"None of the {MOST_UNIONS} smallest choices of these explanations is "
                    "sufficient and necessary, and no more were tried; "
                    "extract(Strategy.Contrastive) of Explanation searches otherwise.",
                    stacklevel=2,
                )
                return None
            seen.add(chosen)
            union = np.logical_or.reduce([masks[number] for number in chosen])
            if self.question.gives(union) and not self.question.gives(~union):
                self.final_mask = script_array(self.question.layout.mask(union))
                self.necessity_mask = self._tensor(union)
                return chosen
        warnings.warn("No choice of these explanations is sufficient and necessary.", stacklevel=2)
        return None

    def show(
        self,
        path: str | Path | None = None,
        multi_style: str | None = None,
        clauses: Sequence[Clause] | None = None,
    ) -> Any:
        """Show the explanations.

        Parameters
        ----------
        path
            A file to save them in as well.
        multi_style
            "composite": one picture with all, or one for each clause; "separate": one for each
            explanation. ``args.multi_style`` if not given.
        clauses
            Sets of explanations, such as those of `separate_by`.

        Returns
        -------
        PIL.Image.Image or None
            The picture, if there is one explanation alone.
        """
        if path in ("composite", "separate"):
            path, multi_style = None, str(path)  # where release 0.4 has the style
        style = multi_style or self.args.multi_style
        if path is not None:
            self.save(path, clauses=clauses, multi_style=style)
        pictures = self._styled(style)
        if len(self.explanations) == 1:
            return pictures.shown()
        pictures.several(None if style == "separate" else clauses)
        return None

    def save(
        self,
        path: str | Path | None,
        mask: Any = None,
        multi: Any = None,
        multi_style: str | None = None,
        clauses: Any = None,
    ) -> None:
        """Save the explanations as pictures; see `show`.

        Several pictures go to files that are numbered before their ending.
        """
        del multi
        style = multi_style or self.args.multi_style
        if mask is not None or path is None:
            super().save(path, mask=mask)
            return
        if clauses and isinstance(clauses[0], int):
            clauses = [clauses]
        self._styled(style).save(path, None if style == "separate" else clauses)

    def _styled(self, style: str) -> Any:
        from rex_widgets.rex.pictures import Pictures

        visual = picture_settings(self.args, multi_style=style)
        return Pictures(self.extracted(), visual, self.data.input)

    def _take(self, result: Result) -> None:
        first = result.parts[0] if result.parts else None
        if first is not None:
            result = replace(result, mask=first.mask, confidence=first.confidence)
        super()._take(result)
        for part in result.parts:
            self.explanations.append(self._tensor(part.mask))
            self.explanation_confidences.append(part.confidence)
