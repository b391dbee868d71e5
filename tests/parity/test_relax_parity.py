"""The release of RELAX, recorded on a tiny case: its own masks give its own numbers here.

`record_relax.py` says how the recording was made, and the recording from which release.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from rex_widgets.relax import RELAX
from tests.parity.relax_model import NegativeDistance, encoder, picture

SEED = 7
FEW = {"batch_size": 25, "num_batches": 4}
FLOAT32 = {"rtol": 1e-5, "atol": 1e-6}


def recorded(name: str) -> NDArray[Any]:
    with np.load(Path(__file__).parent / "relax.npz") as file:
        array: NDArray[Any] = file[name]
    return array


@pytest.fixture
def same_stream() -> None:
    torch.manual_seed(SEED)
    if not np.array_equal(torch.rand(8).numpy(), recorded("stream")):
        pytest.skip("this torch draws other numbers from a seed than the one that recorded")
    torch.manual_seed(SEED)


def assert_same(relax: RELAX, name: str) -> None:
    near = {"rtol": 1e-4, "atol": 1e-6}  # the release sums float32 numbers one by one
    np.testing.assert_allclose(relax.importance, recorded(f"{name}_importance"), **FLOAT32)
    ours = relax.uncertainty_unnormalised
    np.testing.assert_allclose(ours, recorded(f"{name}_uncertainty"), **near)
    np.testing.assert_allclose(relax.sum_of_weights, recorded(f"{name}_sum_of_weights"), **FLOAT32)
    divided = recorded(f"{name}_uncertainty") / recorded(f"{name}_sum_of_weights")
    np.testing.assert_allclose(relax.uncertainty, divided, **near)


@pytest.mark.usefixtures("same_stream")
def test_the_release_s_own_masks_give_its_numbers_and_a_second_call_goes_on() -> None:
    relax = RELAX(picture(), encoder(), **FEW)
    relax.forward(sampling="release")
    assert relax.masks == 100
    assert_same(relax, "defaults")
    undivided = relax.importance * (
        relax.uncertainty_unnormalised <= relax.uncertainty_unnormalised.median()
    )
    np.testing.assert_allclose(undivided, recorded("defaults_u_relax"), **FLOAT32)
    relax.forward(num_cells=4, sampling="release")
    assert relax.masks == 200
    assert_same(relax, "continued")


@pytest.mark.usefixtures("same_stream")
@pytest.mark.parametrize("spelling", ["probablity_of_drop", "probability_of_drop"])
def test_another_grid(spelling: str) -> None:
    relax = RELAX(picture(), encoder(), **FEW)
    relax.forward(num_cells=5, sampling="release", **{spelling: 0.3})
    assert_same(relax, "grid")


@pytest.mark.usefixtures("same_stream")
def test_a_measure_of_the_user_s() -> None:
    relax = RELAX(picture(), encoder(), similarity_measure=NegativeDistance(), **FEW)
    relax.forward(sampling="release")
    assert_same(relax, "measure")


@pytest.mark.parametrize("seed", range(3))
def test_our_sampler_estimates_what_the_release_s_20000_masks_do(seed: int) -> None:
    relax = RELAX(picture(), encoder())
    relax.forward(seed=seed, stopping="never")
    assert relax.masks == 3000
    theirs = recorded("many_importance")
    scale = np.sqrt(np.square(theirs).mean())
    off = np.sqrt(np.square(relax.importance.numpy() - theirs).mean()) / scale
    # 20,000 independent masks are themselves known to about 0.2 % of the map
    assert off < 0.004
    spread = recorded("many_uncertainty") / recorded("many_sum_of_weights")
    assert np.abs(relax.uncertainty.numpy() / spread - 1).mean() < 0.05
