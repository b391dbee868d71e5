"""The flags in words, for ``%explain?`` and ``rex-widgets --help``."""

from __future__ import annotations

import textwrap

from rex_widgets.flags.flag import Door, Flag
from rex_widgets.flags.table import FILE, flags_of, settings_classes
from rex_widgets.methods import LATENT_METHODS, METHODS

WIDTH = 96


def flag_lines(flag: Flag) -> str:
    """Return a flag with its spellings, what it does, what it expects and its default."""
    value = _value_name(flag)
    if not flag.takes_value or flag.stands_for == "true":
        value = ""
    elif flag.switch:
        value = f" [{value}]"
    else:
        value = f" {value}"
    names = ", ".join((*flag.others[:1], flag.name) if _is_short(flag) else (flag.name,))
    more = [name for name in flag.others if name not in names.split(", ")]
    facts = [flag.help]
    if flag.takes_value and flag.option is not None and flag.value_key is None:
        expects = flag.expects.removeprefix("none or ")
        facts.append("one of " + ", ".join(flag.choices) if flag.choices else expects)
    elif flag.key == "method":
        facts.append("one of " + ", ".join(flag.choices))
    if flag.default is not None and not flag.switch:
        facts.append(f"default {_default(flag.default)}")
    if more:
        facts.append(f"also written {', '.join(more)}")
    body = textwrap.fill("; ".join(facts), WIDTH - 8, break_long_words=False)
    return f"    {names}{value}\n{textwrap.indent(body, ' ' * 8)}"


def help_text(method: str | None = None, door: Door = "magic") -> str:
    """Return the documentation of a door, with all flags.

    Parameters
    ----------
    method
        Only the flags that mean something to this method. Without one, all flags: those of
        methods other than "causal" follow under headings of their own, and what all methods of
        latent counterfactuals have under one of theirs.
    door
        Where flags are written.
    """
    groups: dict[str, list[str]] = {}
    for flag in dict.fromkeys(flags_of(method or "causal", door).values()):
        groups.setdefault(flag.group, []).append(flag_lines(flag))
    ordered = {name: groups[name] for name in sorted(groups, key=ORDER.index)}
    if method is None:
        for name in METHODS:
            if name in LATENT_METHODS:
                if name == LATENT_METHODS[0]:
                    ordered[LATENT_HEADING] = _shared_lines(door)
                ordered[_heading(name)] = _few_lines(name, door)
            elif name != "causal":
                ordered[_heading(name)] = _own_lines(name, door)
    sections = [f"{name}\n{'-' * len(name)}\n" + "\n".join(ordered[name]) for name in ordered]
    return (_MAGIC if door == "magic" else _COMMAND) + "\n\n".join(sections) + "\n"


def _heading(method: str) -> str:
    return f"With --method {method}: {METHODS[method].help}"


def _own_lines(method: str, door: Door) -> list[str]:
    """Return the flags that a method has to itself, and which of the others it refuses."""
    lines = [flag_lines(flag) for flag in own_flags(method, door)]
    return [*lines, _refused(method, door)]


def own_flags(method: str, door: Door) -> list[Flag]:
    """Return the flags of a method's own settings, each once."""
    known = dict.fromkeys(flags_of(method, door).values())
    return [flag for flag in known if flag.owner is METHODS[method].settings]


def shared_flags(door: Door) -> list[Flag]:
    """Return the flags that every method of latent counterfactuals has, each once."""
    first, *others = ({flag.name: flag for flag in own_flags(n, door)} for n in LATENT_METHODS)
    return [flag for name, flag in first.items() if all(name in other for other in others)]


def _shared_lines(door: Door) -> list[str]:
    lines = [flag_lines(flag) for flag in shared_flags(door)]
    return [*lines, _refused(LATENT_METHODS[0], door)]


def _few_lines(method: str, door: Door) -> list[str]:
    """Return the flags that a method of latent counterfactuals does not share with all."""
    shared = {flag.name for flag in shared_flags(door)}
    lines = [flag_lines(flag) for flag in own_flags(method, door) if flag.name not in shared]
    return lines or ["    Nothing besides."]


def _refused(method: str, door: Door) -> str:
    """Say which of the usual method's flags a method refuses."""
    shared = flags_of("causal", door)
    absent = [
        name
        for name, flag in shared.items()
        if flag.name == name
        and (flag.owner is None or flag.owner in settings_classes(method))
        and name not in flags_of(method, door)
    ]
    words = (
        f"Without effect here, and refused: {', '.join(absent)}, and what is for another method."
    )
    return textwrap.fill(words, WIDTH, initial_indent=" " * 4, subsequent_indent=" " * 4)


