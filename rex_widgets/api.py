"""The calls that everything else is built on: `start`, `explain`, `load_run`, `analyse`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.classifiers import Classifier, Preprocessing, as_classifier
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import Sample, kind_of_input, load_sample
from rex_widgets.methods import method_named
from rex_widgets.model_settings import ModelSettings
from rex_widgets.results import Explanation, Progress
from rex_widgets.run import Run as _CoreRun
from rex_widgets.run_file import read_run, telling_damage
from rex_widgets.settings import build, names_of

if TYPE_CHECKING:
    from rex_widgets.metrics import Analysis

MODEL_OPTIONS = names_of(ModelSettings)
"""Keywords of `start` and `explain` that go to `as_classifier`."""

INPUT_OPTIONS = names_of(InputSettings)
"""Keywords of `start` and `explain` that say what the input is; see `InputSettings`."""


class Run(_CoreRun):
    """A Run that can also be measured, and written as a page."""

    def to_html(self, path: str | Path) -> Path:
        """Write the explanation so far as one interactive page that needs no kernel."""
        from rex_widgets.report import to_html

        return to_html(self.result(), path)

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


def start(
    image: Any,
    model: Any,
    method: str = "causal",
    *,
    notes: Sequence[str] = (),
    **options: Any,
) -> Run:
    """Set up an explanation and do nothing yet; iterate over the result to compute.

    Parameters
    ----------
    image
        A path, bytes, PIL image, numpy array, torch tensor or row of a table; see `load_sample`.
    model
        Whatever `as_classifier` takes: a torch module, the path of an ONNX
        file or a session, a callable, an object with ``predict_proba``, the
        path of a ReX script.
    method
        "causal".
    notes
        Sentences to keep with the choices that the result reports.
    **options
        Settings of the method (`CausalSettings`), of the model
        (`as_classifier`) and of the input (`InputSettings`: mode, processed,
        array, row, volume, feature_names, …).

        ``context`` is read like the image and brought to the model's input; a
        float array of exactly the model's shape is taken as it is. When it is
        given, ``mask_value`` need not be.

    Returns
    -------
    Run

    Raises
    ------
    InputError, ModelError, SettingsError
        With what was given, what was expected, and what to do.

    Examples
    --------
    >>> run = start("cat.png", "classifier.onnx", iters=20, seed=0)   # doctest: +SKIP
    >>> for progress in run:                                          # doctest: +SKIP
    ...     print(progress.fraction)
    >>> run.result().area                                             # doctest: +SKIP
    """
    chosen = method_named(method)
    for_model = _taken(options, MODEL_OPTIONS)
    for_input = build(InputSettings, **_taken(options, INPUT_OPTIONS))
    settings = build(chosen.settings, **options)
    classifier = classifier_for(image, model, for_input, for_model)
    sample = _sample(image, classifier, for_input)
    if notes:
        sample = replace(sample, notes=(*sample.notes, *notes))
    settings = _settled(settings, classifier, sample, for_input)
    return Run(chosen.procedure(classifier, sample, settings, _drawn_seed()))


def explain(
    image: Any,
    model: Any,
    method: str = "causal",
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Explanation:
    """Explain why the model gives its answer; blocks, with a progress bar.

    An interrupt from the keyboard ends the computation and returns what was
    found so far.

    Parameters
    ----------
    image, model, method, **options
        As in `start`.
    progress
        Show a progress bar on the standard error stream, if that is a terminal
        or a notebook.
    on_progress
        Called after every batch of model calls, in place of the bar.

    Returns
    -------
    Explanation
    """
    run = start(image, model, method, **options)
    return finish(run, on_progress or (_bar if progress else _silent))


def finish(run: _CoreRun, on_progress: Callable[[Progress], None]) -> Explanation:
    """Drive a run to its end; an interrupt keeps the partial result and says so."""
    try:
        for step in run:
            on_progress(step)
    except KeyboardInterrupt:
        run.cancel()
        print(
            f"\nInterrupted after {run.progress.evaluations} evaluations: "
            "this is the explanation found so far.",
            file=sys.stderr,
        )
    return run.result()


def analyse(
    explanation: Explanation | _CoreRun, model: Any = None, image: Any = None, **options: Any
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

    for_model = _taken(options, MODEL_OPTIONS)
    for_input = build(InputSettings, **_taken(options, INPUT_OPTIONS))
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
            return measure(run.result(), run.classifier, run.sample.data, settings)
    if model is None or image is None:
        raise InputError(
            "analyse was given an explanation alone; expected the model and the image too: "
            "analyse(explanation, model, image). A run needs neither: run.analyse()."
        )
    classifier = classifier_for(image, model, for_input, for_model)
    sample = _sample(image, classifier, for_input)
    return measure(explanation, classifier, sample.data, settings)


def load_run(path: str | Path, model: Any, **options: Any) -> Run:
    """Read a saved run, to look at it or to go on from where it was.

    Parameters
    ----------
    path
        A file that `Run.save` wrote.
    model
        The model the run was started with.
    **options
        Of the model, and the mode, as given to `start`.

    Raises
    ------
    SavedRunError
        The file is no saved run, is damaged, or belongs to another model.
    """
    mode = build(InputSettings, **_taken(options, INPUT_OPTIONS)).mode
    document, arrays = read_run(Path(path))
    with telling_damage(Path(path)):
        method = method_named(document["method"])
        state = document["state"]
        runtime = str(state["runtime"])
        sample = method.part("sample_of")(state, arrays)
        settings = method.part("settings_of")(state, arrays)
    if not isinstance(model, Classifier):
        options.setdefault("runtime", _saved_runtime(runtime, model))
        if mode is not None or sample.kind != "image":
            options["mode"] = mode or sample.kind
        if sample.kind == "image":
            options.setdefault("input_shape", sample.data.shape)
        elif options.get("input_shape") is None:
            # whether the model has an axis for the channels is found out as it was at first
            options["fallback_shape"] = sample.data.shape
    classifier = as_classifier(model, **options)
    method.part("check_same_model")(classifier, arrays)
    with telling_damage(Path(path)):
        run = Run(method.procedure(classifier, sample, settings, int(document["seed"])))
        run.restore(document, arrays)
    return run


def classifier_for(
    image: Any, model: Any, for_input: InputSettings, for_model: Mapping[str, Any]
) -> Classifier:
    """Make a classifier for the kind of input that is to be explained.

    Parameters
    ----------
    image, model
        As given to `start`.
    for_input
        Says the mode, or leaves it to be guessed from the image.
    for_model
        Keywords for `as_classifier`.
    """
    given = dict(for_model)
    if not isinstance(model, Classifier):
        kind = kind_of_input(image, for_input.mode)
        if for_input.mode is not None or kind not in (None, "image"):
            given["mode"] = for_input.mode or kind
        if kind not in (None, "image") and given.get("input_shape") is None:
            return _of_unknown_shape(image, model, kind, for_input, given)
    return as_classifier(model, **given)


def _of_unknown_shape(
    image: Any, model: Any, kind: str, for_input: InputSettings, given: dict[str, Any]
) -> Classifier:
    """Make a classifier that takes the input's own shape, if the model does not tell another."""
    unread: InputError | None = None
    try:
        if not isinstance(image, Sample):
            neutral = Preprocessing(size=None, channels=1, kind=kind)
            image = load_sample(image, neutral, options=for_input)
        given["fallback_shape"] = image.data.shape
    except InputError as error:  # the model may want other channels, and tell its shape
        unread = error
    try:
        return as_classifier(model, **given)
    except ModelError:
        if unread is not None:
            raise unread from None
        raise


