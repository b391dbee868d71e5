"""Figures of what is unfinished, huge, tiny, or named by somebody who means harm."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from rex_widgets import plots
from rex_widgets.axes import Axes
from rex_widgets.errors import InputError, SettingsError
from rex_widgets.plots.slices import centre_of
from rex_widgets.plots.style import plain, unit_words
from rex_widgets.results import Explanation, Target
from rex_widgets.visual_settings import VisualSettings
from tests.plots import subjects

DOTS = VisualSettings(dpi=40)
MADE: dict[str, Callable[[], Explanation]] = {
    "image": subjects.picture,
    "signal": subjects.spectrum,
    "audio": subjects.sound,
    "table": subjects.row,
    "volume": subjects.volume,
}
every_kind = pytest.mark.parametrize("kind", MADE)


def words_of(drawn: Figure) -> str:
    return "\n".join(t.get_text() for t in drawn.findobj(Text) if isinstance(t, Text))


@every_kind
def test_a_run_that_has_found_nothing_yet_can_be_drawn(kind: str) -> None:
    made = MADE[kind]()
    nothing = replace(
        made,
        map=np.zeros_like(made.map),
        mask=np.zeros_like(made.mask),
        target=subjects.NOBODY,
        parts=(),
        axes=None,
        values=None,
        picture=None,
    )
    for drawn in (plots.figure(nothing, DOTS), plots.heatmap_figure(nothing, DOTS)):
        plots.figure_bytes(drawn)
        assert "not classified yet" in words_of(drawn)
    if kind == "image":
        plots.figure_bytes(plots.surface_figure(nothing, DOTS))


@every_kind
def test_names_are_taken_as_they_are(kind: str) -> None:
    made = MADE[kind]()
    nasty = subjects.NASTY
    parts = tuple(replace(part, name=nasty.label) for part in made.parts)
    axes = made.axes
    if axes is not None:
        labels = tuple(nasty.label for _ in axes.labels)
        axes = replace(axes, names=(nasty.label,) * made.map.ndim, labels=labels)
    bad = replace(made, target=Target(1, nasty.label, 0.5), parts=parts, axes=axes)
    drawn = plots.figure(bad, DOTS)
    plots.figure_bytes(drawn)
    text = words_of(drawn)
    assert "$\\frac{a}{b}$ <b> □" in text
    assert "x" * 60 not in text


@every_kind
def test_info_off_leaves_the_words_above_out(kind: str) -> None:
    made = MADE[kind]()
    for info in (True, False):
        drawn = plots.figure(made, VisualSettings(info=info))
        assert (made.target.label in words_of(drawn)) == info


@pytest.mark.parametrize("shape", [(1, 300), (300, 1), (3, 3), (700, 900)])
def test_pictures_of_any_shape_can_be_drawn(shape: tuple[int, int]) -> None:
    values = np.random.default_rng(1).random(shape).astype(np.float32)
    odd = replace(
        subjects.picture(), map=values, mask=values > 0.5, picture=np.zeros((*shape, 3), np.uint8)
    )
    for draw in (plots.figure, plots.heatmap_figure, plots.surface_figure):
        plots.figure_bytes(draw(odd, DOTS))


def test_many_parts_are_named_up_to_a_number() -> None:
    several = subjects.several()
    parts = tuple(replace(several.parts[0], name=f"spotlight {n}") for n in range(1, 31))
    drawn = plots.figure(replace(several, parts=parts), DOTS)
    assert "and 19 more" in words_of(drawn)
    panels = plots.figure(replace(several, parts=parts), VisualSettings(multi_style="separate"))
    assert sum(bool(panel.images) for panel in panels.axes) == 30


def test_a_long_signal_is_drawn_as_ranges_and_keeps_its_extremes() -> None:
    length = 300_000
    values = np.zeros((1, length), np.float32)
    values[0, 123_457] = 5.0
    peak = np.zeros(length, np.float32)
    peak[123_457] = 1.0
    long = replace(subjects.spectrum(axes=None), values=values, map=peak, mask=peak > 0)
    drawn = plots.signal_figure(long, DOTS)
    upper, lower = drawn.axes
    tallest = max(p.vertices[:, 1].max() for c in upper.collections for p in c.get_paths())
    assert tallest == 5.0
    assert max(p.vertices[:, 1].max() for c in lower.collections for p in c.get_paths()) == 1.0
    assert sum(len(c.get_paths()) for c in lower.collections) < 5000


def test_signals_with_channels_and_falling_positions() -> None:
    place = np.linspace(4000, 650, 500)
    channels = np.stack([np.sin(place / 200 + phase) for phase in range(10)]).astype(np.float32)
    axes = Axes(("wavenumber",), ("1/cm",), (6.7,), place)
    drawn = plots.figure(subjects.spectrum(values=channels, axes=axes), DOTS)
    text = words_of(drawn)
    assert "channel 8" in text and "channel 9" not in text and "the first 8 of 10" in text
    assert "Wavenumber (cm⁻¹)" in text
    left, right = drawn.axes[0].get_xlim()
    assert left < 650 and right > 4000


def test_a_table_shows_what_is_kept_first_and_says_the_rest() -> None:
    row = subjects.row(60)
    lowest = int(row.map.argmin())
    mask = row.mask.copy()
    mask[:] = False
    mask[lowest] = True
    drawn = plots.table_figure(replace(row, mask=mask), DOTS, features=5)
    labels = [label for label in drawn.axes[0].get_yticklabels() if label.get_text()]
    assert len(labels) == 5
    assert [label.get_fontweight() for label in labels].count("bold") == 1
    assert labels[-1].get_fontweight() == "bold"
    assert "not shown: 55 features of responsibility up to" in words_of(drawn)
    everything = plots.table_figure(replace(row, mask=~mask), DOTS, features=5)
    assert "54 of them kept" in words_of(everything)


def test_slices_go_through_the_explanation_and_say_where() -> None:
    head = subjects.volume()
    centre = centre_of(head)
    assert head.mask[centre]
    ring = np.zeros_like(head.mask)
    ring[5, 5, 5] = ring[5, 5, 15] = ring[25, 5, 5] = True
    assert ring[centre_of(replace(head, mask=ring))]
    assert centre_of(head, of_mask=False) == np.unravel_index(head.map.argmax(), head.map.shape)
    drawn = plots.slices_figure(head, DOTS, centre=(10, 20, 5))
    text = words_of(drawn)
    assert "sagittal, x = −30 mm" in text
    assert "coronal, y = −20 mm" in text and "axial, z = −30 mm" in text
    for letter in "RLAPSI":
        assert f"\n{letter}" in text
    with pytest.raises(InputError, match="lies outside of a volume of shape"):
        plots.slices_figure(head, centre=(36, 0, 0))


def test_a_slice_has_the_right_way_up_and_the_proportions_of_millimetres() -> None:
    head = subjects.volume()
    drawn = plots.slices_figure(head, DOTS, centre=(3, 7, 11))
    values, shape = head.values, head.map.shape
    assert values is not None
    sagittal, coronal, axial = (panel.images[0] for panel in drawn.axes[:3])
    assert (np.asarray(sagittal.get_array()) == values[0][3].T).all()
    assert (np.asarray(coronal.get_array()) == values[0][:, 7].T).all()
    assert (np.asarray(axial.get_array()) == values[0][:, :, 11].T).all()
    assert tuple(coronal.get_extent()) == (0, shape[0] * 4.0, 0, shape[2] * 6.0)
    assert {panel.get_aspect() for panel in drawn.axes[:3]} == {1.0}


@pytest.mark.parametrize(
    ("draw", "made"),
    [
        (plots.signal_figure, subjects.picture),
        (plots.table_figure, subjects.volume),
        (plots.slices_figure, subjects.row),
        (plots.surface_figure, subjects.volume),
    ],
)
def test_a_figure_of_another_kind_is_refused(draw: Any, made: Any) -> None:
    with pytest.raises(InputError, match=r"expected|need a picture"):
        draw(made())


def test_an_unknown_colour_map_is_named() -> None:
    with pytest.raises(SettingsError, match=r"'magmma'.*such as magma"):
        plots.heatmap_figure(subjects.picture(), VisualSettings(heatmap_colours="magmma"))


def test_units_and_words() -> None:
    assert unit_words("1/cm") == "cm⁻¹"
    assert unit_words("1/s2") == "s⁻²"
    assert unit_words("m/s") == "m/s"
    assert plain(" a\n\tb ") == "a b"
    assert plain("abcdefgh", 5) == "abcd…"
    assert plain("猫 café") == "□ café"


def test_turned_volumes_are_not_given_a_scanner_s_coordinate() -> None:
    from rex_widgets.plots.slices import _oblique

    straight = np.diag([2.0, 2.0, 3.0, 1.0])
    assert not _oblique(straight)
    turn = np.deg2rad(10)
    turned = straight.copy()
    turned[:2, :2] = 2 * np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
    assert _oblique(turned)
