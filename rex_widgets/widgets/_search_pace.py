"""How often a picture of the search may be drawn, so that drawing never holds the search up."""

from __future__ import annotations

FRAMES_PER_SECOND = 20
"""At most."""

SHARE = 0.04
"""Most of the time that may go into drawing while the run computes."""

_MEMORY = 0.8
"""How much of an average stays with each new measurement."""


class Pace:
    """Spaces frames by what the last ones have cost.

    Attributes
    ----------
    cost
        Seconds that a frame takes, a running average.
    frames
        Frames noted so far.
    """

    def __init__(self) -> None:
        self.cost = 0.0
        self.frames = 0

    def note(self, seconds: float) -> None:
        """Take in what a frame has cost."""
        first = self.frames == 0
        self.frames += 1
        # a sudden rise counts at once: better a frame too late than one too many
        slow = _MEMORY * self.cost + (1 - _MEMORY) * seconds
        self.cost = seconds if first else max(slow, min(seconds, 2 * self.cost))

    def wait(self, computing: bool) -> float:
        """Seconds to leave free after a frame; ``computing``: the run is at work."""
        between = 1 / FRAMES_PER_SECOND
        if not computing:
            return between
        return max(between, self.cost * (1 - SHARE) / SHARE)
