"""From the text of a `%explain` line to objects and checked settings."""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.config import Effective, effective_settings
from rex_widgets.flags import (
    Flag,
    FlagError,
    Said,
    is_quoted,
    notes_on,
    own_value,
    read_words,
    settings_classes,
    unquoted,
)
from rex_widgets.input_settings import InputSettings
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import Settings
from rex_widgets.visual_settings import VisualSettings

_WORD = re.compile(r"""(?:[^\s"']|"[^"]*"|'[^']*')+""")
_NAME = re.compile(r"[^\W\d]\w*")
_EXPRESSION = re.compile(r"[^\W\d]\w*([.\[].*)?", re.DOTALL)
_SHELL_NAMES = {"open", "exit", "quit", "get_ipython", "In", "Out"}
_WRITTEN = ("output", "heatmap", "surface", "analyse", "database", "json", "save", "html", "run")
"""Options of the call that need a finished explanation."""


class CallError(FlagError):
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
    settings, model_settings, input_settings
        Checked; flags beat the body of the cell, and that beats a settings file.
    found
        The settings of pictures and measures too, with the origin of each.
    written
        Flags of the model and the input as they were written, by setting name.
    spelled
        Method flags as they were written, by setting name.
    wishes
        What to write or show when the explanation is there, by option: a path, or "".
    into
        Name to bind, or ``None``.
    wait, quiet
        Options of the call.
    """

    image: Any
    model: Any
    image_text: str
    model_text: str
    method: str
    settings: Settings
    model_settings: ModelSettings
    input_settings: InputSettings
    found: Effective
    written: dict[str, str] = field(default_factory=dict)
    spelled: dict[str, str] = field(default_factory=dict)
    wishes: dict[str, str] = field(default_factory=dict)
    into: str | None = None
    wait: bool = False
    quiet: bool = False

    @property
    def shows_progress(self) -> bool:
        """Whether a bar is wanted while the line blocks."""
        return self.found.build(VisualSettings).progress_bar

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on the settings for the result's choices."""
        named = self.found.note()
        return (*((named,) if named else ()), *self.found.notes)


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
    words, said = read_words(tokens(line), "magic")
    own = {one.key: own_value(one) for one in said if one.flag.owner is None}
    if own.pop("help", False):
        raise CallError("All flags of %explain, with their help, are shown by: %explain?")
    words += [own.pop(key) for key in ("model", "script") if key in own]
    if len(words) != 2:
        given = "nothing" if not words else ", ".join(words)
        raise CallError(
            f"%explain needs an image and a model, in this order; given: {given}. "
            "For example: %explain img model --iters 20"
        )
    method = str(own.pop("method", "causal"))
    config = own.pop("config", None)
    classes = settings_classes(method)
    flags: dict[type, dict[str, Any]] = {cls: {} for cls in classes}
    texts: dict[type, dict[str, str]] = {cls: {} for cls in classes}
    for one in said:
        if one.flag.owner is not None:
            flags[one.flag.owner][one.key] = _value(one, names)
            texts[one.flag.owner][one.key] = one.text
    wishes = {key: str(own.pop(key)) for key in _WRITTEN if key in own}
    _check_wishes(said, wishes, bool(own.get("wait")))
    found = effective_settings(
        classes,
        flags=flags,
        cell=body,
        config=False if config == "none" else config,
        method=method,
    )
    found = replace(found, notes=(*found.notes, *notes_on(said)))
    settings: Settings = found.build(classes[0])
    written = {**texts[ModelSettings], **texts[InputSettings]}
    for cls in (ModelSettings, InputSettings):
        for key, value in found.values[cls].items():
            written.setdefault(key, _toml_words(value))
    spelled = texts[classes[0]]
    for key, value in found.values[classes[0]].items():
        spelled.setdefault(key, _toml_words(value))
    if found.file is not None:
        # what the file said stands in the line itself, so that the line means the same elsewhere
        written["config"] = "none"
    image, model = positional(words[0], names, "image"), positional(words[1], names, "model")
    _check_files(wishes, image, model, found)
    return Call(
        image=image,
        model=model,
        image_text=words[0],
        model_text=words[1],
        method=method,
        settings=settings,
        model_settings=found.build(ModelSettings),
        input_settings=found.build(InputSettings),
        found=found,
        written=written,
        spelled=spelled,
        wishes=wishes,
        **own,
    )


def positional(word: str, names: Mapping[str, Any], what: str) -> Any:
    """Return what an image or model argument means: a variable's value, or a path.

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
    if _is_path(word) or not first or first.group() != word:
        return word
    near = difflib.get_close_matches(
        word, [n for n in names if not n.startswith("_") and n not in _SHELL_NAMES], n=3
    )
    hint = f" Similar: {', '.join(near)}." if near else ""
    raise CallError(
        f"There is no variable {word!r} (given as the {what}).{hint} "
        f"To name a file, write its path, such as {_PATHS.get(what, _PATHS['image'])}."
    )


_PATHS = {
    "image": '"cat.png"',
    "model": '"classifier.onnx"',
    "region": '"mask.png"',
    "like": '"other.png"',
    "corpus": '"photos/*.png"',
    "gallery": '"photos/*.png"',
    "versus": '"encoder.onnx"',
}
_VARIABLES_FIRST = _PATHS.keys() - {"image", "model"}
"""Settings whose value is a variable or an expression, and else a path."""


def _check_wishes(said: list[Said], wishes: Mapping[str, str], wait: bool) -> None:
    """Refuse flags that would have no effect, because nothing waits for the explanation."""
    if wait:
        return
    idle = [
        one.flag
        for one in said
        if one.key in wishes or one.flag.owner in (VisualSettings, AnalysisSettings)
    ]
    if idle:
        raise CallError(
            f"{idle[0].name} needs --wait, so that the explanation is there when the line ends "
            "(the panel saves pictures and pages by its buttons)."
        )


def _check_files(wishes: Mapping[str, str], image: Any, model: Any, found: Effective) -> None:
    """Refuse before the work begins what could not be written after it."""
    if not wishes:
        return
    from rex_widgets.cli.targets import check_clashes, check_targets

    read = ((image, "the image"), (model, "the model"), (found.file, "the settings file"))
    check_targets(wishes, found.build(VisualSettings))
    check_clashes(wishes, {Path(p): what for p, what in read if isinstance(p, str | Path)})


def _value(said: Said, names: Mapping[str, Any]) -> Any:
    """Check a flag's value; a bare word may be a variable's name."""
    text = said.text
    plain = unquoted(text)
    bare = plain == text and text.isidentifier()
    if bare and text in names and not _is_choice(said.flag, text):
        return said.converted(names[text], f"the value of {text}, {_shown(names[text])}")
    if said.key in _VARIABLES_FIRST and plain != "none":
        value = positional(text, names, said.key)
        return said.converted(value, f"the value of {text}, {_shown(value)}")
    if bare and said.key in ("processor", "weights"):
        return positional(text, names, said.key)
    return said.converted(plain, repr(plain))


def _is_choice(flag: Flag, text: str) -> bool:
    return text in flag.choices or text == flag.stands_for


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
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return f'"{value}"' if isinstance(value, str) else str(value)
