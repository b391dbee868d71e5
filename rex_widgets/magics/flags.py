"""The flags of `%explain`, read off the settings: one definition for parser, help and Tab."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from rex_widgets.methods import METHODS, method_named
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import Option, defaults, options

_TRUE_FALSE = ("true", "false")


@dataclass(frozen=True)
class Flag:
    """One flag.

    Attributes
    ----------
    name
        How it is written, such as "--min-box-size".
    key
        Name of the setting, or of the call's own option.
    owner
        Settings class it belongs to; ``None`` for an option of the call itself.
    help, expects, default
        For people.
    choices
        Values offered by Tab.
    switch
        It may stand without a value, which means true.
    option
        What checks a value; ``None`` for the call's own.
    """

    name: str
    key: str
    owner: type | None
    help: str
    expects: str = ""
    default: Any = None
    choices: tuple[str, ...] = ()
    switch: bool = False
    option: Option | None = None


OWN_FLAGS = (
    Flag("--method", "method", None, "how to explain", "", "causal", tuple(METHODS)),
    Flag("--into", "into", None, "also bind the result to this name", "the name of a variable"),
    Flag("--wait", "wait", None, "block with a progress bar; give the Explanation", switch=True),
    Flag(
        "--processed", "processed", None, "the image is an array preprocessed already", switch=True
    ),
    Flag("--quiet", "quiet", None, "show nothing, only give the result", switch=True),
)


@cache
def flags_of(method: str) -> Mapping[str, Flag]:
    """Return all flags of a method by how they are written, aliases included.

    Raises
    ------
    SettingsError
        There is no such method.
    """
    found = {flag.name: flag for flag in OWN_FLAGS}
    for owner in (method_named(method).settings, ModelSettings):
        usual = defaults(owner)
        for key, opt in options(owner).items():
            main = written(opt.flag or key)
            switch = usual[key] is False
            flag = Flag(
                main,
                key,
                owner,
                opt.help,
                opt.expects,
                usual[key],
                opt.choices or (_TRUE_FALSE if switch else ()),
                switch,
                opt,
            )
            found[main] = flag
            found.setdefault(written(key), flag)
    return found


def written(key: str) -> str:
    """Return the flag of a setting's name."""
    return "--" + key.replace("_", "-")


def help_text(method: str = "causal") -> str:
    """Return the documentation of `%explain`, with all flags of a method."""
    flags = dict.fromkeys(flags_of(method).values())
    own = [_lines(flag) for flag in flags if flag.owner is None]
    model = [_lines(flag) for flag in flags if flag.owner is ModelSettings]
    search = [_lines(flag) for flag in flags if flag.owner not in (None, ModelSettings)]
    return _HELP.format(
        own="\n".join(own), search="\n".join(search), model="\n".join(model), method=method
    )


def _lines(flag: Flag) -> str:
    value = "" if flag.switch else f" {flag.key.upper()}"
    facts = [flag.help]
    expects = "one of " + ", ".join(flag.choices) if flag.choices else flag.expects
    if flag.switch and flag.option is None:
        expects = ""
    if expects:
        facts.append(expects)
    if flag.default is not None and not flag.switch:
        facts.append(f"default {flag.default}")
    return f"    {flag.name}{value}\n        {'; '.join(facts)}"


_HELP = """Explain why a model gives its answer for an image, live.

::

    %explain image model [flags]

    %%explain image model [flags]
    iters = 20
    tree_depth = 8

The line shows a panel that fills while the search runs, and gives the run at once (as `_`); with
--wait it blocks and gives the Explanation. The body of the cell magic holds settings as TOML, with
the same keys as `rex.toml`; a flag beats the body, and the body beats the default.

Examples
--------
::

    %explain img model --iters 20 --target 285
    %explain "cat.png" "classifier.onnx" --wait --into cat

Arguments
---------
image
    A variable (img, data.img, images[0]) or the path of a picture.
model
    A variable (a torch module, a function, a Classifier) or the path of an ONNX file.

A flag's value may be the name of a variable, too.

Flags of the call
-----------------
{own}

Settings of the method "{method}"
-------------------------------
{search}

Settings of the model
---------------------
{model}
"""
