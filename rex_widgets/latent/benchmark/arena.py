"""A world as the benchmark uses it: on a device, with its samples classified and chosen."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark.selection import select_samples
from rex_widgets.latent.benchmark.space import Space
from rex_widgets.latent.problem import Context, CorrelatedAttribute, Generate
from rex_widgets.latent.statistics import LatentStatistics

_AT_ONCE = 500
_NEAR = 1e-3


class SamplesLike(Protocol):
    """What the benchmark reads of samples."""

    @property
    def latents(self) -> NDArray[np.float32]:
        """Not standardised, ``(N, Z)``."""

    @property
    def labels(self) -> NDArray[np.int64]:
        """1 where the character is odd, ``(N,)``."""


class WorldLike(Protocol):
    """What the benchmark reads of a world; `rex_widgets.latent.world.world.World` is one.

    A world may offer ``images(indices)`` besides, pictures of validation samples that are not the
    generator's own, and a ``cache`` with ``logits`` of the validation samples and ``fisher``.
    """

    @property
    def n_corr(self) -> int:
        """Fonts that go with the class."""

    @property
    def corr_level(self) -> float:
        """How often they tell it."""

    @property
    def generator(self) -> torch.nn.Module:
        """Standardised latents ``(N, Z)`` to pictures."""

    @property
    def classifier(self) -> torch.nn.Module:
        """Pictures to logits ``(N, 2)``."""

    @property
    def statistics(self) -> LatentStatistics:
        """Of the latents."""

    @property
    def characters(self) -> torch.Tensor:
        """Embeddings, standardised."""

    @property
    def fonts(self) -> torch.Tensor:
        """Embeddings, standardised."""

    @property
    def training(self) -> SamplesLike:
        """Training samples."""

    @property
    def validation(self) -> SamplesLike:
        """The samples to choose from."""

    @property
    def correlated(self) -> tuple[tuple[int, ...], ...]:
        """Fonts that go with each class."""


@dataclass(frozen=True, eq=False)
class Arena:
    """Where explainers are tried; all tensors are on ``device``.

    Parameters
    ----------
    latents, logits
        Of the chosen samples, ``(N, Z)`` and ``(N, 2)``.
    indices
        Which validation samples they are.
    generator, classifier, context, space
        What explainers and metrics get.
    pictures
        Pictures of chosen samples, by their places among the chosen.
    digest
        Of all this.
    """

    device: torch.device
    latents: torch.Tensor
    logits: torch.Tensor
    indices: NDArray[np.int64]
    generator: Generate
    classifier: torch.nn.Module
    context: Context
    space: Space
    pictures: Callable[[slice], torch.Tensor]
    digest: str


def device_named(name: str | torch.device) -> torch.device:
    """Return the device of that name; without one CUDA's where there is one.

    Raises
    ------
    SettingsError
        There is no such device.
    """
    if not name:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise SettingsError(
            f"device={str(name)!r} cannot be used ({str(error).splitlines()[0]}); expected 'cpu', "
            "or 'cuda' where torch finds a GPU."
        ) from None
    return device


def arena_of(world: WorldLike, device: torch.device, n_samples: int, released: bool) -> Arena:
    """Put a world on a device, classify its validation samples, and choose from them."""
    # A world is shared, so that its modules must not be moved under another user's feet.
    generator = deepcopy(world.generator).to(device).eval()
    classifier = deepcopy(world.classifier).to(device).eval().requires_grad_(False)
    statistics = world.statistics
    every = statistics.standardised(torch.as_tensor(np.array(world.validation.latents)))
    every = every.to(device)
    labels = world.validation.labels

    def chosen_by(answers: torch.Tensor) -> NDArray[np.int64]:
        return select_samples(answers, labels, n_samples, released=released)

    def classified(latents: torch.Tensor) -> torch.Tensor:
        return _logits(latents, generator, classifier)

    cache = getattr(world, "cache", None)
    if cache is not None:
        chosen = chosen_by(cache.logits)
        logits = classified(every[torch.from_numpy(chosen).to(device)])
        told = cache.logits[torch.from_numpy(chosen)].to(device)
        if not torch.allclose(logits, told, atol=_NEAR, rtol=_NEAR):
            cache = None  # it is that of another classifier
    if cache is None:
        answers = classified(every)
        chosen = chosen_by(answers)
        logits = answers[torch.from_numpy(chosen).to(device)]
    latents = every[torch.from_numpy(chosen).to(device)]
    space = Space(world.characters, world.fonts).to(device)
    training = statistics.standardised(torch.as_tensor(np.array(world.training.latents)))
    context = Context(
        statistics.to(device),
        training=training.to(device),
        fisher=cache.fisher if cache is not None else None,
        correlated=CorrelatedAttribute(space.font, space.fonts, world.correlated),
    )
    stored: Callable[[list[int]], Any] | None = getattr(world, "images", None)

    def pictures(part: slice) -> torch.Tensor:
        with torch.no_grad():
            if stored is None:
                drawn: torch.Tensor = generator(latents[part])
                return drawn
            return torch.as_tensor(stored(chosen[part].tolist())).to(device)

    return Arena(
        device=device,
        latents=latents,
        logits=logits,
        indices=chosen,
        generator=generator,
        classifier=classifier,
        context=context,
        space=space,
        pictures=pictures,
        digest=_digest(
            latents,
            space.characters,
            space.fonts,
            *classifier.state_dict().values(),
            *generator.state_dict().values(),
        ),
    )


@torch.no_grad()
def _logits(
    latents: torch.Tensor, generator: torch.nn.Module, classifier: torch.nn.Module
) -> torch.Tensor:
    return torch.cat([classifier(generator(part)) for part in torch.split(latents, _AT_ONCE)])


def _digest(*tensors: torch.Tensor) -> str:
    found = sha256()
    for tensor in tensors:
        found.update(repr((tuple(tensor.shape), tensor.dtype)).encode())
        found.update(tensor.detach().cpu().contiguous().numpy().tobytes())
    return found.hexdigest()
