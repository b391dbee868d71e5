"""All flags, read off the settings: one definition for parsers, help, documentation and Tab."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.flags.absent import LEFT_OUT, OWN_LEFT_OUT
from rex_widgets.flags.flag import Door, Flag
from rex_widgets.input_settings import InputSettings
from rex_widgets.methods import LATENT_METHODS, METHODS, method_named
from rex_widgets.model_settings import ModelSettings
from rex_widgets.settings import Option, defaults, options
from rex_widgets.visual_settings import VisualSettings

TRUE_FALSE = ("true", "false")
CALL, WRITTEN = "The call", "What is shown and written"
FILE = "the path of a file"
"""What flags expect that name a file."""

_SHOW = "shown in a window, or written if a file is named"

OWN_FLAGS = (
    Flag("--method", "method", None, "how to explain", "", "causal", CALL, tuple(METHODS)),
    Flag("--model", "model", None, "the model: an ONNX file or a ReX script", FILE, group=CALL),
    Flag(
        "--script",
        "script",
        None,
        "the model as a ReX script (.py), which is run",
        FILE,
        group=CALL,
    ),
    Flag(
        "--config",
        "config",
        None,
        "settings file, in place of rex.toml here or in ~/.config; none reads no file",
        FILE,
        group=CALL,
        others=("-c",),
    ),
    Flag(
        "--into",
        "into",
        None,
        "also bind the result to this name",
        "the name of a variable",
        group=CALL,
        doors=("magic",),
    ),
    Flag(
        "--wait",
        "wait",
        None,
        "block with a progress bar; give the Explanation",
        group=CALL,
        stands_for="true",
        doors=("magic",),
    ),
    Flag(
        "--quiet",
        "quiet",
        None,
        "show nothing, only give the result (on a command line: only errors)",
        group=CALL,
        others=("-q",),
        stands_for="true",
    ),
    Flag(
        "--verbose",
        "verbose",
        None,
        "say more: -v what was chosen and spent, -vv also every setting",
        group=CALL,
        others=("-v",),
        stands_for="true",
        takes_value=False,
        doors=("command line",),
    ),
    Flag(
        "--show-settings",
        "show_settings",
        None,
        "print the settings in force and where each comes from, as TOML; explain nothing",
        group=CALL,
        stands_for="true",
        takes_value=False,
        doors=("command line",),
    ),
    Flag(
        "--debug",
        "debug",
        None,
        "show the traceback of an error",
        group=CALL,
        stands_for="true",
        takes_value=False,
        doors=("command line",),
    ),
    Flag(
        "--version",
        "version",
        None,
        "print the version",
        group=CALL,
        stands_for="true",
        takes_value=False,
        doors=("command line",),
    ),
    Flag(
        "--help",
        "help",
        None,
        "print this text",
        group=CALL,
        others=("-h",),
        stands_for="true",
        takes_value=False,
    ),
    Flag(
        "--output",
        "output",
        None,
        f"picture of the explanation, {_SHOW}",
        FILE,
        group=WRITTEN,
        stands_for="",
    ),
    Flag(
        "--heatmap",
        "heatmap",
        None,
        f"the map in colours, {_SHOW}",
        FILE,
        group=WRITTEN,
        stands_for="",
    ),
    Flag(
        "--surface",
        "surface",
        None,
        f"the map as a surface in 3D, {_SHOW}",
        FILE,
        group=WRITTEN,
        stands_for="",
    ),
    Flag(
        "--analyse",
        "analyse",
        None,
        "measure the explanation (area, entropies, insertion and deletion curves, robustness); "
        "print it, or add a line to a .csv or write a .json file",
        FILE,
        group=WRITTEN,
        stands_for="",
    ),
    Flag(
        "--analyze",
        "analyse",
        None,
        "the same as --analyse without a file",
        group=WRITTEN,
        stands_for="",
        takes_value=False,
    ),
    Flag(
        "--database",
        "database",
        None,
        "add the explanation to this SQLite database, which is made if it is not there",
        FILE,
        group=WRITTEN,
        others=("-db",),
    ),
    Flag(
        "--json",
        "json",
        None,
        "write all numbers, settings, seed and versions; - is the standard output",
        FILE,
        group=WRITTEN,
    ),
    Flag(
        "--save",
        "save",
        None,
        "write map, masks and ranking: .npz, or .nii and .nii.gz for volumes",
        FILE,
        group=WRITTEN,
    ),
    Flag("--html", "html", None, "write one interactive page", FILE, group=WRITTEN),
    Flag(
        "--write",
        "write",
        None,
        "write what the ending says: a picture (as --output), .html, .json, .npz, .npy or .nii (as "
        "--save), or .run",
        FILE,
        group=WRITTEN,
        others=("-o", "--out"),
        doors=("command line",),
    ),
    Flag("--run", "run", None, "save the run, for load_run in Python", FILE, group=WRITTEN),
)
"""Flags that belong to the call and to no settings."""

_OF_THE_CALL = frozenset(name for flag in OWN_FLAGS for name in (flag.name, *flag.others))

_MORE_SPELLINGS = {
    "probability_of_drop": ("--probablity-of-drop",),
    "strategy": ("-s",),
    "mode": ("-m",),
    "minimum_confidence_threshold": ("--confidence",),
    "no_extract": ("-n",),
}

_NEEDS_PYTHON = ("processor", "weights", "statistics", "lpips_from")
"""Settings whose values exist only in a program."""

_MEASURED = ("causal",)
"""Methods whose result `Run.analyse` can measure."""

_GROUPS = {
    "relax": "The representation",
    "latent": "The counterfactuals",
    "rcsb": "The change",
    **dict.fromkeys(LATENT_METHODS, "The search"),
    "causal": "The search",
    "causal.distribution": "The search",
    "explanation": "The extraction",
    "explanation.spatial": "The extraction",
    "explanation.multi": "The extraction",
}


@cache
def flags_of(method: str, door: Door = "magic") -> Mapping[str, Flag]:
    """Return all flags of a method by how they are written, other spellings included.

    Raises
    ------
    SettingsError
        There is no such method.
    """
    classes = settings_classes(method)
    found: dict[str, Flag] = {}
    unused = left_out(method)
    made = [*_shorthands(classes[0]), *OWN_FLAGS]
    for owner in classes:
        made += _of_settings(owner)
    for flag in made:
        absent = unused.get(flag.owner, ()) if flag.owner else OWN_LEFT_OUT.get(method, ())
        if door in flag.doors and flag.key not in absent:
            for name in (flag.name, *flag.others):
                found.setdefault(name, flag)
    return found


def written(key: str) -> str:
    """Return the flag of a setting's name."""
    return "--" + key.replace("_", "-")


