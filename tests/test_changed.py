"""The same question with other settings, from what has been evaluated already."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.errors import SettingsError
from tests.widgets.bright_square import bright_run


def test_another_strategy_does_not_search_again() -> None:
    first = bright_run()
    first.wait()
    second = first.changed(strategy="contrastive")
    found = second.wait()
    assert found.strategy == "contrastive" and found.verified
    assert np.array_equal(found.map, first.result().map)
    assert found.evaluations.breakdown.get("search", 0) == 0
    alone = bright_run(strategy="contrastive").wait()
    assert np.array_equal(found.mask, alone.mask)


def test_the_old_run_stays_as_it_was() -> None:
    first = bright_run()
    before = first.wait()
    first.changed(strategy="spatial").wait()
    after = first.result()
    assert np.array_equal(before.mask, after.mask) and before.evaluations == after.evaluations


def test_extensions_are_kept() -> None:
    first = bright_run(iters=2)
    first.extend(iters=1)
    first.wait()
    assert first.changed(threshold=0.5).iters == 3
    assert first.changed(threshold=0.5).settings.minimum_confidence_threshold == 0.5


def test_another_occlusion_asks_the_model_anew() -> None:
    first = bright_run()
    first.wait()
    second = first.changed(mask_value=0.1)
    assert second.wait().evaluations.breakdown["search"] > 0


def test_wrong_changes_are_told() -> None:
    run = bright_run()
    with pytest.raises(SettingsError, match="strategy"):
        run.changed(strategi="multi")
    with pytest.raises(SettingsError, match="spatial"):
        run.changed(strategy="everywhere")
