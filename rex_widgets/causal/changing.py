"""The same question with other settings: what changes, and what may be reused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

import numpy as np

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.settings import build, options

_OCCLUSION = ("mask_value", "context", "noise", "seed")
"""Settings that decide what the model was shown for a mask."""


def settings_with(settings: CausalSettings, changes: Mapping[str, Any]) -> CausalSettings:
    """Settings with some of them changed; flags' spellings are known, unknown names are told.

    Raises
    ------
    SettingsError
        A name is unknown or a value is wrong.
    """
    spelled = {
        o.flag.replace("-", "_"): name for name, o in options(CausalSettings).items() if o.flag
    }
    named = {spelled.get(name, name): value for name, value in changes.items()}
    kept = {f.name: getattr(settings, f.name) for f in fields(settings) if f.name not in named}
    return build(CausalSettings, **kept, **named)


def same_occlusion(one: CausalSettings, other: CausalSettings) -> bool:
    """Whether a mask shows the model the same under both settings."""
    return all(_same(getattr(one, name), getattr(other, name)) for name in _OCCLUSION)


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, np.ndarray) or isinstance(other, np.ndarray):
        both = isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
        return both and np.array_equal(one, other)
    return bool(one == other)
