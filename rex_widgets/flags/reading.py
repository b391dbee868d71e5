"""From the words of a line to what its flags say."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rex_widgets.flags.flag import ALL_FLAGS, Door, Flag, FlagError
from rex_widgets.flags.refusals import refused_flag
from rex_widgets.flags.table import flags_of
from rex_widgets.settings import Option, options

_NUMBER = re.compile(r"-[\d.]")
_COUNTED = re.compile(r"-v+")


@dataclass(frozen=True)
class Said:
    """What one flag says of one setting.

    Attributes
    ----------
    flag
        As it was written.
    key
        The setting, or the call's own option.
    text
        The value as it was written, quotes included; for a flag without one what it stands for.
    option
        What checks the value; ``None`` for the call's own.
    """

    flag: Flag
    key: str
    text: str
    option: Option | None = None

    def converted(self, value: Any, shown: str) -> Any:
        """Check a value of the setting; ``shown`` is how a message calls it.

        Raises
        ------
        FlagError
            It is not what the setting expects.
        """
        if self.option is None:
            return value
        try:
            return self.option.convert(value)
        except (ValueError, TypeError, OverflowError):
            about = self.option if self.key != self.flag.key else self.flag
            raise FlagError(
                f"{self.flag.name} was {shown}; expected {about.expects} ({about.help})."
            ) from None


def read_words(parts: Iterable[str], door: Door) -> tuple[list[str], list[Said]]:
    """Split the words of a line into those that stand alone and what the flags say.

    Parameters
    ----------
    parts
        The words; one in quotes is never a flag.
    door
        Where they were written.

    Raises
    ------
    FlagError
        A flag is unknown, lacks its value, or contradicts another.
    SettingsError
        ``--method`` names no method.
    """
    waiting = list(reversed(list(parts)))
    method = asked_method(waiting[::-1]) or "causal"
    flags = flags_of(method, door)
    words: list[str] = []
    said: list[Said] = []
    while waiting:
        part = waiting.pop()
        if part == "--":
            words += reversed(waiting)
            break
        if not _is_flag(part):
            words.append(part)
            continue
        if door == "command line" and _COUNTED.fullmatch(part):
            said += [Said(flags["-v"], "verbose", "true")] * (len(part) - 1)
            continue
        name, equals, value = part.partition("=")
        flag = flags.get(name.replace("_", "-"))
        if flag is None:
            raise _unknown(name, flags, method, door)
        if equals:
            if not flag.takes_value:
                raise FlagError(f"{flag.name} takes no value; given: {part}.")
            said += _said(flag, value)
        elif flag.switch:
            takes = waiting and flag.takes_value and _takes(flag, waiting[-1])
            said += _said(flag, waiting.pop() if takes else None)
        elif not waiting or _is_flag(waiting[-1]):
            raise FlagError(f"{flag.name} needs a value: {flag.expected} ({flag.help}).")
        else:
            said += _said(flag, waiting.pop())
    _check_agreement(said)
    return words, said


def notes_on(said: Iterable[Said]) -> tuple[str, ...]:
    """Return what a person should know of flags that are understood and change nothing."""
    return tuple(
        f"{one.flag.name} {one.text}: the number has no effect, since the contrastive search "
        "needs no floodlights"
        for one in said
        if one.flag.stands_for == "contrastive" and one.key == one.flag.value_key
    )


def unquoted(word: str) -> str:
    """Return a word without the quotes around it."""
    return word[1:-1] if is_quoted(word) else word


def is_quoted(word: str) -> bool:
    """Whether a word stands in quotes."""
    return len(word) >= 2 and word[0] == word[-1] and word[0] in "\"'"


def own_value(said: Said) -> Any:
    """Check what was said of an option of the call itself.

    Returns
    -------
    bool or str
        True or false for a switch without words; otherwise the text.
    """
    text = unquoted(said.text)
    flag = said.flag
    if flag.stands_for == "true":
        if text.lower() not in ("true", "false"):
            raise FlagError(f"{flag.name} was {text!r}; expected true or false ({flag.help}).")
        return text.lower() == "true"
    if not text and not flag.switch:
        raise FlagError(f"{flag.name} needs a value: {flag.expected} ({flag.help}).")
    if flag.key == "into" and not text.isidentifier():
        raise FlagError(f"--into was {text!r}; expected the name of a variable, such as cat.")
    return text


def asked_method(parts: Sequence[str]) -> str | None:
    """Return the method that the words of a line name; ``None`` if they name none."""
    method = None
    for at, part in enumerate(parts):
        if part == "--method" and at + 1 < len(parts):
            method = parts[at + 1]
        elif part.startswith("--method="):
            method = part.partition("=")[2]
    return method and unquoted(method)


def _is_flag(part: str) -> bool:
    return part.startswith("-") and part != "-" and not _NUMBER.match(part)


def _said(flag: Flag, text: str | None) -> list[Said]:
    if flag.value_key is None:
        return [Said(flag, flag.key, flag.stands_for or "" if text is None else text, flag.option)]
    assert flag.owner is not None and flag.stands_for is not None
    result = [Said(flag, flag.key, flag.stands_for, flag.option)]
    if text is not None:
        result.append(Said(flag, flag.value_key, text, options(flag.owner)[flag.value_key]))
    return result


def _takes(flag: Flag, text: str) -> bool:
    """Whether the word after a flag that needs no value is its value."""
    if _is_flag(text):
        return False
    opt = flag.option
    if flag.value_key is not None and flag.owner is not None:
        opt = options(flag.owner)[flag.value_key]
    if opt is None:  # a switch of the call takes none; a file's name may follow the others
        return flag.stands_for != "true"
    try:
        opt.convert(unquoted(text))
    except (ValueError, TypeError, OverflowError):
        # a number out of range is a mistake to be told, and not the name of an input
        return flag.value_key is not None and text.isdigit()
    return True


def _check_agreement(said: list[Said]) -> None:
    """Refuse flags of two names that say different things of one setting."""
    first: dict[tuple[type | None, str], Said] = {}
    for one in said:
        before = first.setdefault((one.flag.owner, one.key), one)
        if before.flag.name != one.flag.name and before.text != one.text:
            raise FlagError(
                f"{before.flag.name} and {one.flag.name} contradict each other "
                f"({one.key} would be {before.text} and {one.text}); give one of them."
            )


def _unknown(name: str, known: Mapping[str, Flag], method: str, door: Door) -> FlagError:
    refused = refused_flag(name, method, door)
    if refused:
        return FlagError(refused)
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    hint = f" Did you mean {near[0]}?" if near else ""
    return FlagError(f"Unknown flag {name}.{hint} {ALL_FLAGS[door]}")
