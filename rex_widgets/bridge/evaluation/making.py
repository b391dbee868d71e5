"""Region-constrained counterfactuals for an evaluation: regions, controls and samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields
from hashlib import sha256
from time import perf_counter
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.bridge.areas import region_by_attribution
from rex_widgets.bridge.areas.controls import inverse, random_like
from rex_widgets.bridge.areas.registry import BY_ANSWERS, BY_DEFAULT
from rex_widgets.bridge.best_of import BestOf
from rex_widgets.bridge.evaluation.asking import log_answers_of
from rex_widgets.bridge.evaluation.evaluating import Made
from rex_widgets.bridge.evaluation.rows import Question
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.problem import Problem
from rex_widgets.bridge.sampler import Sampler
from rex_widgets.bridge.sampling_settings import SamplingSettings
from rex_widgets.bridge.settings import TERMS, RcsbSettings
from rex_widgets.errors import SettingsError

Regions = NDArray[np.bool_] | torch.Tensor | Callable[[torch.Tensor, int], Any]


class Making:
    """What `rex_widgets.bridge` does with an image, without the run around it.

    Parameters
    ----------
    model
        A torch module that gives logits, or a callable that gives probabilities, for pictures
        ``(B, C, H, W)`` in [0, 1].
    network
        The bridge's network.
    settings
        How to sample, and how to find a region.
    regions
        Regions, where they are not found by the settings: bool ``(H, W)`` for all images,
        ``(N, H, W)``, or a function of an image ``(C, H, W)`` in [0, 1] and its class.
    lpips
        For the term of that name.

    Raises
    ------
    SettingsError
        The settings name one image's target, region or control, or a source of regions that needs
        ``regions``.
    """

    def __init__(
        self,
        model: Any,
        network: BridgeNetwork,
        settings: RcsbSettings,
        *,
        regions: Regions | None = None,
        lpips: Any = None,
    ) -> None:
        _check(settings, regions)
        self._model, self._network, self._settings = model, network, settings
        self._regions, self._lpips = regions, lpips
        self._log = log_answers_of(model)
        self._sampling = sampling_of(settings)
        self._seed = settings.seed or 0
        torch_module = isinstance(model, torch.nn.Module)
        differentiable = getattr(model, "through_torch", torch_module)
        self._usual = BY_DEFAULT if differentiable else BY_ANSWERS

    @property
    def configuration(self) -> Mapping[str, Any]:
        """All that the samples depend on, as plain values."""
        given = {one.name: getattr(self._settings, one.name) for one in fields(self._settings)}
        plain = {name: value for name, value in given.items() if _is_plain(value)}
        return {
            "settings": plain,
            "network": self._network.name,
            "regions": _described(self._regions),
        }

    def region(self, image: torch.Tensor, number: int, source: int) -> torch.Tensor:
        """Where an image may change, bool ``(H, W)``."""
        if callable(self._regions):
            found = self._regions(image, source)
        elif self._regions is not None:
            found = self._regions if self._regions.ndim == 2 else self._regions[number]
        else:
            found = self._attributed(image, number, source)
        return torch.as_tensor(np.asarray(found), dtype=torch.bool)

    def controlled(self, region: torch.Tensor, number: int, control: str) -> torch.Tensor:
        """Turn a region into that of a control."""
        if control == "none":
            return region
        plain = region.numpy()
        if control == "inverse":
            return torch.from_numpy(inverse(plain))
        height, width = plain.shape
        cells = self._settings.cells((height, width)) if self._regions is None else None
        other = random_like(plain, self._drawn(number), cell_size=cells)
        return torch.from_numpy(np.ascontiguousarray(other))

    def make(self, image: torch.Tensor, region: torch.Tensor, question: Question) -> Made:
        """Sample ``n_inpaints`` counterfactuals."""
        problem = Problem(
            image=2 * image - 1,
            region=region,
            target=question.target,
            source=question.source,
            log_probabilities=self._log,
            network=self._network,
            differentiable=isinstance(self._model, torch.nn.Module),
            lpips=self._lpips,
            modules=(self._model,) if isinstance(self._model, torch.nn.Module) else (),
        )
        began = perf_counter()
        sampler = self._sampler(problem, self._drawn(question.image))
        while not sampler.done:
            sampler.advance()
        samples = sampler.finished_images()
        seconds = perf_counter() - began
        # 2x - 1 and back is not exact in float32; outside the region the image itself is meant.
        back = ((samples.cpu() + 1) / 2).clamp(0, 1)
        return Made(torch.where(region, back, image), seconds, sampler.failure)

    def _sampler(self, problem: Problem, seed: int) -> Sampler | BestOf:
        settings = self._settings
        numbers = range(settings.n_inpaints)
        if settings.guidance == "gradient":
            return Sampler(problem, self._sampling, seed, numbers)
        return BestOf(problem, self._sampling, seed, numbers, settings.candidates)

    def _attributed(self, image: torch.Tensor, number: int, source: int) -> NDArray[np.bool_]:
        settings = self._settings
        height, width = image.shape[1:]
        return region_by_attribution(
            image,
            self._model,
            source,
            attribution=settings.attribution or self._usual,
            cell_size=settings.cells((height, width)),
            area=settings.area,
            sign=settings.sign,
            half_stride=settings.half_stride,
            outlier=settings.outlier,
            smoothing=settings.smoothing,
            noise=settings.noise,
            noise_samples=settings.noise_samples,
            layer=settings.layer,
            seed=self._drawn(number),
        ).region

    def _drawn(self, number: int) -> int:
        """Seed of an image: the same for its classes and controls."""
        return int(np.random.SeedSequence((self._seed, number)).generate_state(1)[0])


def sampling_of(settings: RcsbSettings) -> SamplingSettings:
    """The part of the settings that a sampler reads."""
    return SamplingSettings(
        nfe=settings.nfe,
        start_step=settings.start_step,
        scale=settings.scale,
        ot_ode=settings.ot_ode,
        weights={name: getattr(settings, name) for name in TERMS if getattr(settings, name)},
        rescale=settings.rescale,
        batch_size=settings.batch_size,
    )


def _check(settings: RcsbSettings, regions: Regions | None) -> None:
    named = [name for name in ("target", "region", "map") if getattr(settings, name) is not None]
    if named or settings.control != "none":
        raise SettingsError(
            f"The settings have {', '.join(named) or 'a control'}, which is one image's; give "
            "targets=, regions= or controls= to evaluate a set."
        )
    if regions is None and settings.source != "attribution":
        raise SettingsError(
            f"Regions from {settings.source} are not found for a set of images; give regions= an "
            "array, or a function of an image and its class."
        )


def _is_plain(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | str)


def _described(regions: Regions | None) -> str:
    if regions is None or callable(regions):
        return "found" if regions is None else getattr(regions, "__qualname__", "given")
    return sha256(np.asarray(regions, bool).tobytes()).hexdigest()
