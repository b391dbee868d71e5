"""What a form, or any other program, has to know of a settings dataclass, as plain values."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rex_widgets.errors import RexWidgetsError, SettingsError
from rex_widgets.settings.base import Option, Settings, defaults, options
from rex_widgets.settings.kinds import (
    Boolean,
    Either,
    Nothing,
    Numbers,
    OneOf,
    Real,
    Text,
    Whole,
)

Written = str | bool
"""How a value stands in a form: true or false for a switch, text for everything else."""

LONGEST = 2000
"""Most characters that are read from, or shown in, one field."""


@dataclass(frozen=True)
class Accepted:
    """One kind of value that a setting accepts.

    Parameters
    ----------
    kind
        "whole", "real", "boolean", "names", "numbers" (separated by commas), "text", or "other"
        for what only the setting itself can judge.
    minimum, maximum
        Of "whole" and "real"; ``None`` where there is no limit.
    names
        Of "names".
    count
        Of "numbers", how many; ``None`` for any.
    """

    kind: str
    minimum: float | None = None
    maximum: float | None = None
    names: tuple[str, ...] = ()
    count: int | None = None


@dataclass(frozen=True)
class SettingField:
    """One setting, described for a form.

    Parameters
    ----------
    name, label, help, expects, unit
        The field's name, its flag in words, one line of help, what is expected, and what it
        counts or measures.
    control
        "number", "share" (a number of [0, 1]), "switch" (true or false), "choice" (of
        ``choices``) or "text".
    optional
        Whether it may be left empty, which is ``None``.
    accepts
        The kinds of values; any of them will do.
    choices
        All values of a "choice".
    suggestions
        Some values of a "text".
    default
        How the default is written; ``None`` if it cannot be.
    key
        The key in ``rex.toml``, with its table.
    option
        What the setting itself declares.
    """

    name: str
    label: str
    help: str
    expects: str
    unit: str
    control: str
    optional: bool
    accepts: tuple[Accepted, ...]
    choices: tuple[str, ...]
    suggestions: tuple[str, ...]
    default: Written | None
    key: str
    option: Option

    def read(self, given: object) -> Any:
        """Return the value that was written.

        Parameters
        ----------
        given
            Text, true or false; anything else is refused.

        Raises
        ------
        SettingsError
            It is not what the setting expects. The message stands beside the field, so that it
            does not name it.
        """
        try:
            if self.control == "switch":
                if not isinstance(given, bool):
                    raise ValueError
                return given
            if not isinstance(given, str) or len(given) > LONGEST:
                raise ValueError
            text = given.strip()
            if text:
                return self.option.convert(text)
            if not self.optional:
                raise ValueError
            return None
        except RexWidgetsError as problem:
            raise SettingsError(str(problem)) from None
        except (ValueError, TypeError, OverflowError):
            raise SettingsError(f"{_shown(given)}; expected {self.expects}.") from None

    def write(self, value: object) -> Written | None:
        """Return how a value is written in this field; ``None`` if it cannot be."""
        if self.control == "switch":
            return value if isinstance(value, bool) else None
        text = value_text(value)
        if self.control == "choice" and text is not None:
            known = text in self.choices or (self.optional and not text)
            return text if known else None
        return text

    def document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            **{name: getattr(self, name) for name in _PLAIN},
            "choices": list(self.choices),
            "suggestions": list(self.suggestions),
            "accepts": [{**vars(one), "names": list(one.names)} for one in self.accepts],
        }


_PLAIN = ("name", "label", "help", "expects", "unit", "control", "optional", "default", "key")


def describe(cls: type) -> tuple[SettingField, ...]:
    """Describe every option of a settings class, in its order.

    Examples
    --------
    >>> from rex_widgets.causal.settings import CausalSettings
    >>> iters = describe(CausalSettings)[0]
    >>> iters.control, iters.accepts[0].minimum, iters.default
    ('number', 1, '20')
    """
    usual = defaults(cls)
    return tuple(_field(name, opt, usual.get(name)) for name, opt in options(cls).items())


def changed(settings: Settings) -> dict[str, Any]:
    """Return the settings whose values differ from their defaults."""
    usual = defaults(type(settings))
    values = {name: getattr(settings, name) for name in options(type(settings))}
    return {name: value for name, value in values.items() if not same(value, usual[name])}


def same(one: object, other: object) -> bool:
    """Whether two values of a setting are equal; arrays are equal only to themselves."""
    if one is other:
        return True
    if hasattr(one, "shape") or hasattr(other, "shape"):
        return False
    return type(one) is type(other) and bool(one == other)


def value_text(value: object) -> str | None:
    """Return a value as it is typed in; ``None`` for what cannot be typed (arrays, functions)."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return repr(value).removesuffix(".0") if math.isfinite(value) else None
    if isinstance(value, str):
        return value if len(value) <= LONGEST and value.isprintable() else None
    if isinstance(value, tuple) and value and all(isinstance(part, int | float) for part in value):
        return ", ".join(value_text(part) or "" for part in value)
    return None


