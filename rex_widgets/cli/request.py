"""From the words of a command line to checked settings and a list of inputs."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from rex_widgets.cli.targets import PLACE, check_clashes, check_targets
from rex_widgets.config import Effective, effective_settings
from rex_widgets.flags import FlagError, Said, notes_on, own_value, read_words, settings_classes
from rex_widgets.flags.flag import ALL_FLAGS
from rex_widgets.methods import LATENT_METHODS
from rex_widgets.settings import Settings
from rex_widgets.visual_settings import VisualSettings

WISHES = ("output", "heatmap", "surface", "analyse", "database", "json", "save", "html", "run")
"""What can be shown or written when an explanation is there."""

ONE_EACH = ("output", "heatmap", "surface", "json", "save", "html", "run")
"""Wishes whose file holds one explanation."""

_WRITES = {
    ".html": "html",
    ".json": "json",
    ".npz": "save",
    ".npy": "save",
    ".nii": "save",
    ".nii.gz": "save",
    ".run": "run",
}
"""What ``--write`` stands for, by the ending of its file; everything else is a picture."""

_PICTURES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif", ".tif", ".tiff", ".ppm")
READABLE = (*_PICTURES, ".npy", ".csv", ".tsv", ".txt", ".mat", ".wav", ".nii", ".nii.gz")
"""Endings of the files that are taken from a folder."""

_CHANGEABLE = (*_PICTURES, ".npy")
"""The same where pictures are changed."""

WORLD = "world"
"""The classifier that comes with the package, for methods of latent counterfactuals."""

DIGITS, CHARACTERS = "digits", "characters"
"""The classifiers that come with the package, for region-constrained counterfactuals."""

_OWNERS = {
    WORLD: ("methods that search counterfactuals", "--method dice"),
    DIGITS: ("region-constrained counterfactuals", "--method rcsb"),
    CHARACTERS: ("region-constrained counterfactuals", "--method rcsb"),
}
"""Whose each is, and how to ask for one of those."""

_ENDINGS = {"rcsb": (".onnx", ".py", ".pt", ".pth")}
"""How the last word ends that is a model, where --model names none."""

_OF_MODELS = (".onnx",)
_INDICES = re.compile(r"\d+(\s*,\s*\d+)*")


@dataclass(frozen=True)
class Request:
    """What a command line asks for.

    Attributes
    ----------
    inputs
        Files to explain, folders opened; or names of samples of the world, such as "3,17", or of
        the digits, such as "17".
    model
        Path of an ONNX file or a ReX script, or "world", "digits" or "characters".
    method
        Name of the method.
    found
        All settings in force, with their origins.
    wishes
        What to show or write, by name: a path that may hold ``{name}``, or "" (show, print).
    verbose
        -1 (errors only), 0, 1 or 2.
    show_settings
        Nothing is to be explained.
    """

    inputs: tuple[Path, ...]
    model: str
    method: str
    found: Effective
    wishes: Mapping[str, str] = field(default_factory=dict)
    verbose: int = 0
    show_settings: bool = False

    def settings(self, cls: type[Settings] | None = None) -> Any:
        """Return the settings of a class; those of the method by default."""
        return self.found.build(self.found.classes[0] if cls is None else cls)

    def given(self, source: Path) -> str | Path:
        """Return an input as `start` takes it: a path, or the indices of samples."""
        return source.name if _is_index(source.name, self.method) else source

    @property
    def latent(self) -> bool:
        """Whether latents are explained, and no files of pictures."""
        return self.method in LATENT_METHODS

    def wishes_for(self, source: Path) -> dict[str, str]:
        """Return the wishes for one input, with its name put in."""
        name = stem(source)
        return {key: path.replace(PLACE, name) for key, path in self.wishes.items()}


def read_request(words: list[str]) -> Request:
    """Understand the words after the program's name.

    Raises
    ------
    RexWidgetsError
        Saying what was given, what was expected, and what to do.
    """
    given, said = read_words(words, "command line")
    own = {one.key: own_value(one) for one in said if one.flag.owner is None}
    method = str(own.get("method", "causal"))
    classes = settings_classes(method)
    flags: dict[type, dict[str, Any]] = {cls: {} for cls in classes}
    for one in said:
        if one.flag.owner is not None:
            flags[one.flag.owner][one.key] = one.converted(one.text, repr(one.text))
    config = own.get("config")
    found = effective_settings(
        classes,
        flags=flags,
        config=False if config == "none" else config or None,
        method=method,
    )
    found = replace(found, notes=(*found.notes, *notes_on(said)))
    for cls in classes:
        found.build(cls)
    verbose = sum(one.key == "verbose" for one in said)
    if "write" in own:
        _take_write(own)
    model, given = _model(own, given, method)
    request = Request(
        inputs=_inputs(given, method),
        model=model,
        method=method,
        found=found,
        wishes={key: str(own[key]) for key in WISHES if key in own},
        verbose=-1 if own.get("quiet") else min(verbose, 2),
        show_settings=bool(own.get("show_settings")),
    )
    if not request.show_settings:
        _check(request, said)
    return request


def stem(source: Path) -> str:
    """Return a file's name without its ending, ``.nii.gz`` being one."""
    return source.name[: -len(".nii.gz")] if source.name.endswith(".nii.gz") else source.stem


