"""From the text of a `%explain` line to objects and checked settings."""

from __future__ import annotations

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
    notes_on,
    own_value,
    read_words,
    settings_classes,
    unquoted,
)
from rex_widgets.input_settings import InputSettings
from rex_widgets.magics.naming import VARIABLES_FIRST, CallError, positional, sample_named
from rex_widgets.methods import LATENT_METHODS
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import Settings
from rex_widgets.visual_settings import VisualSettings

_WORD = re.compile(r"""(?:\[[\d\s,.+-]*\]|\([\d\s,.+-]*\)|[^\s"']|"[^"]*"|'[^']*')+""")
"""Lists of numbers and what stands in quotes may have blanks in them."""
_WRITTEN = ("output", "heatmap", "surface", "analyse", "database", "json", "save", "html", "run")
"""Options of the call that need a finished explanation."""


_NEEDED = {
    "rcsb": ("a picture and a classifier", "img model --method rcsb --region region --target 3")
}
"""What a line of a method needs, and such a line."""


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
    method = str(own.pop("method", "causal"))
    latent = method in LATENT_METHODS
    if len(words) != 2:
        given = "nothing" if not words else ", ".join(words)
        needs, such = _NEEDED.get(method, ("an image and a model", "img model --iters 20"))
        if latent:
            needs, such = "a sample and a classifier", f"17 world --method {method}"
        raise CallError(
            f"%explain needs {needs}, in this order; given: {given}. For example: %explain {such}"
        )
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
    image = sample_named(words[0], names) if latent else positional(words[0], names, "image")
    judge = "classifier" if latent else "model of pictures" if method == "rcsb" else "model"
    model = positional(words[1], names, judge)
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
        try:
            return said.converted(names[text], f"the value of {text}, {_shown(names[text])}")
        except FlagError:
            if said.option is None or text not in said.option.suggestions:
                raise
            # a variable that is called like a word of the package, and cannot be meant
            return said.converted(text, repr(text))
    if said.key in VARIABLES_FIRST and plain != "none":
        value = positional(text, names, said.key)
        return said.converted(value, f"the value of {text}, {_shown(value)}")
    if bare and said.key in ("processor", "weights"):
        return positional(text, names, said.key)
    return said.converted(plain, repr(plain))


def _is_choice(flag: Flag, text: str) -> bool:
    return text in flag.choices or text == flag.stands_for


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"a {type(value).__name__}"


def _toml_words(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ",".join(str(part) for part in value)
    return f'"{value}"' if isinstance(value, str) else str(value)
