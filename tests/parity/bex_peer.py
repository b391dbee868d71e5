"""bex, the released benchmark of counterfactual explainers, where it can be had.

Only its explainers and its measures are used. Its package itself is not run, because it imports
torchvision for the data that it downloads; what else it imports and is not installed is replaced
by an empty module.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import warnings
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch

VARIABLE = "BEX_PEER_PATH"
"""Names the folder that holds the package `bex`, such as an unpacked wheel."""

RELEASE = "bex 0.5.2"
NAMES = {
    "dice": "Dice",
    "dive": "Dive",
    "xgem": "Xgem",
    "lcf": "LCF",
    "growing_spheres": "GrowingSpheres",
    "stylex": "Stylex",
    "is": "InformedSearch",
}
"""Our names of the explainers, and its classes."""


def module(name: str, path: str | None = None) -> Any:
    """Return a module of the peer, from ``path`` or the folder that `VARIABLE` names."""
    folder = path or os.environ.get(VARIABLE)
    if folder is None:
        raise RuntimeError(f"{VARIABLE} names no folder that holds the package bex.")
    for missing in ("h5py", "requests", "tqdm"):
        if missing not in sys.modules and find_spec(missing) is None:
            stub: Any = ModuleType(missing)
            stub.tqdm = list
            sys.modules[missing] = stub
    if "bex" not in sys.modules:
        package = ModuleType("bex")
        package.__path__ = [str(Path(folder) / "bex")]
        sys.modules["bex"] = package
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return importlib.import_module(f"bex.{name}")


def explainer(
    name: str,
    training: torch.Tensor,
    validation: torch.Tensor,
    path: str | None = None,
    **given: Any,
) -> Any:
    """Return an explainer of the peer, in the state that its benchmark brings it to.

    Parameters
    ----------
    name
        One of `NAMES`.
    training
        Latents as they are, ``(N, Z)``.
    validation
        Standardised latents, ``(M, Z)``.
    given
        Its own arguments; of 'is' also ``fonts``, as they are, and ``correlated``, by class.
    """
    kind = getattr(module("explainers", path), NAMES[name])
    if name == "is":
        fonts, correlated = given.pop("fonts"), given.pop("correlated")
        both = np.array([*correlated[0], *correlated[1]])
        inner = SimpleNamespace(correlated=both)
        dataset = SimpleNamespace(dataset=SimpleNamespace(dataset=inner))
        weights = SimpleNamespace(font_embedding=SimpleNamespace(weight=fonts))
        made = kind(None, SimpleNamespace(model=weights), dataset, **given)
    else:
        made = kind(**given)
    made.loaded_data = _Cache()
    made.train_mus = training
    made.latent_mean, made.latent_std = training.mean(0), training.std(0)
    made.mus = validation
    made.mus_min, made.mus_max = validation.min(0)[0], validation.max(0)[0]
    return made


class _Cache(dict[str, Any]):
    """Stands for the peer's file of arrays."""

    def __setitem__(self, name: str, values: Any) -> None:
        super().__setitem__(name, np.asarray(values))


def explain(made: Any, seed: int, *batch: Any) -> torch.Tensor:
    """Explain a batch: latents, logits, images, classifier, generator."""
    np.random.seed(seed)  # noqa: NPY002 — the peer draws from numpy's global generator
    torch.manual_seed(seed)
    with (
        warnings.catch_warnings(),
        open(os.devnull, "w") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        warnings.simplefilter("ignore")
        found: torch.Tensor = made.explain_batch(*batch)
    return found.detach()