def _model(own: Mapping[str, Any], given: list[str], method: str) -> tuple[str, list[str]]:
    """Return the model's path and the words that are inputs."""
    if "model" in own and "script" in own:
        raise FlagError("--model and --script were given; expected one of them.")
    named = str(own.get("model") or own.get("script") or "")
    last = given[-1].lower() if len(given) > 1 else ""
    if method in LATENT_METHODS:
        is_model = last.endswith(WORLD)
    else:
        is_model = last.endswith(_ENDINGS.get(method, _OF_MODELS))
        is_model = is_model or (method == "rcsb" and last in (DIGITS, CHARACTERS))
    if not named and is_model:
        return given[-1], given[:-1]
    return named, given


def _is_index(word: str, method: str) -> bool:
    """Whether a word is the index of something in the package, and no file."""
    if method in LATENT_METHODS:
        return _INDICES.fullmatch(word) is not None
    return method == "rcsb" and word.isdecimal() and not Path(word).is_file()


def _take_write(own: dict[str, Any]) -> None:
    """Put the file of ``--write`` under the flag that writes such files."""
    path = str(own.pop("write"))
    name = path.lower()
    key = next((key for ending, key in _WRITES.items() if name.endswith(ending)), "output")
    if own.get(key):
        raise FlagError(
            f"--write was {path!r} and --{key} {own[key]!r}, which are two files of one kind; give "
            "one of them."
        )
    own[key] = path


def _inputs(given: list[str], method: str) -> tuple[Path, ...]:
    latent = method in LATENT_METHODS
    readable = (".npy",) if latent else _CHANGEABLE if method == "rcsb" else READABLE
    found: list[Path] = []
    for word in given:
        if not word.strip():
            raise FlagError("An input was given as an empty text; expected the path of a file.")
        path = Path(word).expanduser()
        if _is_index(word, method) or not path.is_dir():
            found.append(path)
            continue
        inside = sorted(p for p in path.iterdir() if p.is_file() and _readable(p, readable))
        if not inside:
            raise FlagError(
                f"The folder {word!r} holds nothing that can be explained; expected files that "
                f"end in {', '.join(readable)}."
            )
        found += inside
    return tuple(found)


def _readable(path: Path, endings: tuple[str, ...]) -> bool:
    return not path.name.startswith(".") and path.name.lower().endswith(endings)


def _check(request: Request, said: list[Said]) -> None:
    """Refuse before the work begins what could not be done after it."""
    if not request.inputs:
        swallowed = [s for s in said if s.flag.switch and s.flag.owner is None and s.text]
        files = [s for s in swallowed if s.text != "true"]
        hint = f" ({files[-1].flag.name} took {files[-1].text!r} for its file)" if files else ""
        raise FlagError(f"No input was given{hint}. {_usage(request)}")
    if not request.model:
        raise FlagError(_no_model(request))
    if request.latent and request.model.lower() != WORLD:
        raise FlagError(
            f"The model was {request.model!r}; of latent counterfactuals the command line knows "
            "the classifier world. Your own generator and classifier are for Python and %explain."
        )
    check_targets(request.wishes, request.settings(VisualSettings))
    for key, path in request.wishes.items():
        _check_one_each(key, path, request)
    read = dict.fromkeys(request.inputs, "an input") | {Path(request.model): "the model"}
    if request.found.file is not None:
        read[Path(request.found.file)] = "the settings file"
    for source in request.inputs:
        check_clashes(request.wishes_for(source), read)


def _check_one_each(key: str, path: str, request: Request) -> None:
    flag = f"--{key}"
    one_each = key in ONE_EACH or (key == "analyse" and path.lower().endswith(".json"))
    if one_each and path not in ("", "-") and len(request.inputs) > 1:
        if PLACE not in path:
            raise FlagError(
                f"{flag} was {path!r}, but there are {len(request.inputs)} inputs; expected a "
                f"name with {PLACE} in it, such as {flag} {PLACE}{Path(path).suffix}."
            )
        double = [n for n, count in Counter(map(stem, request.inputs)).items() if count > 1]
        if double:
            raise FlagError(
                f"{flag} was {path!r}, and several inputs are called {double[0]!r}: one file "
                "would replace the other. Explain them one by one."
            )


def _no_model(request: Request) -> str:
    """Say what is missing, or that the word which was meant belongs to other methods."""
    last = request.inputs[-1].name.lower()
    wanted = _OWNERS.get(last) if len(request.inputs) > 1 else None
    if wanted is None:
        return f"No model was given. {_usage(request)}"
    of, instead = wanted
    return (
        f"No model was given: the {last} of the package is for {of}, and the method was "
        f"{request.method}. Name one that knows it, such as {instead}, or give a model of your "
        f"own. {_usage(request)}"
    )


def _usage(request: Request) -> str:
    if request.latent:
        return (
            f"Usage: rex-widgets SAMPLE {WORLD} --method {request.method} [flags], such as: "
            f"rex-widgets 17 {WORLD} --method {request.method} -o counterfactuals.png. "
            f"{ALL_FLAGS['command line']}"
        )
    if request.method == "rcsb":
        return (
            "Usage: rex-widgets PICTURE MODEL --method rcsb [flags], such as: rex-widgets 17 "
            f"{DIGITS} --method rcsb --target 3 -o changed.png. {ALL_FLAGS['command line']}"
        )
    method = "" if request.method == "causal" else f" --method {request.method}"
    model = "encoder" if request.method == "relax" else "classifier"
    return (
        f"Usage: rex-widgets INPUT --model FILE{method} [flags], such as: rex-widgets cat.png "
        f"--model {model}.onnx{method}. {ALL_FLAGS['command line']}"
    )
