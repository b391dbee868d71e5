"""A benchmark of counterfactual explainers ("Explaining Visual Counterfactual Explainers", 2023).

>>> from rex_widgets.latent.benchmark import Benchmark                     # doctest: +SKIP
>>> benchmark = Benchmark(n_samples=100)                                   # doctest: +SKIP
>>> benchmark.run("dice")                                                  # doctest: +SKIP
>>> benchmark.summarize()                                                  # doctest: +SKIP
"""

from __future__ import annotations

from rex_widgets.latent.benchmark.benchmark import Benchmark
from rex_widgets.latent.benchmark.evaluation import Evaluation
from rex_widgets.latent.benchmark.loggers import BasicLogger
from rex_widgets.latent.benchmark.wandb_logger import WandbLogger

__all__ = ["BasicLogger", "Benchmark", "Evaluation", "WandbLogger"]
