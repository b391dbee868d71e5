"""`CausalArgs`: everything that a ReX script can set, and the settings it stands for."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, fields
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.causal.settings import CausalSettings
from rex_widgets.config import effective_settings
from rex_widgets.input_settings import InputSettings
from rex_widgets.model_settings import ModelSettings
from rex_widgets.rex.enums import (
    Distribution,
    Queue,
    ResponsibilityStyle,
    Strategy,
    member_of,
    name_of,
)
from rex_widgets.settings import build, options
from rex_widgets.visual_settings import VisualSettings

OF_THE_SEARCH = (
    "iters",
    "seed",
    "tree_depth",
    "search_limit",
    "min_box_size",
    "confidence_filter",
    "weighted",
    "concentrate",
    "queue_len",
    "queue_style",
    "distribution",
    "distribution_args",
    "blend",
    "responsibility_style",
)
"""Those that decide the map: once it is made, changing them changes nothing, as in ReX."""

_SEARCH = (
    *OF_THE_SEARCH,
    "batch_size",
    "minimum_confidence_threshold",
    "chunk_size",
    "negative_responsibility",
    "use_bounding_box",
    "spatial_initial_radius",
    "spatial_radius_eta",
    "no_expansions",
    "spotlights",
    "spotlight_size",
    "spotlight_eta",
    "spotlight_step",
    "spotlight_objective_function",
    "max_spotlight_budget",
    "permitted_overlap",
    "minimise_budget",
    "ranking",
)
"""Attributes that are settings of the search under the same name."""

_ELSEWHERE = {
    "mean": "means",
    "std": "stds",
    "scale": "norm",
    "threads": "intra_op_num_threads",
    "inter_op_threads": "inter_op_num_threads",
    "noise": "occlusion_noise",
    "context": "context_location",
}
"""Settings that ReX has under another name."""

_ENUMS = {
    "strategy": Strategy,
    "queue_style": Queue,
    "distribution": Distribution,
    "responsibility_style": ResponsibilityStyle,
}


@dataclass(eq=False, repr=False)
class CausalArgs:
    """The arguments of a ReX run, to be changed by assignment.

    All attributes of the releases 0.3 and 0.4, with their meaning and defaults, but for
    ``batch_size`` (64 instead of 1, which changes the speed alone). Two are ours: with
    ``minimise_budget`` 0 an explanation is the ranked prefix, as ReX leaves it; ``ranking`` says
    what orders the pixels for extraction: the responsibility map, as in ReX, or one of the other
    rankings of `CausalSettings`.

    A name that ReX does not know is accepted with a warning, since ReX would ignore it in silence.
    """

    config_location: str | None = None
    path: str = ""
    model: Any = None
    mode: str | None = None
    shape: Any = None
    db: str | None = None
    gpu: bool = True
    seed: int | None = None
    script: Any = None
    script_location: Any = None
    processed: bool = False
    context: bool = False
    context_location: str | None = None
    occlusion_noise: float | None = None
    means: Any = None
    stds: Any = None
    norm: float | None = 255.0
    binary_threshold: float | None = None
    intra_op_num_threads: int = 8
    inter_op_num_threads: int = 8
    ort_logger: int = 3
    verbosity: int = 1
    progress_bar: bool = True
    output: str | None = None
    surface: str | None = None
    heatmap: str | None = None
    info: bool = True
    raw: bool = False
    colour: int = 200
    mark_segments: bool = False
    alpha: float = 0.2
    all: bool = False
    resize: Any = False
    grid: Any = False
    heatmap_colours: str = "magma"
    multi_style: str = "composite"
    no_extract: bool = False
    strategy: Any = field(default=Strategy.Global)
    complete: bool = False
    minimum_confidence_threshold: float = 0.0
    batch_size: int = 64
    multi_class: bool = False
    spatial_initial_radius: float = 25
    spatial_radius_eta: float = 0.2
    no_expansions: int = 4
    spotlights: int = 10
    spotlight_size: float = 20
    spotlight_eta: float = 0.2
    spotlight_step: int = 5
    spotlight_objective_function: str = "none"
    max_spotlight_budget: int = 40
    permitted_overlap: float = 0.0
    analyze: bool = False
    analyse: Any = None
    insertion_step: int = 100
    normalise_curves: bool = True
    tree_depth: int = 10
    search_limit: int | None = None
    mask_value: Any = 0
    confidence_filter: float = 0.0
    min_box_size: int = 10
    chunk_size: int = 10
    segmentation: bool = False
    data_location: str | None = None
    distribution: Any = field(default=Distribution.Uniform)
    distribution_args: Any = None
    blend: float = 0.0
    weighted: bool = False
    iters: int = 20
    concentrate: Any = False
    negative_responsibility: bool = False
    use_bounding_box: bool = False
    queue_len: Any = 1
    queue_style: Any = field(default=Queue.Area)
    responsibility_style: Any = field(default=ResponsibilityStyle.Additive)
    minimise_budget: int = 600
    ranking: str = "responsibility"

    def __setattr__(self, name: str, value: Any) -> None:
        known = type(self).__dataclass_fields__
        if name not in known and not name.startswith("_"):
            near = get_close_matches(name, known, n=1, cutoff=0.6)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            warnings.warn(
                f"CausalArgs has no argument {name!r}, so it changes nothing{hint}", stacklevel=2
            )
        super().__setattr__(name, value)

    def get_dict_repr(self) -> dict[str, Any]:
        """All arguments, with blanks for the underscores of their names."""
        return {f.name.replace("_", " "): getattr(self, f.name) for f in fields(self)}

    def __repr__(self) -> str:
        lines = (f"  {f.name} = {getattr(self, f.name)!r}" for f in fields(self))
        return "CausalArgs(\n" + "\n".join(lines) + "\n)"


Args = CausalArgs


def search_settings(args: CausalArgs, strategy: Any = None, **more: Any) -> CausalSettings:
    """The settings of the search that arguments stand for.

    Parameters
    ----------
    args
        Of a script.
    strategy
        In place of ``args.strategy``.
    **more
        Settings that have no argument.

    Raises
    ------
    SettingsError
        An argument is of the wrong type or out of range.
    """
    values = {name: name_of(getattr(args, name)) for name in _SEARCH}
    chosen = name_of(args.strategy if strategy is None else strategy)
    if chosen == "contrastive" and args.complete:
        chosen = "complete"
    if values["distribution"] in ("uniform", "adaptive"):
        values["distribution_args"] = None
    return build(CausalSettings, **(values | {"strategy": chosen} | more))


def picture_settings(args: CausalArgs, **more: Any) -> VisualSettings:
    """The settings of pictures that arguments stand for."""
    return VisualSettings(**(_same_names(args, VisualSettings) | more))


def measure_settings(args: CausalArgs) -> AnalysisSettings:
    """The settings of the metrics that arguments stand for."""
    return AnalysisSettings(**_same_names(args, AnalysisSettings))


def validate_args(args: CausalArgs) -> None:
    """Check that the input is there and that every argument can be used.

    Raises
    ------
    FileNotFoundError
        There is no file ``args.path``, or no context file.
    SettingsError
        An argument is of the wrong type or out of range.
    """
    places = [args.path, *([args.context_location] if args.context_location else [])]
    for place in places:
        if not Path(place).exists():
            raise FileNotFoundError(f"Input file {place} does not exist")
    search_settings(args)
    picture_settings(args)
    measure_settings(args)


def load_config(config_path: str | Path | None = None) -> CausalArgs:
    """Arguments with the values of a ``rex.toml``.

    Parameters
    ----------
    config_path
        The file; without one, ``rex.toml`` in the working directory, then in ``~/.config``. If
        neither is there, all arguments have their defaults.

    Raises
    ------
    SettingsError
        The file named is not there, or has unknown, misplaced or wrong keys.
    """
    classes = (CausalSettings, InputSettings, ModelSettings, VisualSettings, AnalysisSettings)
    found = effective_settings(classes, config=config_path)
    args = CausalArgs()
    args.config_location = found.file
    known = {f.name for f in fields(args)}
    for cls in classes:
        for setting, value in found.values[cls].items():
            name = _ELSEWHERE.get(setting, setting)
            if name not in known:
                continue
            if setting == "strategy":
                args.complete = value == "complete"
            setattr(args, name, member_of(_ENUMS[name], value) if name in _ENUMS else value)
    if "chunk_size" not in found.values[CausalSettings]:
        args.chunk_size = args.min_box_size
    return args


def _same_names(args: CausalArgs, cls: type) -> dict[str, Any]:
    return {name: getattr(args, name) for name in options(cls) if hasattr(args, name)}
