"""Latent-CF as a method of `rex_widgets.methods`."""

from __future__ import annotations

from rex_widgets.latent.presets import groups_of, presets_of
from rex_widgets.latent.room import GIVEN_AGAIN, shared
from rex_widgets.latent.settings import LCFSettings as Settings

__all__ = ["GIVEN_AGAIN", "GROUPS", "PRESETS", "Settings"]

GROUPS = groups_of(Settings)
PRESETS = presets_of(Settings)
__getattr__ = shared(__name__)
