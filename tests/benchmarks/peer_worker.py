"""The peer, rex-xai, in a process and an environment of its own.

Reads one JSON command per line from standard input and answers each with one JSON line on
standard output. It imports nothing of this repository: it runs where only the peer is installed.

``{"do": "versions"}``
    Versions of what matters.
``{"do": "explain", ...}``
    One search, then one global extraction for every threshold, with the peer's own functions.
``{"do": "strategy", ...}``
    One search, then ten spotlights ("multi") or the contrastive extraction.
``{"do": "replay", ...}``
    Evaluates given masks as its search does: its masking, its prediction function.
"""

from __future__ import annotations

import json
import os
import sys
import time
from importlib.metadata import version
from typing import Any

os.environ["CUDA_VISIBLE_DEVICES"] = ""
THREADS = len(os.sched_getaffinity(0))
SUBSETS_AT_ONCE = 14  # its search sends the 14 mutants of a box, whatever the batch size above 1

# the protocol keeps standard output for itself: whatever the peer prints goes to standard error
ANSWERS = os.fdopen(os.dup(1), "w", buffering=1)
os.dup2(2, 1)

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import torch  # noqa: E402

torch.set_num_threads(THREADS)
_plain_options = onnxruntime.SessionOptions


def _options_with_threads() -> Any:
    """Session options with as many threads as CPUs are allowed; the peer leaves them open."""
    options = _plain_options()
    options.intra_op_num_threads = THREADS
    return options


onnxruntime.SessionOptions = _options_with_threads

from rex_xai.explanation.explanation import Explanation  # noqa: E402
from rex_xai.explanation.multi_explanation import MultiExplanation  # noqa: E402
from rex_xai.explanation.rex import (  # noqa: E402
    calculate_responsibility,
    load_and_preprocess_data,
    predict_target,
)
from rex_xai.input.config import CausalArgs  # noqa: E402
from rex_xai.input.onnx import get_prediction_function  # noqa: E402
from rex_xai.mutants.mutant import _apply_to_data  # noqa: E402
from rex_xai.utils._utils import ResponsibilityStyle, Strategy  # noqa: E402


class CountingModel:
    """The peer's prediction function, counting mutants and seconds."""

    def __init__(self, args: CausalArgs) -> None:
        self.function, _ = get_prediction_function(args)
        self.evaluations = 0
        self.seconds = 0.0

    def __call__(self, tensors: Any, *positional: Any, **named: Any) -> Any:
        started = time.perf_counter()
        answer = self.function(tensors, *positional, **named)
        self.seconds += time.perf_counter() - started
        self.evaluations += len(tensors)
        return answer


def arguments(command: dict[str, Any]) -> CausalArgs:
    """The peer's settings: its defaults but for what the command names."""
    args = CausalArgs()
    args.model, args.path, args.gpu = command["onnx"], command["png"], False
    args.means, args.stds, args.norm = [0.5] * 3, [0.5] * 3, 255.0
    args.progress_bar = False
    args.batch_size = command["batch_size"]
    args.iters = command.get("iters", args.iters)
    args.seed = command.get("seed")
    if command.get("style") == "additive":
        args.responsibility_style = ResponsibilityStyle.Additive
    return args


def load(args: CausalArgs) -> Any:
    """The input as the peer holds it."""
    data = load_and_preprocess_data([1, 3, 224, 224], torch.device("cpu"), args)
    data.set_mask_value(0)
    data.mode = "RGB"
    return data


