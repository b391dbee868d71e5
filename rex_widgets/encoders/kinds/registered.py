"""The list of kinds: who recognises a model and makes an encoder of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from rex_widgets.classifiers.registry import Registry
from rex_widgets.encoders.base import Encoder
from rex_widgets.encoders.options import EncoderOptions

Kind = Callable[[object, EncoderOptions, Mapping[str, Any]], Encoder | None]
"""Returns an encoder, or None where the model is not of this kind.

It is given the model, the options checked, and the same options as the person gave them.
"""

KINDS: Registry[Kind] = Registry("rex_widgets.encoders.kinds")