def _sample(image: Any, classifier: Classifier, for_input: InputSettings) -> Sample:
    if isinstance(image, Sample):
        return image
    if _script_reads(image, classifier, for_input):
        reading: Any = classifier
        data, _ = reading.read_input(image, for_input.mode)
        as_it_is = replace(for_input, processed=True)
        sample = load_sample(data, classifier.preprocessing, options=as_it_is)
        notes = (*sample.notes, "read by the script's own preprocess")
        return replace(sample, source=Path(image).name, notes=notes)
    return load_sample(image, classifier.preprocessing, options=for_input)


def _script_reads(image: Any, classifier: Classifier, for_input: InputSettings) -> bool:
    """Whether a ReX script's own `preprocess` reads the file.

    Not where what it does to a picture was measured: reading that ourselves keeps the picture.
    """
    if not getattr(classifier, "reads", False) or for_input.processed:
        return False
    if not isinstance(image, str | Path) or not Path(image).expanduser().is_file():
        return False
    told = classifier.preprocessing
    return told.kind != "image" or told.source.startswith("guess")


def _settled(
    settings: Any, classifier: Classifier, sample: Sample, for_input: InputSettings
) -> Any:
    """Bring what the settings name (another input, the script's box) to the model's shape."""
    changed: dict[str, Any] = {}
    context = getattr(settings, "context", None)
    if context is not None:
        changed["context"] = _context(context, classifier, sample, for_input)
    if getattr(settings, "use_bounding_box", False):
        if getattr(settings, "bounding_box", None) is not None:
            raise SettingsError("bounding_box and use_bounding_box were given; expected one.")
        changed["bounding_box"] = _script_box(classifier, sample)
        changed["use_bounding_box"] = False
    return replace(settings, **changed) if changed else settings