def explain(command: dict[str, Any]) -> dict[str, Any]:
    """One search and its extractions; the map and the masks go to ``command["npz"]``."""
    args = arguments(command)
    model = CountingModel(args)
    data = load(args)
    model(data.data)  # the first call sets the session up
    model.evaluations, model.seconds = 0, 0.0
    started = time.perf_counter()
    data.target = predict_target(data, args, model)
    maps, statistics = calculate_responsibility(data, args, model)
    answer: dict[str, Any] = {
        "target": int(data.target.classification),
        "confidence": float(data.target.confidence),
        "search_seconds": time.perf_counter() - started,
        "search_seconds_in_model": model.seconds,
        "search_evaluations": model.evaluations,
        "extractions": {},
    }
    arrays = {}
    args.strategy = Strategy.Global
    for threshold in command["thresholds"]:
        args.minimum_confidence_threshold = threshold
        before, started = model.evaluations, time.perf_counter()
        explanation = Explanation(maps, model, data, args, statistics)
        explanation.extract()
        seconds = time.perf_counter() - started
        mask = np.asarray(explanation.sufficiency_mask).reshape(-1, 224, 224)[0]
        arrays["map"] = explanation.target_map.numpy()
        arrays[f"mask_{threshold}"] = mask
        answer["extractions"][str(threshold)] = {
            "seconds": seconds,
            "evaluations": model.evaluations - before,
            "area": float(mask.mean()),
            "confidence": float(explanation.sufficiency_confidence or 0.0),
        }
    np.savez_compressed(command["npz"], **arrays)
    return answer


def strategy(command: dict[str, Any]) -> dict[str, Any]:
    """One search and one extraction by the named strategy; its masks go to ``command["npz"]``."""
    args = arguments(command)
    multi = command["strategy"] == "multi"
    args.strategy = Strategy.MultiSpotlight if multi else Strategy.Contrastive
    model = CountingModel(args)
    data = load(args)
    model(data.data)
    model.evaluations, model.seconds = 0, 0.0
    started = time.perf_counter()
    data.target = predict_target(data, args, model)
    maps, statistics = calculate_responsibility(data, args, model)
    searched = time.perf_counter() - started
    kind = MultiExplanation if multi else Explanation
    explanation = kind(maps, model, data, args, statistics)
    explanation.extract()
    seconds = time.perf_counter() - started
    found = explanation.explanations if multi else [explanation.necessity_mask]
    masks = [np.asarray(mask).reshape(-1, 224, 224)[0] for mask in found if mask is not None]
    np.savez_compressed(command["npz"], masks=np.stack(masks) if masks else np.zeros((0, 224, 224)))
    return {
        "target": int(data.target.classification),
        "search_seconds": searched,
        "seconds": seconds,
        "evaluations": model.evaluations,
    }


def replay(command: dict[str, Any]) -> dict[str, Any]:
    """Seconds that the given masks take, masking and model only."""
    args = arguments(command)
    model = CountingModel(args)
    data = load(args)
    with np.load(command["npz"]) as file:
        bits = file["bits"]
    flat = np.unpackbits(bits, axis=1, count=224 * 224).astype(bool).reshape(-1, 1, 224, 224)
    masks = [torch.from_numpy(np.repeat(mask, 3, axis=0)) for mask in flat]
    data.target = predict_target(data, args, model)
    model.evaluations, model.seconds = 0, 0.0
    started = time.perf_counter()
    if args.batch_size == 1:
        for mask in masks:
            model(_apply_to_data(mask, data), data.target)
    else:
        for first in range(0, len(masks), SUBSETS_AT_ONCE):
            group = masks[first : first + SUBSETS_AT_ONCE]
            stacked = torch.stack([_apply_to_data(mask, data) for mask in group])
            model(stacked.squeeze(1), data.target)
    seconds = time.perf_counter() - started
    return {"seconds": seconds, "evaluations": model.evaluations, "in_model": model.seconds}


def versions(_: dict[str, Any]) -> dict[str, Any]:
    """Versions of the libraries that matter here."""
    return {name: version(name) for name in ("rex-xai", "numpy", "torch", "onnxruntime")}


def main() -> None:
    """Answer commands until standard input ends."""
    doing = {
        "explain": explain,
        "strategy": strategy,
        "replay": replay,
        "versions": versions,
    }
    for line in sys.stdin:
        command = json.loads(line)
        print(json.dumps(doing[command["do"]](command)), file=ANSWERS, flush=True)


if __name__ == "__main__":
    main()
