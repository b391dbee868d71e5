"""Both systems explaining the same samples, in turn, in one process. Prints one JSON object.

Both are torch on the same threads: the same generator and classifier, the same
batch of latents. Times are those of the processor: others that use it do not count. What each
computes once for all batches (the Fisher information, the median
deviations) is not timed. The results of both are judged by the peer's own measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import nn

from rex_widgets.latent.fisher import FisherInformation
from rex_widgets.latent.problem import Context, CorrelatedAttribute
from rex_widgets.latent.registry import EXPLAINERS
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.latent.world.atlas import DATA
from rex_widgets.latent.world.dataset import CORRELATIONS
from rex_widgets.latent.world.world import load_world, weights_file
from tests.parity.bex_peer import explain, explainer, module
from tests.parity.bex_world import CORRELATED, SIZE, Toy, toy

BEST = (10, 0.95)
LAST_CHUNK = 512
"""Over so many latents the release's Fisher information goes; both are given it."""

_AT_ONCE = 240


@dataclass(frozen=True, eq=False)
class Subject:
    """What is explained; training latents are as they are, the others standardised."""

    words: str
    generator: Callable[[torch.Tensor], torch.Tensor]
    classifier: Callable[[torch.Tensor], torch.Tensor]
    statistics: LatentStatistics
    training: torch.Tensor
    validation: torch.Tensor
    fonts: torch.Tensor
    correlated: Any
    characters: torch.Tensor | None = None


def toy_subject() -> Subject:
    """The toy of the parity tests; its parameters have gradients, as torch makes them."""
    made = toy()
    return _of_toy(
        "toy", made, made.generator.requires_grad_(True), made.classifier.requires_grad_(True)
    )


def light_subject() -> Subject:
    """The toy's latents, and as little of a decoder and a classifier as such pictures allow."""
    made = toy()
    random = torch.Generator().manual_seed(7)
    decoder, classes = nn.Linear(SIZE, 3 * 32 * 32), nn.Linear(3 * 32 * 32, 2)
    for layer in (decoder, classes):
        weights = torch.randn(layer.weight.shape, generator=random)
        layer.weight.data, layer.bias.data = weights / layer.in_features**0.5, layer.bias.data * 0
    drawn = nn.Sequential(decoder, nn.Tanh(), nn.Unflatten(1, (3, 32, 32)))
    return _of_toy("light", made, drawn, nn.Sequential(nn.Flatten(), classes))


def _of_toy(words: str, made: Toy, generator: nn.Module, classifier: nn.Module) -> Subject:
    return Subject(
        words,
        generator,
        classifier,
        made.context.statistics,
        made.as_they_are,
        made.validation,
        made.fonts,
        CORRELATED,
    )


def world_subject() -> Subject:
    """The embedded world, with the classifier that learned most from fonts of those installed."""
    settings = [BEST, *(setting for setting in reversed(CORRELATIONS) if setting != BEST)]
    for n_corr, corr_level in settings:
        if (DATA / weights_file(n_corr, corr_level)).exists():
            made = load_world(n_corr, corr_level)
            return Subject(
                f"the embedded world, {n_corr} correlated fonts at {corr_level:g}",
                made.generator,
                made.classifier,
                made.statistics,
                torch.tensor(made.training.latents).float(),
                made.latents(),
                made.fonts,
                made.correlated,
                made.characters,
            )
    raise FileNotFoundError("No classifier of the embedded world is installed.")


