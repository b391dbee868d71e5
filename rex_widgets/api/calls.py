"""`start` and `explain`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Literal, overload

from rex_widgets.api.measuring import Run
from rex_widgets.api.reading import (
    INPUT_OPTIONS,
    check_word,
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
from rex_widgets.run import ResultT
from rex_widgets.run import Run as _CoreRun
from rex_widgets.settings import build

if TYPE_CHECKING:
    from rex_widgets.bridge.counterfactuals import RegionCounterfactuals
    from rex_widgets.latent.counterfactuals import Counterfactuals
    from rex_widgets.relax.explanation import RelaxExplanation

_Latent = Literal["dice", "dive", "xgem", "lcf", "growing_spheres", "stylex", "is"]


@overload
def start(
    image: Any,
    model: Any,
    method: Literal["causal"] = "causal",
    *,
    notes: Sequence[str] = (),
    **options: Any,
) -> Run[Explanation]: ...


@overload
def start(
    image: Any, model: Any, method: Literal["relax"], *, notes: Sequence[str] = (), **options: Any
) -> Run[RelaxExplanation]: ...


@overload
def start(
    image: Any, model: Any, method: _Latent, *, notes: Sequence[str] = (), **options: Any
) -> Run[Counterfactuals]: ...


@overload
def start(
    image: Any, model: Any, method: Literal["rcsb"], *, notes: Sequence[str] = (), **options: Any
) -> Run[RegionCounterfactuals]: ...


@overload
def start(
    image: Any, model: Any, method: str, *, notes: Sequence[str] = (), **options: Any
) -> Run[Any]: ...


def start(
    image: Any,
    model: Any,
    method: str = "causal",
    *,
    notes: Sequence[str] = (),
    **options: Any,
) -> Run[Any]:
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
        Of what the method gives; see `explain`.

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
    check_word(model, method)
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


@overload
def explain(
    image: Any,
    model: Any,
    method: Literal["causal"] = "causal",
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Explanation: ...


@overload
def explain(
    image: Any,
    model: Any,
    method: Literal["relax"],
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RelaxExplanation: ...


@overload
def explain(
    image: Any,
    model: Any,
    method: _Latent,
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Counterfactuals: ...


@overload
def explain(
    image: Any,
    model: Any,
    method: Literal["rcsb"],
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> RegionCounterfactuals: ...


@overload
def explain(
    image: Any,
    model: Any,
    method: str,
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Any: ...


def explain(
    image: Any,
    model: Any,
    method: str = "causal",
    *,
    progress: bool = True,
    on_progress: Callable[[Progress], None] | None = None,
    **options: Any,
) -> Any:
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
    Explanation, RelaxExplanation, Counterfactuals or RegionCounterfactuals
        As the method has it.
    """
    run = start(image, model, method, **options)
    return finish(run, on_progress or (_bar if progress else _silent))


def finish(run: _CoreRun[ResultT], on_progress: Callable[[Progress], None]) -> ResultT:
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
