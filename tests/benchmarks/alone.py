"""An independent judge: classifies masked photographs with nothing but ONNX Runtime.

It shares no code with either system, so that what it says of an explanation is evidence.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BATCH = 16


class Judge:
    """One ONNX classifier, (values / 255 − 0.5) / 0.5, hidden pixels 0 after that."""

    def __init__(self, onnx: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self._session = onnxruntime.InferenceSession(
            str(onnx), sess_options=options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name

    def read(self, png: Path) -> NDArray[np.float32]:
        """The photograph as the model takes it, ``(3, H, W)``."""
        from PIL import Image

        with Image.open(png) as image:
            values = np.asarray(image.convert("RGB"), np.float32)
        normal = (values / 255.0 - 0.5) / 0.5
        return np.ascontiguousarray(normal.transpose(2, 0, 1))

    def probabilities(
        self, data: NDArray[np.float32], masks: NDArray[np.bool_]
    ) -> NDArray[np.float64]:
        """Class probabilities ``(N, K)`` of ``(N, H, W)`` masks, in batches of `BATCH`."""
        rows = []
        for first in range(0, len(masks), BATCH):
            batch = np.where(masks[first : first + BATCH, None], data, np.float32(0))
            scores = self._session.run(None, {self._input: batch})[0].astype(np.float64)
            powers = np.exp(scores - scores.max(axis=1, keepdims=True))
            rows.append(powers / powers.sum(axis=1, keepdims=True))
        return np.concatenate(rows)

    def alone(self, png: Path, mask: NDArray[np.bool_]) -> tuple[int, NDArray[np.float64]]:
        """Class given to one mask by itself, and all its probabilities."""
        probabilities = self.probabilities(self.read(png), mask[None])[0]
        return int(probabilities.argmax()), probabilities
