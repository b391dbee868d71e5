"""`load_run`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rex_widgets.api.measuring import Run
from rex_widgets.api.reading import INPUT_OPTIONS, is_made, maker_of, taken
from rex_widgets.input_settings import InputSettings
from rex_widgets.methods import method_named
from rex_widgets.run_file import read_run, telling_damage
from rex_widgets.settings import build


def load_run(path: str | Path, model: Any, **options: Any) -> Run[Any]:
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
