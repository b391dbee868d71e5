"""From what a person names to the models of an explorer, and to what the browser knows of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rex_widgets.errors import InputError

if TYPE_CHECKING:
    from rex_widgets.latent.models import LatentModel

_BEYOND = 1e-3
"""A range of no length would have no slider."""


def found_model(classifier: Any, **options: Any) -> LatentModel:
    """Make the model that an explorer asks; a `LatentModel` stays what it is.

    Parameters
    ----------
    classifier
        "world", a torch module, a function of pictures, or a `LatentModel`.
    **options
        ``generator``, ``statistics``, ``latents``, ``n_corr``, ``corr_level`` and ``labels``.
    """
    from rex_widgets.latent.opening import as_model
    from rex_widgets.latent.settings import GrowingSpheresSettings

    labels = options.pop("labels")
    settings = GrowingSpheresSettings(**options)
    return as_model(classifier, settings, labels=labels)


def start_of(start: Any, model: LatentModel) -> list[float]:
    """Return the standardised latent that a person named; the middle where none was.

    Raises
    ------
    InputError
        It is no single latent, or of another size.
    """
    import torch

    from rex_widgets.latent.samples import indices_of, latents_of

    known, world = model.statistics, model.world
    if start is None:
        if known is None:
            raise InputError(
                "start was not given, and nothing says how many coordinates the latents have. "
                "Give latents (Z,) to start from, or statistics."
            )
        return [0.0] * known.size
    indices = None if world is None else indices_of(start, len(world.validation))
    if indices is not None:
        assert world is not None
        found = world.latents(indices)
    else:
        found = torch.from_numpy(latents_of(start))
        if known is not None and known.size != found.shape[1]:
            raise InputError(
                f"The latents have {found.shape[1]} coordinates, and those of the latent space "
                f"{known.size}."
            )
        if world is None:
            found = model.of_size(found.shape[1]).standardised(found)
    if len(found) != 1:
        raise InputError(f"{len(found)} samples were given; an explorer starts from one.")
    return [float(value) for value in found[0]]


def space_of(model: LatentModel) -> dict[str, Any]:
    """Return coordinates, ranges and known places, as JSON values."""
    known = model.statistics
    assert known is not None
    low, high = known.minimum.cpu().numpy(), known.maximum.cpu().numpy()
    return {
        "coordinates": list(known.names),
        "parts": [[part.name, part.start, part.end] for part in known.parts],
        "minimum": [float(value) for value in low],
        "maximum": [float(value) for value in np.maximum(high, low + _BEYOND)],
        "labels": [str(label)[:200] for label in model.labels],
        "known": _known_places(model),
    }


def _known_places(model: LatentModel) -> list[dict[str, Any]]:
    if model.world is None:
        return []
    from rex_widgets.latent.world.atlas import load_atlas
    from rex_widgets.latent.world.characters import CHARACTERS

    names = (list(CHARACTERS), list(load_atlas().font_names))
    places = (model.world.characters, model.world.fonts)
    return [
        {"part": part, "names": names[part], "places": places[part].cpu().numpy().tolist()}
        for part in range(2)
    ]
