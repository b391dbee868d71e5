"""Networks that others trained: I²SB's and RCSB's checkpoints, ADM's, and those of diffusers."""

from __future__ import annotations

from rex_widgets.bridge.checkpoints.adm import AdmUNet
from rex_widgets.bridge.checkpoints.adm_layout import AdmLayout, infer_adm_layout
from rex_widgets.bridge.checkpoints.diffusion_bridge import DiffusionBridge
from rex_widgets.bridge.checkpoints.levels import DiffusionLevels
from rex_widgets.bridge.checkpoints.opening import open_network
from rex_widgets.bridge.checkpoints.options import NetworkOptions
from rex_widgets.bridge.checkpoints.timed_bridge import TimedBridge, bridge_times

__all__ = [
    "AdmLayout",
    "AdmUNet",
    "DiffusionBridge",
    "DiffusionLevels",
    "NetworkOptions",
    "TimedBridge",
    "bridge_times",
    "infer_adm_layout",
    "open_network",
]
