"""From what a call names to classifier, network, picture, and settings that fit them."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from rex_widgets.bridge.areas.maps import checked_map
from rex_widgets.bridge.judges import Judge
from rex_widgets.bridge.models import RcsbModel
from rex_widgets.bridge.packaged import PACKAGED, SIDE, Packaged, packaged_of
from rex_widgets.bridge.places import drawn_region, map_read
from rex_widgets.bridge.reading import check_kind, original_size, picture_for
from rex_widgets.bridge.scripts import through_module
from rex_widgets.bridge.seen import is_of_crop, over_whole
from rex_widgets.bridge.settings import AUTO, DIGITS, OF_FILE, RcsbSettings
from rex_widgets.classifiers import Classifier, as_classifier
from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.input_settings import InputSettings
from rex_widgets.inputs import Sample
from rex_widgets.settings import given as given_of

if TYPE_CHECKING:
    from rex_widgets.bridge.network import BridgeNetwork

_READ_BY = {
    "attribution": (
        "attribution",
        "sign",
        "outlier",
        "smoothing",
        "noise",
        "noise_samples",
        "layer",
    ),
    "text": ("detector", "segmenter", "use_binary_masks"),
}
_OF_CENTRE = "map: of the centre that the classifier cuts out, and laid there"
_SHAPES = ("input_shape", "fallback_shape", "mode", "runtime")
_PICKLES = {".pt", ".pth", ".ckpt", ".bin", ".safetensors"}
_GUESSED = "Nothing tells the input size"


def opened(
    image: Any,
    model: Any,
    settings: RcsbSettings,
    for_input: InputSettings,
    for_model: Mapping[str, Any],
) -> tuple[RcsbModel, Sample, RcsbSettings]:
    """Make the models, read picture and region, and try the classifier on the picture.

    Parameters
    ----------
    image
        What `load_sample` takes as a picture; of the package's worlds also an index.
    model
        "digits", "characters", or what `as_classifier` takes.
    settings
        Name network, region and second classifier.
    for_input, for_model
        What the person says of picture and classifier.

    Raises
    ------
    InputError, ModelError, SettingsError
        With what was given, what was expected, and what to do.
    """
    if settings.source == "text" and None in (settings.detector, settings.segmenter):
        raise SettingsError(
            f"prompt was {settings.prompt!r}, and what finds it was not given. Give detector=, the "
            "folder of a GroundingDINO model, and segmenter=, that of a SAM model: their weights "
            "do not come with this package, and are never fetched."
        )
    # before a model is asked for that would not help
    check_kind(image, for_input.mode)
    given = dict(for_model)
    if for_input.mode is not None:
        given["mode"] = for_input.mode
    made = as_model(model, settings, **given)
    sample = picture_for(image, made.plain_network, made.world, for_input)
    size = (int(sample.data.shape[1]), int(sample.data.shape[2]))
    if settings.region is not None:
        mask, notes = drawn_region(settings.region, size, image, made.plain_network, for_input)
        settings = replace(settings, region=mask)
        sample = replace(sample, notes=(*sample.notes, *notes))
    if isinstance(settings.map, str):
        settings = replace(settings, map=map_read(Path(settings.map)))
    if settings.map is not None:
        checked_map(settings.map)
    sample = replace(sample, notes=(*sample.notes, *_unread(settings)))
    seen = made.preprocessing
    if settings.map is not None and seen.crop < 1:
        was = original_size(image, made.plain_network, for_input)
        if is_of_crop(settings.map, seen, was):
            settings = replace(settings, map=over_whole(settings.map, seen, was))
            sample = replace(sample, notes=(*sample.notes, _OF_CENTRE))
    made.probe(sample.data, settings)
    return made, sample, settings


def _unread(settings: RcsbSettings) -> tuple[str, ...]:
    """What was set and means nothing where the region comes from, as sentences."""
    came = "drawn" if settings.source == "drawn" else f"found by area_from {settings.source!r}"
    return tuple(
        f"{name} was set, which is for a region found by {source}; the region is {came}."
        for source, names in _READ_BY.items()
        if source != settings.source
        for name in names
        if name in given_of(settings)
    )


def as_model(model: Any, settings: RcsbSettings, **options: Any) -> RcsbModel:
    """Make the model that a run asks: a classifier, a network and a second opinion.

    Parameters
    ----------
    model
        "digits", "characters", one of these worlds, or what `as_classifier` takes; an `RcsbModel`
        stays what it is.
    settings
        Name the network and the second classifier.
    **options
        Of `as_classifier`.

    Raises
    ------
    ModelError, SettingsError
        One of them cannot be used, or an option means nothing here.
    """
    if isinstance(model, RcsbModel):
        return model
    notes: list[str] = []
    own = packaged_of(model)
    known = own
    if own is not None:
        for name, value in options.items():
            if value is not None and name not in _SHAPES:
                raise SettingsError(
                    f"{name} was given, and the model is the one of the {own.name}, which is "
                    "known. Leave it out."
                )
        classifier = _of_package(own, own.load().classifier, own.name)
    else:
        if isinstance(model, Classifier):
            options = {name: value for name, value in options.items() if name not in _SHAPES}
        _check_no_pickle(model)
        classifier, said = through_module(as_classifier(model, **options))
        notes += [said] if said else []
    _check_pictures(classifier)
    network, drawn_by = _network(settings, classifier, own)
    if drawn_by is not None:
        known = drawn_by
        notes.append(f"network: the one of the {known.name}, which {known.where}")
    if own is None and options.get("input_shape") is None:
        classifier = _of_networks_size(model, classifier, network, options)
    judge = Judge(classifier)
    second, said = second_of(settings, own)
    if said:
        notes.append(said)
    world = None if known is None else known.load()
    return RcsbModel(judge, _placed(network, judge.device), second=second, world=world, notes=notes)


def second_of(settings: RcsbSettings, own: Packaged | None) -> tuple[Judge | None, str]:
    """Return the second classifier, and what was chosen in words; ``None`` for no one.

    Parameters
    ----------
    settings
        Name it.
    own
        The world whose classifier is explained; ``None`` for one of the person's own.

    Raises
    ------
    ModelError, SettingsError
        It cannot be used, or is of another world.
    """
    given = settings.second
    if given is None or (given == AUTO and own is None):
        return None, ""
    named = PACKAGED.get(given.lower()) if isinstance(given, str) else None
    if given == AUTO:
        named = own
    if named is not None:
        _check_same(own, named, "second")
        made = Judge(_of_package(named, named.load().second_classifier, f"{named.name}, second"))
        said = f"second opinion: the other classifier of the {named.name}"
        return made, said if given == AUTO else ""
    try:
        _check_no_pickle(given)
        classifier = as_classifier(given)
        _check_pictures(classifier)
    except ModelError as error:
        raise ModelError(f"The second classifier cannot be used: {error}") from None
    return Judge(classifier), ""


def _of_package(world: Packaged, module: torch.nn.Module, name: str) -> Classifier:
    shape = (world.channels, SIDE, SIDE)
    return as_classifier(module, input_shape=shape, labels=world.labels, name=name)


def _check_same(own: Packaged | None, named: Packaged, setting: str) -> None:
    if own is not None and own != named:
        raise SettingsError(
            f"{setting} was {named.name!r}, and the model is the one of the {own.name}: these "
            f"draw other pictures. Leave {setting} out, or give {setting}={own.name!r}."
        )


def _network(
    settings: RcsbSettings, classifier: Classifier, own: Packaged | None
) -> tuple[BridgeNetwork, Packaged | None]:
    """Return the network, and the world of the package that it is of."""
    given = settings.network
    named = PACKAGED.get(given.lower()) if isinstance(given, str) else None
    said = {name: getattr(settings, name) for name in OF_FILE}
    said = {name: value for name, value in said.items() if value is not None}
    if said and (given is None or named is not None):
        of = named or own or PACKAGED[DIGITS]
        raise SettingsError(
            f"{' and '.join(said)} {'was' if len(said) == 1 else 'were'} given, which tells of the "
            f"file of a trained network, and the network is the one of the {of.name}, of which all "
            "is known. Name a file by network=, or leave it out."
        )
    if given is None:
        wanted = classifier.preprocessing
        if own is None and (wanted.channels != 1 or wanted.size != (SIDE, SIDE)):
            size = "any size" if wanted.size is None else " × ".join(map(str, wanted.size))
            kind = "grey" if wanted.channels == 1 else "colour"
            raise SettingsError(
                "network was not given, and the one that comes with the package draws grey digits "
                f"of {SIDE} × {SIDE}; the classifier takes {kind} pictures of {size}. Give "
                "network=, the file of a trained bridge (I²SB or RCSB, .pt or .safetensors), the "
                "folder of a diffusers UNet2DModel, or a module; network='digits' or "
                "network='characters' where digits or coloured letters are meant."
            )
        named = own or PACKAGED[DIGITS]
    if named is not None:
        _check_same(own, named, "network")
        return named.load().network, named
    from rex_widgets.bridge.checkpoints.opening import open_network

    path = Path(given).expanduser() if isinstance(given, str) else given
    layout: Any = settings.layout
    return open_network(path, layout=layout, **said), None


def _of_networks_size(
    model: Any, classifier: Classifier, network: BridgeNetwork, options: Mapping[str, Any]
) -> Classifier:
    """Take the network's size where the classifier's was only guessed, and it works."""
    guessed = any(choice.startswith(_GUESSED) for choice in classifier.choices)
    if not guessed or network.size is None or isinstance(model, Classifier):
        return classifier
    shape = (classifier.preprocessing.channels, *network.size)
    try:
        return as_classifier(model, **{**options, "input_shape": shape})
    except Exception:
        # whatever the module raises of that size, it has taken the other one
        return classifier


def _check_no_pickle(model: Any) -> None:
    if isinstance(model, str | Path) and Path(model).suffix.lower() in _PICKLES:
        raise ModelError(
            f"{Path(model).name!r} is a file of weights, which does not say what module they "
            "belong to, and may run any code when it is read as a model; it is not opened. Give "
            "the torch.nn.Module itself (load_state_dict(torch.load(path, weights_only=True))), a "
            "ReX script (.py) that makes it, which a command line takes too, or an ONNX file with "
            "guidance='best_of' (--guidance best_of), since it has no gradient. A network that "
            "draws is given by network= (--network)."
        )


def _check_pictures(classifier: Classifier) -> None:
    kind = classifier.preprocessing.kind
    if kind != "image":
        raise ModelError(
            f"The model takes inputs of the kind {kind}; region-constrained counterfactuals are "
            "of pictures. Give a model of pictures, or say its input_shape=(channels, height, "
            "width)."
        )


def _placed(network: BridgeNetwork, device: torch.device) -> BridgeNetwork:
    """Bring a network to the classifier's graphics card; one that is on one stays there."""
    if device.type == "cpu" or not isinstance(network, torch.nn.Module):
        return network
    own = next((held.device for held in network.parameters()), device)
    if own.type != "cpu":
        return network
    moved: Any = copy.deepcopy(network).to(device)
    return moved  # type: ignore[no-any-return]
