"""The world of the BEX release, from the release's own files, where a person has them."""

from rex_widgets.latent.release.world import ReleaseWorld, load_release_world

__all__ = ["ReleaseWorld", "load_release_world"]
