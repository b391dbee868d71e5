"""`calculate_responsibility`: the search, and the question that it answers."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.api import Run, finish
from rex_widgets.causal import CausalProcedure, CausalSettings
from rex_widgets.errors import InputError
from rex_widgets.evaluation_log import EvaluationLog
from rex_widgets.inputs import Sample
from rex_widgets.masks import mask_of
from rex_widgets.occlusion import Background, background_of
from rex_widgets.results import Explanation as Result
from rex_widgets.rex.args import CausalArgs, search_settings
from rex_widgets.rex.layout import Layout, layout_of, sample_of
from rex_widgets.rex.maps import ResponsibilityMaps
from rex_widgets.rex.model import PredictionClassifier
from rex_widgets.rex.progress import progress_bar

if TYPE_CHECKING:
    import torch

    from rex_widgets.rex.data import Data


@dataclass(eq=False)
class Question:
    """One input, one model, one target, and everything that the model has said so far.

    The searches that belong to it share their log of evaluations, so that an extraction does not
    ask again what the search has asked.
    """

    sample: Sample
    classifier: PredictionClassifier
    layout: Layout
    settings: CausalSettings
    seed: int
    log: EvaluationLog
    evaluations: int = 0
    seconds: float = 0.0

    def run(self, settings: CausalSettings) -> Run:
        """A run with other settings; the search that both share costs nothing again."""
        return Run(CausalProcedure(self.classifier, self.sample, settings, self.seed, self.log))

    def mutant(self, places: NDArray[np.bool_]) -> torch.Tensor:
        """The input with all but some places hidden: a tensor of one input's shape."""
        return self.layout.theirs(self._batch(places))[0]

    def gives(self, places: NDArray[np.bool_]) -> bool:
        """Whether the model gives the target when only these places are visible."""
        given = self.classifier.decide(self.classifier(self._batch(places)))
        return int(given[0]) == self.settings.target

    def _batch(self, places: NDArray[np.bool_]) -> torch.Tensor:
        import torch

        hidden = self.background()(mask_of(places))
        values = np.where(places, self.sample.data, hidden).astype(np.float32)
        return torch.from_numpy(values[None]).to(self.classifier.device)

    def background(self) -> Background:
        """What hidden places become."""
        settings = self.settings
        return background_of(
            settings.mask_value,
            self.sample.data,
            self.seed,
            context=settings.context,
            noise=settings.noise,
        )

    def answer(self, settings: CausalSettings, args: CausalArgs) -> Result:
        """Drive a run to its end."""
        run = self.run(settings)
        result = finish(run, progress_bar(args.progress_bar))
        self.evaluations += int(result.evaluations)
        self.seconds += result.seconds
        return result


def question_of(data: Data, args: CausalArgs, prediction_func: Any) -> Question:
    """What a script asks.

    Raises
    ------
    InputError
        ``data`` holds no input or no target.
    """
    if data.target is None or getattr(_first(data.target), "classification", None) is None:
        raise InputError(
            "No target classification found: set data.target = predict_target(data, "
            "prediction_function) first."
        )
    data.target = _first(data.target)
    layout = layout_of(data)
    classifier = PredictionClassifier(prediction_func, data, layout, args.binary_threshold)
    source = Path(args.path).name if args.path else "data"
    settings = search_settings(
        args,
        target=int(data.target.classification),
        no_extract=True,
        batch_size=_batch_size(data, args),
        **_hiding(data, args, layout),
        **_box(data, args),
    )
    seed = (
        settings.seed if settings.seed is not None else int(np.random.default_rng().integers(2**31))
    )
    return Question(sample_of(data, source), classifier, layout, settings, seed, EvaluationLog())


def calculate_responsibility(
    data: Data,
    args: CausalArgs,
    prediction_func: Any,
    keep_all_maps: bool = False,
    custom_height: int | None = None,
    custom_width: int | None = None,
) -> tuple[ResponsibilityMaps, dict[str, float]]:
    """Search for the causes of a model's answer.

    Parameters
    ----------
    data
        The input, with its target; see `predict_target`.
    args
        ``iters`` partition trees are grown, with the seed ``seed``.
    prediction_func
        Called with a batch of mutants.
    keep_all_maps
        Keep the map of every class that was seen, not the target's alone.
    custom_height, custom_width
        Not used, as in ReX.

    Returns
    -------
    maps, run_stats
        The maps, and the numbers ``total_passing``, ``total_failing``, ``max_depth_reached`` and
        ``avg_box_size``.

    Raises
    ------
    InputError
        ``data`` holds no input or no target.
    SettingsError
        An argument cannot be used.
    """
    del custom_height, custom_width
    question = question_of(data, args, prediction_func)
    run = question.run(question.settings)
    result = finish(run, progress_bar(args.progress_bar))
    question.evaluations += int(result.evaluations)
    question.seconds += result.seconds
    maps = {result.target.index: result.map}
    if keep_all_maps or args.negative_responsibility:
        for index in range(question.classifier.classes):
            values = run.map_for(index)
            if values is not None:
                maps[index] = values
    return ResponsibilityMaps(maps, question), run_statistics(result)


def run_statistics(result: Result) -> dict[str, float]:
    """The numbers of a search under ReX's names."""
    found = result.statistics
    whole = ("total_passing", "total_failing", "max_depth_reached")
    counts: dict[str, float] = {name: int(found.get(name, 0)) for name in whole}
    return counts | {"avg_box_size": float(found.get("avg_box_size", 0.0))}


def _first(target: Any) -> Any:
    return target[0] if isinstance(target, list) and target else target


def _batch_size(data: Data, args: CausalArgs) -> int:
    """No more mutants at once than the model's first axis has, where that is a number."""
    most = data.model_shape[0] if len(data.model_shape) > len(layout_of(data).shape) else "N"
    return args.batch_size if isinstance(most, str) or most is None else min(args.batch_size, most)


def _hiding(data: Data, args: CausalArgs, layout: Layout) -> dict[str, Any]:
    """What hidden places become."""
    value = args.mask_value if data.mask_value is None else data.mask_value
    hiding: dict[str, Any] = {"mask_value": value}
    if callable(value):
        hiding["mask_value"] = _script_occlusion(value, data, layout)
    elif value == "context" if isinstance(value, str) else False:
        if data.context is None:
            raise InputError(
                "The mask value is 'context', but there is no context: set data.context, or "
                "args.context_location with a script that has preprocess."
            )
        context = data.context.detach().cpu().numpy()
        hiding["context"] = layout.ours(np.asarray(context, np.float32).reshape(layout.shape))
        noise = data.context_noise if args.occlusion_noise is None else args.occlusion_noise
        hiding["noise"] = noise or None
    return hiding


def _script_occlusion(function: Any, data: Data, layout: Layout) -> Any:
    """A script's masking function, which is given the mask and the data and makes the mutant."""

    def background(mask: Any, sample: Any) -> Any:
        import torch

        del sample
        kept = torch.from_numpy(layout.mask(mask)).to(data.device)
        mutant = function(kept, data.data)
        return layout.ours(mutant.detach().cpu().numpy().astype(np.float32).reshape(layout.shape))

    return background


def _box(data: Data, args: CausalArgs) -> dict[str, Any]:
    box = getattr(data.target, "bounding_box", None)
    if not args.use_bounding_box or box is None:
        return {"use_bounding_box": False}
    left, top, right, bottom = (int(place) for place in np.asarray(box).ravel()[:4])
    return {"use_bounding_box": False, "bounding_box": (top, bottom, left, right)}