def settings_classes(method: str) -> tuple[type, ...]:
    """Return the settings classes that flags and files of a method speak of."""
    chosen = method_named(method).settings
    shared = (chosen, InputSettings, ModelSettings, VisualSettings)
    return (*shared, AnalysisSettings) if method in _MEASURED else shared


def left_out(method: str) -> Mapping[type, frozenset[str]]:
    """Return which settings of the `settings_classes` mean nothing to a method."""
    return LEFT_OUT.get(method, {})


def _of_settings(owner: type) -> Iterator[Flag]:
    usual = defaults(owner)
    for key, opt in options(owner).items():
        main = written(opt.flag or key)
        switch = usual[key] is False
        others = _MORE_SPELLINGS.get(key, ())
        if main != written(key) and written(key) not in _OF_THE_CALL:
            others = (*others, written(key))
        yield Flag(
            main,
            key,
            owner,
            opt.help,
            opt.expects,
            usual[key],
            _group(owner, opt),
            opt.choices or (TRUE_FALSE if switch else ()),
            opt,
            others,
            "true" if switch else None,
            doors=("magic",) if key in _NEEDS_PYTHON else ("magic", "command line"),
        )


def _shorthands(settings: type) -> Iterator[Flag]:
    """Yield ReX's flags that name a value of a setting."""
    known = options(settings)
    if "strategy" in known:
        for name in ("multi", "contrastive", "complete"):
            counts = {
                "multi": "; a number sets spotlights",
                "contrastive": "; a number, as older ReX takes it, has no effect",
            }.get(name, "")
            yield Flag(
                f"--{name}",
                "strategy",
                settings,
                f"the same as --strategy {name}{counts}",
                known["spotlights"].expects if counts else "",
                group=_group(settings, known["strategy"]),
                option=known["strategy"],
                stands_for=name,
                value_key="spotlights" if counts else None,
                takes_value=bool(counts),
                value_name="N",
            )
    yield Flag(
        "--spectral",
        "mode",
        InputSettings,
        "the same as --mode spectral",
        group="The input",
        option=options(InputSettings)["mode"],
        stands_for="spectral",
        takes_value=False,
    )


def _group(owner: type, opt: Option) -> str:
    own = {
        InputSettings: "The input",
        ModelSettings: "The model",
        VisualSettings: "Pictures",
        AnalysisSettings: "Measures",
    }
    return own.get(owner) or _GROUPS.get(opt.table, "The question")