def _context(context: Any, classifier: Classifier, sample: Sample, for_input: InputSettings) -> Any:
    """Return the context as the model takes it, float32 ``(C, …)``."""
    is_float = isinstance(context, np.ndarray) and context.dtype.kind == "f"
    if is_float and context.shape == sample.data.shape:
        return np.asarray(context, np.float32)
    try:
        other = _sample(context, classifier, for_input)
    except InputError as error:
        raise InputError(f"The context cannot be used: {error}") from None
    if other.data.shape != sample.data.shape:
        raise InputError(
            f"The context has shape {other.data.shape}; expected {sample.data.shape}, "
            "that of the input."
        )
    return other.data


def _script_box(classifier: Classifier, sample: Sample) -> tuple[int, ...]:
    find = getattr(classifier, "bounding_box", None)
    box = find(sample.data) if find is not None else None
    if box is None:
        raise SettingsError(
            "use_bounding_box was given, but the model gives no bounding box; expected a ReX "
            "script whose prediction_function returns predictions with a bounding_box. Give "
            "bounding_box instead."
        )
    return tuple(int(place) for place in box)


def _taken(options: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Take what belongs to one settings class out of all keywords."""
    return {name: options.pop(name) for name in names if name in options}


def _saved_runtime(runtime: str, model: Any) -> str | None:
    """The runtime to ask for, so that a run goes on with the one it began with."""
    if not hasattr(model, "parameters"):
        return None
    return "eager" if "eager" in runtime else "onnxruntime" if "onnx" in runtime else None


def _drawn_seed() -> int:
    import secrets

    return secrets.randbelow(2**31)


def _silent(progress: Progress) -> None:
    pass


def _bar(progress: Progress) -> None:
    if not sys.stderr.isatty():
        return
    width = 30
    full = round(progress.fraction * width)
    left = "" if progress.seconds_left is None else f", {progress.seconds_left:.0f} s left"
    print(
        f"\r{progress.stage:<20} [{'#' * full}{' ' * (width - full)}] "
        f"{progress.evaluations} evaluations{left}    ",
        end="\n" if progress.fraction >= 1 else "",
        file=sys.stderr,
        flush=True,
    )
