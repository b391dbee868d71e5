"""What the panel says of region-constrained counterfactuals."""

from __future__ import annotations

import numpy as np
import pytest

from rex_widgets.widgets.rcsb_words import badge, facts_html
from tests.rcsb_results import digit, unknown


@pytest.mark.parametrize(
    ("second", "state", "told"),
    [
        ((8, 8, 8, 3), "ok", "3 of 4 reached; second classifier: 3"),
        ((3, 8, 3, 3), "ok", "3 of 4 reached; second classifier: 1"),
        ((3, 3, 3, 8), "warn", "3 of 4 reached; second classifier: 0"),
        (None, "ok", "3 of 4 reached"),
    ],
)
def test_the_badge_counts_what_the_second_classifier_confirms(
    second: tuple[int, ...] | None, state: str, told: str
) -> None:
    found = digit(second=None if second is None else np.array(second))
    assert badge(found) == (state, told)


def test_the_badge_of_nothing_reached_and_of_nothing_yet() -> None:
    assert badge(digit(reached=np.zeros(4, np.bool_))) == ("warn", "0 of 4 reached")
    assert badge(unknown()) == ("none", "")
    assert badge(unknown(stage="finished")) == ("warn", "no answer")


def test_the_facts_say_how_far_to_trust_them() -> None:
    assert "SSIM 0.867 (of an unchanged picture: 0, 0 and 1)" in facts_html(digit())
    assert "had no part in making the change" in facts_html(digit())
    assert "Try a larger or another region" in facts_html(digit(reached=np.zeros(4, np.bool_)))
    assert "Trust" not in facts_html(digit(stage="sampling"))
