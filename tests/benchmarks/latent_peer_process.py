"""Both systems explaining the same samples, in turn, in one process. Prints one JSON object.

Both are torch on the same threads: the same generator and classifier, the same
batch of latents. What each computes once for all batches (the Fisher information, the median
deviations) is not timed. The results of both are judged by the peer's own measures.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from statistics import median
from typing import Any

import torch

from rex_widgets.latent.fisher import FisherInformation
from rex_widgets.latent.problem import Context, CorrelatedAttribute
from rex_widgets.latent.registry import EXPLAINERS
from rex_widgets.latent.statistics import LatentStatistics
from rex_widgets.latent.world.atlas import DATA
from rex_widgets.latent.world.dataset import CORRELATIONS
from rex_widgets.latent.world.world import load_world, weights_file
from tests.parity.bex_peer import explain, explainer, module
from tests.parity.bex_world import CORRELATED, toy

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
    """The toy of the parity tests: its models cost little."""
    made = toy()
    return Subject(
        "toy",
        made.generator,
        made.classifier,
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
        made = EXPLAINERS[name].explainer(**options, release_compatible=released)
        made.prepare(self.context if released else self.defaults)

        def call(seed: int, *batch: Any) -> torch.Tensor:
            made.seed = seed
            return made.explain_batch(*batch)

        return call

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


def main(
    path: str,
    threads: int,
    models: str,
    explainers: list[str],
    sizes: list[int],
    seeds: int,
    repeats: int,
    options: dict[str, dict[str, Any]],
) -> dict[str, Any]:
    """Median seconds by explainer, batch size and system; SCE and S# by seed, where asked for."""
    torch.set_num_threads(threads)
    subject = toy_subject() if models == "toy" else world_subject()
    compared = Comparison(subject, path)
    called = subject.classifier, subject.generator
    answer: dict[str, Any] = {"subject": subject.words, "seconds": {}, "judged": {}}
    for name in explainers:
        given = options.get(name, {})
        systems = {
            "peer": compared.peer(name, given),
            "ours": compared.ours(name, given, released=True),
            "defaults": compared.ours(name, given, released=False),
        }
        for size in sizes:
            batch = compared.batch(size, 0)
            times: dict[str, list[float]] = {system: [] for system in systems}
            for repeat in range(repeats):
                for system, call in systems.items():
                    started = time.perf_counter()
                    call(repeat, *batch, *called)
                    times[system].append(time.perf_counter() - started)
            seconds = {system: median(found) for system, found in times.items()}
            answer["seconds"].setdefault(name, {})[str(size)] = seconds
        rows: dict[str, list[tuple[float, float]]] = {"peer": [], "ours": [], "defaults": []}
        for seed in range(seeds):
            batch = compared.batch(12, 100 + seed)
            for system, call in systems.items():
                found = call(seed, *batch, *called)
                rows[system].append(compared.judged(found, *batch[:2]))
        answer["judged"][name] = rows
    return answer


if __name__ == "__main__":
    print(json.dumps(main(**json.loads(sys.argv[1]))))
