"""Settings of region-constrained counterfactuals (RCSB)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rex_widgets.bridge.areas.maps import SIGNS
from rex_widgets.bridge.areas.registry import ATTRIBUTIONS, BY_ANSWERS, BY_DEFAULT
from rex_widgets.errors import SettingsError
from rex_widgets.regions.asked import REGION_EXPECTS, region_given
from rex_widgets.settings import (
    Converter,
    Settings,
    boolean,
    either,
    nothing,
    one_of,
    option,
    real,
    text,
    whole,
)

DIGITS, CHARACTERS = "digits", "characters"
"""What stands for the networks, the classifiers and the pictures that come with the package."""

STEPS = 1000
"""Steps of the bridge from the picture to noise."""

MOST_SAMPLES = 256
"""Samples of one picture in one run."""

CONTROLS = ("none", "inverse", "random")
SOURCES = ("attribution", "map", "free_form", "text")
"""Where a region comes from that nobody drew."""

LAYOUTS = ("auto", "adm", "diffusers")
WEIGHTS = ("net", "ema")

OF_FILE = (
    "network_weights",
    "num_head_channels",
    "first_time",
    "last_time",
    "interval",
    "beta_max",
)
"""Settings that say of a network's file what it does not tell; `open_network` has them, too."""

GUIDANCES = ("gradient", "best_of")
RESCALES = ("fixed", "min_max")
AUTO = "auto"

TERMS = ("consistency", "lpips", "l1", "l2", "tv", "ssim")
"""Settings that weigh a term of the objective beside the class."""


def _network(value: Any) -> Any:
    if isinstance(value, str | Path):
        if not str(value).strip():
            raise ValueError
        return str(value)
    if isinstance(value, type) or not callable(value):
        raise ValueError
    return value


def _second(value: Any) -> Any:
    if isinstance(value, bool | int | float | list | tuple | dict | set | np.ndarray | type):
        raise ValueError
    if isinstance(value, str | Path) and not str(value).strip():
        raise ValueError
    return str(value) if isinstance(value, Path) else value


def _function(value: Any) -> Any:
    if not callable(value) or isinstance(value, type):
        raise ValueError
    return value


def _text_model(value: Any) -> Any:
    if isinstance(value, str | Path):
        if not str(value).strip():
            raise ValueError
        return str(value)
    if not isinstance(value, list | tuple) or len(value) != 2 or not callable(value[0]):
        raise ValueError
    return tuple(value)


def _map(value: Any) -> Any:
    if isinstance(value, str | Path):
        if not str(value).strip():
            raise ValueError
        return str(value)
    if isinstance(value, bool | Mapping):
        raise ValueError
    for name in ("map", "importance"):
        held = getattr(value, name, None)
        if held is not None and not callable(held):
            value = held
            break
    array = np.array(value.detach().cpu().numpy() if hasattr(value, "detach") else value)
    if array.ndim != 2 or array.size == 0 or array.dtype.kind not in "biuf":
        raise ValueError
    if not np.isfinite(array).all():
        raise ValueError
    found = np.array(array, np.float32)
    found.flags.writeable = False
    return found


def _or_nothing(kind: tuple[Converter, str]) -> tuple[Converter, str]:
    return either(nothing(), kind)


def _weight(help: str, **details: Any) -> Any:
    return option(0.0, help, real(0.0, 1e6), table="rcsb", **details)


