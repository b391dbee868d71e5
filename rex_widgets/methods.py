"""The explanation methods by name; adding one adds a line here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from rex_widgets.errors import SettingsError
from rex_widgets.settings import Settings, unknown_name


@dataclass(frozen=True)
class Method:
    """Where a method's parts are; they are imported when first used.

    ``room`` is a module that offers ``Settings``, ``Procedure``,
    ``sample_of``, ``settings_of`` and ``check_same_model``, and where its models are no
    classifiers, or its settings name inputs of their own:

    ``as_model(model, settings, **options)``
        Makes what the procedure calls; `as_classifier` where there is none.
    ``opened(image, model, settings, for_input, for_model)``
        In place of making a model and reading an input: gives the model, the `Sample` and the
        settled settings. The two last are the `InputSettings` and the model's options given.
    ``options_of(state)``
        What a saved run tells of its model's options, where the input's shape is not the model's.
    ``settled(settings, model, sample, read)``
        Brings the settings to the model's shape; ``read(given)`` reads another input like the
        one explained, and gives a `Sample`.
    ``GIVEN_AGAIN``
        Names of settings that a file may be unable to hold; ``settings_of(state, arrays, **again)``
        takes them from those who load a run.
    """

    name: str
    room: str
    help: str

    def part(self, name: str) -> Any:
        """One of the room's parts."""
        return getattr(import_module(self.room), name)

    def offers(self, name: str) -> bool:
        """Whether the room has that part."""
        return hasattr(import_module(self.room), name)

    @property
    def settings(self) -> type[Settings]:
        """The method's settings class."""
        found: type[Settings] = self.part("Settings")
        return found

    @property
    def procedure(self) -> Callable[..., Any]:
        """The method's procedure class."""
        found: Callable[..., Any] = self.part("Procedure")
        return found


_LATENT = "rex_widgets.latent.methods"

METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("causal", "rex_widgets.causal", "causal responsibility (ReX)"),
        Method("relax", "rex_widgets.relax", "importance for a representation (RELAX)"),
        Method(
            "dice", f"{_LATENT}.dice", "latents near and unlike each other, another class (DiCE)"
        ),
        Method("dive", f"{_LATENT}.dive", "latents moved in groups of coordinates (DiVE)"),
        Method("xgem", f"{_LATENT}.xgem", "latents moved along the gradient (xGEM)"),
        Method("lcf", f"{_LATENT}.lcf", "latents moved by plain descent (Latent-CF)"),
        Method(
            "growing_spheres",
            f"{_LATENT}.growing_spheres",
            "random latents, nearer ones first (Growing Spheres)",
        ),
        Method("stylex", f"{_LATENT}.stylex", "single coordinates of a latent (StylEx)"),
        Method("is", f"{_LATENT}.oracle", "what goes with the class by chance, exchanged (oracle)"),
        Method("rcsb", "rex_widgets.bridge", "a change inside a region for another class (RCSB)"),
    )
}


LATENT_METHODS = tuple(name for name, one in METHODS.items() if one.room.startswith(_LATENT))
"""Methods that search counterfactuals among the latents of a generator."""


def method_named(name: Any) -> Method:
    """The method of that name.

    Raises
    ------
    SettingsError
        There is none, or it is no name.
    """
    if not isinstance(name, str):
        raise SettingsError(
            f"method was {name!r}; expected a name: {', '.join(METHODS)}. An explainer of your own "
            "is for rex_widgets.latent.benchmark.Benchmark."
        )
    if name not in METHODS:
        raise unknown_name(name, METHODS, "method")
    return METHODS[name]
