"""Every figure beside the one that was looked at; see `comparing` on how to renew them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import matplotlib
import pytest
from matplotlib.figure import Figure

from rex_widgets import plots
from rex_widgets.plots import slices
from rex_widgets.visual_settings import VisualSettings
from tests import rcsb_results
from tests.plots import latent_subjects, relax_subjects, subjects
from tests.plots.comparing import compare

PLAIN = VisualSettings()
OVERLAYS = VisualSettings(
    grid=(4, 6), mark_segments=True, alpha=0.35, colour=255, resize=(320, 240)
)
FIGURES: dict[str, Callable[[], Figure]] = {
    "picture": lambda: plots.figure(subjects.picture(), PLAIN),
    "picture-overlays": lambda: plots.figure(subjects.picture(), OVERLAYS),
    "picture-raw": lambda: plots.figure(subjects.picture(), VisualSettings(raw=True, info=False)),
    "heatmap": lambda: plots.heatmap_figure(subjects.picture(), PLAIN),
    "heatmap-viridis": lambda: plots.heatmap_figure(
        subjects.picture(), VisualSettings(heatmap_colours="viridis", info=False)
    ),
    "surface": lambda: plots.surface_figure(subjects.picture(), PLAIN),
    "composite": lambda: plots.figure(subjects.several(), PLAIN),
    "separate": lambda: plots.figure(subjects.several(), VisualSettings(multi_style="separate")),
    "sets": lambda: plots.multi_figure(subjects.several(), PLAIN, [(0, 1, 2), (1, 2, 3)]),
    "contrastive": lambda: plots.figure(subjects.contrastive(), PLAIN),
    "curves": lambda: plots.curves_figure(
        subjects.analysis(), PLAIN, explanation=subjects.picture()
    ),
    "spectrum": lambda: plots.figure(subjects.spectrum(), PLAIN),
    "sound": lambda: plots.figure(subjects.sound(), PLAIN),
    "table": lambda: plots.figure(subjects.row(), PLAIN),
    "table-long": lambda: plots.figure(subjects.row(60), PLAIN),
    "volume": lambda: plots.figure(subjects.volume(), PLAIN),
    "volume-map": lambda: plots.heatmap_figure(subjects.volume(axes=None), PLAIN),
    "relax-picture": lambda: plots.figure(relax_subjects.picture(), PLAIN),
    "relax-importance": lambda: plots.heatmap_figure(relax_subjects.picture(), PLAIN),
    "relax-spectrum": lambda: plots.figure(relax_subjects.spectrum(), PLAIN),
    "relax-table": lambda: plots.figure(relax_subjects.row(), PLAIN),
    "counterfactuals": lambda: plots.figure(latent_subjects.rings(), PLAIN),
    "region-digit": lambda: plots.figure(rcsb_results.digit(), PLAIN),
    "region-colour": lambda: plots.figure(rcsb_results.coloured(side=8), PLAIN),
    "relax-volume": lambda: plots.figure(relax_subjects.volume(), PLAIN),
}


@pytest.fixture(autouse=True)
def usual_look() -> Iterator[None]:
    """Matplotlib's own defaults, whatever the person who runs the tests prefers."""
    with matplotlib.rc_context(matplotlib.rcParamsDefault):
        yield


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_looks_as_it_did(name: str, tmp_path: Path) -> None:
    compare(FIGURES[name](), name, tmp_path)


@pytest.mark.skipif("REX_WIDGETS_WRITE_BASELINES" in os.environ, reason="would be written")
def test_a_missing_line_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "_cross", lambda *given: None)
    with pytest.raises(AssertionError, match="RMS"):
        compare(FIGURES["volume"](), "volume", tmp_path)


def test_there_is_no_baseline_without_a_figure() -> None:
    from tests.plots.comparing import FOLDER

    assert {path.stem for path in FOLDER.glob("*.png")} == set(FIGURES)
