"""What is written about a run of the benchmark; a base for loggers of your own."""

from __future__ import annotations

import csv
import io
import logging
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, TypedDict

import numpy as np
import torch

from rex_widgets.run_file import replacing

FIGURES = "rex_widgets.plots.counterfactual_figure"
"""Where figures are drawn; only named here, since the core imports nothing that draws."""


class Images(TypedDict):
    """Pictures of one batch.

    ``samples`` are those with a success, float32 ``(S, C, H, W)`` in [-1, 1]; ``cfs`` their
    mutually orthogonal counterfactuals ``(M, C, H, W)``; ``owners`` says of each which of the
    samples it belongs to, int64 ``(M,)``.
    """

    samples: torch.Tensor
    cfs: torch.Tensor
    owners: torch.Tensor


class LoggerLike(Protocol):
    """What the benchmark calls; `totals` is set before `log`, where the logger has it."""

    def accumulate(self, data: Mapping[str, float], images: Images | None) -> None:
        """Take the metrics and pictures of one batch."""

    def log(self) -> None:
        """Write; called once, after the last batch."""


class BasicLogger:
    """Writes ``results.csv`` and ``counterfactuals.png``; override `accumulate` and `log`.

    Parameters
    ----------
    attributes
        Configuration of the run.
    path
        Folder to write to; it is made.
    n_batches
        Batches, of those with a success, whose pictures are kept for the figure.

    Attributes
    ----------
    metrics
        For every metric its values batch by batch; after `log` its total.
    images
        Pictures of the first batches.
    totals
        The metrics over all samples, which the benchmark sets before it calls `log`. They may
        differ from the mean over batches, the last of which may be smaller.

    Examples
    --------
    >>> class Printed(BasicLogger):                                        # doctest: +SKIP
    ...     def log(self):
    ...         super().log()
    ...         print(self.attributes["explainer"], self.metrics["SCE"])
    >>> Benchmark(logger=Printed).run("dice")                              # doctest: +SKIP
    """

    def __init__(self, attributes: Mapping[str, Any], path: str | Path, n_batches: int = 5) -> None:
        self.attributes = dict(attributes)
        self.path = Path(path)
        self.n_batches = n_batches
        self.metrics: dict[str, Any] = {}
        self.images: list[Images] = []
        self.totals: dict[str, float] = {}
        self.path.mkdir(parents=True, exist_ok=True)

    def accumulate(self, data: Mapping[str, float], images: Images | None) -> None:
        """Take the metrics and pictures of one batch.

        Parameters
        ----------
        data
            Metrics of the batch by name.
        images
            See `Images`; ``None`` where no explanation was successful.
        """
        for name, value in data.items():
            self.metrics.setdefault(name, []).append(value)
        if images is not None and len(self.images) < self.n_batches:
            self.images.append(images)

    def create_cf_figure(self) -> Any:
        """Draw the pictures: every sample, and below it its counterfactuals.

        Returns
        -------
        matplotlib.figure.Figure or None
            ``None`` where no explanation was successful. The figure belongs to no window and to no
            pyplot, so that nothing has to be closed.
        """
        if not self.images:
            logging.getLogger(__name__).warning("No counterfactual was successful: no figure.")
            return None
        return import_module(FIGURES).counterfactual_figure(
            [tuple(part.detach().cpu().numpy() for part in _parts(batch)) for batch in self.images]
        )

    def log(self) -> None:
        """Write the metrics and the configuration as a table of one row, and the figure."""
        means = {name: float(np.mean(values)) for name, values in self.metrics.items()}
        self.metrics = {**means, **self.totals}
        figure = self.create_cf_figure()
        if figure is not None:
            with replacing(self.path / "counterfactuals.png") as file:
                figure.savefig(file, format="png", bbox_inches="tight")
        write_table(self.path / "results.csv", [{**self.metrics, **self.attributes}])


def _parts(images: Images) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return samples, counterfactuals and owners."""
    return images["samples"], images["cfs"], images["owners"]


def write_table(path: Path, rows: list[dict[str, Any]]) -> None:
    """Write rows with the same columns as a table, text in UTF-8."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    with replacing(path) as file:
        file.write(text.getvalue().encode())
