"""Growing Spheres: the nearest points of another class, by sampling (arXiv 1712.08443)."""

from __future__ import annotations

import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.base import ExplainerBase, Search
from rex_widgets.latent.explainers.checks import (
    check_counts,
    check_positive,
    check_two_classes,
)
from rex_widgets.latent.explainers.spheres import ReleasedSpheres, Spheres
from rex_widgets.latent.problem import Problem


class GrowingSpheres(ExplainerBase):
    """Growing Spheres: shrink a ball until no sample in it is of the class asked for, then grow.

    No gradient is needed. Around every sample by itself: the radius of a ball is divided until
    none of the candidates in it is of the class asked for; then rings as wide as that ball follow
    each other outward. The nearest candidates of that class found on the way are kept, and the
    rings end once no nearer one can follow. Last, the coordinates of each are put back to the
    sample's own, the smallest change first, wherever the class holds.

    Candidates stay in the range of the latents (or at the sample's own value where that is
    outside), and the rings end at the radius that covers it: `Search.message` names the samples
    for which nothing was found by then. The first of their explanations is the candidate that came
    nearest to the class, the others are the sample itself.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample.
    n_candidates
        Candidates in a ball or ring.
    first_radius
        Of the first ball, in standardised units.
    decrease_radius
        What the radius is divided by, above 1.
    release_compatible
        As BEX 0.5.2 computes it: candidates lie on spheres, at radius r/``decrease_radius`` + r, +
        2 r and so on (r: radius of the last ball); the first sphere with candidates of the class
        ends the search, and only its candidates are kept, even if they are fewer than asked for
        (the other explanations are the sample itself); nothing is kept in range. The release
        never ends where no sphere has one; here it does after 1,000 spheres, and says so.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    def __init__(
        self,
        num_explanations: int = 10,
        n_candidates: int = 50,
        first_radius: float = 10.0,
        decrease_radius: float = 2.0,
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        check_counts(num_explanations=num_explanations, n_candidates=n_candidates)
        check_positive(first_radius=first_radius, decrease_radius=decrease_radius)
        if decrease_radius <= 1:
            raise SettingsError(
                f"decrease_radius was {decrease_radius!r}; expected a number above 1: the radius "
                "is divided by it."
            )
        self.num_explanations, self.n_candidates = num_explanations, n_candidates
        self.first_radius, self.decrease_radius = first_radius, decrease_radius
        self.release_compatible, self.target = release_compatible, target

    def begin(self, problem: Problem, random: torch.Generator) -> Search:
        """Begin a search; a step is one ball, ring or coordinate for all samples."""
        kind = Spheres
        if self.release_compatible:
            check_two_classes(problem, "GrowingSpheres")
            kind = ReleasedSpheres
        return kind(
            problem,
            random,
            count=self.num_explanations,
            candidates=self.n_candidates,
            radius=float(self.first_radius),
            divisor=float(self.decrease_radius),
        )
