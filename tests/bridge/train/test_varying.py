"""Digits moved and worn."""

from __future__ import annotations

import torch

from rex_widgets.bridge.train.source import Reach
from rex_widgets.bridge.train.varying import moved, worn


def _pictures() -> torch.Tensor:
    pictures = torch.zeros(8, 1, 32, 32)
    pictures[:, :, 12:20, 14:18] = 1.0
    return pictures


def _drawn(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_moving_by_nothing_changes_nothing() -> None:
    pictures = _pictures()
    same = moved(pictures, _drawn(), Reach(0, 0, 0))
    torch.testing.assert_close(same, pictures, atol=1e-5, rtol=0)


def test_the_centre_moves_by_as_many_pixels_as_were_allowed_at_most() -> None:
    pictures = moved(_pictures(), _drawn(), Reach(0, 0, 3))
    rows = (pictures.sum((1, 3)) * torch.arange(32.0)).sum(1) / pictures.sum((1, 2, 3))
    away = (rows - 15.5).abs()
    assert float(away.max()) <= 3.01
    assert float(away.max()) > 1


def test_ink_grows_and_shrinks_with_stretching() -> None:
    pictures = moved(_pictures(), _drawn(), Reach(0, 0.2, 0))
    ink = pictures.sum((1, 2, 3)) / 32
    assert float(ink.min()) < 0.95
    assert float(ink.max()) > 1.05
    assert 0.8**2 - 0.05 < float(ink.min()) < float(ink.max()) < 1.2**2 + 0.05


def test_worn_pictures_stay_in_range_and_follow_the_seed() -> None:
    pictures = _pictures()
    one, same, other = (worn(pictures, _drawn(seed), 0.4) for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)
    assert 0 <= float(one.min()) < float(one.max()) <= 1
    untouched = (one == pictures).flatten(1).all(1)
    assert 0 < int(untouched.sum()) < len(pictures)
