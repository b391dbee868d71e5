"""A logger for Weights & Biases, where that is installed."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark.loggers import BasicLogger, Images


class WandbLogger(BasicLogger):
    """Logs every batch, the totals and the figure to Weights & Biases as well.

    Parameters
    ----------
    attributes, path, n_batches
        See `BasicLogger`.
    project
        The project's name there.

    Raises
    ------
    SettingsError
        wandb is not installed.
    """

    def __init__(
        self,
        attributes: Mapping[str, Any],
        path: str | Path,
        n_batches: int = 10,
        project: str = "Bex",
    ) -> None:
        if not wandb_is_there():
            raise SettingsError(
                "WandbLogger needs wandb, which is not installed: pip install "
                '"rex-widgets[wandb]"; or run the '
                "benchmark with logger=BasicLogger."
            )
        super().__init__(attributes, path, n_batches)
        self._run = import_module("wandb").init(
            project=project, dir=str(self.path), config=self.attributes, reinit=True
        )

    def accumulate(self, data: Mapping[str, float], images: Images | None) -> None:
        """Log the metrics of one batch."""
        super().accumulate(data, images)
        self._run.log(dict(data))

    def log(self) -> None:
        """Write what `BasicLogger` writes, log totals and figure, and end the run there."""
        super().log()
        self._run.log({f"{name}_avg": value for name, value in self.metrics.items()})
        picture = self.path / "counterfactuals.png"
        if self.images and picture.exists():
            self._run.log({"Counterfactuals": import_module("wandb").Image(str(picture))})
        self._run.finish()


def wandb_is_there() -> bool:
    """Whether wandb can be imported."""
    try:
        return find_spec("wandb") is not None
    except ValueError:
        # A module that was put in place by hand has no spec.
        return True
