"""The metrics of BEX 0.5.2, recorded by `record_bex_metrics.py`, against ours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from rex_widgets.latent.benchmark.cardinality import orthogonal
from rex_widgets.latent.benchmark.outcomes import Outcomes, outcomes
from rex_widgets.latent.benchmark.projection import project
from rex_widgets.latent.benchmark.selection import select_samples
from rex_widgets.latent.benchmark.space import Space
from rex_widgets.latent.benchmark.summary import released_scores, scores

BATCHES = range(4)

with np.load(Path(__file__).parent / "bex_metrics.npz", allow_pickle=False) as _file:
    RECORDED = {name: torch.from_numpy(_file[name]) for name in _file.files}

SPACE = Space(RECORDED["characters"], RECORDED["fonts"])


def part(name: str, batch: int) -> torch.Tensor:
    return RECORDED[f"{name}_{batch}"]


def judged(batch: int) -> Outcomes:
    answers = part("perturbed_logits", batch).reshape(6, 10, 2)
    near = part("near", batch)
    return outcomes(part("latents", batch), near, part("logits", batch), answers, SPACE)


@pytest.mark.parametrize("batch", BATCHES)
def test_projection(batch: int) -> None:
    asked = part("counterfactuals", batch), part("latents", batch), SPACE
    torch.testing.assert_close(
        project(*asked, released=True), part("near", batch), atol=2e-6, rtol=0
    )


def test_projection_as_it_should_be_is_another_one() -> None:
    asked = part("counterfactuals", 2), part("latents", 2), SPACE
    assert float((project(*asked) - part("near", 2)).abs().max()) > 0.1


@pytest.mark.parametrize("batch", BATCHES)
def test_successes(batch: int) -> None:
    assert torch.equal(judged(batch).successful, part("successful", batch))


@pytest.mark.parametrize("batch", BATCHES)
def test_what_is_kept(batch: int) -> None:
    found = orthogonal(
        part("latents", batch),
        part("near", batch),
        part("successful", batch),
        SPACE,
        released=True,
    )
    assert torch.equal(found, part("kept", batch))


@pytest.mark.parametrize("batch", BATCHES)
def test_metrics(batch: int) -> None:
    verdicts = judged(batch).verdicts.numpy()
    found = released_scores(verdicts, part("kept", batch).numpy())
    recorded = part("metrics", batch).tolist()
    assert list(found.named.values()) == pytest.approx(recorded, abs=1e-6)
    ours = scores(verdicts, part("kept", batch).numpy())
    assert ours.sce == pytest.approx(recorded[1], abs=1e-6)
    assert ours.cardinality <= found.cardinality


def test_selection() -> None:
    logits, labels = RECORDED["all_logits"], RECORDED["labels"].numpy()
    chosen = select_samples(logits, labels, 7, released=True)
    assert chosen.tolist() == RECORDED["chosen"].tolist()
    assert select_samples(logits, labels, 7).tolist() != chosen.tolist()
