"""The figure of region-constrained counterfactuals: pictures, outline, frames, curves, words."""

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
from rex_widgets.plots.region_counterfactuals import MISSED_COLOUR, OUTLINE, REACHED_COLOUR
from rex_widgets.plots.region_curves import NEW, OLD
from rex_widgets.report.rcsb_words import MISSED, REACHED, second_words
from rex_widgets.visual_settings import VisualSettings
from tests.rcsb_results import coloured, digit, unknown

FAST = VisualSettings(dpi=50)


def words_of(drawn: Figure) -> str:
    return " ".join(t.get_text() for t in drawn.findobj(Text) if isinstance(t, Text))


def pictures_of(drawn: Figure) -> list[Any]:
    return [panel for panel in drawn.axes if panel.images]


def curves_of(drawn: Figure) -> Any:
    (panel,) = [panel for panel in drawn.axes if panel.get_xlabel() == "Steps done"]
    return panel


def colour_of_frame(panel: Any) -> Any:
    return panel.spines["left"].get_edgecolor()


def test_before_after_and_change_stand_above_the_samples() -> None:
    found = digit()
    panels = pictures_of(figure(found, FAST))
    before, after, change, *samples = panels
    assert np.array_equal(before.images[0].get_array()[..., :1], found.before)
    assert np.array_equal(after.images[0].get_array()[..., :1], found.image)
    assert np.array_equal(change.images[0].get_array(), found.difference[1, ..., 0])
    assert change.images[0].get_clim() == pytest.approx((-1, 1)), "grey pictures have a sign"
    assert len(samples) == 4
    for panel, pixels in zip(samples, found.after, strict=True):
        assert np.array_equal(panel.images[0].get_array()[..., :1], pixels)
    assert all(panel.images[0].get_interpolation() == "nearest" for panel in panels)
    assert before.get_title() == "Before: 3 at 98.2 %" and after.get_title() == "After: 8 at 97.1 %"


def test_the_change_of_colours_is_a_distance() -> None:
    found = coloured(side=40)
    before, _, change, *_ = pictures_of(figure(found, FAST))
    expected = np.abs(found.difference[found.best]).mean(2)
    assert np.allclose(change.images[0].get_array(), expected)
    assert change.images[0].get_clim() == pytest.approx((0, expected.max()))
    assert change.images[0].get_cmap().name == "magma"
    assert np.array_equal(before.images[0].get_array(), found.before)
    other = figure(found, VisualSettings(dpi=50, heatmap_colours="viridis"))
    assert pictures_of(other)[2].images[0].get_cmap().name == "viridis"


def test_the_region_is_outlined_before() -> None:
    found = digit()
    before, _, change, *_ = pictures_of(figure(found, FAST))
    dark, bright = before.collections
    ends = {tuple(map(tuple, line)) for line in np.array(bright.get_segments())}
    assert ends == {
        ((3.5, 7.5), (15.5, 7.5)), ((3.5, 23.5), (15.5, 23.5)),
        ((3.5, 7.5), (3.5, 23.5)), ((15.5, 7.5), (15.5, 23.5)),
    }  # fmt: skip
    assert tuple(bright.get_colors()[0]) == to_rgba(OUTLINE)
    assert dark.get_linewidths()[0] > bright.get_linewidths()[0], "seen on bright pictures, too"
    assert len(change.collections) == 1
    nowhere = digit(region=np.zeros((32, 32), np.bool_), area=0.0)
    drawn = figure(nowhere, FAST)
    assert "outlined" in words_of(figure(found, FAST)) and "outlined" not in words_of(drawn)


def test_frames_and_signs_tell_what_was_reached() -> None:
    found = digit()
    _, after, _, *samples = pictures_of(figure(found, FAST))
    assert colour_of_frame(after) == to_rgba(REACHED_COLOUR)
    for number, panel in enumerate(samples):
        reached = bool(found.reached[number])
        expected = REACHED_COLOUR if reached else MISSED_COLOUR
        assert colour_of_frame(panel) == to_rgba(expected)
        assert panel.get_title()[0] == (REACHED if reached else MISSED)
    assert samples[1].get_title() == f"{REACHED} 97.1 %"
    below = [panel.texts[0].get_text() for panel in samples]
    assert below == ["1\n2nd: 8", "2 (best)\n2nd: 8", "3\n2nd: 8", "4: 3\n2nd: 3"]
    none = digit(reached=np.zeros(4, np.bool_))
    assert colour_of_frame(pictures_of(figure(none, FAST))[1]) != to_rgba(REACHED_COLOUR)


