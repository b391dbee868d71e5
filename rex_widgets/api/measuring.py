"""`analyse`, and the Run that can be measured and written as a page."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.api.reading import (
    INPUT_OPTIONS,
    MODEL_OPTIONS,
    classifier_for,
    sample_for,
    taken,
)
from rex_widgets.errors import InputError
from rex_widgets.input_settings import InputSettings
from rex_widgets.results import Explanation
from rex_widgets.run import ResultT
from rex_widgets.run import Run as _CoreRun
from rex_widgets.settings import build

if TYPE_CHECKING:
    from rex_widgets.metrics import Analysis


class Run(_CoreRun[ResultT]):
    """A Run that can also be measured, and written as a page."""

    def to_html(self, path: str | Path) -> Path:
        """Write the explanation so far as one interactive page that needs no kernel."""
        from rex_widgets.report import to_html

        found: Any = self.result()
        return to_html(found, path)

    def analyse(self, **options: Any) -> Analysis:
        """Measure the explanation so far; this calls the model.

        Parameters
        ----------
        **options
            `AnalysisSettings`: insertion_step, normalise_curves, robustness_backgrounds.

        Returns
        -------
        Analysis
            Area, entropies, insertion and deletion curves, robustness, components.
        """
        return analyse(self, **options)


def analyse(
    explanation: Explanation | _CoreRun[Any], model: Any = None, image: Any = None, **options: Any
) -> Analysis:
    """Measure an explanation: area, entropies, insertion and deletion, robustness, components.

    Parameters
    ----------
    explanation
        A run (its model and input are known), or an explanation.
    model, image
        Of an explanation, as given to `start`.
    **options
        `AnalysisSettings`; of the model and the input, as given to `start`.

    Returns
    -------
    Analysis

    Raises
    ------
    InputError, ModelError, SettingsError
        With what was given, what was expected, and what to do.
    """
    from rex_widgets.metrics import analyse as measure

    for_model = taken(options, MODEL_OPTIONS)
    for_input = build(InputSettings, **taken(options, INPUT_OPTIONS))
    settings = build(AnalysisSettings, **options)
    if isinstance(explanation, _CoreRun):
        if model is not None or image is not None:
            raise InputError(
                "analyse was given a run and a model or image too; a run knows its own. "
                "Leave them out."
            )
        run = explanation
        # one thread at a time calls a model: a run that is being driven waits meanwhile
        with run._border.visiting():
            found = _measurable(run.result())
            return measure(found, run.classifier, run.sample.data, settings)
    if model is None or image is None:
        raise InputError(
            "analyse was given an explanation alone; expected the model and the image too: "
            "analyse(explanation, model, image). A run needs neither: run.analyse()."
        )
    classifier = classifier_for(image, model, for_input, for_model)
    sample = sample_for(image, classifier, for_input)
    return measure(_measurable(explanation), classifier, sample.data, settings)


def _measurable(found: Any) -> Explanation:
    """Refuse the results of methods that explain no class."""
    if not isinstance(found, Explanation):
        raise InputError(
            f"analyse was given a result of the method {getattr(found, 'method', '?')!r}; expected "
            "an explanation of a class (method='causal'), which is what its measures are about."
        )
    return found
