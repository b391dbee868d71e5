"""What the questions share: photographs, model, peer, and answers worth keeping."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from rex_widgets import start
from rex_widgets.results import Explanation
from tests.benchmarks.alone import Judge
from tests.benchmarks.peer import REPOSITORY, Peer, PeerAnswer, PeerStyle
from tests.benchmarks.pictures import Picture, write_pictures

PEER_ITERS = 20
"""The peer's own default."""


@dataclass(frozen=True)
class OwnRun:
    """A whole run of ours.

    ``first_map_seconds`` is from the border after the first evaluation to the
    first border at which the map shows something.
    """

    explanation: Explanation
    seconds: float
    first_map_seconds: float


class Bench:
    """State of one call of the benchmarks.

    Parameters
    ----------
    folder
        A temporary folder.
    quick
        Fewer photographs and repeats: to see that everything works, not for figures.
    threads
        CPUs that both systems are pinned to.
    """

    def __init__(self, folder: Path, quick: bool, threads: int) -> None:
        self.folder = folder
        self.quick = quick
        self.threads = threads
        self.repeats = 1 if quick else 3
        self.pictures = write_pictures(folder, 2 if quick else 6)
        self._peer_answers: dict[tuple[str, PeerStyle, int], PeerAnswer] = {}
        self._own_runs: dict[tuple[str, float], OwnRun] = {}

    @cached_property
    def onnx(self) -> Path:
        """EfficientNet-Lite0 as the one ONNX file that every system is given."""
        self.say("exporting the classifier")
        from rex_widgets.classifiers.demo import efficientnet_lite0, export_onnx

        return export_onnx(efficientnet_lite0(), self.folder / "classifier.onnx")

    @cached_property
    def judge(self) -> Judge:
        """Classifies explanations independently."""
        return Judge(self.onnx, self.threads)

    @cached_property
    def peer(self) -> Peer:
        """The peer's process."""
        return Peer(self.folder, self.onnx)

    def peer_answer(self, picture: Picture, style: PeerStyle, seed: int) -> PeerAnswer:
        """A run of the peer; made once, then remembered."""
        key = (picture.name, style, seed)
        if key not in self._peer_answers:
            self.say(f"{style.name}: {picture.name}, seed {seed}")
            answer = self.peer.explain(picture.path, style, seed, PEER_ITERS)
            self._peer_answers[key] = answer
        return self._peer_answers[key]

    def own_run(self, picture: Picture, threshold: float = 0.0) -> OwnRun:
        """A whole run of ours at our own defaults, seed 0; made once, then remembered."""
        key = (picture.name, threshold)
        if key not in self._own_runs:
            self.say(f"ours, defaults, threshold {threshold:g}: {picture.name}")
            self._own_runs[key] = self._whole_run(picture, threshold)
        return self._own_runs[key]

    def in_new_process(self, module: str, **command: Any) -> dict[str, Any]:
        """Run a module of this package by itself; it prints one JSON object as its last line."""
        done = subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{module}", json.dumps(command)],
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{module} ended with {done.returncode}:\n{done.stderr[-2000:]}")
        answer: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
        return answer

    def say(self, what: str) -> None:
        """Tell a person who waits what is being measured."""
        print(f"  … {what}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the peer's process."""
        if "peer" in self.__dict__:
            self.peer.close()

    def _whole_run(self, picture: Picture, threshold: float) -> OwnRun:
        started = time.perf_counter()
        run = start(picture.path, self.onnx, seed=0, minimum_confidence_threshold=threshold)
        first_evaluation = first_map = None
        for progress in run:
            now = time.perf_counter()
            if first_evaluation is None and progress.evaluations:
                first_evaluation = now
            if first_map is None and run.result().map.any():
                first_map = now
        seconds = time.perf_counter() - started
        if first_map is None or first_evaluation is None:
            return OwnRun(run.result(), seconds, float("inf"))
        return OwnRun(run.result(), seconds, first_map - first_evaluation)
