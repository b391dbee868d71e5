"""Record the peer's answers on a tiny case: ``python -m tests.parity.record``.

Run it from the repository's root with a Python that has rex-xai (the benchmarks make one, in
``.bench-peer``). It writes two small files beside itself, which the tests replay without the peer:
``recording.json`` (splits, mutants, answers, jobs) and ``recording.npz`` (maps and masks).
"""

from __future__ import annotations

import json
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rex_xai.explanation.explanation import Explanation
from rex_xai.input.config import CausalArgs
from rex_xai.input.input_data import Data
from rex_xai.mutants.mutant import Mutant
from rex_xai.responsibility import responsibility
from rex_xai.responsibility.prediction import Prediction
from rex_xai.responsibility.resp_maps import ResponsibilityMaps
from rex_xai.utils._utils import ResponsibilityStyle, Strategy

from tests.parity.linear_model import SIZE, picture, probabilities

FOLDER = Path(__file__).parent
ITERATIONS = 6
SEED = 11
STYLES = {
    "additive": ResponsibilityStyle.Additive,
    "multiplicative": ResponsibilityStyle.Multiplicative,
}


class Recorder:
    """Looks over the peer's shoulder: every mutant it makes, every job it keeps."""

    def __init__(self) -> None:
        self.groups: list[dict[str, Any]] = []
        self._active = Mutant.set_active_mask_regions
        self._static = Mutant.set_static_mask_regions
        self._status = Mutant.update_status
        self._prune = responsibility.prune

    def install(self) -> None:
        """Wrap the peer's functions; what they do stays the same."""
        recorder = self

        def active(mutant: Any, boxes: Any) -> None:
            mutant.recorded_active = [_corners(box) for box in boxes]
            recorder._active(mutant, boxes)

        def static(mutant: Any, names: Any, tree: Any) -> None:
            found = [
                responsibility.find(tree, lambda node, n=name: node.name == n) for name in names
            ]
            mutant.recorded_static = [_corners(box) for box in found]
            recorder._static(mutant, names, tree)

        def status(mutant: Any, target: Any) -> None:
            recorder._status(mutant, target)
            recorder._note(mutant)

        def prune(mutants: Any, technique: Any = None, keep: Any = None) -> Any:
            kept = recorder._prune(mutants, technique, keep)
            recorder.groups[-1]["next_jobs"] = [mutant.recorded_active for mutant in kept]
            return kept

        Mutant.set_active_mask_regions = active
        Mutant.set_static_mask_regions = static
        Mutant.update_status = status
        responsibility.prune = prune

    def _note(self, mutant: Any) -> None:
        """Append to the current group of 14, or begin the next."""
        if not self.groups or len(self.groups[-1]["mutants"]) == 14:
            self.groups.append({"static": mutant.recorded_static, "mutants": [], "next_jobs": []})
        self.groups[-1]["mutants"].append(
            {
                "kept": mutant.recorded_active,
                "given": int(mutant.prediction.classification),
                "confidence": float(mutant.prediction.confidence),
                "passing": bool(mutant.passing),
            }
        )


def _corners(box: Any) -> list[int]:
    return [int(v) for v in (box.row_start, box.row_stop, box.col_start, box.col_stop)]


def predict(tensors: Any, target: Any = None) -> list[Prediction]:
    """The linear model as the peer calls it."""
    batch = np.asarray(tensors, np.float32).reshape(-1, 3, SIZE, SIZE)
    answers = []
    for row in probabilities(batch):
        given = int(row.argmax())
        confidence = None if target is None else row[target.classification]
        answers.append(Prediction(given, row[given], target=target, target_confidence=confidence))
    return answers


def settings(style: str) -> CausalArgs:
    """The peer's defaults, but batched, so that mutants come in groups."""
    args = CausalArgs()
    args.gpu, args.progress_bar, args.seed, args.batch_size = False, False, SEED, 64
    args.responsibility_style = STYLES[style]
    return args


def data_of(target: Prediction | None = None) -> Data:
    """The picture as the peer holds it."""
    data = Data(None, [1, 3, SIZE, SIZE], "cpu", mode="RGB")
    data.data = torch.from_numpy(picture())[None]
    data.mask_value = 0
    data.target = target
    return data


def main() -> None:
    """Run the peer in both merging styles and write what it did."""
    recorder = Recorder()
    recorder.install()
    arrays: dict[str, Any] = {}
    iterations: list[list[dict[str, Any]]] = []
    target = predict(picture()[None])[0]
    for style in STYLES:
        args, data = settings(style), data_of(target)
        merged = ResponsibilityMaps(args.responsibility_style, SIZE, SIZE)
        for number in range(1, ITERATIONS + 1):
            recorder.groups = []
            local, *_ = responsibility.causal_explanation(number, data, args, predict)
            if style == "additive":
                iterations.append(recorder.groups)
                for index, one in local.items():
                    arrays[f"tree_{number - 1}_{index}"] = np.array(one, np.float32)
            merged.merge(local)
        for index, one in merged.items():
            arrays[f"{style}_{index}"] = np.array(one, np.float32)
        if style == "additive":
            args.strategy = Strategy.Global
            args.minimum_confidence_threshold = 0.5
            explanation = Explanation(merged, predict, data, args, {})
            explanation.extract()
            mask = np.asarray(explanation.sufficiency_mask).reshape(-1, SIZE, SIZE)[0]
            arrays["prefix"] = mask
            prefix_confidence = float(explanation.sufficiency_confidence)
    document = {
        "peer": {"rex-xai": version("rex-xai"), "numpy": version("numpy")},
        "seed": SEED,
        "target": {"index": int(target.classification), "confidence": float(target.confidence)},
        "prefix": {"threshold": 0.5, "confidence": prefix_confidence, "chunk_size": 10},
        "iterations": iterations,
    }
    text = json.dumps(document, separators=(",", ":"))
    (FOLDER / "recording.json").write_text(text + "\n", encoding="utf-8")
    np.savez_compressed(FOLDER / "recording.npz", **arrays)


if __name__ == "__main__":
    main()
