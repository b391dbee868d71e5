"""The world to run on: the one that comes with the package, or that of the BEX release."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark.arena import WorldLike

_RELEASE = "rex_widgets.latent.release"


def world_for(
    n_corr: int, corr_level: float, data_path: str | Path | None, download: bool
) -> WorldLike:
    """Return a world.

    Raises
    ------
    SettingsError
        A download was asked for, or the folder does not exist.
    """
    if download:
        raise SettingsError(
            "download=True was given; this library downloads nothing. The world that comes with it "
            "needs no files. The files of the BEX release are the Zenodo record 6616598: put them "
            "into a folder, and give that as data_path."
        )
    if data_path is None:
        from rex_widgets.latent.world.world import load_world

        return load_world(n_corr, corr_level)
    folder = Path(data_path).expanduser()
    if not folder.is_dir():
        raise SettingsError(
            f"data_path was {str(data_path)!r}, which is no folder; expected the one with the "
            "files of the BEX release, or None for the world that comes with this package."
        )
    world: WorldLike = import_module(_RELEASE).load_release_world(folder, n_corr, corr_level)
    return world
