"""Latent counterfactuals (BEX): what would have to be different for another answer.

The names below are loaded when they are first used; most of them need torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.latent.base import ExplainerBase
    from rex_widgets.latent.benchmark import BasicLogger, Benchmark, WandbLogger
    from rex_widgets.latent.counterfactuals import Counterfactuals
    from rex_widgets.latent.explainers.dice import Dice
    from rex_widgets.latent.explainers.dive import Dive
    from rex_widgets.latent.explainers.growing_spheres import GrowingSpheres
    from rex_widgets.latent.explainers.lcf import LCF
    from rex_widgets.latent.explainers.oracle import IS
    from rex_widgets.latent.explainers.stylex import Stylex
    from rex_widgets.latent.explainers.xgem import Xgem
    from rex_widgets.latent.fisher import FisherInformation
    from rex_widgets.latent.problem import Context, Problem
    from rex_widgets.latent.registry import EXPLAINERS
    from rex_widgets.latent.release import load_release_world
    from rex_widgets.latent.statistics import LatentStatistics
    from rex_widgets.latent.world.world import World, load_world

__all__ = [
    "EXPLAINERS",
    "IS",
    "LCF",
    "BasicLogger",
    "Benchmark",
    "Context",
    "Counterfactuals",
    "Dice",
    "Dive",
    "ExplainerBase",
    "FisherInformation",
    "GrowingSpheres",
    "LatentStatistics",
    "Problem",
    "Stylex",
    "WandbLogger",
    "World",
    "Xgem",
    "load_release_world",
    "load_world",
]

_ROOM = "rex_widgets.latent"
_HOMES = {
    "EXPLAINERS": "registry",
    "IS": "explainers.oracle",
    "LCF": "explainers.lcf",
    "BasicLogger": "benchmark",
    "Benchmark": "benchmark",
    "Context": "problem",
    "Counterfactuals": "counterfactuals",
    "Dice": "explainers.dice",
    "Dive": "explainers.dive",
    "ExplainerBase": "base",
    "FisherInformation": "fisher",
    "GrowingSpheres": "explainers.growing_spheres",
    "LatentStatistics": "statistics",
    "Problem": "problem",
    "Stylex": "explainers.stylex",
    "WandbLogger": "benchmark",
    "World": "world.world",
    "Xgem": "explainers.xgem",
    "load_release_world": "release",
    "load_world": "world.world",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{_ROOM}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