@dataclass(frozen=True)
class RcsbSettings(Settings):
    """Settings of one explanation by region-constrained counterfactuals.

    Every field can be written as a keyword of ``explain`` and ``start``, as a flag of
    ``%explain`` (underscores become dashes), and as a key of ``rex.toml``. Defaults follow the
    paper's recommendation (METHODS §4).
    """

    target: int | None = option(
        None,
        "the class to ask for, by index; the second most probable one if not given",
        either(nothing(), whole(0)),
        table="rcsb",
    )
    region: Any = option(
        None,
        "the part of the picture that may change; found by area_from if not given",
        either(nothing(), (region_given, REGION_EXPECTS)),
        table="rcsb",
    )
    control: str = option(
        "none",
        "a control experiment: the inverse of the region, or a random one of the same area",
        one_of(*CONTROLS),
        table="rcsb",
        choices=CONTROLS,
    )
    area_from: str | None = option(
        None,
        "where a region that is not drawn comes from: attribution of the class that is given, a "
        "map, free_form strokes, or text; attribution unless a map or a prompt is given",
        _or_nothing(one_of(*SOURCES)),
        table="rcsb",
        choices=SOURCES,
    )
    attribution: str | None = option(
        None,
        f"the attribution method that finds the region; {BY_DEFAULT} if not given, or {BY_ANSWERS} "
        "where the classifier has no gradient",
        _or_nothing(one_of(*ATTRIBUTIONS)),
        table="rcsb",
        choices=tuple(ATTRIBUTIONS),
    )
    map: Any = option(
        None,
        "a map of importance, whose highest cells become the region",
        _or_nothing(
            (_map, "an array (H, W), an explanation with a map, or the path of a .npy file")
        ),
        table="rcsb",
    )
    cell_size: int | None = option(
        None,
        "side of the cells that a region is made of; 16 if not given, and an eighth of the "
        "shorter side in pictures below 128",
        _or_nothing(whole(1, 4096)),
        table="rcsb",
        unit="pixels",
    )
    area: float = option(
        0.3, "share of the picture that a found region may cover", real(0.0, 1.0), table="rcsb"
    )
    half_stride: bool = option(
        False, "let cells begin at every half cell, too", boolean(), table="rcsb"
    )
    sign: str = option(
        "absolute_value",
        "which attributions count: all by their size, or those for or against the class",
        one_of(*SIGNS),
        table="rcsb",
        choices=tuple(SIGNS),
    )
    outlier: float = option(
        0.98,
        "share of the attribution's sum below the value that counts as the largest",
        real(0.01, 1.0),
        table="rcsb",
    )
    smoothing: float = option(
        0.0,
        "standard deviation of the Gaussian that smooths the attribution",
        real(0.0, 256.0),
        table="rcsb",
        unit="pixels",
    )
    noise: float = option(
        0.05,
        "standard deviation of the noise under which attributions are averaged; 0 for none",
        real(0.0, 1.0),
        table="rcsb",
    )
    noise_samples: int = option(
        10, "noisy pictures whose attributions are averaged", whole(1, 1000), table="rcsb"
    )
    layer: str | None = option(
        None,
        "the module's layer that Grad-CAM looks at, by name; the last convolution if not given",
        _or_nothing(text()),
        table="rcsb",
    )
    prompt: str | None = option(
        None, "what to look for in the picture, in words", _or_nothing(text()), table="rcsb"
    )
    detector: Any = option(
        None,
        "what finds the prompt's boxes: the folder of a GroundingDINO model, or a pair",
        _or_nothing((_text_model, "the path of a folder, or a pair (model, processor)")),
        table="rcsb",
    )
    segmenter: Any = option(
        None,
        "what makes masks of the boxes: the folder of a SAM model, or a pair",
        _or_nothing((_text_model, "the path of a folder, or a pair (model, processor)")),
        table="rcsb",
    )
    use_binary_masks: bool = option(
        False,
        "take what the prompt finds as it is, whatever its area",
        boolean(),
        table="rcsb",
    )
    network: Any = option(
        None,
        "what draws the change: digits (comes with the package), characters (trained by a "
        "command), the file or folder of a trained network, or a module; if not given, the one "
        "of the model where that is digits or characters",
        _or_nothing((_network, "digits, characters, a path, or a bridge network")),
        table="rcsb",
        suggestions=(DIGITS, CHARACTERS),
    )
    layout: str = option(
        "auto",
        "how a network's file is laid out; found out if auto",
        one_of(*LAYOUTS),
        table="rcsb",
        choices=LAYOUTS,
    )
    network_weights: str | None = option(
        None,
        "which weights of a network's file are taken: net, those trained last, or ema, their "
        "running mean; net if not given",
        _or_nothing(one_of(*WEIGHTS)),
        table="rcsb",
        choices=WEIGHTS,
    )
    num_head_channels: int | None = option(
        None,
        "channels of one attention head, which a network's file does not tell; 64 if not given, as "
        "in the published ones",
        _or_nothing(whole(1, 4096)),
        table="rcsb",
    )
    first_time: float | None = option(
        None,
        "what a network's file was told at the first step, before interval; 0.0001 if not given",
        _or_nothing(real(0.0, 1e6)),
        table="rcsb",
    )
    last_time: float | None = option(
        None,
        "what a network's file was told at the last step, before interval; 1 if not given",
        _or_nothing(real(0.0, 1e6)),
        table="rcsb",
    )
    interval: float | None = option(
        None,
        "what the times between first_time and last_time are multiplied by; 1000 if not given",
        _or_nothing(real(1e-6, 1e6)),
        table="rcsb",
    )
    beta_max: float | None = option(
        None,
        "the largest noise of the schedule that a network's file was trained with, in variance "
        "times steps; 1 if not given",
        _or_nothing(real(1e-4, 1e4)),
        table="rcsb",
    )
    scale: float = option(
        1.5,
        "how strongly the classifier guides the change",
        real(0.0, 1e4),
        table="rcsb",
        also=("guidance_scale",),
        aliases=("guidance_scale",),
    )
    start_step: int = option(
        600,
        "step of the 1000 at which sampling begins: the higher, the more may change",
        whole(2, STEPS),
        table="rcsb",
        unit="steps",
    )
    nfe: int = option(100, "steps of the sampling", whole(1, STEPS), table="rcsb", unit="steps")
    n_inpaints: int = option(4, "samples", whole(1, MOST_SAMPLES), table="rcsb", unit="samples")
    ot_ode: bool = option(
        True, "leave the noise of the bridge out between the steps", boolean(), table="rcsb"
    )
    guidance: str = option(
        "gradient",
        "gradient: the classifier's gradient leads the change; best_of: many changes without it, "
        "of which the best are kept (for models that have none)",
        one_of(*GUIDANCES),
        table="rcsb",
        choices=GUIDANCES,
    )
    candidates: int = option(
        16,
        "with guidance best_of: changes that are tried for every sample, of which the best is kept",
        whole(1, 1000),
        table="rcsb",
    )
    consistency: float = _weight("weight of an estimate that is the picture outside the region")
    lpips: float = _weight("weight of a small LPIPS distance to the picture")
    lpips_from: Any = option(
        None,
        "what measures LPIPS: a function of two batches of pictures (N, C, H, W) in [-1, 1]",
        _or_nothing((_function, "a function of two batches of pictures")),
        table="rcsb",
    )
    l1: float = _weight("weight of a small L1 distance to the picture")
    l2: float = _weight("weight of a small L2 distance to the picture")
    tv: float = _weight("weight of a small total variation")
    ssim: float = _weight("weight of a large structural similarity to the picture")
    rescale: str = option(
        "fixed",
        "how the picture while it forms is brought to 0..1 for the classifier: as it is meant, or "
        "each by its own least and largest value (as the release does)",
        one_of(*RESCALES),
        table="rcsb",
        choices=RESCALES,
    )
    batch_size: int = option(
        16, "samples that the network is given at once", whole(1, 4096), table="rcsb"
    )
    second: Any = option(
        AUTO,
        "another classifier that is asked about the samples; auto: the other one of the "
        "same world where the model is digits or characters",
        _or_nothing((_second, "auto, none, digits, characters, or a model")),
        table="rcsb",
        suggestions=(AUTO, DIGITS, CHARACTERS),
    )
    seed: int | None = option(
        None,
        "seed of all random choices; drawn and reported if not given",
        either(nothing(), whole(0, 2**63 - 1)),
        table="rex",
        aliases=("rcsb.seed",),
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        found = [name for name in ("area_from", "map", "prompt") if getattr(self, name) is not None]
        if self.region is not None and found:
            raise SettingsError(
                f"region was given, and {' and '.join(found)} too; the part that may change is "
                "either drawn or found. Leave one of the two out."
            )
        source = self.source
        for name, needed in (("map", "map"), ("prompt", "text")):
            given = getattr(self, name) is not None
            if self.region is None and given != (source == needed):
                what = f"area_from was {source!r}"
                raise SettingsError(
                    f"{name} was given, and {what}, which does not use it. Leave one of them out."
                    if given
                    else f"{what}, and no {name} was given. Give {name}, or another area_from."
                )
        if self.area == 0:
            raise SettingsError("area was 0; expected a share above 0, or nothing can change.")
        if self.lpips and self.lpips_from is None:
            raise SettingsError(
                f"lpips was {self.lpips:g}, and no backbone was given. Give lpips_from=, a "
                "function of two batches of pictures in [-1, 1] that returns a distance for each "
                "pair (lpips.LPIPS() of the package lpips is one), or leave lpips at 0."
            )

    @property
    def source(self) -> str:
        """Where the region comes from: "drawn", or one of `SOURCES`."""
        if self.region is not None:
            return "drawn"
        if self.area_from is not None:
            return self.area_from
        return "map" if self.map is not None else "text" if self.prompt is not None else SOURCES[0]

    def cells(self, size: tuple[int, int]) -> int:
        """Return the side of the cells in a picture of that height and width."""
        if self.cell_size is not None:
            return self.cell_size
        shorter = min(size)
        return 16 if shorter >= 128 else max(1, shorter // 8)
