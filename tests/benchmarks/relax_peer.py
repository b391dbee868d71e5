"""How long until the map of an encoder is as exact as the release's of RELAX?"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from platform import python_version
from statistics import median
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tests.benchmarks.bench import Bench
from tests.benchmarks.pictures import Picture
from tests.benchmarks.relax_encoder import error, shape_error
from tests.benchmarks.report import Section, Table, Verdict
from tests.parity.relax_peer import RELEASE, VARIABLE

TITLE = "RELAX: time to a map as exact as the release's"
TARGET = 10.0
OUTSIDE = 3.0
REFERENCE = 12_800
REFERENCE_SEED = 991
MEASURES = {"map": error, "map minus its mean": shape_error}
METHOD = f"""\
The peer is {RELEASE}, under `torch.no_grad()` (as its authors advise) with its defaults, batches
of 100 masks. Both systems explain the same photograph with the same torch module, EfficientNet-
Lite0 without its head (1280 pooled features), one run at a time, the peer and ours in turn, each
in a new process with two threads. The error of a map is the root mean square of its difference
from a reference map, as a share of the reference's; the reference is one run of ours of
{REFERENCE:,} masks with a seed that no compared run has. "Minus its mean" subtracts each map's
mean first: what is left is what a heat map shows. Ours counts from the first border between two
batches from which on its error stays at most the peer's; looking at the result at every border is
in its time. Our settings are the defaults, with stopping off. "torch eager" calls the module as
the peer does; "own runtime" is what is chosen by itself, with choosing and exporting included in
the time. "Import line changed" is our class RELAX with its defaults, asked for as many masks as
the peer makes: it ends by itself when it estimates to be as exact. A full measurement takes the
peer's default of 3000 masks, two photographs and three seeds; with `--quick` the peer makes at
most 1000 masks, once, on one photograph."""

RUNTIMES = {"torch eager": "eager", "own runtime": None}


@dataclass(frozen=True)
class Course:
    """One run: masks, seconds and maps at every border; share of its time outside the encoder."""

    masks: list[int]
    seconds: list[float]
    maps: NDArray[np.float32]
    outside: float
    prepared: float = 0.0


@dataclass(frozen=True)
class Compared:
    """All runs of one photograph and seed; ``renamed`` is ours by the release's names."""

    picture: str
    seed: int
    reference: NDArray[np.float32]
    peer: Course
    own: dict[str, Course]
    renamed: Course


Distance = Callable[[Any, Any], float]


def versions() -> dict[str, str]:
    """Versions in the peer's processes: all but its own are ours."""
    name, _, number = RELEASE.partition("==")
    same = {library: version(library) for library in ("numpy", "torch")}
    return {name: number, "python": python_version(), **same}


def measure(bench: Bench) -> Section:
    """Compare at equal error, then the time outside the encoder, then memory."""
    section = Section(TITLE, METHOD)
    path, why = _peer_path(bench)
    if why:
        section.notes.append(f"Not measured: {why}")
        return section
    marks, most = ([200, 500, 1000], 300) if bench.quick else ([500, 1000, 3000], 600)
    compared = []
    for picture in bench.pictures[: 1 if bench.quick else 2]:
        bench.say(f"RELAX, reference map: {picture.name}")
        reference = _ours(bench, picture, REFERENCE_SEED, REFERENCE, None).maps[-1]
        for seed in range(bench.repeats):
            bench.say(f"RELAX, peer: {picture.name}, seed {seed}")
            peer = _peer(bench, picture, seed, marks, path)
            own = {}
            for name, runtime in RUNTIMES.items():
                bench.say(f"RELAX, ours, {name}: {picture.name}, seed {seed}")
                own[name] = _ours(bench, picture, seed, most, runtime)
            bench.say(f"RELAX, by the release's names: {picture.name}, seed {seed}")
            renamed = _renamed(bench, picture, seed, marks[-1])
            compared.append(Compared(picture.name, seed, reference, peer, own, renamed))
    for what, distance in MEASURES.items():
        _equal_error(section, compared, what, distance)
    _import_line(section, compared)
    _outside(section, compared)
    _memory(bench, section, path)
    return section


def _equal_error(section: Section, compared: list[Compared], what: str, distance: Distance) -> None:
    """Time until our error is the peer's, at several numbers of its masks."""
    of_ours = (f"{name}: {cell}" for name in RUNTIMES for cell in ("masks", "s", "ratio"))
    columns = [f"error of the {what}: photograph", "seed", "peer masks", "peer error", "peer s"]
    table = Table([*columns, *of_ours])
    ratios: dict[str, list[float]] = {name: [] for name in RUNTIMES}
    last = compared[0].peer.masks[-1]
    for one in compared:
        for mark, seconds, map_ in zip(
            one.peer.masks, one.peer.seconds, one.peer.maps, strict=True
        ):
            wanted = distance(map_, one.reference)
            row: list[Any] = [one.picture, one.seed, mark, wanted, seconds]
            for name, course in one.own.items():
                reached = _reached(course, wanted, distance, one.reference)
                row += [*reached, seconds / reached[1]]
                if mark == last:
                    ratios[name].append(row[-1])
            table.add(*row)
    section.tables.append(table)
    for name, found in ratios.items():
        words = f"times faster than the peer's {last} masks to an equal error of the {what}"
        verdict = Verdict(f"{words}, {name} (median)", median(found), "at least", TARGET)
        section.verdicts.append(verdict)


