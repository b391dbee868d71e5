"""Figures of a representation: what they show of every kind, and in which words."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.plots import figure, figure_bytes, heatmap_figure, write
from rex_widgets.plots.relax_style import limits_of
from rex_widgets.report import explanation_png
from rex_widgets.visual_settings import VisualSettings
from tests.relax.examples import SPACES, filled


def words_of(drawn: Figure) -> str:
    texts = [text.get_text() for text in drawn.findobj(Text) if isinstance(text, Text)]
    return " ".join(texts)


def images_of(panel: Any) -> list[Any]:
    return [image.get_array() for image in panel.images]


def test_a_picture_has_three_maps_with_colour_bars() -> None:
    found = filled()
    drawn = figure(found, VisualSettings(dpi=60))
    panels = [panel for panel in drawn.axes if panel.images]
    assert [panel.get_title() for panel in panels] == ["Importance", "Uncertainty", "U-RELAX"]
    importance, uncertainty, sure = (images_of(panel)[-1] for panel in panels)
    assert np.array_equal(importance, found.importance)
    assert np.array_equal(uncertainty, found.uncertainty)
    assert np.array_equal(np.ma.getmaskarray(sure), ~found.certain)
    assert np.array_equal(np.ma.filled(sure, 0), found.u_relax)
    limits = [panel.images[-1].get_clim() for panel in panels]
    assert limits[0] == limits[2] == limits_of(found.importance)
    assert limits[1] == limits_of(found.uncertainty)
    bars = [axes.get_xlabel() for axes in drawn.axes if axes not in panels]
    assert bars == [
        "weighted mean of the cosine similarity",
        "weighted variance",
        "where uncertainty ≤ its median",
    ]


def test_the_two_colour_maps_differ() -> None:
    for name in ("magma", "viridis"):
        panels = figure(filled(), VisualSettings(heatmap_colours=name)).axes[:2]
        maps = {panel.images[-1].get_cmap().name for panel in panels}
        assert len(maps) == 2
    with pytest.raises(SettingsError, match="heatmap_colours"):
        figure(filled(), VisualSettings(heatmap_colours="nope"))


@pytest.mark.parametrize("kind", SPACES)
def test_every_kind_is_drawn_in_relaxs_own_words(kind: str) -> None:
    for drawn in (figure(filled(kind)), heatmap_figure(filled(kind))):
        words = words_of(drawn)
        assert "esponsibility" not in words and "xplanation" not in words
        assert "mportance" in words and "standard error 5 % of the differences" in words
    assert "U-RELAX" in words_of(figure(filled(kind)))
    assert "ncertainty" not in words_of(heatmap_figure(filled(kind)))


@pytest.mark.parametrize("kind", SPACES)
def test_a_run_that_has_done_nothing_yet_can_be_drawn(kind: str) -> None:
    shape = SPACES[kind]
    zeros, unknown = np.zeros(shape, np.float32), np.full(shape, np.nan, np.float32)
    found = filled(
        kind, importance=zeros, uncertainty=zeros, importance_error=unknown,
        uncertainty_error=unknown, masks=0, similarity=float("nan"), relative_error=float("nan"),
        stopped_by="", stage="nothing yet", picture=None, values=None, statistics={},
    )  # fmt: skip
    assert "no masks yet" in words_of(figure(found))
    assert figure_bytes(heatmap_figure(found)).startswith(b"\x89PNG")


def test_the_band_of_a_signal_is_1_96_standard_errors_wide() -> None:
    found = filled("signal")
    panel = figure(found).axes[1]
    band = panel.collections[0].get_paths()[0].vertices
    places = found.importance.argmax()
    at = band[np.isclose(band[:, 0], places)][:, 1]
    assert np.isclose(at.max() - at.min(), 2 * 1.96 * 0.004, atol=1e-6)


def test_a_row_is_sorted_by_importance_and_shows_what_is_certain() -> None:
    found = filled("table", importance=np.array([0.1, 0.5, 0.3, 0.2, 0.4, 0.0], np.float32))
    panels = figure(found).axes
    names = [label.get_text().split(" =")[0] for label in panels[0].get_yticklabels()]
    assert names == [f"feature {n}" for n in (2, 5, 3, 4, 1, 6)]
    colours = panels[0].collections[1].get_facecolors()
    kept = found.certain[[1, 4, 2, 3, 0, 5]]
    assert len({tuple(c) for c in colours[kept]}) == len({tuple(c) for c in colours[~kept]}) == 1
    assert not np.array_equal(colours[kept][0], colours[~kept][0])


def test_many_features_are_counted() -> None:
    assert "not shown: 70 features" in words_of(figure(filled("table", space=(100,))))


def test_a_volume_has_three_slices_of_each_map_through_its_highest_importance() -> None:
    found = filled("volume")
    top = np.unravel_index(found.importance.argmax(), found.importance.shape)
    panels = [panel for panel in figure(found).axes if len(panel.images) == 2]
    assert len(panels) == 9
    for axis in range(3):
        plane = np.take(found.importance, top[axis], axis=axis).T
        assert np.array_equal(images_of(panels[axis])[-1], plane)


def test_texts_are_taken_as_they_are() -> None:
    found = filled(source="$x^2$", asked="like $y$.png")
    assert "$x^2$" in words_of(figure(found))
    assert figure_bytes(figure(found), ".svg")


def test_what_is_written_and_what_is_refused(tmp_path: Path) -> None:
    for kind in ("explanation", "heatmap"):
        (path,) = write(kind, filled(), tmp_path / f"{kind}.png", VisualSettings(dpi=50))
        with Image.open(path) as picture:
            assert picture.width > 60
    assert write("explanation", filled(), tmp_path / "a.pdf")[0].read_bytes()[:4] == b"%PDF"
    for kind in ("surface", "curves"):
        with pytest.raises(InputError, match="'heatmap'"):
            write(kind, filled(), tmp_path / "b.png")
    with pytest.raises(InputError, match="expected two axes"):
        figure(filled(importance=np.zeros(4, np.float32)))
    for kind in ("signal", "table", "volume"):
        with pytest.raises(InputError, match="expected"):
            figure(filled(kind, importance=np.zeros((2, 2), np.float32)))


@pytest.mark.parametrize("kind", SPACES)
def test_the_small_picture_is_small(kind: str) -> None:
    mpl.use("agg")
    data = explanation_png(filled(kind))
    assert len(data) <= 200_000 and Image.open(io.BytesIO(data)).format == "PNG"
