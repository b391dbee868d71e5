"""The evaluator: batches, the log, memory, counts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets import model_calls
from rex_widgets.errors import ModelError
from rex_widgets.evaluator import Evaluator, Ticket
from rex_widgets.masks import Mask, empty_mask, full_mask, mask_of, mask_of_boxes
from rex_widgets.occlusion import background_of
from tests.synthetic import RandomNet, out_of_memory_above

SHAPE = (6, 5)


def evaluator_of(net: RandomNet, mask_value: Any = 0.0, **options: Any) -> Evaluator:
    data = net.picture()
    evaluator = Evaluator(net, data, background_of(mask_value, data), **options)
    evaluator.target = 1
    return evaluator


def random_masks(count: int, seed: int = 0) -> list[Mask]:
    generator = np.random.default_rng(seed)
    return [mask_of(generator.random(SHAPE) < 0.5) for _ in range(count)]


def answered(evaluator: Evaluator, masks: list[Mask], purpose: str = "test") -> Ticket:
    ticket = evaluator.submit(masks)
    while not ticket.done:
        evaluator.run_batch(ticket, purpose)
    return ticket


def test_answers_are_those_of_the_model_in_order() -> None:
    net = RandomNet(SHAPE, classes=7)
    data = net.picture()
    masks = [*random_masks(20), full_mask(SHAPE), empty_mask(SHAPE)]
    entries = answered(evaluator_of(net, -0.5, batch_size=8), masks).entries()
    assert len(entries) == 22
    for mask, entry in zip(masks, entries, strict=True):
        shown = np.where(mask.array(), data, np.float32(-0.5))
        expected = net.row(shown.astype(np.float64)).astype(np.float32)
        assert entry.digest == mask.digest
        assert entry.given == int(expected.argmax())
        assert entry.target == float(expected[1])
        assert entry.classes == tuple(np.argsort(-expected, kind="stable")[:5].tolist())
        assert entry.scores == tuple(float(expected[c]) for c in entry.classes)
        assert entry.confidence == float(expected.max())


def test_equal_probabilities_keep_the_lower_class_first() -> None:
    net = RandomNet(SHAPE, classes=9, gain=0.0)
    entry = answered(evaluator_of(net), [full_mask(SHAPE)]).entries()[0]
    assert entry.classes[0] == 0
    assert list(entry.classes) == sorted(entry.classes)


def test_batches_are_filled_and_nothing_is_asked_twice() -> None:
    net = RandomNet(SHAPE)
    evaluator = evaluator_of(net, batch_size=8)
    masks = random_masks(20)
    answered(evaluator, [masks[0], *masks, *masks[:5], masks[0]])
    assert net.batches == [8, 8, 4]
    answered(evaluator, [*masks[3:9], *random_masks(3, seed=1)])
    assert net.batches == [8, 8, 4, 3]
    assert max(net.seen.values()) == 1
    assert evaluator.evaluations == 23


def test_leading_answers_are_ready_before_the_rest() -> None:
    evaluator = evaluator_of(RandomNet(SHAPE), batch_size=4)
    masks = random_masks(10)
    answered(evaluator, masks[4:6])
    ticket = evaluator.submit(masks)
    assert (ticket.ready, ticket.done) == (0, False)
    evaluator.run_batch(ticket, "test")
    assert ticket.ready == 6, "four asked now, two known from before"
    assert len(ticket.slice(2, 6)) == 4
    evaluator.run_batch(ticket, "test")
    assert ticket.done
    evaluator.run_batch(ticket, "test")
    assert evaluator.evaluations == 10, "nothing is left to ask"


def test_counts_by_purpose_and_seconds() -> None:
    evaluator = evaluator_of(RandomNet(SHAPE), batch_size=4)
    answered(evaluator, random_masks(6), "search")
    answered(evaluator, random_masks(9), "extract")
    evaluator.classify_alone(full_mask(SHAPE), "verify")
    evaluator.probabilities(full_mask(SHAPE), "look")
    assert evaluator.counts == {"search": 6, "extract": 3, "verify": 1, "look": 1}
    assert evaluator.evaluations == 11
    assert evaluator.seconds_in_model > 0


def test_alone_means_past_the_log_at_batch_one() -> None:
    net = RandomNet(SHAPE)
    evaluator = evaluator_of(net)
    masks = random_masks(5)
    before = answered(evaluator, masks).entries()[0]
    assert evaluator.classify_alone(masks[0], "verify") == before
    assert net.batches == [5, 1]
    assert len(evaluator.log) == 5
    grey = background_of(0.3, net.picture())
    assert evaluator.classify_alone(masks[0], "verify", grey).scores != before.scores


def test_out_of_memory_halves_the_batch_and_says_so() -> None:
    net = RandomNet(SHAPE)
    net.before_call = out_of_memory_above(5)
    evaluator = evaluator_of(net, batch_size=32)
    masks = random_masks(32)
    entries = answered(evaluator, masks).entries()
    assert max(net.batches) == 4
    assert sum(net.batches) == 32
    assert evaluator.evaluations == 32
    assert evaluator.batch_size == 4
    assert [note for note in evaluator.notes if "16" in note and "memory" in note]
    assert len(evaluator.notes) == 3
    calm = answered(evaluator_of(RandomNet(SHAPE)), masks).entries()
    assert entries == calm


def test_out_of_memory_at_batch_one() -> None:
    net = RandomNet(SHAPE)
    net.before_call = out_of_memory_above(0)
    with pytest.raises(ModelError, match="ran out of memory on a batch of 1"):
        answered(evaluator_of(net, batch_size=4), random_masks(4))


def test_a_fixed_batch_is_used() -> None:
    net = RandomNet(SHAPE)
    net.fixed_batch = 6
    evaluator = evaluator_of(net, batch_size=64)
    answered(evaluator, random_masks(15))
    assert net.batches == [6, 6, 3]  # the classifier fills the last one up
    net.before_call = out_of_memory_above(2)
    with pytest.raises(ModelError, match="memory"):
        answered(evaluator, random_masks(5, seed=3))


def test_an_advised_batch_is_an_upper_bound() -> None:
    net = RandomNet(SHAPE)
    net.advised_batch = 16
    assert evaluator_of(net, batch_size=64).batch_size == 16
    assert evaluator_of(net, batch_size=4).batch_size == 4


def test_random_occlusion_does_not_depend_on_the_batch() -> None:
    masks = random_masks(12)
    one = answered(evaluator_of(RandomNet(SHAPE), "random", batch_size=1), masks).entries()
    many = answered(evaluator_of(RandomNet(SHAPE), "random", batch_size=7), masks[::-1]).entries()
    assert one == many[::-1]
    black = answered(evaluator_of(RandomNet(SHAPE)), masks).entries()
    assert [e.scores for e in black] != [e.scores for e in one]


@pytest.mark.parametrize("mask_value", [0.0, "random", "blur"])
def test_torch_batches_are_the_same(mask_value: Any) -> None:
    import torch

    class TorchNet(RandomNet):
        array_library = "torch"

        def __call__(self, batch: Any) -> Any:
            assert isinstance(batch, torch.Tensor)
            assert batch.dtype == torch.float32
            return super().__call__(batch.numpy())

    masks = random_masks(9)
    one = answered(evaluator_of(RandomNet(SHAPE), mask_value, batch_size=4), masks).entries()
    other = answered(evaluator_of(TorchNet(SHAPE), mask_value, batch_size=4), masks).entries()
    assert one == other


def test_mutants_are_the_masked_inputs() -> None:
    net = RandomNet(SHAPE)
    masks = random_masks(3)
    mutants = evaluator_of(net).mutants(masks)
    assert mutants.shape == (3, 1, *SHAPE)
    for mask, mutant in zip(masks, mutants, strict=True):
        np.testing.assert_array_equal(mutant, np.where(mask.array(), net.picture(), 0))
    assert net.calls == 0


class Recorder(RandomNet):
    """Remembers the batches that it was given, as arrays."""

    def __init__(self, array_library: Any = "numpy") -> None:
        super().__init__(SHAPE)
        self.array_library = array_library
        self.given: list[np.ndarray] = []

    def __call__(self, batch: Any) -> Any:
        self.given.append(np.array(batch if self.array_library == "numpy" else batch.numpy()))
        return np.full((len(batch), 2), 0.5, np.float32)


@pytest.mark.parametrize("shape", [(40,), (9, 11), (5, 6, 7)], ids=["1D", "2D", "3D"])
@pytest.mark.parametrize("mask_value", [0.25, "mean", "random", "spectral", "blur"])
def test_every_way_to_make_a_mutant_is_the_same(shape: tuple[int, ...], mask_value: Any) -> None:
    """From boxes, from bits, on the device: the sample where visible, the background elsewhere."""
    generator = np.random.default_rng(3)
    data = generator.normal(size=(2, *shape)).astype(np.float32)
    masks = []
    for _ in range(7):
        edges = [sorted(generator.choice(n + 1, 2, replace=False).tolist()) for n in shape]
        other = [sorted(generator.choice(n + 1, 2, replace=False).tolist()) for n in shape]
        boxes = [tuple(e for pair in one for e in pair) for one in (edges, other)]
        masks.append(mask_of_boxes(boxes, shape))
    masks.append(mask_of_boxes([], shape))
    background = background_of(mask_value, data, 4)
    expected = [np.where(m.array(), data, background(m)) for m in masks]
    bare = [mask_of(mask.array()) for mask in masks]
    assert [mask.digest for mask in bare] == [mask.digest for mask in masks]
    for library, asked in (("numpy", masks), ("numpy", bare), ("torch", masks), ("torch", bare)):
        net = Recorder(library)
        answered(Evaluator(net, data, background, batch_size=5), asked)
        np.testing.assert_array_equal(np.concatenate(net.given), expected)


def test_large_inputs_make_small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    net = RandomNet(SHAPE)
    monkeypatch.setattr(model_calls, "MAX_BATCH_BYTES", 10 * net.picture().nbytes)
    evaluator = evaluator_of(net, batch_size=64)
    assert evaluator.batch_size == 10
    assert [note for note in evaluator.notes if "at most 10 mutants a batch instead of 64" in note]
    assert evaluator_of(net, batch_size=10).notes == []
    for side, size in ((160, "100 kB"), (1024, "4 MB")):
        net = RandomNet((side, side))
        monkeypatch.setattr(model_calls, "MAX_BATCH_BYTES", 10 * net.picture().nbytes)
        assert evaluator_of(net).notes[0].startswith(f"Each mutant takes {size}: at most 10 ")
    monkeypatch.setattr(model_calls, "MAX_BATCH_BYTES", 1)
    assert evaluator_of(net).batch_size == 1
