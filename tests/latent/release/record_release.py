"""Record BEX 0.5.2 on made-up files: ``python -m tests.latent.release.record_release``.

Run it from the repository's root with BEX_PEER_PATH naming a folder that holds the package `bex`.
It writes ``released.npz`` beside itself.
"""

from __future__ import annotations

import copy
import json
import sys
import tempfile
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import torch

from tests.latent.release.made_files import (
    dataset_arrays,
    generator_file,
    latents,
    shapes_of,
    write_hdf5,
)
from tests.parity.bex_peer import RELEASE, module

FOLDER = Path(__file__).parent
WIDTHS = (1, 4)


def released(name: str) -> Any:
    """A module of the release; what it would use of torchvision is not called here."""
    for part in ("", ".transforms", ".utils"):
        stub: Any = ModuleType(f"torchvision{part}")
        stub.make_grid = None
        sys.modules.setdefault(stub.__name__, stub)
    sys.modules["torchvision"].transforms = sys.modules["torchvision.transforms"]  # type: ignore[attr-defined]
    return module(name)


def decoder(width: int) -> Any:
    """The release's generator of a width, with made-up weights, through its own loading."""
    config = copy.deepcopy(released("models.configs").generator_dict)
    config["backbone"]["channels_width"] = width
    shapes = shapes_of(released("models.backbones").Generator(config))
    with tempfile.TemporaryDirectory() as folder:
        config["weights"] = str(Path(folder) / "generator.pth")
        torch.save(generator_file(shapes), config["weights"])
        return released("models.generator").Generator(config).eval(), shapes


def classify(pictures: torch.Tensor) -> torch.Tensor:
    return pictures.mean((2, 3))[:, :2]


def splits(path: Path) -> list[Any]:
    data = released("datasets")
    read = data.GeneratedSynbols(str(path), 2, return_attributes=True)
    return [data.SynbolsSplit(read, name) for name in ("train", "val")]


def main() -> None:
    """Run the release's decoder, data set, cache and generator callable."""
    arrays: dict[str, Any] = {"release": np.array(RELEASE), "torch": np.array(torch.__version__)}
    with torch.no_grad(), tempfile.TemporaryDirectory() as folder:
        for width in WIDTHS:
            model, shapes = decoder(width)
            arrays[f"shapes_{width}"] = np.array(json.dumps(shapes))
            arrays[f"decoded_{width}"] = model.model.decode(latents(2)).numpy()
        generator, _ = decoder(1)
        parts = splits(write_hdf5(Path(folder) / "data.h5py", dataset_arrays()))
        explainer = released("explainers.base").ExplainerBase()
        explainer.digest = str(Path(folder) / "cache.hdf")
        for name, part in zip(("train", "val"), parts, strict=True):
            rows = [part[row] for row in range(len(part))]
            categorical, continuous = (torch.stack([row[i] for row in rows]) for i in (2, 3))
            arrays[f"{name}_categorical"] = categorical.numpy()
            arrays[f"{name}_continuous"] = continuous.numpy()
            arrays[f"{name}_labels"] = np.array([row[1] for row in rows])
            arrays[f"{name}_pixels"] = np.stack([row[0] for row in rows]).reshape(len(part), -1)[
                :, :5
            ]
            loader = [(None, torch.zeros(1), None, categorical, continuous)]
            explainer._write_cache(
                loader,
                generator.model.embed_attributes,
                generator.model.decode,
                classify,
                name,
                "cpu",
            )
        explainer._read_cache()
        for name in ("latent_mean", "latent_std", "mus", "mus_min", "mus_max", "logits"):
            arrays[name] = getattr(explainer, name).numpy()
        explainer._cleanup()
        called = released("benchmark").Benchmark._get_generator_callable(
            SimpleNamespace(generator=generator), explainer
        )
        arrays["called"] = called(latents(3)).numpy()
    np.savez_compressed(FOLDER / "released.npz", **arrays)


if __name__ == "__main__":
    main()
