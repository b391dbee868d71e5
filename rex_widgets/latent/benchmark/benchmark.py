"""The benchmark's door: run explainers on a world, and compare them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import torch

from rex_widgets.errors import SettingsError
from rex_widgets.latent.benchmark.arena import Arena, WorldLike, arena_of, device_named
from rex_widgets.latent.benchmark.asking import explainer_of, name_of
from rex_widgets.latent.benchmark.bar import TextBar
from rex_widgets.latent.benchmark.configuration import configuration_of, plain_attributes
from rex_widgets.latent.benchmark.evaluation import Evaluation, Progress, Trial
from rex_widgets.latent.benchmark.kept_batches import Batches, digest_of
from rex_widgets.latent.benchmark.loggers import BasicLogger, LoggerLike
from rex_widgets.latent.benchmark.summary import table
from rex_widgets.latent.benchmark.worlds import world_for
from rex_widgets.latent.fisher import FisherInformation

if TYPE_CHECKING:
    from pandas import DataFrame

Logger = Callable[[Mapping[str, Any], str], LoggerLike]

_SAME: Final[Any] = object()


class Benchmark:
    """Compares counterfactual explainers on a world whose truth is known.

    From the validation samples ``n_samples`` are taken for each of eight levels of confidence
    (`rex_widgets.latent.benchmark.selection.LEVELS`). What an explainer makes of them is projected
    to the neighbourhood of the sample, classified, judged by an oracle, and scored.

    A run is repeatable to the bit on the same machine, and each batch by itself: its seed comes
    from ``seed`` and its number. So a run that was killed goes on where it was, if it is called
    again with the same arguments; and a run that was complete is read from its file. That holds for
    explainers that keep nothing from one batch for the next; for others say ``resume=False``.

    Parameters
    ----------
    batch_size
        Samples at once.
    num_workers
        Kept for callers of the BEX release; the samples are in memory, and nothing has to load
        them.
    n_samples
        Samples for each level of confidence; 0 takes the whole validation set.
    corr_level, n_corr
        Which world: 0.5 or 0.95, 6 or 10.
    seed
        Of what is random in explainers; the samples are the same for every seed.
    logger
        Class of the loggers (`BasicLogger` or your own), or ``None`` to write nothing of that kind.
    data_path
        Folder with the files of the BEX release, to run on its world; ``None``: on the world that
        comes with this package.
    download
        Fetch files of the release that are not there, to ``data_path`` or ``~/.bex``, and run on
        its world. Nothing is fetched otherwise.
    release_compatible
        Compute as BEX 0.5.2, where that differs from the paper: selection, projection and
        cardinality, and metrics averaged over batches. Explainers that know the option are made
        with it too, unless `run` says otherwise.
    world
        Another world, in place of those two.
    progress
        Called with a `Progress` after every step; true: a line of text; false: nothing.
    resume
        Whether a run goes on from the file of an earlier one.

    Attributes
    ----------
    results
        A row for every run: "explainer" and the metrics.

    Raises
    ------
    SettingsError
        A setting is out of range.
    ModelError
        Files of the release are missing, or are not what is expected.

    Examples
    --------
    >>> benchmark = Benchmark(n_samples=100)                               # doctest: +SKIP
    >>> benchmark.runs([{"explainer": "dive", "lr": 0.1}, {"explainer": "dice"}])  # doctest: +SKIP
    >>> benchmark.summarize()                                              # doctest: +SKIP
    """

    def __init__(
        self,
        batch_size: int = 12,
        num_workers: int = 8,
        n_samples: int = 100,
        corr_level: float = 0.95,
        n_corr: int = 10,
        seed: int = 0,
        logger: Logger | None = BasicLogger,
        data_path: str | Path | None = None,
        download: bool = False,
        release_compatible: bool = False,
        *,
        world: WorldLike | None = None,
        progress: bool | Callable[[Progress], None] = True,
        resume: bool = True,
    ) -> None:
        counts = {"batch_size": (batch_size, 1), "n_samples": (n_samples, 0), "seed": (seed, 0)}
        counts["num_workers"] = (num_workers, 0)
        for name, (value, least) in counts.items():
            if isinstance(value, bool) or not isinstance(value, int) or value < least:
                raise SettingsError(
                    f"{name} was {value!r}; expected a whole number, {least} at least."
                )
        if logger is not None and not callable(logger):
            raise SettingsError(
                f"logger was {logger!r}; expected a class such as BasicLogger, or None."
            )
        self.batch_size, self.n_samples, self.seed = batch_size, n_samples, seed
        self.logger, self.release_compatible, self.resume = logger, release_compatible, resume
        self.world: WorldLike = world or world_for(n_corr, corr_level, data_path, download)
        self.n_corr, self.corr_level = self.world.n_corr, self.world.corr_level
        self.results: list[dict[str, Any]] = []
        self._tell = progress
        self._arenas: dict[torch.device, Arena] = {}
        self._fisher: dict[tuple[torch.device, bool], FisherInformation] = {}

    def run(
        self,
        explainer: Any,
        output_path: str | Path | None = None,
        device: str = "",
        *,
        logger: Logger | None = _SAME,
        **options: Any,
    ) -> Evaluation:
        """Try one explainer, and add a row to `results`.

        Parameters
        ----------
        explainer
            A name (`rex_widgets.latent.registry.EXPLAINERS`), or a subclass of `ExplainerBase`.
        output_path
            Folder for what the logger writes and for the batches that are done. ``None``: a folder
            in ``output`` that is named after the configuration, if there is a logger; else nothing
            is written.
        device
            Of torch; empty: a GPU where there is one.
        logger
            In place of the benchmark's own.
        **options
            Of the explainer.

        Raises
        ------
        SettingsError
            There is no such explainer or device, or the explainer does not take these options.
        ModelError
            The explainer gave something that is no counterfactuals.
        SavedRunError
            The folder holds batches of another run, or damaged ones.
        """
        made = explainer_of(explainer, options, self.release_compatible)
        name = name_of(explainer)
        arena = self._arena(device_named(device))
        attributes = self._attributes(made, name)
        configuration = configuration_of(attributes, made, options, arena)
        digest = digest_of(configuration)
        kind = self.logger if logger is _SAME else logger
        path = Path(output_path) if output_path is not None else None
        if path is None and kind is not None:
            path = Path("output") / f"{name}-{digest[:12]}"
        if path is not None:
            path.mkdir(parents=True, exist_ok=True)
        batches = Batches(
            path / f"batches-{digest[:12]}.run" if path else None,
            digest,
            samples=len(arena.latents),
            batch_size=self.batch_size,
            size=arena.latents.shape[1],
            resume=self.resume,
        )
        log = kind(attributes, str(path)) if kind else None
        known = arena.device, bool(getattr(made, "release_compatible", False))
        trial = Trial(
            arena,
            made,
            name,
            batch_size=self.batch_size,
            seed=self.seed,
            released=self.release_compatible,
            batches=batches,
            fisher=self._fisher.get(known),
        )
        found = trial.run(log, self._told())
        if trial.fisher is not None:
            self._fisher[known] = trial.fisher
        if log is not None:
            if hasattr(log, "totals"):
                log.totals = dict(found.named)
            log.log()
        self.results.append({"explainer": name, **found.named})
        counterfactuals, verdicts, kept = batches.of(slice(None))
        return Evaluation(
            explainer=name,
            scores=found,
            indices=arena.indices,
            latents=arena.latents.cpu().numpy(),
            counterfactuals=counterfactuals,
            verdicts=verdicts,
            kept=kept,
            configuration=configuration,
            path=path,
        )

    def runs(
        self,
        exp_list: Iterable[Mapping[str, Any] | Any],
        output_path: str | Path | None = None,
        **common: Any,
    ) -> list[Evaluation]:
        """Try several explainers, one after the other.

        Parameters
        ----------
        exp_list
            Arguments of `run` for each, such as ``{"explainer": "dive", "lr": 0.1}``; or the
            explainer alone, such as ``"dive"``.
        output_path
            Folder in which each gets a folder of its own, named by its place and name.
        **common
            Arguments of `run` for all.
        """
        found = []
        for place, given in enumerate(exp_list):
            arguments = given if isinstance(given, Mapping) else {"explainer": given}
            if "explainer" not in arguments:
                raise SettingsError(
                    f"Entry {place} of the list was {dict(arguments)!r}; expected the key "
                    "'explainer', with a name or a class."
                )
            own = {**common, **arguments}
            if output_path is not None and "output_path" not in own:
                folder = f"{place:02d}-{name_of(arguments['explainer'])}"
                own["output_path"] = Path(output_path) / folder
            found.append(self.run(**own))
        return found

    def summarize(self) -> DataFrame:
        """Return a row for every run so far: "explainer" and the metrics (`pandas.DataFrame`)."""
        return table(self.results)

    def _arena(self, device: torch.device) -> Arena:
        if device not in self._arenas:
            self._arenas[device] = arena_of(
                self.world, device, self.n_samples, self.release_compatible
            )
        return self._arenas[device]

    def _told(self) -> Callable[[Progress], None]:
        if callable(self._tell):
            return self._tell
        return TextBar() if self._tell else _nothing

    def _attributes(self, explainer: Any, name: str) -> dict[str, Any]:
        """What a logger is told of the run; the keys are those of the BEX release and some more."""
        return {
            "explainer": name,
            "n_corr": self.n_corr,
            "corr_level": self.corr_level,
            "batch_size": self.batch_size,
            "num_samples": self.n_samples,
            "seed": self.seed,
            "release_compatible_benchmark": self.release_compatible,
            **plain_attributes(explainer),
        }


def _nothing(progress: Progress) -> None:
    """Tell nobody."""