LATENT_HEADING = "Latent counterfactuals: what these methods have in common"


ORDER = (
    "The call",
    "What is shown and written",
    "The question",
    "The input",
    "The model",
    "The search",
    "The representation",
    "The counterfactuals",
    "The change",
    "The extraction",
    "Pictures",
    "Measures",
)
"""Headings of the help, in the order they are shown."""


def _is_short(flag: Flag) -> bool:
    return bool(flag.others) and not flag.others[0].startswith("--")


def _value_name(flag: Flag) -> str:
    if flag.value_name:
        return flag.value_name
    return "FILE" if flag.expects == FILE else (flag.value_key or flag.key).upper()


def _default(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(value)


_MAGIC = """Explain why a model gives its answer for an input, live.

::

    %explain image model [flags]

    %%explain image model [flags]
    iters = 20
    tree_depth = 8

The line shows a panel that fills while the search runs, and gives the run at once (as `_`); with
--wait it blocks and gives the Explanation. The body of the cell magic holds settings as TOML, with
the same keys as `rex.toml`. A flag beats the body, the body beats a `rex.toml` in the working
directory or in ~/.config, and that beats the default.

Examples
--------
::

    %explain img model --iters 20 --target 285
    %explain "cat.png" "classifier.onnx" --wait --into cat
    %explain img encoder --method relax --layer avgpool --tolerance 0.1
    %explain 17 world --method dice --generator world
    %explain 17 digits --method rcsb --target 3
    %explain photo model --method rcsb --region region --target 339 --network i2sb.pt
    %explain z classifier --method dive --generator decoder --latents training

Arguments
---------
image
    A variable (img, data.img, images[0]) or the path of a picture, table, spectrum, sound or
    volume.
model
    A variable (a torch module, a function, a Classifier) or the path of an ONNX file. With --method
    relax it is an encoder: any of these that gives a representation instead of classes.

Counterfactuals (--method dice, dive, xgem, lcf, growing_spheres, stylex, is) are searched among the
latents of a generator. There the first word is a variable with latents, the path of a .npy file, or
of the world that comes with the package an index or several (17, [3, 17], range(12)); the second is
a torch module or a function of pictures, or the word world for the world's own classifier.

With --method rcsb a region of a picture is changed until the model gives another class. The region
is drawn (--region) or found (--area-from), and a trained network draws the change (--network). The
words digits and 17 mean the classifier and one of the held-out digits that come with the package.

A flag's value may be the name of a variable, too. What is written to files, and measured, needs
--wait.

"""

_COMMAND = """usage: rex-widgets INPUT [INPUT …] --model FILE [flags]

Explain why a model gives its answer for an input: find the smallest part found that still gives it.

    rex-widgets cat.png --model classifier.onnx --output cat_explained.png
    rex-widgets cat.png --script model.py --strategy multi --json -
    rex-widgets brain.nii.gz --model scan.onnx --mode voxel --save map.nii.gz
    rex-widgets cat.png encoder.onnx --method relax -o importance.png
    rex-widgets 17 world --method dice --generator world -o counterfactuals.png
    rex-widgets 17 digits --method rcsb --target 3 -o changed.png
    rex-widgets --show-settings

INPUT is a picture, a numpy array (.npy), a table or spectrum (.csv, .mat, .npy), a sound (.wav), a
NIfTI volume, or a folder of these. With several inputs, name files with {name} in them, such as
--json out/{name}.json. The model may also stand last among the inputs if it is an ONNX file.

With a method of latent counterfactuals (dice, dive, xgem, lcf, growing_spheres, stylex, is) an
INPUT is the index of a sample of the world that comes with the package, several with commas between
them (3,17), or a .npy file of latents; the last word, world, is its classifier. Generators of your
own are for Python and %explain.

With --method rcsb a region of a picture is changed until the model gives another class; INPUT may
be the index of a held-out digit, and the last word, digits, is their classifier. For models and
pictures of your own, --network names the file of a trained network. An ONNX file has no gradient,
and needs --guidance best_of and a region; a ReX script that gives a torch module has one.

A flag beats rex.toml (in the working directory, or in ~/.config), and that beats the default. A
flag that is true or false may be written alone, or with the value.

Exit code: 0 explained, 1 no explanation found (or not verified), 2 wrong usage or input, 130
interrupted (what was found until then is shown and written).

"""
