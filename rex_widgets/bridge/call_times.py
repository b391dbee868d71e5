"""How often a sampler calls its network and classifier, and how long that takes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter
from typing import Any

import torch


class CallTimes:
    """Counts calls and their time; nothing waits for the device because of it.

    On a CUDA device the time is taken by events there, and read when `settle` is called, once the
    work is known to be done. On others it is the time until the call returns.

    Attributes
    ----------
    calls
        How often.
    samples
        Rows of all batches together.
    seconds
        In all, as far as settled.
    """

    def __init__(self) -> None:
        self.calls = 0
        self.samples = 0
        self.seconds = 0.0
        self._open: list[tuple[Any, Any]] = []

    @contextmanager
    def measured(self, samples: int, device: torch.device) -> Iterator[None]:
        """Measure one call with a batch of that many samples."""
        self.calls += 1
        self.samples += samples
        if device.type == "cuda":
            with torch.cuda.device(device):
                begin, end = _event(), _event()
                begin.record()
                yield
                end.record()
            self._open.append((begin, end))
            return
        begun = perf_counter()
        yield
        self.seconds += perf_counter() - begun

    def settle(self) -> None:
        """Add up what events have measured; call it when the device has finished."""
        for begin, end in self._open:
            end.synchronize()
            self.seconds += begin.elapsed_time(end) / 1000.0
        self._open.clear()


def _event() -> Any:
    return torch.cuda.Event(enable_timing=True)  # type: ignore[no-untyped-call]
