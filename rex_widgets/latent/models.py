"""Generator and classifier as the one model that a run of latent counterfactuals asks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from rex_widgets.errors import ModelError
from rex_widgets.latent.statistics import LatentStatistics

if TYPE_CHECKING:
    from rex_widgets.latent.fisher import FisherInformation
    from rex_widgets.latent.world.world import World

Call = Callable[[torch.Tensor], torch.Tensor]

PRIOR_PROBES = 8
"""Random latents that are decoded besides the samples, to see the range of the output."""

SLACK = 0.5
"""How far beyond its range a generator may go; what is beyond is cut off in pictures only."""

REPEATS = 1e-3
"""Difference between two answers to the same question, relative to the largest value (at least 1),
from which a model counts as one that answers at random."""

_SUMS_TO_ONE = 1e-3


class LatentModel:
    """A generator and a classifier of its pictures.

    Parameters
    ----------
    generator
        Takes latents as they are (not standardised), float32 ``(N, Z)``; gives pictures
        ``(N, C, H, W)``.
    classifier
        Takes such pictures; gives logits ``(N, K)``, or one logit, or probabilities.
    statistics
        Of the latent space; ``None`` for those of a standard normal one, whose size is that of the
        first latents.
    world
        Where generator and statistics are the world's, whose generator takes standardised latents.
    output
        Range of the generator's output, "signed" (-1 to 1) or "unit" (0 to 1); found out if
        ``None``.
    normalise
        Mean and standard deviation per channel that the classifier's pictures (from 0 to 1) are
        normalised with; without, it takes what the generator gives.
    labels
        Names of the classes.
    notes
        What was chosen for the user.

    Attributes
    ----------
    classes
        Number of classes; 0 before the probe.
    fisher
        Fisher information of the latents that was computed with these models, by whether it is the
        release's.
    shape
        Of a picture, (C, H, W); known after the probe.
    differentiable
        Whether gradients come through both; known after the probe.
    """

    runtime = "torch"

    def __init__(
        self,
        generator: Call,
        classifier: Call,
        *,
        statistics: LatentStatistics | None = None,
        world: World | None = None,
        output: str | None = None,
        normalise: tuple[Sequence[float], Sequence[float]] | None = None,
        labels: tuple[str, ...] | None = None,
        notes: Sequence[str] = (),
    ) -> None:
        self.generator, self.classifier = generator, classifier
        self.statistics, self.world, self.output = statistics, world, output
        self.given_labels = labels
        self.normalise = normalise
        self.notes = list(notes)
        self.classes = 0
        self.differentiable = False
        self.shape: tuple[int, int, int] = (0, 0, 0)
        self.device = _device_of(classifier, generator)
        self.fisher: dict[bool, FisherInformation] = {}
        self._reading = "logits"
        self._as_maps = False
        self._overwrites = False
        self._found: list[str] = []
        names = [getattr(one, "__name__", type(one).__name__) for one in (generator, classifier)]
        self.generator_name, self.name = names

    @property
    def choices(self) -> tuple[str, ...]:
        """What was chosen for the user, in sentences."""
        return (*self.notes, *self._found)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes."""
        if self.given_labels is not None:
            return self.given_labels
        return tuple(f"class {index}" for index in range(self.classes))

    def of_size(self, size: int) -> LatentStatistics:
        """Return the statistics of the latent space; without any, a standard normal one's."""
        if self.statistics is None:
            self.statistics = LatentStatistics.standard(size)
            self.notes.append(
                "statistics of the latent space: none were given, so that it counts as standard "
                "normal, with a range of -3 to 3"
            )
        return self.statistics

    def generate(self, standardised: torch.Tensor) -> torch.Tensor:
        """Return pictures ``(N, C, H, W)`` in [-1, 1] of standardised latents ``(N, Z)``."""
        pictures = self._decoded(standardised)
        return pictures * 2 - 1 if self.output == "unit" else pictures

    def classify(self, pictures: torch.Tensor) -> torch.Tensor:
        """Return logits ``(N, K)`` of pictures ``(N, C, H, W)`` in [-1, 1]."""
        answers = self._answered(pictures)
        if self._reading == "one logit":
            return torch.cat((torch.zeros_like(answers), answers), 1)
        if self._reading == "one probability":
            answers = torch.cat((1 - answers, answers), 1)
        if self._reading not in ("logits", "one logit"):
            return answers.clamp_min(1e-12).log()
        return answers

    def picture(self, pictures: torch.Tensor) -> np.ndarray[Any, np.dtype[np.uint8]]:
        """Return pictures in [-1, 1] as a person sees them, uint8 ``(N, H, W, 3)``."""
        shown = pictures.detach().float().clamp(-1, 1).add(1).mul(127.5).round().byte()
        channels = shown.shape[1]
        shown = shown[:, :3] if channels > 2 else shown[:, :1].expand(-1, 3, -1, -1)
        return np.ascontiguousarray(shown.permute(0, 2, 3, 1).cpu().numpy())

    def probe(self, standardised: torch.Tensor) -> torch.Tensor:
        """Try both on some latents, and find out what is not told; returns their logits.

        Raises
        ------
        ModelError
            One of them cannot be used, or they do not fit each other.
        """
        self._found = []
        random = torch.Generator().manual_seed(0)
        drawn = torch.randn(PRIOR_PROBES, standardised.shape[1], generator=random)
        # a row alone could hide a model that works for single pictures only
        several = torch.cat((standardised, drawn.to(standardised)))
        with torch.no_grad():
            pictures = self._pictures_of(several)
            self._settle_output(pictures[: len(standardised)], pictures)
            pictures = self.generate(several)
            self._settle_reading(pictures, len(standardised))
            logits = self.classify(pictures)
            self._settle_repeats(several, pictures, logits)
        self.classes = logits.shape[1]
        self.shape = tuple(pictures.shape[1:])  # type: ignore[assignment]
        if self.given_labels is not None and len(self.given_labels) != self.classes:
            raise ModelError(
                f"labels has {len(self.given_labels)} names, and the classifier "
                f"{self.classes} classes; expected one a class."
            )
        self.differentiable = self._gradient_comes(standardised[:1])
        return logits[: len(standardised)]

    def _decoded(self, standardised: torch.Tensor) -> torch.Tensor:
        if self.world is not None:
            return self.generator(standardised)
        assert self.statistics is not None
        latents = self.statistics.to(standardised.device).as_they_are(standardised)
        if self._as_maps:
            latents = latents[:, :, None, None]
        return _as_tensor(self.generator(latents), latents)

    def _answered(self, pictures: torch.Tensor) -> torch.Tensor:
        if self.normalise is not None:
            mean, std = (
                torch.tensor(values).to(pictures).reshape(1, -1, 1, 1) for values in self.normalise
            )
            pictures = ((pictures + 1) / 2 - mean) / std
        elif self.output == "unit":
            pictures = (pictures + 1) / 2
        elif self._overwrites:
            pictures = pictures.clone()
        return _as_tensor(self.classifier(pictures), pictures)

    def _pictures_of(self, standardised: torch.Tensor) -> torch.Tensor:
        self._as_maps = False
        self.of_size(standardised.shape[1])
        try:
            pictures = self._decoded(standardised)
        except Exception as error:
            pictures = self._of_maps(standardised, error)
        rows, shape = len(standardised), tuple(getattr(pictures, "shape", ()))
        if len(shape) != 4 or shape[0] != rows or not pictures.is_floating_point():
            hint = ""
            if len(shape) == 2:
                hint = " Reshape it: lambda z: generator(z).reshape(-1, channels, height, width)."
            raise ModelError(
                f"The generator gives {_said(pictures)} for latents ({rows}, "
                f"{standardised.shape[1]}); expected floats ({rows}, channels, height, "
                f"width).{hint}"
            )
        return pictures

    def _of_maps(self, standardised: torch.Tensor, error: Exception) -> torch.Tensor:
        """Try latents as ``(N, Z, 1, 1)``, as convolutional generators take them."""
        size = standardised.shape[1]
        self._as_maps = True
        try:
            pictures = self._decoded(standardised)
        except Exception:
            self._as_maps = False
        else:
            self._found.append(f"generator: takes latents as (N, {size}, 1, 1)")
            return pictures
        layers = [one for one in _modules(self.generator) if isinstance(one, torch.nn.Linear)]
        hint = f" Its first linear layer takes {layers[0].in_features}." if layers else ""
        hint += _precision(self.generator, "generator")
        raise ModelError(
            f"The generator could not decode latents of {size} coordinates "
            f"({type(error).__name__}: {_short(error)}).{hint} Give latents of its own size, "
            "(Z,) or (B, Z)."
        ) from error

    def _settle_output(self, own: torch.Tensor, every: torch.Tensor) -> None:
        if not bool(torch.isfinite(own).all()):
            raise ModelError("The generator gives NaN or infinite values for the latents given.")
        finite = every[torch.isfinite(every)]
        least, most = float(finite.min()), float(finite.max())
        if self.output is None:
            self.output = "unit" if least >= -1e-3 else "signed"
            self._found.append(
                f"generator: its output goes from {least:.3g} to {most:.3g} here, read as "
                + ("0 to 1" if self.output == "unit" else "-1 to 1")
            )
        low = 0.0 if self.output == "unit" else -1.0
        if least < low - SLACK or most > 1 + SLACK:
            raise ModelError(
                f"The generator gives values from {least:.3g} to {most:.3g}; expected {low:g} to "
                "1. Bring its output there: lambda z: generator(z) / 127.5 - 1, or torch.tanh, as "
                "it was trained."
            )

    def _settle_reading(self, pictures: torch.Tensor, own: int) -> None:
        self._reading, self._overwrites = "logits", False
        shown = pictures.clone()
        try:
            answers = self.classify(shown)
        except Exception as error:
            raise ModelError(
                f"The classifier could not take the generator's pictures {tuple(pictures.shape)} "
                f"({type(error).__name__}: {_short(error)})."
                f"{_precision(self.classifier, 'classifier')} Both have to be of the same size; "
                "resize between the two: "
                "lambda x: classifier(torch.nn.functional.interpolate(x, (224, 224)))."
            ) from error
        # what is shown and compared is what the generator drew, not what a classifier made of it
        self._overwrites = not torch.equal(shown, pictures)
        shape = tuple(getattr(answers, "shape", ()))
        if len(shape) != 2 or shape[0] != len(pictures) or not answers.is_floating_point():
            raise ModelError(
                f"The classifier gives {_said(answers)} for {len(pictures)} pictures; expected "
                f"logits ({len(pictures)}, classes)."
            )
        if not bool(torch.isfinite(answers[:own]).all()):
            raise ModelError(
                "The classifier gives NaN or infinite values for the samples' pictures."
            )
        answers = answers[torch.isfinite(answers).all(1)]
        inside = bool(((answers >= 0) & (answers <= 1)).all())
        if shape[1] == 1:
            self._reading = "one probability" if inside else "one logit"
            self._found.append(f"classifier: its {self._reading} is that of class 1 of two")
        elif inside and bool(((answers.sum(1) - 1).abs() < _SUMS_TO_ONE).all()):
            self._reading = "probabilities"
            self._found.append("classifier: gives probabilities; their logarithms are its logits")

    def _settle_repeats(
        self, several: torch.Tensor, pictures: torch.Tensor, logits: torch.Tensor
    ) -> None:
        """Say where the same question gets another answer; what is found may not hold then."""
        for what, again, first in (
            ("generator", self.generate(several), pictures),
            ("classifier", self.classify(pictures), logits),
        ):
            apart = float((again - first).abs().nan_to_num(0.0).max())
            if apart > REPEATS * max(1.0, float(first.abs().nan_to_num(0.0, 1.0, 1.0).max())):
                self._found.append(
                    f"{what}: answers the same question differently each time (by up to "
                    f"{apart:.2g}), so that what is found may not hold. Is a part of it in "
                    "training mode? Call eval() on it"
                )

    def _gradient_comes(self, standardised: torch.Tensor) -> bool:
        latents = standardised.detach().clone().requires_grad_(True)
        try:
            with torch.enable_grad():
                logits = self.classify(self.generate(latents))
                if not logits.requires_grad:
                    return False
                (gradient,) = torch.autograd.grad(logits.sum(), latents, allow_unused=True)
        except RuntimeError:  # numpy() of a tensor with a gradient, and what has no derivative
            return False
        return gradient is not None


def _as_tensor(found: Any, like: torch.Tensor) -> torch.Tensor:
    if isinstance(found, np.ndarray):
        return torch.as_tensor(found).to(like.device, torch.float32)
    return found  # type: ignore[no-any-return]


def _modules(model: Any) -> Sequence[torch.nn.Module]:
    return list(model.modules()) if isinstance(model, torch.nn.Module) else []


def _device_of(*models: Any) -> torch.device:
    for model in models:
        if isinstance(model, torch.nn.Module):
            for parameter in model.parameters():
                return parameter.device
    return torch.device("cpu")


def _precision(model: Any, name: str) -> str:
    """Say what to do where a model is of another precision than what it is given."""
    if isinstance(model, torch.nn.Module):
        for parameter in model.parameters():
            if parameter.dtype != torch.float32:
                kind = str(parameter.dtype).removeprefix("torch.")
                return f" Its parameters are {kind}, and it is given float32: call {name}.float()."
    return ""


def _said(found: Any) -> str:
    if isinstance(found, torch.Tensor):
        return f"{str(found.dtype).removeprefix('torch.')} {tuple(found.shape)}"
    return f"a {type(found).__name__}"


def _short(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(".")
