"""The peer's search on a synthetic volume, in a process and an environment of its own.

Takes one JSON object as its argument and prints one JSON object as its last line. It imports
nothing of this repository: it runs where only the peer is installed. The model is told in the
command: the probability of class 1 rises with the mean of one box of the volume.
"""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""
ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import numpy as np  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(len(os.sched_getaffinity(0)))

from rex_xai.explanation.rex import calculate_responsibility, predict_target  # noqa: E402
from rex_xai.input.config import CausalArgs  # noqa: E402
from rex_xai.input.input_data import Data  # noqa: E402
from rex_xai.responsibility.prediction import Prediction  # noqa: E402
from rex_xai.utils._utils import ResponsibilityStyle  # noqa: E402


class Model:
    """Prediction function: counts mutants and the seconds inside itself."""

    def __init__(self, box: list[int], gain: float, need: float) -> None:
        a0, a1, b0, b1, c0, c1 = box
        self.where = (slice(None), slice(a0, a1), slice(b0, b1), slice(c0, c1))
        self.gain, self.need = gain, need
        self.evaluations, self.seconds = 0, 0.0

    def __call__(self, mutants: Any, target: Any = None, **_: Any) -> list[Prediction]:
        started = time.perf_counter()
        volumes = mutants if mutants.ndim == 4 else mutants[None]
        seen = volumes[self.where].mean(dim=(1, 2, 3)).numpy()
        one = 1 / (1 + np.exp(-self.gain * (seen - self.need)))
        rows = np.stack([1 - one, one], axis=1)
        given = rows.argmax(axis=1)
        self.seconds += time.perf_counter() - started
        self.evaluations += len(volumes)
        return [
            Prediction(int(g), float(r[g]), target=target) for g, r in zip(given, rows, strict=True)
        ]


def main() -> None:
    """One search at every batch size asked for."""
    command = json.loads(sys.argv[1])
    volume = torch.from_numpy(np.load(command["npy"]))
    answers = {}
    for batch_size in command["batch_sizes"]:
        args = CausalArgs()
        args.gpu, args.progress_bar, args.mode = False, False, "voxel"
        args.batch_size, args.iters, args.seed = batch_size, command["iters"], command["seed"]
        args.min_box_size = command["min_box_size"]
        args.responsibility_style = ResponsibilityStyle.Additive
        model = Model(command["box"], command["gain"], command["need"])
        data = Data(volume, [1, *volume.shape], torch.device("cpu"), mode="voxel", process=True)
        data.set_mask_value(0)
        data.target = predict_target(data, args, model)
        model.evaluations, model.seconds = 0, 0.0
        started = time.perf_counter()
        calculate_responsibility(data, args, model)
        answers[str(batch_size)] = {
            "seconds": time.perf_counter() - started,
            "seconds_in_model": model.seconds,
            "evaluations": model.evaluations,
        }
    print(json.dumps(answers), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
