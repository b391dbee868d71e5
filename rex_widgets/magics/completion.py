"""Tab in a `%explain` line: flags, a flag's choices, variables, files and TOML keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

from IPython.core.completer import (
    CompletionContext,
    SimpleCompletion,
    SimpleMatcherResult,
    context_matcher,
)

from rex_widgets.flags import FILE, Flag, asked_method, flags_of
from rex_widgets.magics.naming import CHARACTERS, DIGITS, WORLD
from rex_widgets.methods import LATENT_METHODS, METHODS

_MARK = "_rex_widgets_matcher"

_LINE = re.compile(r"(?s)(?:.*[\n=;(]\s*)?%%?explain\s+(?P<rest>.*)")
"""A line up to the cursor that belongs to the magic, `run = %explain …` included."""
_PLAIN = re.compile(r"explain\s+(?P<rest>.*)")
"""The same without the per cent sign, which IPython allows."""
_FILES_FOR = frozenset(
    [
        "labels",
        "context",
        "region",
        "feature_names",
        "axis_positions",
        "like",
        "corpus",
        "gallery",
        "versus",
        "latents",
        "map",
        "network",
        "second",
    ]
)
"""Settings whose value may be the path of a file."""


def install_completion(shell: Any) -> None:
    """Let Tab complete the magic's lines; doing it again changes nothing."""
    if getattr(shell.Completer, _MARK, None) is not None:
        return

    # A matcher of the second kind and not a "complete_command" hook: results of those are mixed
    # with what Python's own completion makes of "--it", which is no Python.
    @context_matcher(identifier="rex_widgets.explain", priority=1000)
    def explain_matcher(context: CompletionContext) -> SimpleMatcherResult:
        found = matches(context, shell.user_ns)
        return {
            "completions": [SimpleCompletion(text=text, type=kind) for text, kind in found],
            "suppress": bool(found),
            "ordered": True,
        }

    setattr(shell.Completer, _MARK, explain_matcher)
    shell.Completer.custom_matchers.append(explain_matcher)


def remove_completion(shell: Any) -> None:
    """Undo `install_completion`."""
    matcher = getattr(shell.Completer, _MARK, None)
    if matcher is not None:
        shell.Completer.custom_matchers.remove(matcher)
        setattr(shell.Completer, _MARK, None)


