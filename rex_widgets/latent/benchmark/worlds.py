"""The world to run on: the one that comes with the package, or that of the BEX release."""

from __future__ import annotations

from pathlib import Path

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark.arena import WorldLike


def world_for(
    n_corr: int, corr_level: float, data_path: str | Path | None, download: bool
) -> WorldLike:
    """Return a world.

    Parameters
    ----------
    n_corr, corr_level
        Which of the four settings.
    data_path
        Folder with the files of the BEX release; ``None``, without a download: the world that comes
        with the package.
    download
        Fetch files of the release that are not there.

    Raises
    ------
    SettingsError
        There is no such setting, or no such folder.
    ModelError
        Files are missing, or are not what is expected.
    """
    if data_path is None and not download:
        from rex_widgets.latent.world.world import load_world

        return load_world(n_corr, corr_level)
    if data_path is not None and not download and not Path(data_path).expanduser().is_dir():
        raise SettingsError(
            f"data_path was {str(data_path)!r}, which is no folder; expected the one with the "
            "files of the BEX release, or None for the world that comes with this package."
        )
    from rex_widgets.latent.release import load_release_world

    return load_release_world(data_path, n_corr, corr_level, download)