class Comparison:
    """Both systems on one subject; ``path`` is where the peer lies."""

    def __init__(self, subject: Subject, path: str) -> None:
        self.subject, self.path = subject, path
        self.judge = module("utils", path)
        known = subject.statistics
        standardised = known.standardised(subject.training)
        some = standardised[-LAST_CHUNK:]
        models = subject.classifier, subject.generator
        self.context = Context(
            known,
            training=standardised,
            fisher=FisherInformation.of(some, *models, released=True),
            correlated=CorrelatedAttribute(slice(3, 6), subject.fonts, subject.correlated),
        )
        self.defaults = replace(self.context, fisher=FisherInformation.of(some, *models))

    def batch(self, size: int, seed: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Random validation samples: latents, logits, pictures."""
        random = torch.Generator().manual_seed(seed)
        chosen = torch.randperm(len(self.subject.validation), generator=random)[:size]
        latents = self.subject.validation[chosen]
        with torch.no_grad():
            images = self.subject.generator(latents)
            return latents, self.subject.classifier(images), images

    def peer(self, name: str, options: dict[str, Any]) -> Callable[..., torch.Tensor]:
        """The peer's explainer, with what it keeps between batches in place."""
        given = dict(options)
        subject = self.subject
        if name == "is":
            known, font = subject.statistics, slice(3, 6)
            fonts = subject.fonts * known.std[font] + known.mean[font]
            given |= {"fonts": fonts, "correlated": subject.correlated}
        made = explainer(name, subject.training, subject.validation, self.path, **given)
        fisher = self.context.fisher
        if fisher is not None:
            made.loaded_data["fishers"] = fisher.matrices.float().numpy()
        return lambda seed, *batch: explain(made, seed, *batch)

    def ours(
        self, name: str, options: dict[str, Any], released: bool
    ) -> Callable[..., torch.Tensor]:
        """Our explainer of that name."""
        kind: Any = EXPLAINERS[name].explainer
        made = kind(**options, release_compatible=released)
        made.prepare(self.context if released else self.defaults)

        def call(seed: int, *batch: Any) -> torch.Tensor:
            made.seed = seed
            found: torch.Tensor = made.explain_batch(*batch)
            return found

        return call

    def systems(self, name: str, options: dict[str, Any]) -> dict[str, Callable[..., torch.Tensor]]:
        """Explainers of that name: the peer's, ours as the release computes it, and ours."""
        return {
            "peer": self.peer(name, options),
            "ours": self.ours(name, options, released=True),
            "defaults": self.ours(name, options, released=False),
        }

    def judged(
        self, found: torch.Tensor, latents: torch.Tensor, logits: torch.Tensor
    ) -> tuple[float, float]:
        """SCE and S#, by the peer's own functions."""
        characters, fonts = self.subject.characters, self.subject.fonts
        near = self.judge.bound_z(found.clone(), latents, characters, fonts)
        with torch.no_grad():
            parts = torch.split(near.reshape(-1, near.shape[-1]), _AT_ONCE)
            answers = torch.cat(
                [self.subject.classifier(self.subject.generator(part)) for part in parts]
            )
        successful, sce, *_ = self.judge.get_successful_cf(
            near, latents, answers, logits, characters, fonts
        )
        number, _ = self.judge.compute_metrics(latents, near, successful, characters, fonts)
        return float(sce), float(number)


SUBJECTS = {"toy": toy_subject, "light": light_subject, "world": world_subject}


class Recorded:
    """A generator that notes how many latents it is given, and whether for gradients."""

    def __init__(self, generator: Callable[[torch.Tensor], torch.Tensor]) -> None:
        self._generator = generator
        self.calls: list[tuple[int, bool]] = []

    def __call__(self, latents: torch.Tensor) -> torch.Tensor:
        """Draw."""
        self.calls.append((len(latents), torch.is_grad_enabled()))
        return self._generator(latents)


def in_models(subject: Subject, calls: list[tuple[int, bool]]) -> float:
    """Seconds that these calls of the models take by themselves, each with gradients of latents."""
    known = subject.validation
    started = time.process_time()
    for count, gradients in calls:
        latents = known.repeat(-(-count // len(known)), 1)[:count].requires_grad_(gradients)
        with torch.set_grad_enabled(gradients):
            logits = subject.classifier(subject.generator(latents))
            if gradients:
                torch.autograd.grad(logits.sum(), latents)
    return time.process_time() - started


def timed(
    compared: Comparison, name: str, size: int, given: dict[str, Any], repeats: int
) -> dict[str, float]:
    """Least seconds of each system, and of the models alone in those calls that ours makes."""
    subject = compared.subject
    systems = compared.systems(name, given)
    batch = compared.batch(size, 0)
    times: dict[str, list[float]] = {system: [] for system in (*systems, "models")}
    for repeat in range(repeats):
        for system, call in systems.items():
            started = time.process_time()
            call(repeat, *batch, subject.classifier, subject.generator)
            times[system].append(time.process_time() - started)
        recorded = Recorded(subject.generator)
        systems["ours"](repeat, *batch, subject.classifier, recorded)
        times["models"].append(in_models(subject, recorded.calls))
    return {system: min(found) for system, found in times.items()}


def main(
    path: str,
    threads: int,
    models: list[str],
    explainers: list[str],
    sizes: dict[str, dict[str, dict[str, Any]]],
    seeds: int,
    repeats: dict[str, int],
    options: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Compare both systems.

    Parameters
    ----------
    path, threads
        Where the peer lies, and on how many threads both run.
    models
        Some of `SUBJECTS`.
    explainers
        By our names.
    sizes
        Batch sizes to be timed, each with options of explainers.
    seeds
        How many batches of 12 are judged.
    repeats
        How often a time is taken, by batch size.
    options
        Of explainers that are judged.

    Returns
    -------
    dict
        Seconds by models, explainer and batch size; SCE and S# by explainer and system, of the last
        of the models, whose words are also given.
    """
    torch.set_num_threads(threads)
    answer: dict[str, Any] = {"seconds": {}, "judged": {}}
    for kind in models:
        subject = SUBJECTS[kind]()
        compared = Comparison(subject, path)
        answer["subject"] = subject.words
        for name in explainers:
            for size, by_name in sizes.items():
                found = timed(compared, name, int(size), by_name.get(name, {}), repeats[size])
                answer["seconds"].setdefault(kind, {}).setdefault(name, {})[size] = found
            systems = compared.systems(name, options.get(name, {}))
            rows: dict[str, list[tuple[float, float]]] = {system: [] for system in systems}
            for seed in range(seeds):
                batch = compared.batch(12, 100 + seed)
                for system, call in systems.items():
                    latents = call(seed, *batch, subject.classifier, subject.generator)
                    rows[system].append(compared.judged(latents, *batch[:2]))
            answer["judged"][name] = rows
    return answer


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