def _import_line(section: Section, compared: list[Compared]) -> None:
    """What a script of the release's gets after changing its import line."""
    columns = ["import line changed: photograph", "seed", "peer masks", "peer error", "peer s"]
    table = Table([*columns, "our masks", "our error", "our s", "ratio"])
    for one in compared:
        peer, ours = one.peer, one.renamed
        errors = [error(course.maps[-1], one.reference) for course in (peer, ours)]
        seconds = peer.seconds[-1], ours.seconds[-1]
        row = (one.picture, one.seed, peer.masks[-1], errors[0], seconds[0])
        table.add(*row, ours.masks[-1], errors[1], seconds[1], seconds[0] / seconds[1])
    section.tables.append(table)


def _outside(section: Section, compared: list[Compared]) -> None:
    """Time that is not the encoder's."""
    for name in RUNTIMES:
        share = 100 * median(one.own[name].outside for one in compared)
        words = f"time outside the encoder, {name} (median)"
        section.verdicts.append(Verdict(words, share, "at most", OUTSIDE, "%"))
    peer = 100 * median(one.peer.outside for one in compared)
    prepared = median(one.own["own runtime"].prepared for one in compared)
    section.notes.append(
        f"The peer spent {peer:.2g} % of its time outside the encoder. Choosing our own runtime "
        f"took {prepared:.2g} s of the times above; a second run of the same module does without."
    )


def _reached(
    course: Course, wanted: float, distance: Distance, reference: NDArray[np.float32]
) -> tuple[int | str, float]:
    """Masks and seconds at the border from which on the error stays at most what is wanted."""
    errors = [distance(map_, reference) for map_ in course.maps]
    above = [at for at, found in enumerate(errors) if found > wanted]
    first = above[-1] + 1 if above else 0
    if first == len(errors):
        return "not reached", float("inf")
    return course.masks[first], course.seconds[first]


def _ours(bench: Bench, picture: Picture, seed: int, masks: int, runtime: str | None) -> Course:
    npz = bench.folder / "relax-ours.npz"
    found = bench.in_new_process(
        "relax_process",
        png=str(picture.path),
        threads=bench.threads,
        seed=seed,
        masks=masks,
        npz=str(npz),
        runtime=runtime,
        maps_at_borders=masks != REFERENCE,
    )
    numbers, seconds = (list(column) for column in zip(*found["borders"], strict=True))
    return Course(numbers, seconds, _maps(npz), found["outside"], found["prepared"])


def _peer(bench: Bench, picture: Picture, seed: int, marks: list[int], path: str | None) -> Course:
    npz = bench.folder / "relax-peer.npz"
    found = bench.in_new_process(
        "relax_peer_process",
        path=path,
        png=str(picture.path),
        threads=bench.threads,
        seed=seed,
        masks=marks,
        npz=str(npz),
    )
    return Course(found["masks"], found["seconds"], _maps(npz), found["outside"][-1])


def _renamed(bench: Bench, picture: Picture, seed: int, masks: int) -> Course:
    npz = bench.folder / "relax-renamed.npz"
    found = bench.in_new_process(
        "relax_process",
        by_names=True,
        png=str(picture.path),
        threads=bench.threads,
        seed=seed,
        masks=masks,
        npz=str(npz),
    )
    return Course([found["masks"]], [found["seconds"]], _maps(npz), float("nan"))


def _maps(npz: Path) -> NDArray[np.float32]:
    with np.load(npz) as file:
        maps: NDArray[np.float32] = file["maps"]
    return maps


def _memory(bench: Bench, section: Section, path: str | None) -> None:
    """Most memory above the loaded encoder's, by system and number of masks."""
    table = Table(["most memory above the loaded encoder's, system", "masks", "MB"])
    words = {
        "ours": "ours, torch eager",
        "peer": "peer",
        "peer, no_grad": "peer, under no_grad",
    }
    few, many = (100, 300) if bench.quick else (200, 2000)
    peaks = {}
    asked = [("ours", few), ("ours", many), ("peer, no_grad", few), ("peer", 4), ("peer", 12)]
    for system, masks in asked:
        bench.say(f"RELAX, memory: {system}, {masks} masks")
        peaks[system, masks] = bench.in_new_process(
            "relax_memory_process",
            png=str(bench.pictures[0].path),
            threads=bench.threads,
            masks=masks,
            system=system,
            path=path,
        )["peak_mb"]
        table.add(words[system], masks, peaks[system, masks])
    section.tables.append(table)
    what = f"memory of ours at {many} masks over that at {few}"
    ratio = peaks["ours", many] / peaks["ours", few]
    section.verdicts.append(Verdict(what, ratio, "at most", 1.1))
    more = (peaks["peer", 12] - peaks["peer", 4]) / 8
    section.notes.append(
        "The peer as shipped keeps what torch needs for gradients: outside `no_grad` each further "
        f"mask took {more:.0f} MB more (between 4 and 12 masks; larger runs were not tried)."
    )


def _peer_path(bench: Bench) -> tuple[str | None, str]:
    """Where the peer lies (``None``: installed here), or why it cannot be had."""
    named = os.environ.get(VARIABLE)
    if named:
        found = (Path(named) / "relax_xai").is_dir()
        return named, "" if found else f"{VARIABLE} names a folder without the package relax_xai."
    target = bench.folder / "relax-peer"
    pip = [sys.executable, "-m", "pip", "install", "-qq", "--no-input", "--no-deps", "--target"]
    done = subprocess.run([*pip, str(target), RELEASE], capture_output=True, text=True)
    if done.returncode:
        return None, f"{RELEASE} could not be installed, and {VARIABLE} does not name its folder."
    return str(target), ""
