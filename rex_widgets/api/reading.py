"""From what a call names to a classifier, a sample, and settings that fit them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from rex_widgets.classifiers import Classifier, Preprocessing, as_classifier
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import Sample, kind_of_input, load_sample
from rex_widgets.methods import LATENT_METHODS, Method
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import names_of

MODEL_OPTIONS = names_of(ModelSettings)
"""Keywords of `start` and `explain` that go to `as_classifier`."""

INPUT_OPTIONS = names_of(InputSettings)
"""Keywords of `start` and `explain` that say what the input is; see `InputSettings`."""

_OF_PACKAGE = {"world": LATENT_METHODS, "digits": ("rcsb",), "characters": ("rcsb",)}
"""Words for the models that come with the package, and the methods that know them."""

Maker = Callable[..., Classifier]
"""Makes of a model what a method calls: `as_classifier`, or the method's own."""


def model_options(method: Method) -> tuple[str, ...]:
    """Names of the options that are the model's: what a method calls by such a name is its own."""
    own = names_of(method.settings)
    return tuple(name for name in MODEL_OPTIONS if name not in own)


def check_word(model: Any, method: str) -> None:
    """Refuse the package's own model where the method does not know it.

    Raises
    ------
    ModelError
        Naming the methods that do.
    """
    methods = _OF_PACKAGE.get(model.lower(), ()) if isinstance(model, str) else ()
    if methods and method not in methods and not Path(model).exists():
        raise ModelError(
            f"The model was {model!r}, which comes with the package for {', '.join(methods)}; the "
            f"method was {method!r}. Name one of those, such as method={methods[0]!r}, or give a "
            "model of your own."
        )


def maker_of(method: Method, settings: Any) -> Maker:
    """What makes a method's model of the one that a person gave."""
    if method.offers("as_model"):
        return partial(method.part("as_model"), settings=settings)
    return as_classifier


def is_made(model: Any, method: Method) -> bool:
    """Whether a model is one that the method calls already, and needs no making."""
    return isinstance(model, method.part("Model") if method.offers("Model") else Classifier)


def classifier_for(
    image: Any,
    model: Any,
    for_input: InputSettings,
    for_model: Mapping[str, Any],
    *,
    make: Maker = as_classifier,
    made: bool | None = None,
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
    make
        Makes it; a method whose models are no classifiers has its own.
    made
        Whether ``model`` is made already; by default whether it is a `Classifier`.
    """
    given = dict(for_model)
    if not (isinstance(model, Classifier) if made is None else made):
        kind = kind_of_input(image, for_input.mode)
        if for_input.mode is not None or kind not in (None, "image"):
            given["mode"] = for_input.mode or kind
        if kind not in (None, "image") and given.get("input_shape") is None:
            return _of_unknown_shape(image, model, kind, for_input, given, make)
    return make(model, **given)


def _of_unknown_shape(
    image: Any,
    model: Any,
    kind: str,
    for_input: InputSettings,
    given: dict[str, Any],
    make: Maker,
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
        return make(model, **given)
    except ModelError:
        if unread is not None:
            raise unread from None
        raise


def sample_for(image: Any, classifier: Classifier, for_input: InputSettings) -> Sample:
    """Read an input for a classifier; a ReX script may have to read it itself."""
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


def settled(
    method: Method, settings: Any, classifier: Classifier, sample: Sample, for_input: InputSettings
) -> Any:
    """Bring what the settings name (other inputs, the script's box) to the model's shape."""
    if method.offers("settled"):

        def read(given: Any) -> Sample:
            return sample_for(given, classifier, for_input)

        return method.part("settled")(settings, classifier, sample, read)
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
        other = sample_for(context, classifier, for_input)
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


def taken(options: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Take what belongs to one settings class out of all keywords."""
    return {name: options.pop(name) for name in names if name in options}
