"""The moments of a run that are kept, so that it can branch off from them."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from math import ceil

import torch

from rex_widgets.bridge.guidance import GuidanceState

KEPT_BYTES = 64 * 1024**2
"""Most that the kept moments of one sampler take."""

_NAME = "kept"


@dataclass(frozen=True, eq=False)
class Moment:
    """The samples before a step: x_t, and what guidance remembers (None: no guidance)."""

    x: torch.Tensor
    guidance: GuidanceState | None = None

    def tensors(self) -> dict[str, torch.Tensor]:
        """Return all as tensors on the processor, by name."""
        found = {"x": self.x.cpu()}
        if self.guidance is not None:
            for part in fields(GuidanceState):
                value = getattr(self.guidance, part.name)
                found[part.name] = torch.as_tensor(value).cpu()
        return found


class Moments:
    """Moments by the number of steps done before them, as many as `KEPT_BYTES` have room for.

    Every one is kept while there is room for all, else every second, third and so on. The tensors
    are those of the run itself, which replaces its tensors and never writes into them.
    """

    def __init__(self, steps: int, moment_bytes: int) -> None:
        room = KEPT_BYTES // max(moment_bytes, 1)
        self._stride = ceil(steps / room) if room else 0
        self._kept: dict[int, Moment] = {}

    def offer(self, at: int, moment: Moment) -> None:
        """Keep a moment if it is one of those to be kept."""
        if self._stride and at % self._stride == 0:
            self._kept[at] = moment

    def before(self, at: int) -> int:
        """Return the latest moment kept that is not after `at`; 0 if there is none."""
        return max((kept for kept in self._kept if kept <= at), default=0)

    def copy_until(self, other: Moments, at: int, guidance: bool = True) -> None:
        """Keep what `other` kept until `at`; without guidance, only where the samples were."""
        self._stride = other._stride
        self._kept = {
            kept: moment if guidance else replace(moment, guidance=None)
            for kept, moment in other._kept.items()
            if kept <= at
        }

    def get(self, at: int) -> Moment | None:
        """Return a moment, None if it is not kept."""
        return self._kept.get(at)

    def items(self) -> list[tuple[int, Moment]]:
        """Return all, in the order of their steps."""
        return sorted(self._kept.items(), key=lambda item: item[0])

    def named(self) -> dict[str, Moment]:
        """Return all by the names under which they are saved."""
        return {f"{_NAME}{at}": moment for at, moment in self.items()}

    def take(self, named: dict[str, Moment]) -> None:
        """Replace all by what was saved."""
        self._kept = {int(name.removeprefix(_NAME)): moment for name, moment in named.items()}
