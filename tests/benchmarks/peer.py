"""Our end of the peer: its environment, its process, its answers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

REPOSITORY = Path(__file__).resolve().parents[2]
ENVIRONMENT = REPOSITORY / ".bench-peer"
REQUIREMENT = "rex-xai==0.4.1"
SAME_VERSION = ("torch", "onnxruntime")
"""Installed for the peer in our own versions; everything else is what the peer itself asks for."""

THRESHOLDS = (0.0, 0.5)


@dataclass(frozen=True)
class PeerStyle:
    """One way of running the peer."""

    name: str
    batch_size: int
    style: str


DEFAULT = PeerStyle("peer, its defaults", 1, "multiplicative")
BATCHED = PeerStyle("peer, batch 64, additive", 64, "additive")


@dataclass(frozen=True)
class Extraction:
    """The peer's explanation at one confidence threshold; ``evaluations`` of this stage alone."""

    area: float
    confidence: float
    seconds: float
    evaluations: int
    mask: NDArray[np.bool_]


@dataclass(frozen=True)
class PeerAnswer:
    """What one run of the peer gave and cost; loading the model is left out of all times."""

    target: int
    confidence: float
    search_seconds: float
    search_seconds_in_model: float
    search_evaluations: int
    map: NDArray[np.float32]
    extractions: dict[float, Extraction]

    def seconds(self, threshold: float) -> float:
        """Search and extraction."""
        return self.search_seconds + self.extractions[threshold].seconds

    def evaluations(self, threshold: float) -> int:
        """Search and extraction."""
        return self.search_evaluations + self.extractions[threshold].evaluations


def peer_python() -> Path:
    """The peer's interpreter; its environment is made first if it has to be.

    REX_PEER_PYTHON names another one, in which the peer is installed already.
    """
    named = os.environ.get("REX_PEER_PYTHON")
    if named:
        return Path(named)
    python = ENVIRONMENT / "bin" / "python"
    ready = ENVIRONMENT / ".ready"
    if ready.exists() and ready.read_text() == REQUIREMENT:
        return python
    print(f"installing {REQUIREMENT} into {ENVIRONMENT.name} (a few minutes)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    constraints = ENVIRONMENT / "constraints.txt"
    # a local version ("2.13.0+cpu") would ask for one build, which an index need not have
    pins = [f"{name}=={version(name).partition('+')[0]}" for name in SAME_VERSION]
    constraints.write_text("\n".join(pins) + "\n")
    pip = [str(python), "-m", "pip", "install", "-qq", "--no-input", "-c", str(constraints)]
    subprocess.run([*pip, REQUIREMENT, *SAME_VERSION], check=True)
    ready.write_text(REQUIREMENT)
    return python


class Peer:
    """The peer's process; started on the first question, ended by `close`."""

    def __init__(self, folder: Path, onnx: Path) -> None:
        self._folder = folder
        self._onnx = onnx
        self._process: subprocess.Popen[str] | None = None
        self._log = folder / "peer.log"

    def explain(self, png: Path, style: PeerStyle, seed: int, iters: int) -> PeerAnswer:
        """Run the peer's search once and extract: seed 0 at all `THRESHOLDS`, others at the first.

        Only areas are compared at the other thresholds, and those for seed 0 alone.
        """
        thresholds = THRESHOLDS if seed == 0 else THRESHOLDS[:1]
        npz = self._folder / "peer-answer.npz"
        answer = self._ask(
            do="explain",
            png=str(png),
            onnx=str(self._onnx),
            thresholds=thresholds,
            batch_size=style.batch_size,
            style=style.style,
            seed=seed,
            iters=iters,
            npz=str(npz),
        )
        with np.load(npz) as file:
            arrays = {name: file[name] for name in file.files}
        extractions = {
            t: Extraction(**answer["extractions"][str(t)], mask=arrays[f"mask_{t}"])
            for t in thresholds
        }
        facts = {name: value for name, value in answer.items() if name != "extractions"}
        return PeerAnswer(**facts, map=arrays["map"], extractions=extractions)

    def strategy(
        self, png: Path, style: PeerStyle, strategy: str, iters: int
    ) -> tuple[dict[str, Any], NDArray[np.bool_]]:
        """Run the peer with "multi" or "contrastive", seed 0: facts, and masks ``(N, H, W)``."""
        npz = self._folder / "peer-strategy.npz"
        facts = self._ask(
            do="strategy",
            strategy=strategy,
            png=str(png),
            onnx=str(self._onnx),
            batch_size=style.batch_size,
            style=style.style,
            seed=0,
            iters=iters,
            npz=str(npz),
        )
        with np.load(npz) as file:
            return facts, file["masks"].astype(np.bool_)

    def replay(self, png: Path, style: PeerStyle, bits: NDArray[np.uint8]) -> dict[str, Any]:
        """Evaluate packed masks ``(N, bytes)``; seconds, evaluations, seconds in the model."""
        npz = self._folder / "masks.npz"
        np.savez(npz, bits=bits)
        return self._ask(
            do="replay",
            png=str(png),
            onnx=str(self._onnx),
            batch_size=style.batch_size,
            npz=str(npz),
        )

    def versions(self) -> dict[str, str]:
        """Versions in the peer's environment."""
        return self._ask(do="versions")

    def close(self) -> None:
        """End the process."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            self._process.wait(timeout=60)
            self._process = None

    def _ask(self, **command: Any) -> dict[str, Any]:
        if self._process is None:
            worker = Path(__file__).with_name("peer_worker.py")
            with self._log.open("w") as log:
                self._process = subprocess.Popen(
                    [str(peer_python()), str(worker)],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    text=True,
                    cwd=self._folder,
                )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps(command) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        if not line:
            code = self._process.wait()
            tail = self._log.read_text(errors="replace")[-2000:]
            raise RuntimeError(f"The peer's process ended with status {code}:\n{tail}")
        answer: dict[str, Any] = json.loads(line)
        return answer
