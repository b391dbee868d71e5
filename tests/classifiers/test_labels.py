"""Class names from lists, mappings and files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rex_widgets.classifiers.labels import imagenet_labels, read_labels
from rex_widgets.errors import ModelError


def test_imagenet_names() -> None:
    names = imagenet_labels()
    assert len(names) == 1000
    assert (names[0], names[285], names[967]) == ("tench", "Egyptian cat", "espresso")
    assert all(name and name == name.strip() for name in names)


@pytest.mark.parametrize(
    "value",
    [
        ["a", "b"],
        ("a", "b"),
        {0: "a", 1: "b"},
        {"1": "b", "0": "a"},
        [["n01", "a"], ["n02", "b"]],
    ],
)
def test_values_and_json_files(value: Any, tmp_path: Path) -> None:
    assert read_labels(value) == ("a", "b")
    path = tmp_path / "labels.json"
    path.write_text(json.dumps(value))
    assert read_labels(path) == ("a", "b")
    assert read_labels(str(path)) == ("a", "b")


def test_other_files(tmp_path: Path) -> None:
    path = tmp_path / "labels.txt"
    path.write_text("a\nb\n\n")
    assert read_labels(path) == ("a", "b")
    path.write_text('{"a": 0, "b": 1}')
    assert read_labels(path) == ("a", "b")


def test_labels_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "broken.json").write_text("[")
    (tmp_path / "bytes.txt").write_bytes(b"\xff\xfe\xfa")
    cases: dict[str, str] = {
        "missing.txt": "'missing.txt' cannot be read",
        "empty.txt": "is empty",
        "broken.json": "not valid JSON",
        "bytes.txt": "not UTF-8",
    }
    for name, message in cases.items():
        with pytest.raises(ModelError, match=message):
            read_labels(tmp_path / name)
    for value, message in [
        ({"x": "a"}, "keys are not class numbers"),
        ({0: "a", 2: "b"}, "not as 0..1"),
        (3, "of type int"),
    ]:
        with pytest.raises(ModelError, match=message):
            read_labels(value)  # type: ignore[arg-type]
