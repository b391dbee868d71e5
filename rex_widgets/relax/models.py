"""How the method relax makes an encoder of the model that a person gives."""

from __future__ import annotations

import inspect
from typing import Any

from rex_widgets.encoders import Encoder, as_encoder
from rex_widgets.errors import SettingsError
from rex_widgets.relax.changing import OF_ENCODER
from rex_widgets.relax.settings import RelaxSettings

_KNOWN = frozenset(inspect.signature(as_encoder).parameters)


def as_model(model: Any, settings: RelaxSettings, **options: Any) -> Encoder:
    """Make an encoder with what the settings say of it.

    Parameters
    ----------
    model
        What `as_encoder` takes; an `Encoder` is changed where the settings say something else.
    settings
        ``layer``, ``output``, ``pool`` and ``eval_mode``.
    **options
        Others of `as_encoder`.

    Raises
    ------
    SettingsError
        An option says something of a classifier only, such as its labels.
    ModelError
        The model cannot be used.
    """
    for name, value in options.items():
        if name not in _KNOWN and value is not None:
            raise SettingsError(
                f"{name} was given, which says something of classes; the method relax explains an "
                "encoder's representation, which has none. Leave it out."
            )
    told = {name: getattr(settings, name) for name in OF_ENCODER}
    said = {name: value for name, value in told.items() if value is not None and value is not False}
    return as_encoder(model, **said, **{n: v for n, v in options.items() if n in _KNOWN})
