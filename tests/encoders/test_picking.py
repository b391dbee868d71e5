"""Which array of what a model returned is the representation."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from rex_widgets.encoders.picking import pick_output
from rex_widgets.errors import ModelError

ROW, MAP = np.zeros((2, 5)), np.zeros((2, 3, 4))
Pair = namedtuple("Pair", "first second")


@dataclass
class Output:
    """What a model of transformers returns."""

    last_hidden_state: Any = None
    pooler_output: Any = None
    hidden_states: Any = None


def test_one_array_needs_no_choice() -> None:
    for wanted in (None, 0, -1, "0"):
        value, sentence = pick_output(ROW, wanted, 2)
        assert value is ROW
        assert sentence == ""
    with pytest.raises(ModelError, match="leave output out"):
        pick_output(ROW, "pooler_output", 2)


@pytest.mark.parametrize("raw", [(ROW,), [ROW], {"x": ROW}, (ROW, None), OrderedDict(x=ROW)])
def test_the_only_array_is_taken_and_said(raw: Any) -> None:
    value, sentence = pick_output(raw, None, 3)
    assert value is ROW
    assert "its only array" in sentence


def test_the_usual_field_of_transformers() -> None:
    value, sentence = pick_output(Output(MAP, ROW, (MAP, MAP)), None, 2)
    assert value is ROW
    assert "'pooler_output' is taken; another with output=" in sentence
    assert pick_output(Output(MAP, None, (MAP, MAP)), None, 2)[0] is MAP
    assert pick_output(OrderedDict(last_hidden_state=MAP, extra=ROW), None, 2)[0] is MAP
    assert pick_output(SimpleNamespace(last_hidden_state=MAP, extra=ROW), None, 2)[0] is MAP
    with pytest.raises(ModelError, match=r"a SimpleNamespace \(a: shape \(2, 5\), b: shape"):
        pick_output(SimpleNamespace(a=ROW, b=MAP), None, 2)


def test_by_name_number_and_path() -> None:
    raw = Output(MAP, ROW, (MAP + 1, MAP + 2))
    assert pick_output(raw, "last_hidden_state", 2)[0] is MAP
    assert pick_output(raw, "hidden_states.1", 2)[0] is raw.hidden_states[1]
    assert pick_output(raw, "2.-1", 2)[0] is raw.hidden_states[1]
    assert pick_output(Pair(ROW, MAP), "second", 2)[0] is MAP
    assert pick_output(Pair(ROW, MAP), 1, 2)[0] is MAP
    assert pick_output((ROW, MAP), "-1", 2)[0] is MAP
    with pytest.raises(ModelError, match=r"a tuple \(0: shape .* Say which one"):
        pick_output(raw, "hidden_states", None)
    with pytest.raises(ModelError, match="a number from 0 to 1"):
        pick_output((ROW, MAP), 2, 2)
    with pytest.raises(ModelError, match="expected one of first, second"):
        pick_output(Pair(ROW, MAP), "third", 2)


def test_what_a_tuple_holds_is_shown() -> None:
    inside = (ROW, (MAP, MAP))
    with pytest.raises(ModelError, match=r"1: tuple of 2 \(shape \(2, 3, 4\), shape \(2, 3, 4\)\)"):
        pick_output(inside, None, 2)
    with pytest.raises(ModelError, match="2 outputs \\(a: shape"):
        pick_output({"a": ROW, "b": MAP}, None, None, "2 outputs")
    with pytest.raises(ModelError, match=r"output='a' \(--encoder-output a\)"):
        pick_output({"a": ROW, "b": MAP}, None, None)
    with pytest.raises(ModelError, match=r"output=0 \(--encoder-output 0\)"):
        pick_output(inside, None, 2)
    with pytest.raises(ModelError, match="returned tuple of 0"):
        pick_output((), None, 2)


def test_a_list_with_a_row_per_input() -> None:
    np.testing.assert_array_equal(pick_output([[1, 2], [3, 4]], None, 2)[0], [[1, 2], [3, 4]])
    np.testing.assert_array_equal(pick_output([1.5, 2.5], None, 2)[0], [1.5, 2.5])
    stacked = pick_output([np.arange(3), np.arange(3)], None, 2)[0]
    np.testing.assert_array_equal(stacked, [[0, 1, 2], [0, 1, 2]])
    with pytest.raises(ModelError, match=r"a list \(0: shape \(3,\), 1: shape \(4,\)\)"):
        pick_output([np.arange(3), np.arange(4)], None, 2)
    with pytest.raises(ModelError, match="a list"):
        pick_output([np.arange(3), np.arange(3)], None, None)