def matches(context: CompletionContext, names: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what may stand at the cursor, each with its kind."""
    before = context.text_until_cursor
    if context.cursor_line > 0 and context.full_text.lstrip().startswith("%%explain"):
        line = context.full_text.lstrip().partition("\n")[0]
        return [(key, "keyword") for key in _toml_keys(before, context.token, line.split())]
    found = _LINE.match(before) or _PLAIN.match(before)
    if found is None or ("explain" in names and not before.lstrip().startswith("%")):
        return []
    rest = found["rest"]
    symbol = context.token if rest.endswith(context.token) else ""
    parts = rest.split()
    current = parts.pop() if parts and not rest[-1:].isspace() else ""
    return [(text, "magic") for text in candidates(parts, current, symbol, names)]


def _toml_keys(before: str, symbol: str, parts: list[str]) -> list[str]:
    """Return the keys of the cell's body; none behind an equals sign or inside a table's name."""
    if "=" in before or "[" in before or "#" in before:
        return []
    keys = (flag.key for flag in _flags(parts).values() if flag.owner is not None)
    return [key for key in dict.fromkeys(keys) if key.startswith(symbol)]


def candidates(parts: list[str], current: str, symbol: str, names: Mapping[str, Any]) -> list[str]:
    """Return completions of ``symbol``, the end of ``current``, after the words ``parts``."""
    flags = _flags(parts)
    stem = current[: len(current) - len(symbol)]
    if current.startswith("-") and "=" not in current:
        used = {part.partition("=")[0] for part in parts}
        shown = dict.fromkeys(flag.name for flag in flags.values())
        fitting = [name for name in shown if name.startswith(current) and name not in used]
        return [name[len(stem) :] for name in fitting or _aliases(flags, current)]
    name, equals, _ = current.partition("=")
    flag = flags.get(name) if equals else _waiting_flag(parts, flags)
    if flag is not None:
        return _values(flag, symbol, names)
    if stem.strip("\"'") or _positionals(parts, flags) >= 2:
        return _paths(current, stem) if stem else []
    if stem:
        return _paths(current, stem)
    return [*_packaged(parts, flags, symbol), *_variables(names, symbol), *_paths(current, stem)]


def _packaged(parts: list[str], flags: Mapping[str, Flag], symbol: str) -> list[str]:
    """Return the words for classifiers of the package, where a line's second word may be it."""
    method = asked_method(parts)
    words: tuple[str, ...] = (WORLD,) if method in LATENT_METHODS else ()
    words = (DIGITS, CHARACTERS) if method == "rcsb" else words
    wanted = _positionals(parts, flags) == 1
    return [word for word in words if wanted and word.startswith(symbol)]


def _flags(parts: list[str]) -> Mapping[str, Flag]:
    """Return the flags of the method that a line names; of the usual one while it is no method."""
    named = asked_method(parts)
    return flags_of(named if named in METHODS else "causal")


def _aliases(flags: Mapping[str, Flag], current: str) -> list[str]:
    return [name for name in flags if name.startswith(current)]


def _waiting_flag(parts: list[str], flags: Mapping[str, Flag]) -> Flag | None:
    """Return the flag whose value stands at the cursor."""
    flag = flags.get(parts[-1]) if parts else None
    if flag is None or (flag.switch and (flag.option is None or flag.choices == ("true", "false"))):
        return None
    return flag


def _positionals(parts: Iterable[str], flags: Mapping[str, Flag]) -> int:
    count, value_next = 0, False
    for part in parts:
        if part.startswith("-"):
            flag = flags.get(part)
            value_next = flag is not None and not flag.switch
        elif value_next:
            value_next = False
        else:
            count += 1
    return count


def _values(flag: Flag, symbol: str, names: Mapping[str, Any]) -> list[str]:
    if flag.choices:
        return [choice for choice in flag.choices if choice.startswith(symbol)]
    if flag.owner is None and flag.expects == FILE:
        return _paths(symbol, "")
    files = _paths(symbol, "") if flag.key in _FILES_FOR else []
    known = flag.option.suggestions if flag.option is not None else ()
    return [*(n for n in known if n.startswith(symbol)), *_variables(names, symbol), *files]


def _variables(names: Mapping[str, Any], symbol: str) -> list[str]:
    """Return the person's own variables; attributes behind a dot."""
    first, dot, rest = symbol.rpartition(".")
    if dot:
        value = names.get(first)
        if value is None or "." in first:
            return []
        own = [name for name in dir(value) if not name.startswith("_") and name.startswith(rest)]
        return [f"{first}.{name}" for name in own]
    hidden = {"In", "Out", "exit", "quit", "get_ipython", "open"}
    return sorted(
        name
        for name, value in names.items()
        if name.startswith(symbol)
        and not (name.startswith("_") and not symbol.startswith("_"))
        and name not in hidden
        and not isinstance(value, ModuleType)
    )


def _paths(current: str, stem: str) -> list[str]:
    """Return files and folders; what stands in ``stem`` is typed already."""
    quote = current[:1] if current[:1] in "\"'" and current else ""
    typed = current[len(quote) :]
    folder, slash, beginning = typed.rpartition("/")
    try:
        base = Path(folder + slash).expanduser() if slash else Path()
        entries = sorted(base.iterdir())
    except (OSError, RuntimeError):
        return []
    found = []
    for entry in entries:
        name = entry.name
        if not name.startswith(beginning) or (name.startswith(".") and not beginning):
            continue
        whole = f"{quote}{folder}{slash}{name}" + ("/" if entry.is_dir() else "")
        if " " in whole and not quote:
            continue
        found.append(whole[len(stem) :])
    return found
