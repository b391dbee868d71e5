"""From what a call names to the two models, the samples, and settings that fit them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rex_widgets.classifiers.labels import read_labels
from rex_widgets.encoders.training import layers_that_differ
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import Sample
from rex_widgets.latent.given_worlds import correlation_of, is_given_world
from rex_widgets.latent.knowledge import check_gradients, fisher_of
from rex_widgets.latent.models import LatentModel
from rex_widgets.latent.samples import (
    array_of_file,
    check_amount,
    indices_of,
    latents_of,
    source_of,
)
from rex_widgets.latent.settings import WORLD, LatentSettings
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.latent.targets import targets_for
from rex_widgets.latent.world.world import World, load_world
from rex_widgets.settings import given as given_of

PROBED = 8
"""Samples that are decoded and classified before a run."""

_LONGEST = 80

_OF_MODEL = ("mean", "std", "labels")
_LABELS = ("even", "odd")


def opened(
    image: Any,
    model: Any,
    settings: LatentSettings,
    for_input: InputSettings,
    for_model: Mapping[str, Any],
) -> tuple[LatentModel, Sample, LatentSettings]:
    """Read the samples, and try generator and classifier on the first of them.

    Parameters
    ----------
    image
        Latents ``(Z,)`` or ``(B, Z)``, or the path of a .npy file; of the world also an index, or
        several. The world's latents are standardised; those for another generator are as it takes
        them.
    model
        "world", a world, a torch module or a function of pictures.
    settings
        Name the generator.
    for_input
        Nothing of it means anything here.
    for_model
        ``mean``, ``std`` and ``labels``.

    Raises
    ------
    InputError, ModelError, SettingsError
        With what was given, what was expected, and what to do.
    """
    for name in given_of(for_input):
        raise SettingsError(
            f"{name} was given, which says how a file is read; the method {settings.method} takes "
            "latents. Leave it out."
        )
    if is_given_world(model) and (settings.generator is None or _is_world(settings.generator)):
        settings = replace(settings, generator=model)
    if settings.generator is None and _is_world(model):
        settings = replace(settings, generator=WORLD)
    settings = with_arrays(settings)
    made = as_model(model, settings, **for_model)
    if made.world is not None:
        latents, source, notes = _of_world(image, made.world)
    else:
        if isinstance(image, int | float | np.generic):
            raise InputError(
                f"Sample {image!r} was asked for, which is an index; only the world's samples are "
                "numbered (generator='world'). Give the latents of the sample."
            )
        _check_no_correlation(settings)
        latents, source, notes = latents_of(image), "", ()
        source = source_of(None, len(latents))
        _check_size(latents.shape[1], made)
        known = made.of_size(latents.shape[1])
        latents = known.standardised(torch.from_numpy(latents)).numpy()
    check_amount(len(latents), settings.num_explanations)
    rows = torch.from_numpy(latents[:PROBED]).to(made.device)
    logits = made.probe(rows)
    targets_for(logits, settings.target)
    check_gradients(made, settings.method)
    if settings.method == "is" and made.world is None:
        raise SettingsError(
            "The method 'is' exchanges what goes with the class by chance, which is known of the "
            "world alone: give generator='world', or choose another method."
        )
    with torch.no_grad():
        picture = made.picture(made.generate(rows[:1]))[0]
    return made, Sample(latents, picture, source, notes), settings


def _check_no_correlation(settings: LatentSettings) -> None:
    """Refuse what chooses among the world's classifiers, where the world is not asked."""
    for name in sorted({"n_corr", "corr_level"} & set(given_of(settings))):
        raise SettingsError(
            f"{name} was {getattr(settings, name)!r}, which chooses among the world's classifiers; "
            "the generator is another. Leave it out."
        )


def as_model(model: Any, settings: LatentSettings, **options: Any) -> LatentModel:
    """Make the model that a run asks: a generator and a classifier.

    Parameters
    ----------
    model
        The classifier: "world", a torch module or a function; a `LatentModel` stays what it is.
    settings
        Name the generator, and the statistics of its latents.
    **options
        ``mean`` and ``std`` normalise the classifier's pictures; ``labels`` names classes. Shapes
        are found out.

    Raises
    ------
    ModelError, SettingsError
        One of the two cannot be used, or an option means nothing here.
    """
    if isinstance(model, LatentModel):
        return model
    for name, value in options.items():
        shapes = ("input_shape", "fallback_shape", "mode", "runtime")
        if value is not None and name not in (*_OF_MODEL, *shapes):
            raise SettingsError(
                f"{name} was given; of a classifier of generated pictures only mean, std and "
                "labels can be said. Leave it out."
            )
    if is_given_world(model):
        model = _name_of(model, settings)
    world = _world(model, settings)
    classifier: Any = world.classifier if world and _is_world(model) else model
    generator: Any = world.generator if world else settings.generator
    notes = []
    for name, one in (("classifier", classifier), ("generator", generator)):
        notes.extend(_check_callable(name, one))
    labels = options.get("labels")
    if world is not None:
        notes.append(
            f"generator: the world's, with n_corr={world.n_corr} and corr_level={world.corr_level}"
        )
        device = next((p.device for p in _parameters(classifier)), torch.device("cpu"))
        if device.type != "cpu":
            generator = copy.deepcopy(generator).to(device)
    found = read_labels(labels) if labels is not None else None
    made = LatentModel(
        generator,
        classifier,
        statistics=world.statistics if world else _statistics(settings),
        world=world,
        output="signed" if world else settings.generator_output,
        normalise=_normalise(options),
        labels=_LABELS if found is None and world and _is_world(model) else found,
        notes=notes,
    )
    if world is not None and _is_world(model):
        made.fisher = fisher_of(world)
    return made


