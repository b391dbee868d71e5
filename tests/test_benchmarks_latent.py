"""The benchmark against the release of BEX: what it does without the peer, and how it judges."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.benchmarks import latent_peer
from tests.benchmarks.latent_peer import LOOPS, MODELS, SIZES, measure
from tests.parity.bex_peer import NAMES, VARIABLE


class FakeBench:
    """Answers in place of the processes; a tenth of the peer's time, and its results."""

    quick, repeats, threads = True, 1, 2

    def say(self, what: str) -> None:
        """Say nothing."""

    def in_new_process(self, module: str, **command: Any) -> dict[str, Any]:
        """Answer."""
        assert module == "latent_peer_process"
        seconds = {"peer": 2.0, "ours": 0.2, "defaults": 0.1, "models": 0.15}
        scores = [(0.5, 2.0), (0.6, 2.5)]
        judged = {"peer": scores, "ours": scores, "defaults": scores}
        names = command["explainers"]
        sizes = {str(size): seconds for size in command["sizes"]}
        return {
            "subject": "a fake",
            "seconds": {
                kind: {name: sizes for name in names if sizes} for kind in command["models"]
            },
            "judged": dict.fromkeys(names, judged),
        }


@pytest.mark.parametrize("folder", [None, "empty"])
def test_without_the_peer_nothing_is_measured_and_that_is_said(
    folder: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if folder:
        monkeypatch.setenv(VARIABLE, str(tmp_path))
    else:
        monkeypatch.delenv(VARIABLE, raising=False)
    section = measure(FakeBench())  # type: ignore[arg-type]
    assert not section.verdicts and not section.tables
    assert VARIABLE in section.notes[0]


def test_every_explainer_is_timed_and_judged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bex" / "explainers").mkdir(parents=True)
    monkeypatch.setenv(VARIABLE, str(tmp_path))
    section = measure(FakeBench())  # type: ignore[arg-type]
    *times, results = section.tables
    assert len(times) == len(MODELS)
    for table in times:
        assert len(table.rows) == len(SIZES) * len(NAMES)
        assert table.column(6) == pytest.approx([10.0] * len(table.rows))
    assert len(results.rows) == len(NAMES)
    assert len(section.verdicts) == len(NAMES) + len(LOOPS) + 1
    assert all(verdict.met for verdict in section.verdicts)


def test_differences_are_in_standard_errors() -> None:
    first, second = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])
    assert latent_peer._apart(first, second) == pytest.approx(1 / np.sqrt(2 / 3))
    assert latent_peer._apart(np.ones(3), np.ones(3)) == 0
    assert latent_peer._apart(np.ones(3), np.zeros(3)) == float("inf")
