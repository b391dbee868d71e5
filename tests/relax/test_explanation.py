"""The frozen explanation, and U-RELAX."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.errors import SettingsError
from rex_widgets.relax.settings import RelaxSettings
from tests.relax.examples import SPACES, filled


@pytest.mark.parametrize("kind", SPACES)
def test_examples_are_whole(kind: str) -> None:
    example = filled(kind, neighbours=2)
    assert example.map is example.importance
    assert example.u_relax.shape == example.importance.shape == SPACES[kind]
    assert [one.similarity for one in example.neighbours] == [0.95, 0.85]
    with pytest.raises(FrozenInstanceError):
        example.masks = 3  # type: ignore[misc]
    assert replace(example, message="x").message == "x"


def test_u_relax_by_hand() -> None:
    example = filled(
        "table",
        importance=np.array([1, 2, 3, 4, 5], np.float32),
        uncertainty=np.array([0.5, 0.1, 0.4, 0.2, 0.3], np.float32),
    )
    assert example.u_relax.tolist() == [0, 2, 0, 4, 5]
    assert example.u_relax_at(0).tolist() == [0, 2, 0, 0, 0]
    assert example.u_relax_at(0.3).tolist() == [0, 2, 0, 4, 0]
    assert example.u_relax_at(1).tolist() == [1, 2, 3, 4, 5]
    settings = RelaxSettings(uncertainty_threshold=1.0)
    assert replace(example, settings=settings).u_relax.tolist() == [1, 2, 3, 4, 5]
    assert example.u_relax.dtype == np.float32


@given(st.floats(0, 1), st.integers(0, 5))
def test_a_larger_quantile_keeps_more(quantile: float, seed: int) -> None:
    example = filled(seed=seed)
    kept = example.u_relax_at(quantile) != 0
    assert kept.sum() >= np.floor(quantile * (kept.size - 1)) + 1
    assert (example.u_relax_at(min(1.0, quantile + 0.1)) != 0)[kept].all()


@pytest.mark.parametrize("quantile", [-0.1, 1.1, float("nan")])
def test_a_wrong_quantile_is_told(quantile: float) -> None:
    with pytest.raises(SettingsError, match="expected a number from 0 to 1"):
        filled().u_relax_at(quantile)


def test_statistics_are_those_of_a_real_run() -> None:
    from tests.relax.fakes import finish, procedure

    assert set(filled().statistics) == set(finish(procedure(num_batches=1)).statistics)
