"""The explainers by name; adding one adds a line here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from rex_widgets.settings import unknown_name

if TYPE_CHECKING:
    from rex_widgets.latent.base import ExplainerBase


@dataclass(frozen=True)
class Entry:
    """Where an explainer is; it is imported when first used."""

    name: str
    module: str
    class_name: str
    help: str

    @property
    def explainer(self) -> type[ExplainerBase]:
        """The explainer's class."""
        found: type[ExplainerBase] = getattr(import_module(self.module), self.class_name)
        return found


_ROOM = "rex_widgets.latent.explainers"

EXPLAINERS: Mapping[str, Entry] = {
    name: Entry(name, f"{_ROOM}.{module}", class_name, said)
    for name, module, class_name, said in (
        ("dice", "dice", "Dice", "close to the sample and far from each other (DiCE)"),
        ("dive", "dive", "Dive", "perturbations of different groups of coordinates (DiVE)"),
        ("xgem", "xgem", "Xgem", "along the gradient, near the sample's picture (xGEM)"),
        ("lcf", "lcf", "LCF", "plain descent until the class changes (Latent-CF)"),
        (
            "growing_spheres",
            "growing_spheres",
            "GrowingSpheres",
            "the nearest of random latents in growing shells; needs no gradient",
        ),
        ("stylex", "stylex", "Stylex", "single coordinates, the most telling first (StylEx)"),
        ("is", "oracle", "IS", "the oracle: exchanges the attribute that goes with the class"),
    )
}

ALIASES: Mapping[str, str] = {"gs": "growing_spheres", "growingspheres": "growing_spheres"}
"""Other names, from the BEX release: its short one, and its class."""


def explainer_named(name: str) -> type[ExplainerBase]:
    """Return the explainer's class of that name, in whatever case it is written.

    Raises
    ------
    SettingsError
        There is none.
    """
    known = name.lower()
    known = ALIASES.get(known, known)
    if known not in EXPLAINERS:
        raise unknown_name(name, EXPLAINERS, "explainer")
    return EXPLAINERS[known].explainer
