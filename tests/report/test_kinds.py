"""Pages, pictures and words of rows, signals, sounds, volumes and of several parts."""

from __future__ import annotations

import base64
import io
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from rex_widgets.axes import Axes
from rex_widgets.report import explanation_png, explanation_text, page, to_html
from rex_widgets.report.places import edges_of, intervals_of, kept_words, part_lines
from rex_widgets.results import ClassScore, Explanation, Part
from tests.plots import subjects

OTHERS = {
    "signal": subjects.spectrum,
    "audio": subjects.sound,
    "table": subjects.row,
    "volume": subjects.volume,
}
every_other_kind = pytest.mark.parametrize("kind", OTHERS)


def pictures_in(text: str) -> list[Image.Image]:
    found = re.findall(r'<img [^>]*src="data:image/png;base64,([^"]+)"', text)
    return [Image.open(io.BytesIO(base64.b64decode(data))) for data in found]


def test_kept_features_are_named_by_responsibility() -> None:
    row = subjects.row()
    assert kept_words(row) == "OD280/OD315, proanthocyanins, total phenols and ash"
    many = replace(row, mask=np.ones(14, bool))
    assert kept_words(many).endswith(" and 8 more")
    assert kept_words(replace(row, axes=None, mask=np.arange(14) == 4)) == "feature 5"


def test_kept_intervals_are_in_the_units_of_the_axis() -> None:
    spectrum = subjects.spectrum()
    assert kept_words(spectrum) == "wavenumber 1657–1778 and 2886–2973 1/cm"
    one = np.zeros(500, bool)
    one[[0, 3]] = True
    assert kept_words(spectrum, one) == "wavenumber 650 and 670 1/cm"
    falling = Axes(("wavenumber",), ("1/cm",), (1.0,), np.linspace(4000, 650, 500))
    assert kept_words(replace(spectrum, axes=falling), one) == "wavenumber 4000 and 3980 1/cm"
    assert kept_words(replace(spectrum, axes=None), one) == "samples 0 and 3"
    assert kept_words(subjects.sound()) == "time 0.25806–0.28200 s"


def test_a_kept_volume_is_boxed_in_millimetres() -> None:
    head = subjects.volume()
    corner = np.zeros_like(head.mask)
    corner[3:6, 7, 10:12] = True
    assert kept_words(head, corner) == "x -58 to -50, y -72 to -72, z 0 to 6 mm"
    assert kept_words(replace(head, axes=None), corner) == (
        "axis 1 3 to 5, axis 2 7 to 7, axis 3 10 to 11"
    )
    # With a rotated affine the box is that of its eight corners.
    assert head.axes is not None and head.axes.affine is not None
    turned = np.array([[0, -2.0, 0, 0], [2.0, 0, 0, 0], [0, 0, 2.0, 0], [0, 0, 0, 1]])
    words = kept_words(replace(head, axes=replace(head.axes, affine=turned)), corner)
    assert words == "x -14 to -14, y 6 to 10, z 20 to 22 mm"


def test_intervals_and_edges() -> None:
    mask = np.array([1, 1, 0, 0, 1, 0, 1], bool)
    assert intervals_of(mask).tolist() == [[0, 2], [4, 5], [6, 7]]
    assert intervals_of(np.zeros(3, bool)).tolist() == []
    assert edges_of(np.array([1.0, 2.0, 4.0])).tolist() == [0.5, 1.5, 3.0, 5.0]
    assert edges_of(np.array([9.0, 5.0])).tolist() == [11.0, 7.0, 3.0]
    assert edges_of(np.array([4.0])).tolist() == [3.5, 4.5]


@every_other_kind
def test_the_text_says_what_is_kept(kind: str) -> None:
    explanation = OTHERS[kind]()
    text = explanation_text(explanation)
    noun = {"table": "row", "signal": "signal", "audio": "sound", "volume": "volume"}[kind]
    assert f"on the whole {noun}" in text.splitlines()[0]
    assert f"% of the {noun}; alone" in text
    assert f"It keeps {kept_words(explanation)}" in text
    assert "image" not in text


