"""One explainer tried on all chosen samples: batch after batch, kept on disk as it goes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import ModelError
from rex_widgets.latent.benchmark.arena import Arena
from rex_widgets.latent.benchmark.asking import explained
from rex_widgets.latent.benchmark.cardinality import orthogonal
from rex_widgets.latent.benchmark.kept_batches import Batches
from rex_widgets.latent.benchmark.loggers import Images, LoggerLike
from rex_widgets.latent.benchmark.outcomes import outcomes
from rex_widgets.latent.benchmark.projection import project
from rex_widgets.latent.benchmark.summary import Scores, mean_of, released_scores, scores
from rex_widgets.latent.fisher import FisherInformation
from rex_widgets.latent.problem import Problem, other_class


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What the benchmark found of one explainer.

    Parameters
    ----------
    explainer
        Its name.
    scores
        The numbers.
    indices
        The validation samples that were explained, int64 ``(N,)``.
    latents, counterfactuals
        Standardised float32 ``(N, Z)`` and, projected, ``(N, n, Z)``.
    verdicts
        `rex_widgets.latent.benchmark.outcomes.Verdict` of every explanation, uint8 ``(N, n)``.
    kept
        Which of them are mutually orthogonal successes, bool ``(N, n)``.
    configuration
        All that the result depends on.
    path
        Folder with what was written; ``None`` where nothing was.
    """

    explainer: str
    scores: Scores
    indices: NDArray[np.int64] = field(repr=False)
    latents: NDArray[np.float32] = field(repr=False)
    counterfactuals: NDArray[np.float32] = field(repr=False)
    verdicts: NDArray[np.uint8] = field(repr=False)
    kept: NDArray[np.bool_] = field(repr=False)
    configuration: Mapping[str, Any] = field(repr=False)
    path: Path | None


@dataclass(frozen=True)
class Progress:
    """How far a run is."""

    explainer: str
    batch: int
    batches: int
    fraction: float


class Trial:
    """An explainer at work on the chosen samples of an arena.

    Parameters
    ----------
    arena, explainer, name
        Who is tried where.
    batch_size, seed, released
        Of the benchmark.
    batches
        What is known already, and where more is kept.
    fisher
        Fisher information of the latents, where an earlier trial has computed it.

    Attributes
    ----------
    fisher
        The same, after a run also where this explainer has computed it.
    """

    def __init__(
        self,
        arena: Arena,
        explainer: Any,
        name: str,
        *,
        batch_size: int,
        seed: int,
        released: bool,
        batches: Batches,
        fisher: FisherInformation | None = None,
    ) -> None:
        self._arena, self._explainer, self._name = arena, explainer, name
        self._batch_size, self._seed, self._released = batch_size, seed, released
        self._batches, self.fisher = batches, fisher
        context = arena.context
        self._context = context.with_fisher(fisher) if fisher else context

    def run(self, logger: LoggerLike | None, tell: Callable[[Progress], None]) -> Scores:
        """Do the batches that are missing, tell the logger of all, and return the scores."""
        if hasattr(self._explainer, "prepare"):
            self._explainer.prepare(self._context)
        try:
            found = self._do(logger, tell)
        finally:
            # Also where the person interrupts, or the explainer fails.
            self._batches.write()
        if self._released:
            return mean_of(found)
        _, verdicts, kept = self._batches.of(slice(None))
        return scores(verdicts, kept)

    def _do(self, logger: LoggerLike | None, tell: Callable[[Progress], None]) -> list[Scores]:
        """Return the scores of every batch."""
        count = len(self._arena.latents)
        total = -(-count // self._batch_size)
        found = []
        for batch in range(total):
            places = slice(batch * self._batch_size, min((batch + 1) * self._batch_size, count))

            def told(fraction: float, batch: int = batch) -> None:
                tell(Progress(self._name, batch, total, (batch + fraction) / total))

            if batch >= self._batches.done:
                self._batches.add(*self._of_batch(places, batch, told))
            told(1.0)
            _, verdicts, kept = self._batches.of(places)
            found.append((released_scores if self._released else scores)(verdicts, kept))
            if logger is not None:
                logger.accumulate(found[-1].named, self._images(places, kept))
        return found

    def _of_batch(
        self, places: slice, batch: int, told: Callable[[float], None]
    ) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        arena = self._arena
        latents, logits = arena.latents[places], arena.logits[places]
        problem = Problem(
            latents,
            logits,
            arena.pictures(places),
            other_class(logits),
            arena.classifier,
            arena.generator,
            self._context,
        )
        seed = int(np.random.SeedSequence((self._seed, batch)).generate_state(1)[0])
        with torch.enable_grad():
            raw = explained(self._explainer, problem, seed, told)
        if self.fisher is None and hasattr(self._explainer, "known"):
            self.fisher = self._explainer.known(problem)
        known = self._batches.explanations
        if known is not None and known != raw.shape[1]:
            raise ModelError(
                f"{self._name} gave {raw.shape[1]} explanations for batch {batch} and {known} for "
                "those before; expected the same number for every sample."
            )
        with torch.no_grad():
            near = project(raw, latents, arena.space, released=self._released)
            answers = problem.answers(near)
            told_of = outcomes(latents, near, logits, answers, arena.space)
            kept = orthogonal(
                latents, near, told_of.successful, arena.space, released=self._released
            )
        return near.cpu().numpy(), told_of.verdicts.cpu().numpy(), kept.cpu().numpy()

    def _images(self, places: slice, kept: NDArray[np.bool_]) -> Images | None:
        """Pictures of the samples that have a success, and of what was kept of these."""
        rows, columns = np.nonzero(kept)
        if len(rows) == 0:
            return None
        samples, owners = np.unique(rows, return_inverse=True)
        counterfactuals, _, _ = self._batches.of(places)
        arena = self._arena
        latents = torch.from_numpy(counterfactuals[rows, columns]).to(arena.device)
        with torch.no_grad():
            drawn = arena.generator(latents).cpu()
        pictures = arena.pictures(places).cpu()
        return {
            "samples": pictures[torch.from_numpy(samples)],
            "cfs": drawn,
            "owners": torch.from_numpy(owners),
        }
