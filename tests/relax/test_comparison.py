"""What masked inputs are compared with: another input, a mean, a gallery, a second encoder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.errors import ModelError
from rex_widgets.relax.similarity import similarities
from tests.relax import fakes
from tests.relax.fakes import Fake, finish, procedure

OTHERS = [fakes.sample(seed=seed, source=f"{seed}.png") for seed in (3, 4, 5)]
ROW = fakes.projected()


def whole(sample: Any, row: Any = ROW) -> Any:
    return row(sample.data.astype(np.float64)).astype(np.float32)


def similarity_of_masks(made: Any, reference: Any, measure: Any = "cosine", row: Any = ROW) -> Any:
    """Similarities of all masked inputs to a reference, one by one."""
    draw = made.sampler.draw(0, made.sums.count)
    rows = np.stack([row(one.astype(np.float64)) for one in made.geometry.apply(draw, DATA)])
    return similarities(measure, reference, rows.astype(np.float32))[0]


DATA = fakes.sample().data


def importance_of(made: Any, found: Any) -> Any:
    """The weighted mean of similarities, straight from the masks."""
    masks = made.geometry.masks(made.sampler.draw(0, made.sums.count)).astype(np.float64)
    return np.tensordot(found, masks, 1) / masks.sum(axis=0)


@pytest.mark.parametrize("measure", ["cosine", "dot", "euclidean"])
def test_like_another_input(measure: str) -> None:
    made = procedure(ROW, like=OTHERS[0], similarity_measure=measure, control_variate=False)
    result = finish(made)
    assert result.asked == "like 3.png"
    found = similarity_of_masks(made, whole(OTHERS[0]), measure)
    np.testing.assert_allclose(result.importance, importance_of(made, found), atol=1e-5)
    assert result.similarity == pytest.approx(found.mean())


def test_like_the_mean_of_a_corpus() -> None:
    made = procedure(ROW, corpus=OTHERS, control_variate=False)
    result = finish(made)
    assert result.asked == "like the mean of 3 inputs"
    mean = np.mean([whole(one) for one in OTHERS], axis=0).astype(np.float32)
    found = similarity_of_masks(made, mean)
    np.testing.assert_allclose(result.importance, importance_of(made, found), atol=1e-5)
    one = procedure(ROW, corpus=[OTHERS[0]])
    assert fakes.bits(finish(one)) == fakes.bits(finish(procedure(ROW, like=OTHERS[0])))


def test_a_gallery_is_sorted_and_shares_the_masks() -> None:
    made = procedure(ROW, gallery=[*OTHERS, fakes.sample()])
    encoder: Any = made.classifier
    result = finish(made)
    assert sum(encoder.batches) == 1 + 4 + 128
    similarity = [one.similarity for one in result.neighbours]
    assert similarity == sorted(similarity, reverse=True)
    assert result.neighbours[0].name == "gallery 4"
    assert similarity[0] == pytest.approx(1)
    np.testing.assert_array_equal(result.neighbours[0].importance, result.importance)
    for rank, one in enumerate(result.neighbours[1:], 1):
        [asked] = [other for other in OTHERS if other.source == one.name]
        alone = finish(procedure(ROW, like=asked))
        np.testing.assert_array_equal(one.importance, alone.importance)
        np.testing.assert_array_equal(made.map_for(rank), alone.importance)
        expected, _ = similarities("cosine", whole(asked), whole(fakes.sample())[None])
        assert one.similarity == expected[0]
    assert made.map_for(4) is None
    assert made.map_for(-1) is None


def test_maps_of_neighbours_before_any_mask() -> None:
    made = procedure(ROW, gallery=OTHERS)
    assert made.map_for(0) is None
    assert made.answer(0.0).neighbours == ()


def test_a_second_encoder_is_subtracted() -> None:
    other = fakes.projected(seed=1, size=5)
    second = Fake(other, name="other")
    made = procedure(Fake(ROW, name="one"), versus=second, control_variate=False)
    result = finish(made)
    assert result.asked == "similar to itself, by one more than by other"
    found = similarity_of_masks(made, whole(fakes.sample()))
    found -= similarity_of_masks(made, whole(fakes.sample(), other), row=other)
    np.testing.assert_allclose(result.importance, importance_of(made, found), atol=1e-5)
    assert result.evaluations.breakdown == {"look": 1, "masks": 128, "versus": 129}
    assert len(second.prepared) == 1
    assert result.choices.count("chosen by the fake") == 1
    assert "versus: chosen by the fake" in result.choices
    [score] = made.what_if(np.ones((16, 20), bool))
    assert score.confidence == pytest.approx(0, abs=1e-6)


def test_an_encoder_that_works_in_place_leaves_the_second_its_input() -> None:
    class InPlace(Fake):
        def __call__(self, batch: Any) -> Any:
            found = super().__call__(batch)
            if batch.flags.writeable:
                batch[:] = 0
            return found

    second = Fake(fakes.projected(seed=1, size=5))
    expected = finish(procedure(Fake(ROW), versus=second))
    found = finish(procedure(InPlace(ROW), versus=second))
    np.testing.assert_array_equal(found.importance, expected.importance)


def test_the_same_encoder_twice_differs_nowhere() -> None:
    result = finish(procedure(Fake(ROW), versus=Fake(ROW), like=OTHERS[0]))
    assert np.abs(result.importance).max() == 0
    assert "what is hidden changes nothing" in result.message


def test_a_second_encoder_sees_the_input_in_its_own_range() -> None:
    first = Fake(ROW, mean=(0.5,), std=(0.25,))
    second = Fake(fakes.boxes, mean=(0.1,), std=(2.0,), scale=128.0)
    made = procedure(first, versus=second, like=OTHERS[0])
    assert made.opponent is not None
    plain = (DATA.astype(np.float64) * 0.25 + 0.5) * 255
    np.testing.assert_allclose(made.opponent.data, (plain / 128 - 0.1) / 2, rtol=1e-6)
    assert finish(made).masks == 128
    with pytest.raises(ModelError, match=r"takes inputs of shape \(1, 8, 8\); expected \(1, 16"):
        procedure(first, versus=Fake(ROW, (1, 8, 8)))


def test_a_second_model_is_read_with_the_same_layer() -> None:
    def model(batch: Any) -> Any:
        flat = batch.reshape(len(batch), -1)
        return flat[:, :3], flat[:, 3:9]

    made = procedure(ROW, versus=model, output=1)
    assert made.opponent is not None
    result = finish(made)
    assert result.masks == 128
    assert made.comparison is not None
    assert made.comparison.opposed_embedding is not None
    assert made.comparison.opposed_embedding.shape == (6,)
    with pytest.raises(ModelError, match="versus"):
        finish(procedure(ROW, versus=3.5j))


@pytest.mark.parametrize("option", ["like", "corpus", "gallery"])
def test_a_zero_vector_to_compare_with_is_told(option: str) -> None:
    dark = fakes.sample(seed=6, source="dark.png")
    dark.data.flags.writeable = True
    dark.data[:] = 0
    given = dark if option == "like" else [dark]
    words = {"like": "dark.png", "corpus": "corpus \\(its mean\\)", "gallery": "dark.png"}[option]
    row = lambda data: data[0, :3, 0]  # noqa: E731
    with pytest.raises(ModelError, match=f"{words} is the zero vector"):
        finish(procedure(row, **{option: given}))
    assert finish(procedure(row, similarity_measure="dot", **{option: given})).masks == 128


def test_a_function_sees_both_sides() -> None:
    def l1(h: Any, masked: Any) -> Any:
        return -np.abs(h - masked).sum(axis=1)

    made = procedure(ROW, similarity_measure=l1, like=OTHERS[0], control_variate=False)
    result = finish(made)
    found = similarity_of_masks(made, whole(OTHERS[0]), l1)
    np.testing.assert_allclose(result.importance, importance_of(made, found), atol=1e-5)
    one = finish(procedure(ROW, similarity_measure=lambda masked: masked[:, 0]))
    assert one.statistics["similarity of the whole input"] == pytest.approx(
        float(whole(fakes.sample())[0])
    )


def test_all_inputs_of_a_large_corpus_count_once() -> None:
    corpus = [fakes.sample(seed=seed) for seed in range(70)]
    made = procedure(ROW, corpus=corpus, num_batches=1)
    finish(made)
    assert made.comparison is not None
    mean = np.mean([whole(one) for one in corpus], axis=0)
    np.testing.assert_allclose(made.comparison.references[0], mean, rtol=1e-6)
