"""The release's cache: latents, logits and Fisher information that it computed once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import ModelError
from rex_widgets.latent.fisher import BATCH, FisherInformation
from rex_widgets.latent.release.hdf5 import MOST_ROWS, opened
from rex_widgets.latent.release.places import MOST_CACHE

_CLASSES = 2
_NEAR = 1e-4


@dataclass(frozen=True, eq=False)
class ReleaseCache:
    """What the release has computed.

    Parameters
    ----------
    training, validation
        Latents as they are, float32 ``(N, Z)``.
    logits
        Of the validation samples, float32 ``(N, 2)``.
    fisher
        As BEX 0.5.2 computes it, or ``None``: the release adds it when it first runs Dive.
    """

    training: torch.Tensor
    validation: torch.Tensor
    logits: torch.Tensor
    fisher: FisherInformation | None

    def check(
        self, training: NDArray[np.float32], validation: NDArray[np.float32], path: Path
    ) -> None:
        """Compare the latents with those of the data set and the generator at hand.

        Raises
        ------
        ModelError
            They are others: the cache was made from other files.
        """
        pairs = (("train_mus", self.training, training), ("val_mus", self.validation, validation))
        for name, kept, computed in pairs:
            if tuple(kept.shape) != computed.shape:
                raise ModelError(
                    f"{path}: {name!r} has shape {tuple(kept.shape)}, but the data set and the "
                    f"generator give {computed.shape}. {_OTHER_FILES}"
                )
            apart = float((kept - torch.from_numpy(computed)).abs().max())
            if apart > _NEAR:
                raise ModelError(
                    f"{path}: {name!r} is up to {apart:.3g} from what the data set and the "
                    f"generator give. {_OTHER_FILES}"
                )


_OTHER_FILES = "The cache was made from other files: move it away; it is not needed."


def load_cache(path: str | Path, latents: int) -> ReleaseCache:
    """Read a ``…_cache.hdf`` of the release.

    Parameters
    ----------
    path
        The file: ``train_mus``, ``val_mus``, ``val_logits`` and perhaps ``fishers``.
    latents
        Number of coordinates, Z.

    Raises
    ------
    ModelError
        h5py is not installed, or the file is not what is expected.
    """
    path = Path(path)
    with opened(path, MOST_CACHE) as file:

        def tensor(name: str, *shape: int | None) -> torch.Tensor:
            most = MOST_ROWS * latents * 8
            read = torch.from_numpy(file.array(name, "f", shape, most).astype(np.float32))
            if not bool(torch.isfinite(read).all()):
                raise ModelError(f"{path}: {name!r} holds NaN or infinite values.")
            return read

        training, validation = tensor("train_mus", None, latents), tensor("val_mus", None, latents)
        logits = tensor("val_logits", len(validation), _CLASSES)
        fisher = None
        if "fishers" in file.names and len(training):
            matrices = tensor("fishers", _CLASSES, latents, latents).double()
            last = torch.empty(len(training)).chunk(max(1, len(training) // BATCH))[-1]
            fisher = FisherInformation(matrices, len(last), released=True)
    return ReleaseCache(training, validation, logits, fisher)
