"""``python -m rex_widgets.latent.benchmark``: the table of all explainers on all settings."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rex_widgets.errors import RexWidgetsError, SettingsError
from rex_widgets.latent.benchmark.benchmark import Benchmark
from rex_widgets.latent.benchmark.loggers import BasicLogger, write_table
from rex_widgets.latent.benchmark.summary import METRICS, OVER_SAMPLES, over_samples, over_seeds
from rex_widgets.latent.registry import EXPLAINERS, explainer_named

if TYPE_CHECKING:
    from pandas import DataFrame

SETTINGS = ("6:0.5", "6:0.95", "10:0.5", "10:0.95")
QUICK_SAMPLES = 6
BY = ("n_corr", "corr_level", "explainer")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark, print its table, and return the exit status."""
    asked = _parser().parse_args(arguments)
    try:
        rows = list(results(asked))
    except RexWidgetsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    means = over_seeds(rows, BY)
    print(as_text(means))
    if asked.output:
        write_table(Path(asked.output) / "runs.csv", rows)
        write_table(Path(asked.output) / "table.csv", means.to_dict("records"))
    return 0


def results(asked: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Run every explainer on every setting with every seed; yields a row for each."""
    n_samples = QUICK_SAMPLES if asked.quick else asked.n_samples
    for n_corr, corr_level in map(setting, asked.settings):
        benchmark = Benchmark(
            batch_size=asked.batch_size,
            n_samples=n_samples,
            n_corr=n_corr,
            corr_level=corr_level,
            logger=BasicLogger if asked.output else None,
            data_path=asked.data_path,
            release_compatible=asked.release_compatible,
            progress=not asked.silent,
        )
        for name, released, seed in _trials(asked):
            benchmark.seed = seed
            called = f"{name} (released)" if released and asked.with_released else name
            place = f"{n_corr}-{corr_level:g}", f"{called}-{seed}"
            found = benchmark.run(
                name,
                Path(asked.output, *place) if asked.output else None,
                asked.device,
                release_compatible=released,
            )
            yield {
                "n_corr": n_corr,
                "corr_level": corr_level,
                "explainer": called,
                "seed": seed,
                **found.scores.named,
                OVER_SAMPLES: over_samples(found.kept),
            }


def _trials(asked: argparse.Namespace) -> Iterator[tuple[str, bool, int]]:
    """Yield explainer, whether as released, and seed; only one where nothing is random."""
    kinds = (False, True) if asked.with_released else (asked.release_compatible,)
    for name in asked.explainers:
        seeds = asked.seeds if explainer_named(name).draws else asked.seeds[:1]
        for released in kinds:
            yield from ((name, released, seed) for seed in seeds)


def setting(text: str) -> tuple[int, float]:
    """Read a setting such as "10:0.95": n_corr and corr_level.

    Raises
    ------
    SettingsError
        It is written otherwise.
    """
    first, colon, second = text.partition(":")
    try:
        if not colon:
            raise ValueError
        return int(first), float(second)
    except ValueError:
        raise SettingsError(
            f"The setting was {text!r}; expected n_corr and corr_level, such as 10:0.95."
        ) from None


def as_text(means: DataFrame) -> str:
    """Write the means with their standard errors, aligned; the samples are those of every seed."""
    shown = means[list(BY)].copy()
    for name in METRICS:
        pairs = zip(means[name], means[f"{name} ±"], strict=True)
        shown[name] = [
            f"{mean:.3f}" if error != error else f"{mean:.3f} ± {error:.3f}"  # noqa: PLR0124
            for mean, error in pairs
        ]
    shown[OVER_SAMPLES] = [f"{error:.3f}" for error in means[OVER_SAMPLES]]
    return str(shown.to_string(index=False))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rex_widgets.latent.benchmark",
        description="Compare counterfactual explainers; ± is the standard error over seeds of the "
        "explainers' random numbers (the samples stay the same). An explainer that draws none "
        "is tried once and has none; how much the samples matter is in the last column.",
    )
    add = parser.add_argument
    add("--explainers", nargs="+", default=list(EXPLAINERS), metavar="NAME", help="default: all")
    add(
        "--settings",
        nargs="+",
        default=list(SETTINGS),
        metavar="N_CORR:LEVEL",
        help=f"default: {' '.join(SETTINGS)}",
    )
    add("--seeds", nargs="+", type=int, default=[0, 1, 2], metavar="SEED", help="default: 0 1 2")
    add("--n-samples", type=int, default=100, help="for each of 8 levels; default: 100")
    add("--quick", action="store_true", help=f"{QUICK_SAMPLES} samples for each level")
    add("--batch-size", type=int, default=12, help="default: 12")
    add("--device", default="", help="default: a GPU where there is one")
    add("--output", help="folder for tables, figures and finished batches (a run is continued)")
    add("--data-path", help="folder with the files of the BEX release, to run on its world")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument(
        "--release-compatible", action="store_true", help="explainers and measures of BEX 0.5.2"
    )
    kind.add_argument(
        "--with-released",
        action="store_true",
        help="besides, every explainer as in BEX 0.5.2, judged by the same measures",
    )
    add("--silent", action="store_true", help="no progress")
    return parser


if __name__ == "__main__":
    sys.exit(main())
