"""The least, the most, the undefined."""

from __future__ import annotations

import json

import numpy as np

from rex_widgets.relax.tally import Tally


def test_counts_and_their_state() -> None:
    tally = Tally()
    other = Tally()
    other.restore(json.loads(json.dumps(tally.state())))
    assert np.isnan([other.least, other.most]).all()
    tally.add(np.array([0.5, 0.2]), 1)
    tally.add(np.array([0.3, 0.9]), 2)
    assert (tally.least, tally.most, tally.undefined) == (0.2, 0.9, 3)
    other.restore(json.loads(json.dumps(tally.state())))
    assert other.state() == tally.state()
