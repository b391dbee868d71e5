"""What the panel of the method relax says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from rex_widgets.widgets.relax_words import question
from tests.widgets.mean_square import MeanSquare, relax_run


def brightness(masked: Any) -> Any:
    return np.asarray(masked).sum(axis=1)


def nearness(whole: Any, masked: Any) -> Any:
    return -np.abs(np.asarray(masked) - np.asarray(whole)).sum(axis=1)


@pytest.mark.parametrize(
    ("measure", "words"),
    [
        (
            "cosine",
            "Which pixels make its representation similar to itself, by cosine similarity?",
        ),
        (nearness, "Which pixels make its representation similar to itself, by nearness?"),
        (brightness, "Which pixels matter to brightness of its representation?"),
    ],
)
def test_the_question_is_the_one_that_was_asked(measure: Any, words: str) -> None:
    run = relax_run(MeanSquare(), similarity_measure=measure)
    run.wait()
    assert question(run.result()) == words
