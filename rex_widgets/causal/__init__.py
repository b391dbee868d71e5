"""Causal responsibility (ReX): which parts of an input make the model say what it says."""

from rex_widgets.causal.presets import GROUPS, PRESETS
from rex_widgets.causal.procedure import CausalProcedure
from rex_widgets.causal.procedure import CausalProcedure as Procedure
from rex_widgets.causal.saving import check_same_model, sample_of, settings_of
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.causal.settings import CausalSettings as Settings

__all__ = [
    "GROUPS",
    "PRESETS",
    "CausalProcedure",
    "CausalSettings",
    "Procedure",
    "Settings",
    "check_same_model",
    "sample_of",
    "settings_of",
]
