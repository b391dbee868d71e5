"""Where a person gives a world itself instead of its name."""

from __future__ import annotations

from typing import Any

from rex_widgets.errors import SettingsError

_WORLD_HAS = ("n_corr", "corr_level", "generator", "classifier", "validation")


def is_given_world(given: Any) -> bool:
    """Whether it is a world, that of the package or of the release's files."""
    return not isinstance(given, type) and all(hasattr(given, name) for name in _WORLD_HAS)


def correlation_of(world: Any) -> tuple[int, float]:
    """Return ``n_corr`` and ``corr_level`` of a world that comes with the package.

    Raises
    ------
    SettingsError
        It is another one, whose parts have to be given one by one.
    """
    # no torch before somebody has made a world
    from rex_widgets.latent.world.world import World, load_world

    if isinstance(world, World) and world is load_world(world.n_corr, world.corr_level):
        return world.n_corr, world.corr_level
    raise SettingsError(
        f"A {type(world).__name__} was given that does not come with the package (load_world). "
        "Give its parts: explain(world.latents([17]), world.classifier, "
        "generator=world.generator); or, for the release's files, use Benchmark(data_path=…)."
    )
