"""What explainers need to know of a latent space: its scale, its range, its coordinates."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from rex_widgets.errors import InputError


@dataclass(frozen=True)
class Part:
    """A group of neighbouring coordinates that belong together, such as an embedding."""

    name: str
    start: int
    end: int

    @property
    def slice(self) -> slice:
        """Where its coordinates are."""
        return slice(self.start, self.end)


@dataclass(frozen=True, eq=False)
class LatentStatistics:
    """Scale and range of a latent space; all tensors are float32 ``(Z,)``.

    Parameters
    ----------
    mean, std
        Of the training latents as they are. Standardised latents are ``(z - mean) / std``.
    minimum, maximum
        Of the validation latents, standardised; the world's generator clamps to them.
    mad
        Median absolute deviation of the training latents, standardised, at least 1e-3.
    mad_released
        Median absolute deviation of the training latents as they are, plus 1e-3: what the BEX
        release weighs Dice's distances with (METHODS §3).
    parts
        Groups of coordinates that belong together, in order, without gaps.
    names
        One a coordinate, for people.
    """

    mean: torch.Tensor
    std: torch.Tensor
    minimum: torch.Tensor
    maximum: torch.Tensor
    mad: torch.Tensor
    mad_released: torch.Tensor
    parts: tuple[Part, ...]
    names: tuple[str, ...]

    @classmethod
    def of(
        cls,
        training: torch.Tensor,
        validation: torch.Tensor,
        parts: tuple[Part, ...] = (),
        names: tuple[str, ...] = (),
    ) -> LatentStatistics:
        """Compute the statistics of latents as they are, float ``(N, Z)`` each.

        Raises
        ------
        InputError
            The two are not matrices of the same width, hold NaN, or a coordinate never changes.
        """
        for name, latents in (("training", training), ("validation", validation)):
            if latents.ndim != 2 or len(latents) < 2 or latents.shape[1] != training.shape[-1]:
                raise InputError(
                    f"The {name} latents have shape {tuple(latents.shape)}; expected (N, Z), with "
                    "two rows at least and the same Z for both."
                )
            if not bool(torch.isfinite(latents).all()):
                raise InputError(f"The {name} latents hold NaN or infinite values.")
        training, validation = training.float(), validation.float()
        mean, std = training.mean(0), training.std(0)
        still = torch.nonzero(std == 0).flatten().tolist()
        if still:
            raise InputError(
                f"Coordinate {still[0]} is the same in all training latents: it has no scale. "
                "Leave it out of the latents."
            )
        standardised = (training - mean) / std
        bounds = (validation - mean) / std
        size = training.shape[1]
        return cls(
            mean=mean,
            std=std,
            minimum=bounds.amin(0),
            maximum=bounds.amax(0),
            mad=_mad(standardised).clamp_min(1e-3),
            mad_released=_mad(training) + 1e-3,
            parts=parts or (Part("latent", 0, size),),
            names=names or tuple(f"z{index}" for index in range(size)),
        )

    @classmethod
    def standard(cls, size: int) -> LatentStatistics:
        """Return what holds for a standard normal latent space, as of a VAE: ±3 is its range."""
        ones = torch.ones(size)
        return cls(
            mean=0 * ones,
            std=ones,
            minimum=-3 * ones,
            maximum=3 * ones,
            mad=0.6745 * ones,
            mad_released=0.6755 * ones,
            parts=(Part("latent", 0, size),),
            names=tuple(f"z{index}" for index in range(size)),
        )

    @property
    def size(self) -> int:
        """Number of coordinates, Z."""
        return len(self.mean)

    def to(self, device: torch.device | str) -> LatentStatistics:
        """Return the statistics on a device."""
        moved = {
            name: getattr(self, name).to(device)
            for name in ("mean", "std", "minimum", "maximum", "mad", "mad_released")
        }
        return LatentStatistics(**moved, parts=self.parts, names=self.names)

    def standardised(self, latents: torch.Tensor) -> torch.Tensor:
        """Bring latents ``(…, Z)`` to mean 0 and standard deviation 1."""
        return (latents - self.mean) / self.std

    def as_they_are(self, standardised: torch.Tensor) -> torch.Tensor:
        """Undo `standardised`."""
        return standardised * self.std + self.mean

    def clamped(self, standardised: torch.Tensor) -> torch.Tensor:
        """Clamp standardised latents ``(…, Z)`` to the range of the validation latents."""
        return torch.minimum(torch.maximum(standardised, self.minimum), self.maximum)


def _mad(latents: torch.Tensor) -> torch.Tensor:
    return _median((latents - _median(latents)).abs())


def _median(latents: torch.Tensor) -> torch.Tensor:
    # torch's own median of an even number is the lower of the two in the middle
    ordered, last = latents.sort(dim=0).values, len(latents) - 1
    return (ordered[last // 2] + ordered[(last + 1) // 2]) / 2
