"""`start`, `explain` and `load_run`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rex_widgets.api.measuring import Run
from rex_widgets.api.reading import (
    INPUT_OPTIONS,
    classifier_for,
    is_made,
    maker_of,
    model_options,
    sample_for,
    settled,
    taken,
)
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import Sample
from rex_widgets.methods import Method, method_named
from rex_widgets.results import Explanation, Progress
from rex_widgets.run import Run as _CoreRun
from rex_widgets.run_file import read_run, telling_damage
from rex_widgets.settings import build


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
        "causal", "relax", or of latent counterfactuals "dice", "dive", "xgem", "lcf",
        "growing_spheres", "stylex" and "is": then ``image`` is latents, or an index of the world,
        and ``generator`` makes pictures of them. "rcsb" changes a picture inside ``region``, which
        ``network`` draws.
    notes
        Sentences to keep with the choices that the result reports.
    **options
        Settings of the method (`CausalSettings`), of the model
        (`as_classifier`) and of the input (`InputSettings`: mode, processed,
        array, row, volume, feature_names, …).

        ``context`` is read like the image and brought to the model's input; a
        float array of exactly the model's shape is taken as it is. When it is
        given, ``mask_value`` need not be.

        ``region`` (a mask of the model's resolution: an array, a file, a COCO
        RLE, a `RegionCanvas`, another explanation) bounds the search; what the
        model is shown outside it, ``outside`` says: "hidden" or "visible".

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
    for_model = taken(options, model_options(chosen))
    for_input = build(InputSettings, **taken(options, INPUT_OPTIONS))
    settings = build(chosen.settings, **options)
    classifier, sample, settings = _opened(chosen, image, model, settings, for_input, for_model)
    if notes:
        sample = replace(sample, notes=(*sample.notes, *notes))
    return Run(chosen.procedure(classifier, sample, settings, _drawn_seed()))


def _opened(
    chosen: Method,
    image: Any,
    model: Any,
    settings: Any,
    for_input: InputSettings,
    for_model: dict[str, Any],
) -> tuple[Any, Sample, Any]:
    """Make the model, read the input, and bring the settings to both."""
    if chosen.offers("opened"):
        found: tuple[Any, Sample, Any] = chosen.part("opened")(
            image, model, settings, for_input, for_model
        )
        return found
    made = is_made(model, chosen)
    make = maker_of(chosen, settings)
    classifier = classifier_for(image, model, for_input, for_model, make=make, made=made)
    sample = sample_for(image, classifier, for_input)
    return classifier, sample, settled(chosen, settings, classifier, sample, for_input)


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


def load_run(path: str | Path, model: Any, **options: Any) -> Run:
    """Read a saved run, to look at it or to go on from where it was.

    Parameters
    ----------
    path
        A file that `Run.save` wrote.
    model
        The model the run was started with.
    **options
        Of the model, and the mode, as given to `start`; and the functions and encoders among the
        settings (``similarity_measure``, ``versus``), which a file cannot hold.

    Raises
    ------
    SavedRunError
        The file is no saved run, is damaged, or belongs to another model.
    """
    mode = build(InputSettings, **taken(options, INPUT_OPTIONS)).mode
    document, arrays = read_run(Path(path))
    with telling_damage(Path(path)):
        method = method_named(document["method"])
        state = document["state"]
        runtime = str(state["runtime"])
        sample = method.part("sample_of")(state, arrays)
        again = taken(options, method.part("GIVEN_AGAIN")) if method.offers("GIVEN_AGAIN") else {}
        settings = method.part("settings_of")(state, arrays, **again)
    if not is_made(model, method):
        if method.offers("options_of"):
            told = method.part("options_of")(state)
            options.update({n: v for n, v in told.items() if options.get(n) is None})
        options.setdefault("runtime", _saved_runtime(runtime, model))
        if mode is not None or sample.kind != "image":
            options["mode"] = mode or sample.kind
        if sample.kind == "image":
            options.setdefault("input_shape", sample.data.shape)
        elif options.get("input_shape") is None:
            # whether the model has an axis for the channels is found out as it was at first
            options["fallback_shape"] = sample.data.shape
    classifier = maker_of(method, settings)(model, **options)
    method.part("check_same_model")(classifier, arrays)
    with telling_damage(Path(path)):
        run = Run(method.procedure(classifier, sample, settings, int(document["seed"])))
        run.restore(document, arrays)
    return run


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
