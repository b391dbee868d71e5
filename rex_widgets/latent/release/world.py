"""The release's world as one object, of the same kind as the one that comes with the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.latent.release.cache import ReleaseCache, load_cache
from rex_widgets.latent.release.checksums import check_sum, expected_sums
from rex_widgets.latent.release.classifier import ReleaseClassifier, load_classifier
from rex_widgets.latent.release.datasets import ReleaseDataset, load_dataset, split
from rex_widgets.latent.release.download import Told, download
from rex_widgets.latent.release.generator import ReleaseDecoder, load_generator
from rex_widgets.latent.release.hdf5 import check_hdf5
from rex_widgets.latent.release.places import (
    ReleaseFile,
    check_present,
    data_folder,
    release_files,
)
from rex_widgets.latent.statistics import LatentStatistics, Part
from rex_widgets.latent.world.dataset import Samples

PARTS = (Part("character", 0, 3), Part("font", 3, 6), Part("continuous", 6, 11))
_EMBEDDED = tuple(f"{part.name} {index}" for part in PARTS[:2] for index in (1, 2, 3))
_INVERSION = 6
_AT_ONCE = 1000


class ReleaseGenerator(torch.nn.Module):
    """Decodes standardised latents ``(N, 11)`` to pictures ``(N, 3, 32, 32)`` in [-1, 1].

    As in the world that comes with the package: clamped to the range of the validation samples,
    brought back to their own scale, and the inversion made 0 or 1.
    """

    def __init__(self, statistics: LatentStatistics, decoder: ReleaseDecoder) -> None:
        super().__init__()
        self.statistics, self.decoder = statistics, decoder

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        """Decode."""
        known = self.statistics.to(latents.device)
        attributes = known.as_they_are(known.clamped(latents))
        inverted = (attributes[:, _INVERSION] >= 0.5).to(attributes.dtype)
        exact = torch.cat(
            (attributes[:, :_INVERSION], inverted[:, None], attributes[:, _INVERSION + 1 :]), 1
        )
        pictures: torch.Tensor = self.decoder(exact)
        return pictures


@dataclass(frozen=True, eq=False)
class ReleaseWorld:
    """What `rex_widgets.latent.world.world.World` has, from the release's files, and more.

    Parameters
    ----------
    n_corr, corr_level
        Which of the four settings it is.
    generator, classifier
        Pictures of standardised latents, and logits ``(N, 2)`` of even and odd.
    statistics
        Of the latents.
    characters, fonts
        Embeddings, standardised, float32 ``(48, 3)``.
    training, validation
        The samples, with latents as they are.
    correlated
        Fonts that go with even and with odd characters.
    dataset, places
        All samples, and which of them are the validation samples.
    cache
        What the release computed, where its cache lies beside; ``None`` where not.
    sums
        SHA-256 of the files that were read, by name.
    """

    n_corr: int
    corr_level: float
    generator: ReleaseGenerator
    classifier: ReleaseClassifier
    statistics: LatentStatistics
    characters: torch.Tensor
    fonts: torch.Tensor
    training: Samples
    validation: Samples
    correlated: tuple[tuple[int, ...], tuple[int, ...]]
    dataset: ReleaseDataset
    places: tuple[int, ...]
    cache: ReleaseCache | None
    sums: Mapping[str, str]

    def latents(self, indices: list[int] | slice = slice(None)) -> torch.Tensor:
        """Standardised latents of validation samples, float32 ``(N, 11)``."""
        return self.statistics.standardised(torch.tensor(self.validation.latents)[indices])

    @torch.no_grad()
    def logits(self, latents: torch.Tensor) -> torch.Tensor:
        """What the classifier says of standardised latents, ``(N, 2)``."""
        parts = torch.split(latents, _AT_ONCE)
        return torch.cat([self.classifier(self.generator(part)) for part in parts])

    def images(self, indices: Sequence[int]) -> torch.Tensor:
        """Pictures of validation samples as the data set has them, not as the generator decodes.

        Returns
        -------
        Tensor
            Float32 ``(B, 3, 32, 32)`` in [-1, 1].

        Raises
        ------
        InputError
            An index is not among the validation samples.
        """
        outside = [index for index in indices if not 0 <= index < len(self.places)]
        if outside:
            raise InputError(
                f"There is no validation sample {outside[0]}; expected 0 to {len(self.places) - 1}."
            )
        return self.dataset.pictures([self.places[index] for index in indices])

    def names_of(self, latents: torch.Tensor) -> list[str]:
        """Say what standardised latents show: the nearest character and font, by number."""
        nearest = [
            torch.cdist(latents[:, part.slice], known).argmin(1).tolist()
            for part, known in zip(PARTS, (self.characters, self.fonts), strict=False)
        ]
        return [
            f"character {character} in font {font}"
            for character, font in zip(*nearest, strict=True)
        ]


def load_release_world(
    data_path: str | Path | None = None,
    n_corr: int = 10,
    corr_level: float = 0.95,
    download: bool = False,
    *,
    sha256: Mapping[str, str] | None = None,
    told: Told | None = None,
) -> ReleaseWorld:
    """Load the world of the BEX release from its own files.

    Parameters
    ----------
    data_path
        The folder that holds ``datasets``, ``models`` and perhaps ``cache``; ``None`` is
        ``~/.bex``, where BEX 0.5.2 keeps them.
    n_corr
        6 or 10 fonts that go with the class.
    corr_level
        0.5 or 0.95: how often such a font tells the class.
    download
        Fetch from Zenodo what is not there. Otherwise nothing is ever fetched.
    sha256
        What to expect of files, by name. The release states no sums; those of the files that were
        read are in the world's ``sums``.
    told
        Called while a file is being fetched, with its name, the bytes so far, and of how many.

    Returns
    -------
    ReleaseWorld
        On the CPU.

    Raises
    ------
    SettingsError
        There is no such setting, or ``sha256`` names no file of it.
    ModelError
        h5py is not installed, files are missing, or one is not what is expected.
    """
    files, folder = release_files(n_corr, corr_level), data_folder(data_path)
    expected = expected_sums(sha256, tuple(f.name for f in (*files.needed, files.cache)))
    check_hdf5()
    if download:
        _fetch(files.needed, folder, expected, told)
    check_present(files.needed, folder)
    read = [file for file in (*files.needed, files.cache) if file.path(folder).is_file()]
    absent = set(expected) - {file.name for file in read}
    if absent:
        raise SettingsError(
            f"sha256 names {absent.pop()!r}, which is not there: the release computes that file, "
            "and publishes none. Leave it out."
        )
    sums = {f.name: check_sum(f.path(folder), expected.get(f.name)) for f in read}
    dataset = load_dataset(files.dataset.path(folder))
    decoder = load_generator(files.generator.path(folder))
    classifier = load_classifier(files.classifier.path(folder))
    parts = split(len(dataset))
    training, validation = (_samples(dataset, decoder, part) for part in parts)
    cache = None
    if files.cache in read:
        cache = load_cache(files.cache.path(folder), training.latents.shape[1])
        cache.check(training.latents, validation.latents, files.cache.path(folder))
    names = (*_EMBEDDED, "inversion", *dataset.continuous_names[1:])
    statistics = LatentStatistics.of(
        torch.tensor(training.latents), torch.tensor(validation.latents), PARTS, names
    )
    return ReleaseWorld(
        n_corr=n_corr,
        corr_level=corr_level,
        generator=ReleaseGenerator(statistics, decoder).eval(),
        classifier=classifier,
        statistics=statistics,
        characters=_standardised(decoder.char_embedding.weight, statistics, PARTS[0]),
        fonts=_standardised(decoder.font_embedding.weight, statistics, PARTS[1]),
        training=training,
        validation=validation,
        correlated=dataset.correlated,
        dataset=dataset,
        places=tuple(parts[1].tolist()),
        cache=cache,
        sums=sums,
    )


def _fetch(
    files: tuple[ReleaseFile, ...], folder: Path, expected: Mapping[str, str], told: Told | None
) -> None:
    for file in files:
        download(file, folder, expected=expected.get(file.name), told=told)


def _samples(
    dataset: ReleaseDataset, decoder: ReleaseDecoder, indices: NDArray[np.int64]
) -> Samples:
    characters, fonts = dataset.characters[indices], dataset.fonts[indices]
    latents = decoder.latents_of(
        torch.from_numpy(characters),
        torch.from_numpy(fonts),
        torch.from_numpy(dataset.continuous[indices]),
    )
    return Samples(latents.numpy(), characters, fonts, dataset.labels[indices])


def _standardised(
    embedding: torch.Tensor, statistics: LatentStatistics, part: Part
) -> torch.Tensor:
    mean, std = statistics.mean[part.slice], statistics.std[part.slice]
    return (embedding.detach() - mean) / std
