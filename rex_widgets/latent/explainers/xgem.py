"""XGEM: along the gradient on the generator's manifold (arXiv 1806.08867)."""

from __future__ import annotations

from rex_widgets.latent.explainers.dive import Dive


class Xgem(Dive):
    """XGEM: `Dive` with everything movable, no lasso and no diversity.

    What is left is the loss toward the class asked for and the L1 distance of the pictures.

    Parameters
    ----------
    num_explanations
        Counterfactuals for every sample; they start at z + 0.01 N(0, 1).
    lr, num_iters
        Step length of Adam, and steps at most.
    reconstruction_weight
        Of the distance of the pictures.
    release_compatible
        As BEX 0.5.2 computes it; see `Dive`.
    target
        The class to ask for; ``None``: the best besides the sample's own.
    """

    def __init__(
        self,
        num_explanations: int = 10,
        lr: float = 0.1,
        num_iters: int = 50,
        reconstruction_weight: float = 0.001,
        *,
        release_compatible: bool = False,
        target: int | None = None,
    ) -> None:
        super().__init__(
            num_explanations,
            lr,
            num_iters,
            diversity_weight=0,
            lasso_weight=0,
            reconstruction_weight=reconstruction_weight,
            method="none",
            release_compatible=release_compatible,
            target=target,
        )
