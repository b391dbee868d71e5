"""Which letters, in which fonts, in which colours."""

from __future__ import annotations

import numpy as np
import torch

from rex_widgets.bridge.characters.drawing import CONTRAST, coloured, placed, thickened
from rex_widgets.bridge.characters.letters import (
    LEFT_OUT,
    LETTERS,
    fonts_of_parts,
    letters_of,
    split_letters,
)
from rex_widgets.bridge.train.source import Reach
from rex_widgets.glyphs.atlas import load_atlas
from rex_widgets.glyphs.characters import CHARACTERS

STILL = Reach(degrees=0, stretch=0, pixels=0)


def _drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _ink(count: int = 64) -> torch.Tensor:
    ink = torch.zeros(count, 1, 32, 32)
    ink[:, :, 8:24, 14:18] = 1.0
    return ink


def test_no_font_is_in_two_parts_and_every_other_one_is_left_out() -> None:
    parts = fonts_of_parts()
    names = [name for part in parts.values() for name in part]
    assert len(names) == len(set(names))
    assert set(names) | LEFT_OUT == set(load_atlas().font_names)
    assert {part: len(fonts) for part, fonts in parts.items()} == {
        "training": 29,
        "validation": 4,
        "held out": 8,
    }


def test_fonts_kept_back_have_no_cousins_among_those_trained_with() -> None:
    parts = fonts_of_parts()
    for name in (*parts["validation"], *parts["held out"]):
        assert not name.startswith(("CMU", "Courier")), name


def test_the_split_shows_each_part_only_its_own_glyphs() -> None:
    split, parts, atlas = split_letters(), fonts_of_parts(), load_atlas()
    for letters, part, count in (
        (split.training, "training", 290),
        (split.validation, "validation", 400),
        (split.held_out, "held out", 240),
    ):
        assert len(letters) == len(letters.fonts) == count
        assert set(letters.fonts) == set(parts[part])
        assert (np.bincount(letters.labels) == count // 10).all()
        for number in (0, 7, 33):
            row = CHARACTERS.index(LETTERS[letters.labels[number]])
            column = atlas.font_names.index(letters.fonts[number])
            assert np.array_equal(letters.glyphs[number], atlas.glyphs[row, column])
    seen = {glyph.tobytes() for glyph in split.training.glyphs}
    assert not any(glyph.tobytes() in seen for glyph in split.held_out.glyphs)


def test_as_input_is_always_the_same_and_varied_never() -> None:
    letters = letters_of("validation")
    one, same = letters.as_input(), letters.as_input()
    assert one.shape == (40, 3, 32, 32)
    assert torch.equal(one, same)
    assert float(one.min()) >= 0 and float(one.max()) <= 1
    chosen = torch.tensor([3, 3])
    drawn = _drawn()
    pictures = letters.varied(chosen, drawn, Reach(6, 0.06, 1))
    assert not torch.equal(pictures[0], pictures[1])
    assert torch.equal(pictures, letters.varied(chosen, _drawn(), Reach(6, 0.06, 1)))


def test_ink_is_darker_than_paper_by_the_contrast() -> None:
    pictures = coloured(_ink(200), _drawn())
    weights = torch.tensor([0.2126, 0.7152, 0.0722])
    paper, ink = pictures[:, :, 0, 0] @ weights, pictures[:, :, 16, 16] @ weights
    assert float((paper - ink).min()) >= CONTRAST - 1e-5
    # colours, not greys
    assert float(pictures[:, :, 0, 0].std(1).mean()) > 0.1
    assert torch.equal(pictures[:, :, 0, 0], pictures[:, :, 31, 31])


def test_placing_by_nothing_changes_nothing_and_leaning_and_widening_do() -> None:
    ink = _ink()
    torch.testing.assert_close(placed(ink, _drawn(), STILL), ink, atol=1e-5, rtol=0)
    wide = placed(ink, _drawn(), STILL, widen=0.15).sum((1, 2, 3)) / ink[0].sum()
    assert 0.84 < float(wide.min()) < 0.9 and 1.1 < float(wide.max()) < 1.16
    leaning = placed(ink, _drawn(), STILL, lean=0.12)
    columns = torch.arange(32.0)
    top, bottom = (
        (leaning[:, 0, row] * columns).sum(1) / leaning[:, 0, row].sum(1) for row in (9, 22)
    )
    assert float((top - bottom).abs().max()) > 0.06 * 13
    assert float((top - bottom).abs().max()) <= 0.12 * 13 + 0.1


def test_strokes_grow_by_a_pixel_at_most_and_some_do_not() -> None:
    ink = _ink(400)
    thick = thickened(ink, _drawn())
    widths = thick[:, 0, 16].sum(1)
    assert float(widths.min()) == 4 and 5.5 < float(widths.max()) <= 6
    assert 0.5 < float((widths == 4).float().mean()) < 0.7
