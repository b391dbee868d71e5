"""Attributions that show and blacken cells, and need no gradients.

They give each pixel its cell's value divided by the cell's pixels, so that the sum over a cell is
the cell's value, whatever its size: (1, 1, H, W).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rex_widgets.bridge.areas.job import AttributionJob

if TYPE_CHECKING:
    import torch


def occlusion(job: AttributionJob) -> torch.Tensor:
    """Zeiler and Fergus 2013: a black square of a cell's size, moved by half a cell.

    About 4 · H · W / cell_size² pictures.
    """
    from captum.attr import Occlusion

    channels = job.image.shape[1]
    step = max(1, job.cell_size // 2)
    given: torch.Tensor = Occlusion(job.asked).attribute(
        job.image,
        sliding_window_shapes=(channels, job.cell_size, job.cell_size),
        strides=(channels, step, step),
        baselines=0.0,
        target=job.index,
        perturbations_per_eval=job.batch_size,
    )
    # Every channel has the same value.
    return given[:, :1]


def feature_ablation(job: AttributionJob) -> torch.Tensor:
    """Blacken each cell once: as many pictures as cells, and one."""
    from captum.attr import FeatureAblation

    given = FeatureAblation(job.asked).attribute(
        job.image,
        baselines=0.0,
        target=job.index,
        feature_mask=job.features,
        perturbations_per_eval=job.batch_size,
    )
    return _shared(given, job)


def shapley_sampling(job: AttributionJob) -> torch.Tensor:
    """Štrumbelj and Kononenko 2010: as many random orders as fit into `evaluations`, at least 1."""
    from captum.attr import ShapleyValueSampling

    given = ShapleyValueSampling(job.asked).attribute(
        job.image,
        baselines=0.0,
        target=job.index,
        feature_mask=job.features,
        n_samples=max(1, job.evaluations // job.cells),
        perturbations_per_eval=job.batch_size,
    )
    return _shared(given, job)


def kernel_shap(job: AttributionJob) -> torch.Tensor:
    """Lundberg and Lee 2017: `evaluations` pictures, at least 2 · cells + 2."""
    from captum.attr import KernelShap

    method = KernelShap(job.asked)
    # Captum's own regression would need scikit-learn.
    method.interpretable_model = _LinearModel(penalty=0.0)
    return _shared(_regressed(method, job), job)


def lime(job: AttributionJob) -> torch.Tensor:
    """Ribeiro et al. 2016, with its ridge regression.

    `evaluations` pictures, at least 2 · cells + 2. Half of the cells are shown at a time,
    and pictures count by their cosine distance.
    """
    from captum.attr import Lime

    method = Lime(job.asked, interpretable_model=_LinearModel(penalty=1.0))
    return _shared(_regressed(method, job), job)


def random(job: AttributionJob) -> torch.Tensor:
    """Return independent uniform numbers."""
    import torch

    return torch.rand(1, 1, *job.image.shape[2:])


def _regressed(method: Any, job: AttributionJob) -> Any:
    return method.attribute(
        job.image,
        baselines=0.0,
        target=job.index,
        feature_mask=job.features,
        n_samples=max(job.evaluations, 2 * job.cells + 2),
        perturbations_per_eval=job.batch_size,
    )


def _shared(given: Any, job: AttributionJob) -> torch.Tensor:
    import torch

    pixels = torch.bincount(job.features.ravel(), minlength=job.cells)
    shared: torch.Tensor = given[:, :1] / pixels[job.features]
    return shared


class _LinearModel:
    """Weighted ridge regression with a free intercept, as Captum calls a model of its own."""

    def __init__(self, penalty: float) -> None:
        self._penalty = penalty
        self._weights: torch.Tensor | None = None

    def fit(self, train_data: Any, **_: Any) -> None:
        """Fit to all rows at once: (x, y, weight)."""
        import torch

        rows = [[part.double().cpu() for part in batch] for batch in train_data]
        shown, scores, weights = (torch.cat(column) for column in zip(*rows, strict=True))
        root = weights.reshape(-1, 1).sqrt()
        table = torch.cat([shown, torch.ones(len(shown), 1, dtype=torch.float64)], 1) * root
        answer = scores.reshape(-1, 1) * root
        if self._penalty:
            ridge = torch.eye(table.shape[1], dtype=torch.float64) * self._penalty**0.5
            # The last column is the intercept, which is free.
            table = torch.cat([table, ridge[:-1]])
            answer = torch.cat([answer, answer.new_zeros(len(ridge) - 1, 1)])
        # gelsd gives the shortest answer where cells cannot be told apart.
        solved = torch.linalg.lstsq(table, answer, driver="gelsd").solution
        self._weights = solved[:-1].T.float()

    def representation(self) -> torch.Tensor:
        """Return the cells' weights (1, cells)."""
        assert self._weights is not None
        return self._weights

    def __call__(self, shown: torch.Tensor) -> torch.Tensor:
        """Predict without the intercept, which no attribution asks for."""
        return shown @ self.representation().T
