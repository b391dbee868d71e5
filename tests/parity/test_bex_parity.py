"""The release of BEX, recorded on a toy: with ``release_compatible=True`` ours does the same.

`record_bex.py` says how the recording was made, and the recording from which release. Both have
explained the same batches of twelve. What draws nothing at random gives the same latents; figures
must agree on average within two standard errors.
"""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rex_widgets.latent.fisher import FisherInformation
from rex_widgets.latent.problem import Context
from rex_widgets.latent.registry import EXPLAINERS
from tests.parity.bex_figures import CASES, SAME, SEEDS, figures
from tests.parity.bex_world import Toy, toy

STANDARD_ERRORS = 2.0
PAIRED = 4.0
"""Student's t with five degrees of freedom is beyond it once in a hundred."""

ROUNDING = 1e-4


@cache
def recorded() -> dict[str, NDArray[Any]]:
    with np.load(Path(__file__).parent / "bex.npz") as file:
        return {name: file[name] for name in file.files}


@cache
def world() -> Toy:
    return toy()


@cache
def context() -> Context:
    made = world()
    assert made.context.training is not None
    fisher = FisherInformation.of(
        made.context.training, made.classifier, made.generator, released=True
    )
    return replace(made.context, fisher=fisher)


@pytest.fixture(autouse=True)
def _same_world() -> None:
    if not np.allclose(world().batch(0)[1], recorded()["world"], atol=1e-3):
        pytest.skip("this torch draws other weights from a seed than the one that recorded")


def ours(name: str, options: dict[str, Any], seed: int, draw: int | None = None) -> torch.Tensor:
    explainer = EXPLAINERS[name].explainer(**options, release_compatible=True)
    explainer.prepare(context())
    explainer.seed = seed if draw is None else draw
    latents, logits, images = world().batch(seed)
    return explainer.explain_batch(latents, logits, images, world().classifier, world().generator)


@pytest.mark.parametrize("case", CASES)
def test_success_rise_and_distance_are_the_release_s(case: str) -> None:
    name, options = CASES[case]
    theirs = recorded()[case]
    rows = [
        figures(world(), ours(name, options, seed, 1000 + seed), *world().batch(seed)[:2])
        for seed in SEEDS
    ]
    difference = np.array(rows) - theirs
    off = np.abs(difference.mean(0))
    batches = len(SEEDS)
    error = np.sqrt((np.var(rows, axis=0, ddof=1) + theirs.var(0, ddof=1)) / batches)
    assert (off <= STANDARD_ERRORS * error).all(), (off / error).round(2)
    # the same samples were explained, and the error of the differences is smaller
    paired = difference.std(0, ddof=1) / np.sqrt(batches)
    assert (off <= PAIRED * paired + ROUNDING).all(), (off / paired).round(2)
    # what is compared says something: neither all nor none succeed, and the error is small
    assert 0 < theirs[:, 0].mean() < 1
    assert (paired < 0.1 * np.maximum(1, np.abs(theirs).mean(0))).all()


@pytest.mark.parametrize("case", SAME)
def test_what_is_not_random_gives_the_same_latents(case: str) -> None:
    found = ours(*SAME[case], 0).numpy()
    np.testing.assert_allclose(found, recorded()[f"{case}: latents"], atol=1e-4)
