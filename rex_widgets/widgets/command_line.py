"""Settings as the flags of a `%explain` line: what "copy as code" gives."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rex_widgets.settings import Option, defaults, options

REGION = "region"
_NO_NAME = (
    "# region: the mask that was searched; of a panel it is, with the run's own name,\n"
    "# region = rex_widgets.panel_of(run).run.settings.region"
)
_NAMED = {
    REGION: _NO_NAME,
    "context": "# context: the input that was given, the run's settings.context",
}
_ONLY_PYTHON = (
    "# {name} has no spelling here: give the run's settings.{name} to rw.explain(..., {name}=)"
)
_BARE = re.compile(r"[\w.,/+-]+")


def explain_line(
    settings: Any,
    *,
    image: str = "image",
    model: str = "model",
    method: str = "causal",
    model_flags: Mapping[str, str] | None = None,
    spelled: Mapping[str, str] | None = None,
    processed: bool = False,
) -> str:
    """Return the line that gives the same result again; a comment before it, if it needs one.

    Parameters
    ----------
    settings
        Settings of the run; those that differ from their defaults are written, and the seed.
    image, model
        As they were written, names or quoted paths.
    method
        Name of the method; the usual one is not written.
    model_flags
        Flags of the model as they were written, by setting name.
    spelled
        How a setting was written that has no spelling of its own, such as an array.
    processed
        Whether the image was given preprocessed.
    """
    parts = ["%explain", image, model]
    if method != "causal":
        parts += ["--method", method]
    cls = type(settings)
    usual = defaults(cls)
    notes = []
    for name, opt in options(cls).items():
        value = getattr(settings, name)
        if name != "seed" and _same(value, usual[name]):
            continue
        words = value_words(value) or (spelled or {}).get(name)
        if name == REGION and isinstance(value, str):
            words = f'"{value}"'  # bare, it might be the name of a variable
        elif words is None and name in _NAMED:
            notes.append(_NAMED[name])
            words = name
        elif words is None:
            notes.append(_ONLY_PYTHON.format(name=name))
        if words is not None:
            parts += [flag_of(name, opt), words]
    for name, words in (model_flags or {}).items():
        parts += [flag_of(name), words]
    if processed:
        parts.append("--processed")
    return "\n".join([*notes, " ".join(parts)])


def flag_of(name: str, opt: Option | None = None) -> str:
    """Return the flag of a setting, such as "--min-box-size"."""
    return "--" + ((opt and opt.flag) or name).replace("_", "-")


def value_words(value: Any) -> str | None:
    """Return a value as it is written after a flag; ``None`` if it cannot be written."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, str):
        return value if _BARE.fullmatch(value) else f'"{value}"'
    if isinstance(value, tuple) and all(isinstance(v, int | float) for v in value):
        return ",".join(repr(v) for v in value)
    return None


def _same(value: Any, usual: Any) -> bool:
    try:
        return type(value) is type(usual) and bool(value == usual)
    except ValueError:  # an array
        return False
