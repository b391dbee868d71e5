"""The explainers, one a file; `rex_widgets.latent.registry` knows them by name.

Whoever comes from ``bex.explainers`` finds its classes here under the same names; they are loaded
when they are first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rex_widgets.latent.base import ExplainerBase
    from rex_widgets.latent.explainers.dice import Dice
    from rex_widgets.latent.explainers.dive import Dive
    from rex_widgets.latent.explainers.growing_spheres import GrowingSpheres
    from rex_widgets.latent.explainers.lcf import LCF
    from rex_widgets.latent.explainers.oracle import IS
    from rex_widgets.latent.explainers.stylex import Stylex
    from rex_widgets.latent.explainers.xgem import Xgem

__all__ = ["IS", "LCF", "Dice", "Dive", "ExplainerBase", "GrowingSpheres", "Stylex", "Xgem"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import rex_widgets.latent as room

    return getattr(room, name)