def with_arrays(settings: LatentSettings) -> LatentSettings:
    """Read training latents that are named by their file."""
    if not isinstance(settings.latents, str):
        return settings
    return replace(settings, latents=array_of_file(Path(settings.latents)))


def _world(model: Any, settings: LatentSettings) -> World | None:
    if _is_world(settings.generator):
        return load_world(settings.n_corr, settings.corr_level)
    if _is_world(model):
        if settings.generator is None:
            return load_world(settings.n_corr, settings.corr_level)
        raise SettingsError(
            "The classifier is the world's, and the generator is another; the world's classifier "
            "knows its own pictures only. Give generator='world', or your own classifier."
        )
    if settings.generator is None:
        raise SettingsError(
            "generator was not given; expected what makes pictures of latents: a torch module or a "
            "function, or 'world' for the characters in fonts that come with the package."
        )
    return None


def _name_of(world: Any, settings: LatentSettings) -> str:
    own = correlation_of(world)
    if _is_world(settings.generator) and own != (settings.n_corr, settings.corr_level):
        raise SettingsError(
            f"The classifier is that of a world with n_corr={own[0]} and corr_level={own[1]}, and "
            f"the generator that of n_corr={settings.n_corr} and corr_level={settings.corr_level}. "
            "Give both of the same world."
        )
    return WORLD


def _of_world(image: Any, world: World) -> tuple[np.ndarray[Any, Any], str, tuple[str, ...]]:
    indices = indices_of(image, len(world.validation))
    if indices is not None:
        found = world.latents(indices).numpy()
        return found, source_of(indices, len(found)), ()
    found = latents_of(image)
    size = world.statistics.size
    if found.shape[1] != size:
        raise InputError(
            f"The latents have {found.shape[1]} coordinates; the world's have {size} "
            f"({', '.join(world.statistics.names)}). Or give an index from 0 to "
            f"{len(world.validation) - 1}."
        )
    return found, source_of(None, len(found)), ("latents of the world: read as standardised",)


def _statistics(settings: LatentSettings) -> LatentStatistics | None:
    if settings.statistics is not None:
        given: LatentStatistics = settings.statistics
        return given
    if settings.latents is None:
        return None
    training = torch.tensor(settings.latents)
    return LatentStatistics.of(training, training)


def _check_size(size: int, model: LatentModel) -> None:
    known = model.statistics
    if known is not None and known.size != size:
        raise InputError(
            f"The latents have {size} coordinates, and the statistics of the latent space "
            f"{known.size}. Give both of the same generator."
        )


def _is_world(model: Any) -> bool:
    return isinstance(model, str) and model.lower() == WORLD


def _check_callable(name: str, given: Any) -> list[str]:
    """Refuse what cannot be called, or answers by chance; return what is to be told of it."""
    if isinstance(given, type) or not callable(given):
        raise ModelError(
            f"The {name} is {_short(given)}; expected a torch module, a function of tensors, or "
            "'world'."
        )
    if not isinstance(given, torch.nn.Module) or not given.training:
        return []
    layers = layers_that_differ(given)
    if layers:
        listed = ", ".join(layers[:3]) + (", …" if len(layers) > 3 else "")
        raise ModelError(
            f"The {name} is in training mode, in which {listed} answers by chance or by what else "
            f"is in the batch. Call {name}.eval() first."
        )
    return [f"{name}: in training mode; no layer of it is known to differ then"]


def _short(given: Any) -> str:
    words = " ".join(repr(given).split())
    return words if len(words) <= _LONGEST else f"{words[:_LONGEST]}…"


def _parameters(model: Any) -> Any:
    return model.parameters() if isinstance(model, torch.nn.Module) else ()


def _normalise(options: Mapping[str, Any]) -> tuple[Any, Any] | None:
    mean, std = options.get("mean"), options.get("std")
    if mean is None and std is None:
        return None
    pair = []
    for values, usual in ((mean, 0.0), (std, 1.0)):
        array = np.atleast_1d(np.asarray(usual if values is None else values, np.float64))
        pair.append(tuple(float(value) for value in array))
    if 0 in pair[1]:
        raise SettingsError("std was 0 for a channel; expected numbers above 0.")
    return pair[0], pair[1]
