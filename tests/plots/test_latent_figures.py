"""The figure of latent counterfactuals: pictures, frames, signs, bars and words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure
from matplotlib.text import Text

from rex_widgets.errors import InputError
from rex_widgets.plots import figure, figure_bytes, write
from rex_widgets.plots.counterfactuals import COLOURS, MARKERS
from rex_widgets.report.latent_words import VERDICTS, chance_words
from rex_widgets.visual_settings import VisualSettings
from tests.latent.examples import filled

FAST = VisualSettings(dpi=50)


def words_of(drawn: Figure) -> str:
    return " ".join(t.get_text() for t in drawn.findobj(Text) if isinstance(t, Text))


def pictures_of(drawn: Figure) -> list[Any]:
    return [panel for panel in drawn.axes if panel.images]


def test_samples_stand_left_and_their_counterfactuals_beside() -> None:
    found = filled()
    panels = pictures_of(figure(found, FAST))
    expected = [p for n in range(3) for p in (found.images[n], *found.pictures[n])]
    assert len(panels) == len(expected) == 15
    for panel, pixels in zip(panels, expected, strict=True):
        assert np.array_equal(panel.images[0].get_array(), pixels)
    titles = [panel.get_title() for panel in panels]
    assert titles[0] == "even 90.0 %"
    assert titles[1:5] == [chance_words(found, 0, n) for n in range(4)]


@pytest.mark.parametrize("world", [True, False])
def test_frames_and_signs_tell_the_verdict(world: bool) -> None:
    found = filled(world=world)
    drawn = figure(found, FAST)
    panels = pictures_of(drawn)
    for row in range(3):
        for column in range(4):
            panel = panels[row * 5 + column + 1]
            verdict = str(found.verdict[row, column])
            assert panel.spines["left"].get_edgecolor() == to_rgba(COLOURS[verdict])
            assert len(panel.collections) == 2
    legend = drawn.legends[0]
    names = [text.get_text() for text in legend.get_texts()]
    told = [name for name in VERDICTS if name in found.counts()]
    assert names == [*told, *(("character", "font", "continuous") if world else ())]
    of_world = {name for name in VERDICTS if name != "changed"}
    assert len({(COLOURS[name], MARKERS[name]) for name in of_world}) == 4
    assert len({MARKERS[name] for name in of_world}) == 4, "colours alone are not enough"


def test_bars_are_the_differences_to_one_scale() -> None:
    found = filled(samples=2, explanations=3)
    bars = [panel for panel in figure(found, FAST).axes if panel.collections and not panel.images]
    assert len(bars) == 6
    for panel, moved in zip(bars, found.moved.reshape(6, -1), strict=True):
        (drawn,) = panel.collections
        ends = np.array(drawn.get_segments())
        assert np.allclose(ends[:, 1, 1], moved, atol=1e-6) and not ends[:, 0, 1].any()
        assert panel.get_ylim() == pytest.approx((found.moved.min(), found.moved.max()))
        colours = {tuple(colour) for colour in drawn.get_colors()}
        assert len(colours) == 3, "one for each group of coordinates"
    assert f"up to ±{np.abs(found.moved).max():.2g} standard deviations" in words_of(
        figure(found, FAST)
    )


@pytest.mark.parametrize(("samples", "explanations"), [(1, 1), (1, 10), (12, 1), (20, 12)])
def test_few_and_many(samples: int, explanations: int) -> None:
    found = filled(samples=samples, explanations=explanations)
    drawn = figure(found, FAST)
    shown = min(samples, 12) * (min(explanations, 10) + 1)
    assert len(pictures_of(drawn)) == shown
    cut = samples > 12 or explanations > 10
    assert ("drawn: 12 of 20 samples, 10 of 12 counterfactuals each" in words_of(drawn)) == cut
    assert figure_bytes(drawn).startswith(b"\x89PNG")


def test_many_coordinates_are_an_area() -> None:
    rng = np.random.default_rng(0)
    found = filled(
        samples=1, explanations=1, world=False, latents=np.zeros((1, 512), np.float32),
        counterfactuals=rng.normal(size=(1, 1, 512)).astype(np.float32),
        coordinates=tuple(f"z{n}" for n in range(512)), parts=(("latent", 0, 512),),
    )  # fmt: skip
    drawn = figure(found, FAST)
    below = [panel for panel in drawn.axes if panel.collections and not panel.images]
    assert len(below) == 1 and len(below[0].collections[0].get_paths()) == 1
    assert figure_bytes(drawn, ".svg")


def test_words_are_its_own_and_taken_as_they_are() -> None:
    words = words_of(figure(filled(sample_names=("$x^2$", "b", "c"), source="$y$"), FAST))
    assert "$x^2$" in words and "$y$" in words
    assert "found for 2 of 3 samples" in words
    assert "esponsibility" not in words and "mportance" not in words and "xplanation" not in words
    plain = words_of(figure(filled(), VisualSettings(dpi=50, info=False)))
    assert "found for" not in plain and "successful" in plain


def test_a_run_that_has_done_nothing_yet() -> None:
    known = filled()
    found = filled(
        before=np.full_like(known.before, np.nan), after=np.full_like(known.after, np.nan),
        counterfactuals=np.repeat(known.latents[:, None], 4, 1), target=np.full(3, -1),
    )  # fmt: skip
    drawn = figure(found, FAST)
    assert "no counterfactuals yet" in words_of(drawn)
    assert not any(panel.collections for panel in pictures_of(drawn))


def test_what_is_written_and_what_is_refused(tmp_path: Path) -> None:
    (path,) = write("explanation", filled(), tmp_path / "a.png", FAST)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert write("explanation", filled(), tmp_path / "a.pdf")[0].read_bytes()[:4] == b"%PDF"
    for kind in ("heatmap", "surface", "curves"):
        with pytest.raises(InputError, match="no map"):
            write(kind, filled(), tmp_path / "b.png")
    assert not (tmp_path / "b.png").exists()
