"""What the words of a line name: a person's variables, expressions, paths, samples of the world."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rex_widgets.flags import FlagError, is_quoted, unquoted

_NAME = re.compile(r"[^\W\d]\w*")
_EXPRESSION = re.compile(r"[^\W\d]\w*([.\[].*)?", re.DOTALL)
_RANGE = re.compile(r"range\(\s*(-?\d+(?:\s*,\s*-?\d+){0,2})\s*\)")
_LISTED = "[("
_SHELL_NAMES = {"open", "exit", "quit", "get_ipython", "In", "Out"}
_LONGEST = 10_000
_MOST = 100_000

WORLD = "world"
"""Names the classifier and the generator that come with the package."""

DIGITS, CHARACTERS = "digits", "characters"
"""Name the classifiers and the networks of pictures that come with the package."""

_WORDS: Mapping[str, tuple[str, ...]] = {
    "generator": (WORLD,),
    "classifier": (WORLD,),
    "network": (DIGITS, CHARACTERS),
    "second": (DIGITS, CHARACTERS, "auto"),
    "model of pictures": (DIGITS, CHARACTERS),
}
"""Words that mean something of the package, where no variable is called so."""


class CallError(FlagError):
    """The line cannot be understood; the message is one line."""


_TO_NAME_A_FILE = "To name a file, write its path, such as {}."
_PATHS = {
    "image": '"cat.png"',
    "model": '"classifier.onnx"',
    "region": '"mask.png"',
    "like": '"other.png"',
    "corpus": '"photos/*.png"',
    "gallery": '"photos/*.png"',
    "versus": '"encoder.onnx"',
    "latents": '"latents.npy"',
    "sample": '"latents.npy"',
    "map": '"map.npy"',
    "network": '"network.safetensors"',
    "second": '"second.onnx"',
    "model of pictures": '"classifier.onnx"',
}
_NO_FILE = {
    "generator": "Give a variable that holds a torch module or a function, or world.",
    "classifier": "Give a variable that holds a torch module or a function, or world.",
    "statistics": "Give a variable that holds a LatentStatistics.",
    "lpips_from": "Give a variable that holds a function of two batches of pictures.",
}
_ARGUMENTS = {"image", "model", "sample", "classifier", "model of pictures"}
VARIABLES_FIRST = (_PATHS.keys() | _NO_FILE.keys()) - _ARGUMENTS
"""Settings whose value is a variable or an expression, and else a path or a word."""


def positional(word: str, names: Mapping[str, Any], what: str) -> Any:
    """Return what an argument or a setting means: a variable's value, or a path.

    Parameters
    ----------
    word
        As it was written.
    names
        The person's variables.
    what
        "image", "model", "sample", "classifier", "model of pictures", or the name of a setting; for
        the message, and for the words of the package that mean something there.

    Raises
    ------
    CallError
        There is no such variable, and it does not look like a path.
    """
    if is_quoted(word):
        return unquoted(word)
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
    if word.lower() in _WORDS.get(what, ()):
        return word.lower()
    if _is_path(word) or not first or first.group() != word:
        return word
    if word.lower() == WORLD:
        raise CallError(
            f"There is no variable {word!r} (given as the {what}). The world that comes with the "
            "package is for methods that search counterfactuals; name one: --method dice."
        )
    if word.lower() in (DIGITS, CHARACTERS):
        raise CallError(
            f"There is no variable {word!r} (given as the {what}). The {word.lower()} of "
            "the package are for region-constrained counterfactuals: --method rcsb."
        )
    known = [n for n in names if not n.startswith("_") and n not in _SHELL_NAMES]
    near = difflib.get_close_matches(word, dict.fromkeys([*_WORDS.get(what, ()), *known]), n=3)
    hint = f" Similar: {', '.join(near)}." if near else ""
    tail = _NO_FILE.get(what) or _TO_NAME_A_FILE.format(_PATHS.get(what, _PATHS["image"]))
    raise CallError(f"There is no variable {word!r} (given as the {what}).{hint} {tail}")


def sample_named(word: str, names: Mapping[str, Any]) -> Any:
    """Return the samples that a word names, for a method that takes latents.

    Parameters
    ----------
    word
        A variable or expression, the path of a .npy file, an index (``17``), or several
        (``3,17``, ``[3, 17]``, ``range(12)``).
    names
        The person's variables.

    Raises
    ------
    CallError
        There is no such variable, or the list cannot be read.
    """
    numbers = None if "range" in names else _RANGE.fullmatch(word)
    if numbers is not None:
        return _few(word, lambda: range(*map(int, numbers[1].split(","))))
    if word[:1] not in tuple(_LISTED):
        return positional(word, names, "sample")
    if len(word) > _LONGEST:
        raise CallError(
            f"The sample was given as a list of {len(word)} characters; give a variable."
        )
    return _few(word, lambda: ast.literal_eval(word))


def _few(word: str, read: Any) -> Any:
    try:
        found = read()
        if len(found) > _MOST:
            raise ValueError
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise CallError(
            f"The sample was given as {_short(word)}; expected numbers, such as [3, 17] or "
            "range(12), or a variable."
        ) from None
    return found


def _short(word: str) -> str:
    return word if len(word) <= 40 else word[:39] + "…"


def _is_path(word: str) -> bool:
    if "/" in word or "\\" in word or word.startswith("~"):
        return True
    try:
        return Path(word).exists()
    except (OSError, ValueError):
        return False