@every_other_kind
def test_the_picture_is_the_figure_and_small(kind: str) -> None:
    data = explanation_png(OTHERS[kind]())
    assert len(data) < 200_000
    picture = Image.open(io.BytesIO(data))
    assert picture.width >= 500 and np.asarray(picture.convert("L")).std() > 10


@every_other_kind
def test_the_page_holds_the_figure_and_the_facts_and_no_script(kind: str, tmp_path: Path) -> None:
    explanation = OTHERS[kind]()
    text = to_html(explanation, tmp_path / "page.html").read_text("utf-8")
    assert "<script" not in text and 'id="view"' not in text
    (picture,) = pictures_in(text)
    assert picture.width >= 750
    assert f"<dt>Keeps</dt><dd>{kept_words(explanation)}</dd>" in text
    places = {"table": "features", "volume": "voxels"}.get(kind, "samples")
    assert f"{explanation.pixels} {places}</dd>" in text
    assert not re.search(r"https?://|(src|href)=\"(?!data:)", text)


def test_parts_are_described_one_by_one() -> None:
    mask = np.zeros((96, 128), bool)
    mask[:32] = True
    without = ClassScore(2, "castle", 0.4)
    parts = (
        Part("sufficient", mask, 0.7, 0.25, True),
        Part("contrastive", mask, 0.8, 1 / 3, False, without=without),
    )
    explanation = subjects.picture(strategy="contrastive", parts=parts)
    assert part_lines(explanation) == [
        "sufficient: 25.0 %, alone 70.0 %",
        "contrastive: 33.3 %, alone 80.0 %, without it castle (class 2) 40.0 %, not verified",
    ]
    text = explanation_text(explanation)
    assert "- sufficient: 25.0 %, alone 70.0 %\n- contrastive" in text
    assert "alone it gives the class, and without it the class is lost" in text
    many = replace(explanation, parts=parts * 10, strategy="multi")
    lines = [line for line in explanation_text(many).splitlines() if line.startswith("- ")]
    assert len(lines) == 7 and lines[-1] == "- and 14 more"


def test_the_page_of_several_parts_has_the_view_and_the_figure(tmp_path: Path) -> None:
    several = subjects.several()
    text = to_html(several, tmp_path / "page.html").read_text("utf-8")
    assert 'id="view"' in text and len(pictures_in(text)) == 2
    for part in several.parts:
        assert f"<li>{part.name}: " in text


def test_the_small_picture_outlines_every_part() -> None:
    several = subjects.several()
    image = np.asarray(Image.open(io.BytesIO(explanation_png(several))).convert("RGB"))
    left = image[:, :128].reshape(-1, 3).tolist()
    for colour in ([0, 0x72, 0xB2], [0xD5, 0x5E, 0], [0, 0x9E, 0x73], [0xCC, 0x79, 0xA7]):
        assert left.count(colour) > 20


def test_a_page_that_is_too_large_says_the_size_of_a_volume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(page, "MAX_BYTES", 10_000)
    with pytest.raises(Exception, match=r"36 × 44 × 24 voxels.*smaller version of the volume"):
        to_html(subjects.volume(), tmp_path / "page.html")


@every_other_kind
def test_what_has_found_nothing_yet_is_shown_too(kind: str, tmp_path: Path) -> None:
    made: Explanation = OTHERS[kind]()
    changes: dict[str, Any] = {
        "map": np.zeros_like(made.map),
        "mask": np.zeros_like(made.mask),
        "target": subjects.NOBODY,
        "parts": (),
        "certificate": None,
    }
    nothing = replace(made, **changes)
    assert len(pictures_in(to_html(nothing, tmp_path / "page.html").read_text("utf-8"))) == 1
    assert "It keeps" not in explanation_text(nothing)