def held_words(value: object) -> str:
    """Say what a value is that cannot be typed, such as "array 224 × 224, float32"."""
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple):
        sides = " × ".join(str(side) for side in shape) or "of one value"
        return f"array {sides}, {getattr(value, 'dtype', 'of unknown type')}"
    if callable(value):
        return f"function {str(getattr(value, '__name__', type(value).__name__))[:60]}"
    if isinstance(value, list | tuple | set | Mapping):
        return f"{type(value).__name__} of {len(value)}"
    return f"{type(value).__name__} that cannot be typed in"


def _field(name: str, opt: Option, default: object) -> SettingField:
    accepts = _accepted(opt.convert)
    optional = any(one.kind == "nothing" for one in accepts)
    accepts = tuple(one for one in accepts if one.kind != "nothing")
    # A converter of its own says nothing about None; a default of None says that it is taken.
    optional = optional or default is None
    control = _control(accepts, optional, opt)
    found = SettingField(
        name=name,
        label=(opt.flag or name).replace("_", " ").replace("-", " ").capitalize(),
        help=opt.help,
        expects=_emptied(opt.expects) if optional else opt.expects,
        unit=opt.unit,
        control=control,
        optional=optional,
        accepts=accepts,
        choices=_choices(accepts, opt) if control == "choice" else (),
        suggestions=_suggestions(accepts, opt) if control == "text" else (),
        default=None,
        key=f"{opt.table}.{name}" if opt.table else name,
        option=opt,
    )
    object.__setattr__(found, "default", found.write(default))
    return found


def _emptied(expects: str) -> str:
    # In a form one leaves a field empty where a command line has the word none.
    return "nothing or " + expects.removeprefix("none or ")


def _accepted(convert: object) -> tuple[Accepted, ...]:
    if isinstance(convert, Either):
        return tuple(one for part in convert.parts for one in _accepted(part))
    if isinstance(convert, Whole):
        return (Accepted("whole", convert.low, convert.high),)
    if isinstance(convert, Real):
        low, high = (edge if math.isfinite(edge) else None for edge in (convert.low, convert.high))
        return (Accepted("real", low, high),)
    if isinstance(convert, Boolean):
        return (Accepted("boolean"),)
    if isinstance(convert, OneOf):
        return (Accepted("names", names=convert.names),)
    if isinstance(convert, Numbers):
        return (Accepted("numbers", count=convert.count),)
    if isinstance(convert, Text):
        return (Accepted("text"),)
    return (Accepted("nothing" if isinstance(convert, Nothing) else "other"),)


def _control(accepts: tuple[Accepted, ...], optional: bool, opt: Option) -> str:
    kinds = {one.kind for one in accepts}
    if kinds == {"boolean"} and not optional:
        return "switch"
    if kinds <= {"boolean", "names"} or (opt.choices and kinds <= {"boolean", "names", "other"}):
        return "choice"
    if len(accepts) == 1 and accepts[0].kind in ("whole", "real"):
        limits = (accepts[0].minimum, accepts[0].maximum)
        share = kinds == {"real"} and limits == (0.0, 1.0) and not optional
        return "share" if share else "number"
    return "text"


def _choices(accepts: tuple[Accepted, ...], opt: Option) -> tuple[str, ...]:
    names = opt.choices or tuple(name for one in accepts for name in one.names)
    if not any(one.kind == "boolean" for one in accepts):
        return names
    # True beside names stands for one of them; the declared choices say which are left.
    return tuple(dict.fromkeys((("false",) if opt.choices else ("true", "false")) + names))


def _suggestions(accepts: tuple[Accepted, ...], opt: Option) -> tuple[str, ...]:
    names = (name for one in accepts for name in one.names)
    return tuple(dict.fromkeys((*opt.suggestions, *opt.choices, *names)))


def _shown(given: object) -> str:
    if not isinstance(given, str | bool):
        return "Something else than text was given"
    if given == "":
        return "Nothing was given"
    text = str(given)
    return f"{text[:40] + '…' if len(text) > 40 else text!r} was given"
