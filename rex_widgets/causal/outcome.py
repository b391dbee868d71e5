"""How far the explaining of a map has come, and the explanation it makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from rex_widgets.masks import Mask
from rex_widgets.results import Certificate, ClassScore, Part

NOTHING_YET = "nothing yet"
SMALLEST = "smallest passing mutant"
PREFIX = "ranked prefix"
IRREDUCIBLE = "irreducible"
VERIFIED = "verified"
NONE_FOUND = "none found"
MEANINGLESS = "meaningless"


@dataclass(frozen=True)
class Outcome:
    """The best answer so far: a mask and what is known of it.

    Attributes
    ----------
    mask, confidence, stage, verified, certificate, occlusions, message
        As in `rex_widgets.results.Explanation`.
    without
        The answer to the rest of the input, where it was asked.
    parts
        The single masks of a strategy that has several.
    complete
        The strategy has come to its end: nothing is added to the parts any more.
    """

    mask: Mask
    confidence: float = float("nan")
    stage: str = NOTHING_YET
    verified: bool = False
    certificate: Certificate | None = None
    occlusions: dict[str, bool] = field(default_factory=dict)
    message: str = ""
    without: ClassScore | None = None
    parts: tuple[Part, ...] = ()
    complete: bool = False

    def part(self, name: str) -> Part:
        """Make a part of another outcome of it."""
        array = self.mask.array()
        array.flags.writeable = False
        return Part(
            name,
            array,
            self.confidence,
            self.mask.area / array.size,
            self.verified,
            self.certificate,
            self.without,
        )
