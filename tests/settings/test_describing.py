"""A settings dataclass is described so that a form can be made of it, and read back."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.errors import SettingsError
from rex_widgets.input_settings import InputSettings
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import (
    Settings,
    boolean,
    defaults,
    describe,
    either,
    nothing,
    numbers,
    one_of,
    option,
    real,
    text,
    whole,
)
from rex_widgets.settings.describing import changed, held_words, value_text
from rex_widgets.visual_settings import VisualSettings

CLASSES = (CausalSettings, ModelSettings, InputSettings, VisualSettings)
FIELDS = {field.name: field for field in describe(CausalSettings)}


@dataclass(frozen=True)
class Everything(Settings):
    """One setting of every kind."""

    count: int = option(3, "how many", whole(1, 9), table="here", unit="pieces")
    most: int | None = option(None, "how many at most", either(nothing(), whole(0)))
    share: float = option(0.25, "how much", real(0, 1))
    length: float = option(2.0, "how long", real(0.5), unit="mm")
    maybe: float | None = option(None, "a share, perhaps", either(nothing(), real(0, 1)))
    on: bool = option(True, "whether", boolean())
    perhaps: bool | None = option(None, "whether, perhaps", either(nothing(), boolean()))
    colour: str = option("red", "which", one_of("red", "green"))
    mixed: Any = option(
        False, "which, or none", either(boolean(), one_of("a", "b")), choices=("a",)
    )
    row: Any = option(1, "a number, or all", either(whole(1), one_of("all")))
    some: tuple[float, ...] = option((1.0, 2.5), "several", numbers(2))
    word: str = option("", "anything", text())


KINDS = {field.name: field for field in describe(Everything)}


@pytest.mark.parametrize(
    ("name", "control", "optional", "choices", "default"),
    [
        ("count", "number", False, (), "3"),
        ("most", "number", True, (), ""),
        ("share", "share", False, (), "0.25"),
        ("length", "number", False, (), "2"),
        ("maybe", "number", True, (), ""),
        ("on", "switch", False, (), True),
        ("perhaps", "choice", True, ("true", "false"), ""),
        ("colour", "choice", False, ("red", "green"), "red"),
        ("mixed", "choice", False, ("false", "a"), "false"),
        ("row", "text", False, (), "1"),
        ("some", "text", False, (), "1, 2.5"),
        ("word", "text", False, (), ""),
    ],
)
def test_controls(
    name: str, control: str, optional: bool, choices: tuple[str, ...], default: str | bool
) -> None:
    field = KINDS[name]
    found = (field.control, field.optional, field.choices, field.default)
    assert found == (control, optional, choices, default)


def test_ranges_units_and_places_can_be_read() -> None:
    count, length, row = KINDS["count"], KINDS["length"], KINDS["row"]
    assert (count.accepts[0].kind, count.accepts[0].minimum, count.accepts[0].maximum) == (
        "whole",
        1,
        9,
    )
    assert (count.key, count.unit, count.label) == ("here.count", "pieces", "Count")
    assert (length.accepts[0].minimum, length.accepts[0].maximum) == (0.5, None)
    assert [one.kind for one in row.accepts] == ["whole", "names"]
    assert row.suggestions == ("all",)
    assert KINDS["some"].accepts[0].count == 2
    assert FIELDS["mask_value"].suggestions == FIELDS["mask_value"].option.suggestions
    assert "mean" in FIELDS["mask_value"].suggestions
    assert FIELDS["minimum_confidence_threshold"].label == "Threshold"
    assert FIELDS["target"].expects == "nothing or a whole number of at least 0"


@pytest.mark.parametrize("cls", CLASSES)
def test_every_default_can_be_written_and_read_back(cls: type) -> None:
    usual = defaults(cls)
    for field in describe(cls):
        assert field.default is not None, field.name
        assert field.read(field.default) == usual[field.name], field.name
        assert field.help and field.expects


@pytest.mark.parametrize("name", ["count", "most", "share", "length", "some", "row"])
@given(data=st.data())
def test_values_come_back_as_they_were(name: str, data: st.DataObject) -> None:
    values: dict[str, Any] = {
        "count": st.integers(1, 9),
        "most": st.none() | st.integers(0, 2**63),
        "share": st.floats(0, 1),
        "length": st.floats(0.5, 1e300),
        "some": st.tuples(*[st.floats(allow_nan=False, allow_infinity=False)] * 2),
        "row": st.integers(1) | st.just("all"),
    }
    field = KINDS[name]
    value = data.draw(values[name])
    written = field.write(value)
    assert isinstance(written, str)
    assert field.read(written) == value


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("count", "0"),
        ("count", "10"),
        ("count", "2.5"),
        ("count", ""),
        ("count", "many"),
        ("count", 5),
        ("count", None),
        ("count", ["5"]),
        ("count", {"a": 1}),
        ("count", True),
        ("share", "nan"),
        ("share", "1.01"),
        ("length", "inf"),
        ("most", "-1"),
        ("on", "true"),
        ("on", 1),
        ("colour", "blue"),
        ("some", "1"),
        ("some", "1,a"),
        ("word", "x" * 2001),
        ("word", False),
    ],
)
def test_what_is_refused_is_told_with_what_was_expected(name: str, given: object) -> None:
    field = KINDS[name]
    with pytest.raises(SettingsError, match="expected") as told:
        field.read(given)
    assert field.expects in str(told.value)
    assert len(str(told.value)) < 300


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists, max_leaves=4))
def test_no_json_value_is_more_than_refused(given: object) -> None:
    for field in (*KINDS.values(), *FIELDS.values()):
        if field.name == "region":  # names a file
            continue
        with suppress(SettingsError):
            field.read(given)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (np.zeros((2, 3), np.float32), "array 2 × 3, float32"),
        (np.float64, "function float64"),
        ({"a": 1}, "dict of 1"),
        (object(), "object that cannot be typed in"),
    ],
)
def test_what_cannot_be_typed_is_said(value: object, words: str) -> None:
    assert value_text(value) is None
    assert held_words(value) == words


@pytest.mark.parametrize("value", ["x" * 3000, "line\nbreak", float("nan"), ()])
def test_some_plain_values_cannot_be_typed_either(value: object) -> None:
    assert value_text(value) is None


def test_changed_tells_arrays_and_equal_values_apart() -> None:
    mask_value = np.zeros(3, np.float32)
    settings = CausalSettings(iters=20, tree_depth=3, mask_value=mask_value, blend=0)
    assert set(changed(settings)) == {"tree_depth", "mask_value"}
    assert changed(CausalSettings()) == {}


def test_a_description_is_plain_json() -> None:
    import json

    for cls in CLASSES:
        for field in describe(cls):
            again = json.loads(json.dumps(field.document(), allow_nan=False))
            assert again["name"] == field.name
            assert again["control"] in ("number", "share", "switch", "choice", "text")
