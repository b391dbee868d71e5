"""From the text of a `%explain` line to objects and checked settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rex_widgets.errors import RexWidgetsError
from rex_widgets.magics.flags import OWN_FLAGS, Flag, flags_of
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import Settings, build, read_toml

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_NAME = re.compile(r"[^\W\d]\w*")
_EXPRESSION = re.compile(r"[^\W\d]\w*([.\[].*)?", re.DOTALL)
_SHELL_NAMES = {"open", "exit", "quit", "get_ipython", "In", "Out"}
_NUMBER = re.compile(r"-[\d.]")


class CallError(RexWidgetsError):
    """The line cannot be understood; the message is one line."""


@dataclass
class Call:
    """A line, understood.

    Attributes
    ----------
    image, model
        The objects or paths.
    image_text, model_text
        As they were written.
    method
        Name of the method.
    settings, model_settings
        Checked; flags beat the body of the cell.
    written
        Model flags as they were written, by setting name.
    spelled
        Method flags as they were written, by setting name.
    into
        Name to bind, or ``None``.
    wait, processed, quiet
        Options of the call.
    """

    image: Any
    model: Any
    image_text: str
    model_text: str
    method: str
    settings: Settings
    model_settings: ModelSettings
    written: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    into: str | None = None
    wait: bool = False
    processed: bool = False
    quiet: bool = False


def tokens(line: str) -> list[str]:
    """Split a line at blanks; quotes and what stands in them stay as they are.

    Raises
    ------
    CallError
        A quote is never closed.
    """
    if re.sub(_WORD, "", line).strip():
        raise CallError(f"A quote is opened but not closed in: {line.strip()}")
    return [match.group() for match in _WORD.finditer(line)]


def parse(line: str, body: str | None, names: Mapping[str, Any]) -> Call:
    """Understand a line and the body of its cell.

    Parameters
    ----------
    line
        What stands after ``%explain``.
    body
        TOML settings, for the cell magic.
    names
        The person's variables.

    Raises
    ------
    RexWidgetsError
        Saying what was given, what was expected, and what to do.
    """
    if {"--help", "-h"} & set(tokens(line)):
        raise CallError("All flags of %explain, with their help, are shown by: %explain?")
    words, raw = _split(tokens(line), names)
    if len(words) != 2:
        given = "nothing" if not words else ", ".join(words)
        raise CallError(
            f"%explain needs an image and a model, in this order; given: {given}. "
            "For example: %explain img model --iters 20"
        )
    own = {flag.key: flag for flag in OWN_FLAGS}
    call = {key: _own_value(own[key], text) for key, text in raw.items() if key in own}
    method = str(call.pop("method", "causal"))
    flags = {flag.key: flag for flag in flags_of(method).values()}
    owner = next(f.owner for f in flags.values() if f.owner not in (None, ModelSettings))
    assert owner is not None and issubclass(owner, Settings)
    found: dict[type, dict[str, Any]] = {owner: {}, ModelSettings: {}}
    if body is not None:
        found = read_toml(body, (owner, ModelSettings))
    written: dict[type, dict[str, str]] = {owner: {}, ModelSettings: {}}
    for key, text in raw.items():
        of = flags[key].owner
        if of is not None:
            found[of][key] = _value(flags[key], text, names)
            written[of][key] = text
    settings: Settings = build(owner, **found[owner])
    model_settings = build(ModelSettings, **found[ModelSettings])
    for key, value in found[ModelSettings].items():
        written[ModelSettings].setdefault(key, _toml_words(value))
    return Call(
        image=positional(words[0], names, "image"),
        model=positional(words[1], names, "model"),
        image_text=words[0],
        model_text=words[1],
        method=method,
        settings=settings,
        model_settings=model_settings,
        written=written[ModelSettings],
        spelled=written[owner],
        **call,
    )


def positional(word: str, names: Mapping[str, Any], what: str) -> Any:
    """Return what an image or model argument means: a variable's value, or a path.

    Raises
    ------
    CallError
        There is no such variable, and it does not look like a path.
    """
    if _quoted(word):
        return _unquoted(word)
    first = _NAME.match(word)
    if first and first.group() in names and _EXPRESSION.fullmatch(word):
        try:
            return eval(word, {"__builtins__": {}}, dict(names))
        except Exception as problem:
            if not _is_path(word):
                raise CallError(
                    f"The {what} was given as {word}, which gives {type(problem).__name__}: "
                    f"{problem}. Give a variable, or a path in quotes."
                ) from None
    if _is_path(word) or not first or first.group() != word:
        return word
    near = difflib.get_close_matches(
        word, [n for n in names if not n.startswith("_") and n not in _SHELL_NAMES], n=3
    )
    hint = f" Similar: {', '.join(near)}." if near else ""
    raise CallError(
        f"There is no variable {word!r} (given as the {what}).{hint} "
        f"To name a file, write its path, such as {_PATHS[what]}."
    )


_PATHS = {"image": '"cat.png"', "model": '"classifier.onnx"'}


def _split(parts: list[str], names: Mapping[str, Any]) -> tuple[list[str], dict[str, str]]:
    """Return the positional words, and the flags' texts by setting name."""
    method = "causal"
    for at, part in enumerate(parts[:-1]):
        if part == "--method":
            method = parts[at + 1]
    flags = flags_of(method)
    words: list[str] = []
    raw: dict[str, str] = {}
    waiting = list(reversed(parts))
    while waiting:
        part = waiting.pop()
        if not part.startswith("--") or _quoted(part):
            words.append(part)
            continue
        name, equals, value = part.partition("=")
        flag = flags.get(name.replace("_", "-")) or flags.get(name)
        if flag is None:
            raise _unknown(name, list(flags))
        if equals:
            raw[flag.key] = value
        elif flag.switch:
            takes = waiting and flag.option and _fits_switch(flag, waiting[-1])
            raw[flag.key] = waiting.pop() if takes else "true"
        elif not waiting or (waiting[-1].startswith("-") and not _NUMBER.match(waiting[-1])):
            raise CallError(f"{flag.name} needs a value: {_expected(flag)} ({flag.help}).")
        else:
            raw[flag.key] = waiting.pop()
    return words, raw


