"""How far the explaining of a map has come, and the explanation it makes."""

from __future__ import annotations

from dataclasses import dataclass, field

from rex_widgets.masks import Mask
from rex_widgets.results import Certificate

NOTHING_YET = "nothing yet"
SMALLEST = "smallest passing mutant"
PREFIX = "ranked prefix"
IRREDUCIBLE = "irreducible"
VERIFIED = "verified"
NONE_FOUND = "none found"
MEANINGLESS = "meaningless"


@dataclass(frozen=True)
class Outcome:
    """The best answer so far: a mask and what is known of it."""

    mask: Mask
    confidence: float = float("nan")
    stage: str = NOTHING_YET
    verified: bool = False
    certificate: Certificate | None = None
    occlusions: dict[str, bool] = field(default_factory=dict)
    message: str = ""
