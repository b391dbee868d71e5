"""Where the files of the BEX release lie, and where the release publishes them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rex_widgets.errors import ModelError, SettingsError
from rex_widgets.latent.world.dataset import CORRELATIONS

DEFAULT_FOLDER = Path("~/.bex")
"""Where BEX 0.5.2 keeps its files."""

RECORD = "Zenodo record 6616598"
BASE_ADDRESS = "https://zenodo.org/record/6616598/files/"
"""Where BEX 0.5.2 fetches its files from; a file's name follows."""

MOST_DATA, MOST_WEIGHTS, MOST_CACHE = 2**32, 2**29, 2**30
"""Bytes of a file at most; many times what the release's own need."""


@dataclass(frozen=True)
class ReleaseFile:
    """A file of the release.

    Parameters
    ----------
    folder
        Its folder below the release's: ``datasets``, ``models`` or ``cache``.
    name
        Of the file.
    most_bytes
        A larger file is not one of the release.
    published
        Whether the release publishes it; its cache it computes instead.
    """

    folder: str
    name: str
    most_bytes: int
    published: bool = True

    def path(self, data_path: Path) -> Path:
        """Where it belongs."""
        return data_path / self.folder / self.name


@dataclass(frozen=True)
class ReleaseFiles:
    """The files of one of the four settings."""

    dataset: ReleaseFile
    generator: ReleaseFile
    classifier: ReleaseFile
    cache: ReleaseFile

    @property
    def needed(self) -> tuple[ReleaseFile, ...]:
        """Those without which there is no world."""
        return (self.dataset, self.generator, self.classifier)


def release_files(n_corr: int, corr_level: float) -> ReleaseFiles:
    """Name the files for ``n_corr`` correlated fonts and the level ``corr_level``.

    Raises
    ------
    SettingsError
        The release has no such setting.
    """
    if (n_corr, corr_level) not in CORRELATIONS:
        raise SettingsError(
            f"n_corr was {n_corr!r} and corr_level {corr_level!r}; expected 6 or 10, and 0.5 or "
            "0.95: the release has files for these."
        )
    setting = f"corr{float(corr_level)}_n_clusters{int(n_corr)}"
    return ReleaseFiles(
        dataset=ReleaseFile("datasets", f"dataset_font_{setting}.h5py", MOST_DATA),
        generator=ReleaseFile("models", "generator.pth", MOST_WEIGHTS),
        classifier=ReleaseFile("models", f"resnet_font_{setting}.pth", MOST_WEIGHTS),
        cache=ReleaseFile("cache", f"synbols_font_resnet_{setting}_cache.hdf", MOST_CACHE, False),
    )


def data_folder(data_path: str | Path | None) -> Path:
    """Return the folder of the release's files; ``None`` is `DEFAULT_FOLDER`."""
    return Path(DEFAULT_FOLDER if data_path is None else data_path).expanduser()


def check_present(files: tuple[ReleaseFile, ...], folder: Path) -> None:
    """Refuse to go on where a file is missing or too large.

    Raises
    ------
    ModelError
        With every file that is missing, where it belongs and where it is published.
    """
    missing = [file.path(folder) for file in files if not file.path(folder).is_file()]
    if missing:
        listed = "\n".join(f"  {path}" for path in missing)
        raise ModelError(
            f"Files of the BEX release are missing:\n{listed}\nThe release publishes them as "
            f"{RECORD} ({BASE_ADDRESS}NAME). Put them there, name another folder as data_path, or "
            "give download=True to fetch them. The world that comes with this package needs none."
        )
    for file in files:
        check_size(file.path(folder), file.most_bytes)


def check_size(path: Path, most_bytes: int) -> None:
    """Refuse a file that is larger than ``most_bytes``.

    Raises
    ------
    ModelError
        It is.
    """
    size = path.stat().st_size
    if size > most_bytes:
        raise ModelError(
            f"{path} has {size:,} bytes; expected {most_bytes:,} at most. It is no file of the BEX "
            f"release ({RECORD}): fetch that one anew."
        )
