"""Optional terms of the objective, one a file; adding one adds a line here.

The objective is log p(y | x̂0) minus the weighted terms (METHODS §4). All but ``consistency`` are
logarithms of a distance plus 1e-6. A term is imported when it is first used: it needs torch, and
its name does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module

from rex_widgets.bridge.terms.base import EPSILON, Term
from rex_widgets.settings import unknown_name

__all__ = ["EPSILON", "TERMS", "Entry", "Term", "term_named"]


@dataclass(frozen=True)
class Entry:
    """Where a term is, and what it does in a few words."""

    name: str
    help: str

    @property
    def term(self) -> Term:
        """The term, from the file of its name."""
        found: Term = import_module(f"{__name__}.{self.name}").TERM
        return found


TERMS: Mapping[str, Entry] = {
    name: Entry(name, said)
    for name, said in (
        ("consistency", "keeps the estimate as the picture is outside the region"),
        ("lpips", "keeps the picture near as it is perceived, in the log of LPIPS"),
        ("l1", "keeps the picture near, in the log of the mean absolute difference"),
        ("l2", "keeps the picture near, in the log of the root mean square"),
        ("tv", "keeps the picture smooth, in the log of the total variation"),
        ("ssim", "keeps the structure, in the log of 1 - SSIM"),
    )
}


def term_named(name: str) -> Entry:
    """Return the entry of that name.

    Raises
    ------
    SettingsError
        There is none.
    """
    if name not in TERMS:
        raise unknown_name(name, TERMS, "term")
    return TERMS[name]
