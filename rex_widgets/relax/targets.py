"""Other inputs that the settings name: found, read like the one explained, and put into words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from glob import glob, has_magic
from pathlib import Path
from typing import Any

from rex_widgets.errors import InputError, SettingsError
from rex_widgets.inputs import Sample
from rex_widgets.relax.references import Reference, References
from rex_widgets.relax.settings import MOST_IN_CORPUS, MOST_IN_GALLERY, RelaxSettings
from rex_widgets.relax.similarity import takes_reference

Read = Callable[[Any], Sample]

ALONE = "each masked input by itself"
"""What is asked by a function that sees the masked inputs' representations and nothing else."""


def settled(settings: RelaxSettings, model: Any, sample: Sample, read: Read) -> RelaxSettings:
    """Bring the inputs that the settings name to the encoder's shape.

    Parameters
    ----------
    settings
        ``like`` and ``gallery`` are read at once, ``corpus`` when its representations are made.
    model
        The encoder; it is not called.
    sample
        The input that is explained, whose shape the others must have.
    read
        Reads another input like the one explained.

    Returns
    -------
    RelaxSettings
        With a `Reference` as ``like``, a tuple of them as ``gallery`` and a `References` as
        ``corpus``; settled settings come back as they are.

    Raises
    ------
    InputError
        An input cannot be read, or has another shape.
    SettingsError
        There are too many of them.
    """
    del model
    changed: dict[str, Any] = {}
    checked = _checking(sample, read)
    if settings.like is not None and not isinstance(settings.like, Reference):
        changed["like"] = Reference.of(
            checked(settings.like, "like"), settings.like, "another input"
        )
    gallery = settings.gallery
    if gallery is not None and not _read_already(gallery):
        given = _listed(gallery, "gallery", MOST_IN_GALLERY)
        names = [f"gallery {number}" for number in range(1, len(given) + 1)]
        changed["gallery"] = tuple(
            one if isinstance(one, Reference) else Reference.of(checked(one, name), one, name)
            for one, name in zip(given, names, strict=True)
        )
    corpus = settings.corpus
    if corpus is not None and not isinstance(corpus, References):
        given = _listed(corpus, "corpus", MOST_IN_CORPUS)

        def read_one(one: Any) -> Sample:
            return checked(one, "corpus")

        changed["corpus"] = References(given, read_one, "corpus", len(given))
    return replace(settings, **changed) if changed else settings


def asked_in_words(settings: RelaxSettings, first: str = "", second: str = "") -> str:
    """What masked inputs are compared with, for a person.

    Parameters
    ----------
    settings
        Settled.
    first, second
        Names of the two encoders, where ``versus`` was given.
    """
    measure = settings.similarity_measure
    if callable(measure) and not takes_reference(measure):
        words = ALONE
    elif settings.like is not None:
        words = f"like {settings.like.name}"
    elif settings.corpus is not None:
        words = f"like the mean of {len(settings.corpus):,} inputs"
    else:
        words = "similar to itself"
    if settings.versus is not None:
        words += f", by {first} more than by {second}"
    return words


def _checking(sample: Sample, read: Read) -> Callable[[Any, str], Sample]:
    def checked(given: Any, what: str) -> Sample:
        words = f"{what} {Path(given).name!r}" if isinstance(given, str) else what
        try:
            other = read(given)
        except InputError as error:
            raise InputError(
                f"An input given as {words} cannot be used: {error} "
                "(A pattern such as photos/*.png names some files of a folder.)"
            ) from None
        if other.data.shape != sample.data.shape:
            raise InputError(
                f"An input given as {words} has shape {other.data.shape}; expected "
                f"{sample.data.shape}, that of the input that is explained."
            )
        return other

    return checked


def _read_already(gallery: Any) -> bool:
    return isinstance(gallery, tuple) and all(isinstance(one, Reference) for one in gallery)


def _listed(given: Any, what: str, most: int) -> tuple[Any, ...]:
    """The single inputs; a path is that of a folder, a pattern, or one input."""
    if not isinstance(given, str):
        return tuple(given)
    path = Path(given).expanduser()
    if path.is_dir():
        found = sorted(p for p in path.iterdir() if p.is_file() and not p.name.startswith("."))
    elif path.exists() or not has_magic(given):
        found = [path]
    else:
        found = sorted(Path(name) for name in glob(str(path)) if Path(name).is_file())
    if not found:
        raise InputError(
            f"{what} was {given!r}, which names no file; expected a folder with inputs, a pattern "
            "such as photos/*.png, or a list of inputs."
        )
    if len(found) > most:
        raise SettingsError(
            f"{what} was {given!r}, which names {len(found):,} inputs; at most {most:,} are taken. "
            "Name fewer by a pattern or a list."
        )
    return tuple(map(str, found))
