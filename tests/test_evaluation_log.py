"""The log of evaluations: order, bounds, other classes, saving."""

from __future__ import annotations

import zlib

import numpy as np
import pytest

from rex_widgets import evaluation_log
from rex_widgets.evaluation_log import Entry, EvaluationLog
from rex_widgets.masks import LARGE, Mask, mask_of, mask_of_boxes


def mask_number(number: int) -> Mask:
    bits = [(number >> i) & 1 for i in range(16)]
    return mask_of(np.array(bits, bool).reshape(4, 4))


def entry_for(mask: Mask, given: int = 1, target: float = 0.5) -> Entry:
    return Entry(mask.digest, given, (1, 0, 2), (0.5, 0.3, 0.2), target)


def filled(count: int) -> tuple[EvaluationLog, list[Mask]]:
    log = EvaluationLog()
    masks = [mask_number(i + 1) for i in range(count)]
    for i, mask in enumerate(masks):
        log.add(mask, entry_for(mask, target=i / 100))
    return log, masks


def test_entries_in_order() -> None:
    log, masks = filled(5)
    assert len(log) == 5
    assert [entry.digest for entry in log] == [mask.digest for mask in masks]
    assert log.get(masks[2].digest) == entry_for(masks[2], target=0.02)
    assert log.bits(masks[2].digest) == masks[2].bits
    assert log.get(mask_number(99).digest) is None
    assert log.bits(mask_number(99).digest) is None


def test_confidence_and_margin() -> None:
    entry = Entry(b"d", 0, (1, 0, 2), (0.5, 0.3, 0.2), 0.3)
    assert entry.confidence == 0.3
    assert entry.margin(0) == pytest.approx(0.3 - 0.5)
    leading = Entry(b"d", 1, (1, 0, 2), (0.5, 0.3, 0.2), 0.5)
    assert leading.margin(1) == pytest.approx(0.2)
    assert Entry(b"d", 7, (1, 0), (0.5, 0.3), 0.1).confidence == 0.0


def test_entries_are_bounded_and_take_their_bits_along(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation_log, "MAX_ENTRIES", 10)
    log, masks = filled(25)
    assert len(log) == 10
    assert log.forgotten == 15
    assert [entry.digest for entry in log] == [mask.digest for mask in masks[15:]]
    assert log.bits(masks[0].digest) is None, "bits of forgotten evaluations pile up"
    assert log.bits(masks[-1].digest) == masks[-1].bits


def test_masks_are_bounded_and_the_answers_stay(monkeypatch: pytest.MonkeyPatch) -> None:
    packed = len(zlib.compress(filled(20)[1][0].bits, 1))
    monkeypatch.setattr(evaluation_log, "MAX_MASK_BYTES", packed * 7)
    log, masks = filled(20)
    assert len(log) == 20
    kept = [mask for mask in masks if log.bits(mask.digest) is not None]
    assert kept == masks[-7:]
    assert log.get(masks[0].digest) is not None
    again = EvaluationLog.from_arrays(log.arrays())
    assert list(again) == list(log)
    assert [again.bits(mask.digest) for mask in masks] == [log.bits(m.digest) for m in masks]


def test_another_class() -> None:
    log, masks = filled(3)
    beyond = mask_number(50)
    log.add(beyond, Entry(beyond.digest, 1, (1, 0), (0.6, 0.4), 0.6))
    other = log.for_target(2)
    assert [entry.target for entry in other] == [0.2] * 3
    assert other.get(beyond.digest) is None, "what it gave class 2 is not known"
    assert other.bits(masks[0].digest) == masks[0].bits
    assert [entry.target for entry in log][:3] == [0.0, 0.01, 0.02]


@pytest.mark.parametrize("count", [0, 1, 30])
def test_saved_and_restored(count: int) -> None:
    log, masks = filled(count)
    again = EvaluationLog.from_arrays(log.arrays())
    assert list(again) == list(log)
    assert [again.bits(m.digest) for m in masks] == [m.bits for m in masks]


def test_large_masks_of_boxes_are_stored_as_their_boxes() -> None:
    shape = (64, 60, 40)
    boxes = [(0, 30, 10, 60, 3, 17), (20, 64, 0, 20, 0, 40)]
    mask = mask_of_boxes(boxes, shape)
    bare = mask_of(mask.array())
    assert len(mask.bits) >= LARGE
    assert mask.digest == bare.digest
    log = EvaluationLog()
    log.add(mask, entry_for(mask))
    assert log.bits(bare.digest) == bare.bits
    assert log.arrays()["masks"].size < 100
    again = EvaluationLog.from_arrays(log.arrays())
    assert again.bits(bare.digest) == bare.bits
    assert list(again) == list(log)
    other = EvaluationLog()
    other.add(bare, entry_for(bare))
    assert other.bits(mask.digest) == mask.bits
