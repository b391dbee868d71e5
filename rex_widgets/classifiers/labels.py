"""Names of classes: from a list, a mapping, a text or JSON file, or the packaged ImageNet ones."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from rex_widgets.errors import ModelError

_LARGEST_FILE = 64 * 1024 * 1024


@cache
def imagenet_labels() -> tuple[str, ...]:
    """Return the 1000 names of ImageNet-1k, e.g. index 285 is "Egyptian cat"."""
    text = (files("rex_widgets") / "data" / "imagenet_labels.txt").read_text(encoding="utf-8")
    return tuple(text.splitlines())


def read_labels(given: Sequence[str] | Mapping[object, object] | str | Path) -> tuple[str, ...]:
    """Return class names in index order.

    Parameters
    ----------
    given
        A list of names, a mapping index -> name, or the path of a file: text with one name a
        line, or JSON holding a list or a mapping.

    Raises
    ------
    ModelError
        If the file cannot be read, or the mapping does not number the classes 0, 1, 2, …
    """
    if isinstance(given, str | Path):
        return _from_file(Path(given))
    return labels_from(given)


def labels_from(value: object) -> tuple[str, ...]:
    """Return class names in index order from a list or a mapping of index to name."""
    if isinstance(value, Mapping):
        try:
            numbered = {int(str(key)): str(name) for key, name in value.items()}
        except ValueError:
            raise ModelError(
                "The labels are a mapping whose keys are not class numbers; "
                "expected {0: name, 1: name, …} or a list of names."
            ) from None
        if sorted(numbered) != list(range(len(numbered))):
            raise ModelError(
                f"The labels number {len(numbered)} classes but not as 0..{len(numbered) - 1}; "
                "give a name for every class."
            )
        return tuple(numbered[index] for index in range(len(numbered)))
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return tuple(_one_name(item) for item in value)
    raise ModelError(
        f"The labels are of type {type(value).__name__}; expected a list of names, a mapping "
        "index -> name, or the path of a text or JSON file."
    )


def check_labels(labels: Sequence[str], classes: int | None) -> None:
    """Refuse a number of names that is not the number of classes, where that is known."""
    if classes is not None and len(labels) != classes:
        raise ModelError(
            f"{len(labels)} labels were given, but the model has {classes} classes; "
            "give one name per class, in the order of the model's outputs."
        )


def _one_name(item: object) -> str:
    # Some files hold [synset, name] pairs: the name is what a person reads.
    if isinstance(item, list | tuple) and len(item) == 2:
        return str(item[1])
    return str(item)


def _from_file(path: Path) -> tuple[str, ...]:
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ModelError(
                f"The labels file {path.name!r} is larger than 64 MB; expected one name a line."
            )
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ModelError(
            f"The labels file {path.name!r} cannot be read ({error.strerror}); give a list of "
            "names, or the path of a text file (one name a line) or JSON file."
        ) from None
    except UnicodeDecodeError:
        raise ModelError(
            f"The labels file {path.name!r} is not UTF-8 text; expected one name a line, or JSON."
        ) from None
    if path.suffix.lower() == ".json" or text.lstrip()[:1] in ("[", "{"):
        try:
            value = json.loads(text)
        except (json.JSONDecodeError, RecursionError) as error:
            raise ModelError(
                f"The labels file {path.name!r} is not valid JSON ({error}); expected a list "
                "of names or a mapping index -> name."
            ) from None
        return _from_json(value)
    names = tuple(line.strip() for line in text.splitlines())
    while names and not names[-1]:
        names = names[:-1]
    if not names:
        raise ModelError(f"The labels file {path.name!r} is empty; expected one name a line.")
    return names


def _from_json(value: object) -> tuple[str, ...]:
    if isinstance(value, Mapping) and value and all(_is_number(v) for v in value.values()):
        # label2id: name -> number
        return labels_from({number: name for name, number in value.items()})
    return labels_from(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
