"""Why nothing was found: each cause is told apart, by hand-made answers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rex_widgets.latent.answers import Answers
from rex_widgets.latent.diagnosis import diagnosis, nearest_misses
from rex_widgets.latent.settings import SETTINGS
from tests.latent.runs import bits, latents, started


def answers(after: Any, moved: float = 0.5) -> Answers:
    """Two samples at 0 whose asked class is 1; `after` are the margins of their two moves."""
    found = Answers.none(np.zeros((2, 3), np.float32), 2, 2, (4, 5))
    found.before[:] = (2, -2)
    found.target[:] = 1
    found.after[..., 0] = 0
    found.after[..., 1] = after
    found.counterfactuals[:] = moved
    return found


def told(
    made: Answers, method: str = "dice", crossed: bool = False, labels: Any = (), **settings: Any
) -> Any:
    bound = np.full(3, 3, np.float32)
    latents = np.zeros((2, 3), np.float32)
    seen = np.full(2, crossed)
    return diagnosis(latents, made, -bound, bound, SETTINGS[method](**settings), seen, labels)


def test_before_any_call_nothing_is_known() -> None:
    none = Answers.none(np.ones((2, 3), np.float32), 4, 2, (4, 5))
    assert none.count == 8
    assert np.isnan(none.margins).all()
    assert not none.changed.any()
    assert nearest_misses(none).tolist() == [-1, -1]


def test_the_nearest_miss_is_the_largest_margin_that_is_no_hit() -> None:
    made = answers([[-1, -0.5], [2, -3]])
    assert made.margins.tolist() == [[-1, -0.5], [2, -3]]
    assert made.changed.tolist() == [[False, False], [True, False]]
    assert nearest_misses(made).tolist() == [1, 1]
    assert nearest_misses(answers([[1, 2], [np.nan, -3]])).tolist() == [-1, 1]


def test_margins_of_several_classes_are_to_the_best_other() -> None:
    made = Answers.none(np.zeros((1, 2), np.float32), 2, 3, (1, 1))
    made.target[:] = 2
    made.after[0] = [[1, 4, 3], [-1, -2, 0]]
    assert made.margins.tolist() == [[-1, 1]]
    logits = np.array([[5, 0, 0]], np.float32)
    made.take(1, np.ones((1, 2), np.float32), logits, np.ones((1, 1, 1, 3), np.uint8))
    assert made.margins.tolist() == [[-1, -5]]
    assert made.changed_at(1, 1).tolist() == [False]
    assert made.counterfactuals[0].tolist() == [[0, 0], [1, 1]]


def test_what_was_found_needs_no_words() -> None:
    first, second = told(answers([[-1, -0.5], [2, -3]]))
    assert second == ""
    assert first.startswith(
        "Sample 0: none of 2 counterfactuals gives class 1; of the nearest miss, "
    )
    assert "the 2nd of them, the margin between the logits went from -4 to -0.5." in first


@pytest.mark.parametrize(
    ("which", "word"), [(0, "1st"), (2, "3rd"), (10, "11th"), (11, "12th"), (21, "22nd")]
)
def test_the_nearest_miss_is_counted_as_in_the_panel(which: int, word: str) -> None:
    made = Answers.none(np.zeros((2, 3), np.float32), 24, 2, (4, 5))
    made.before[:] = (2, -2)
    made.target[:] = 1
    made.after[:] = (5, 0)
    made.after[:, which] = (1, 0)
    assert f"of the nearest miss, the {word} of them, " in told(made)[0]


@pytest.mark.parametrize(
    ("made", "options", "words"),
    [
        (answers(-1), {}, "The boundary was never crossed. More steps"),
        (answers(-1), {}, "a larger lr or a smaller proximity_weight may find one"),
        (answers(-1), {"proximity_weight": 0}, r"More steps \(.*\) or a larger lr may find one"),
        (answers(-1), {"crossed": True}, "reached on the way and lost again"),
        (answers(-1, 0.01), {}, "The steps were too small: no coordinate moved by more than 0.01"),
        (answers(-1, 3.5), {}, "3 of the 3 coordinates that moved .* another target or"),
        (answers(-1), {"method": "growing_spheres"}, r"More candidates \(n_candidates\) or more"),
        (answers(-1), {"method": "stylex"}, "A larger shift_size, or selection='subset'"),
        (answers(-1, 3.5), {"method": "stylex"}, "Perhaps selection='subset'"),
        (answers(-1), {"method": "is"}, "this answer does not rest on that"),
        (answers(np.nan), {}, "not finite numbers"),
        (answers(-1), {"labels": ("even", "odd")}, r"gives class 1 \(odd\); of the nearest"),
        (answers(-1), {"labels": ("class 0", "class 1")}, "gives class 1; of the nearest"),
    ],
)
def test_each_cause_is_told_apart(made: Answers, options: dict[str, Any], words: str) -> None:
    import re

    assert re.search(words, told(made, **options)[0]), told(made, **options)[0]


def test_one_counterfactual_is_said_in_the_singular() -> None:
    made = Answers.none(np.zeros((1, 2), np.float32), 1, 2, (1, 1))
    made.before[:], made.after[:], made.target[:] = (1, 0), (1, 0), 1
    bound = np.full(2, 3, np.float32)
    settings = SETTINGS["lcf"]()
    zeros = np.zeros((1, 2), np.float32)
    [said] = diagnosis(zeros, made, -bound, bound, settings, np.array([False]))
    assert said.startswith("Sample 0: the counterfactual does not give class 1;")


def test_one_coordinate_at_its_end_is_not_the_cause() -> None:
    made = answers(-1)
    made.counterfactuals[..., 0] = 3
    assert "never crossed" in told(made)[0]
    made.counterfactuals[..., 1] = -3.5
    assert "2 of the 3 coordinates that moved" in told(made)[0]


def test_nobody_is_sent_to_extend_a_search_that_has_come_to_rest() -> None:
    bound, zeros = np.full(3, 3, np.float32), np.zeros((2, 3), np.float32)
    [rests, goes_on] = diagnosis(
        zeros,
        answers(-1, 0.05),
        -bound,
        bound,
        SETTINGS["dive"](),
        np.zeros(2, np.bool_),
        extensible=np.array([False, True]),
    )
    assert "extend" not in rests
    assert "no coordinate further than 0.05 standard deviations away: more steps change" in rests
    assert rests.endswith(
        "A larger lr or a smaller lasso_weight or reconstruction_weight may find one."
    )
    assert "More steps (extend(steps=50)), a larger lr or" in goes_on


@pytest.mark.parametrize("method", ["dice", "dive", "xgem", "lcf"])
def test_the_diagnosis_of_a_run_says_extend_only_where_that_does_something(method: str) -> None:
    def hopeless(pictures: torch.Tensor) -> torch.Tensor:
        score = 0.5 + 1e-2 * pictures.mean((1, 2))[:, :1]
        return torch.cat((score, -score), 1)

    run = started(method, latents()[:1], hopeless, num_explanations=2, seed=0, num_iters=40)
    before = run.wait()
    [said] = before.diagnosis
    run.extend(steps=1)
    after = run.wait()
    assert (bits(before) != bits(after)) == ("extend(steps" in said)


@given(
    arrays(np.float32, (3, 4, 5), elements=st.integers(-9, 9).map(float)),
    st.lists(st.integers(0, 4), min_size=3, max_size=3),
)
def test_margins_by_a_loop(after: Any, target: list[int]) -> None:
    made = Answers.none(np.zeros((3, 2), np.float32), 4, 5, (1, 1))
    made.after[:], made.target[:] = after, target
    for row in range(3):
        for column in range(4):
            logits = after[row, column].tolist()
            asked = logits.pop(target[row])
            assert made.margins[row, column] == asked - max(logits)
            assert made.changed[row, column] == (asked > max(logits))
            place = row * 4 + column
            assert made.changed_at(place, 1)[0] == made.changed[row, column]