def _fits_switch(flag: Flag, text: str) -> bool:
    """Whether the word after a switch is its value and not the next argument."""
    return text.lower() in ("true", "false", *flag.choices)


def _own_value(flag: Flag, text: str) -> Any:
    text = _unquoted(text)
    if flag.switch:
        if text.lower() not in ("true", "false"):
            raise CallError(f"{flag.name} was {text!r}; expected true or false ({flag.help}).")
        return text.lower() == "true"
    if flag.key == "into" and not text.isidentifier():
        raise CallError(f"--into was {text!r}; expected the name of a variable, such as cat.")
    return text


def _value(flag: Flag, text: str, names: Mapping[str, Any]) -> Any:
    """Check a flag's value; a bare word may be a variable's name."""
    assert flag.option is not None
    plain = _unquoted(text)
    bare = plain == text and text.isidentifier()
    if bare and text in names and text not in flag.choices:
        return _converted(flag, names[text], f"the value of {text}, {_shown(names[text])}")
    if bare and flag.key in ("processor", "weights"):
        return positional(text, names, flag.key)
    return _converted(flag, plain, repr(plain))


def _converted(flag: Flag, value: Any, shown: str) -> Any:
    assert flag.option is not None
    try:
        return flag.option.convert(value)
    except (ValueError, TypeError, OverflowError):
        raise CallError(
            f"{flag.name} was {shown}; expected {_expected(flag)} ({flag.help})."
        ) from None


def _expected(flag: Flag) -> str:
    if flag.choices and not flag.expects:
        return "one of " + ", ".join(flag.choices)
    return flag.expects or "a value"


def _unknown(name: str, known: list[str]) -> CallError:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    return CallError(f"Unknown flag {name}.{hint} All flags: %explain?")


def _quoted(word: str) -> bool:
    return len(word) >= 2 and word[0] == word[-1] and word[0] in "\"'"


def _unquoted(word: str) -> str:
    return word[1:-1] if _quoted(word) else word


def _is_path(word: str) -> bool:
    if "/" in word or "\\" in word or word.startswith("~"):
        return True
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"


def _toml_words(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return f'"{value}"' if isinstance(value, str) else str(value)