@pytest.mark.parametrize("steps", [2, 14])
def test_steps_are_whole_numbers(steps: int) -> None:
    curve = np.resize(digit().curve, (4, steps, 2))
    ticks = curves_of(figure(digit(curve=curve), FAST)).get_xticks()
    assert len(ticks) > 1 and (ticks == ticks.astype(int)).all()


def test_curves_are_of_both_classes_and_every_sample() -> None:
    found = digit()
    panel = curves_of(figure(found, FAST))
    by_colour = {
        colour: [line for line in panel.lines if line.get_color() == colour]
        for colour in (OLD, NEW)
    }
    for column, colour in enumerate((OLD, NEW)):
        lines = by_colour[colour]
        assert len(lines) == 4
        (best,) = [line for line in lines if line.get_linewidth() > 1]
        assert np.array_equal(best.get_ydata(), found.curve[1, :, column])
        drawn = {tuple(line.get_ydata()) for line in lines}
        assert drawn == {tuple(found.curve[n, :, column]) for n in range(4)}
    names = [text.get_text() for text in panel.get_legend().get_texts()]
    assert set(names) == {"3", "8"}


def test_steps_that_are_not_done_are_left_out() -> None:
    curve = digit().curve.copy()
    curve[:, 5:] = np.nan
    panel = curves_of(figure(digit(curve=curve), FAST))
    assert np.isfinite(panel.lines[0].get_ydata()).sum() == 5
    assert panel.get_xlim() == (0.5, 12)
    curve[:, 1:] = np.nan
    lines = curves_of(figure(digit(curve=curve), FAST)).lines
    assert any(line.get_marker() == "." for line in lines), "one step alone is no line"


@pytest.mark.parametrize(("samples", "drawn"), [(1, 0), (2, 2), (6, 6), (24, 24), (30, 24)])
def test_few_and_many(samples: int, drawn: int) -> None:
    found = digit(samples=samples, best=samples - 1)
    panels = pictures_of(figure(found, FAST))
    assert len(panels) == 3 + drawn
    if drawn:
        assert f"{samples} (best)" in words_of(figure(found, FAST))
    assert ("drawn: 24 of 30 samples" in words_of(figure(found, FAST))) == (samples == 30)
    assert figure_bytes(figure(found, FAST)).startswith(b"\x89PNG")


@pytest.mark.parametrize("shape", [(20, 60), (60, 20)])
def test_pictures_that_are_no_squares(shape: tuple[int, int]) -> None:
    before = np.zeros((*shape, 1), np.float32)
    region = np.zeros(shape, np.bool_)
    region[2:9, 3:12] = True
    after = np.repeat(np.where(region[..., None], 1, before)[None], 4, 0).astype(np.float32)
    drawn = figure(digit(before=before, after=after, region=region), FAST)
    boxes = [panel.get_position() for panel in pictures_of(drawn)]
    wide, high = drawn.get_size_inches()
    for box in boxes:
        ratio = box.height * high / (box.width * wide)
        assert ratio == pytest.approx(shape[0] / shape[1]), "not stretched"
        assert box.y0 >= 0 and box.y1 <= 1 and box.x1 <= 1


def test_words_are_plain_and_taken_as_they_are() -> None:
    found = digit(source="$y$")
    words = words_of(figure(found, FAST))
    assert "$y$, which is 3: what in 18.8 % of the picture would make it 8" in words
    assert "3 of 4 samples give 8." in words and "Not reached: sample 4 is 3" in words
    assert second_words(found) in " ".join(words.split())
    assert "esponsibility" not in words and "mportance" not in words and "xplanation" not in words
    plain = words_of(figure(found, VisualSettings(dpi=50, info=False)))
    assert "which is" not in plain and "Before: 3" in plain


def test_a_run_that_has_done_nothing_yet() -> None:
    drawn = figure(unknown(), FAST)
    words = words_of(drawn)
    assert "no counterfactuals yet" in words and "no step is done yet" in words
    assert "(best)" not in words and "nan" not in words


def test_what_is_written_and_what_is_refused(tmp_path: Path) -> None:
    (path,) = write("explanation", digit(), tmp_path / "a.png", FAST)
    assert path.read_bytes().startswith(b"\x89PNG")
    assert write("explanation", digit(), tmp_path / "a.pdf")[0].read_bytes()[:4] == b"%PDF"
    for kind in ("heatmap", "surface", "curves"):
        with pytest.raises(InputError, match="no map"):
            write(kind, digit(), tmp_path / "b.png")
    assert not (tmp_path / "b.png").exists()
