"""What the representations of masked inputs are compared with, once the encoder was asked."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.embedder import Embedder
from rex_widgets.errors import ModelError
from rex_widgets.relax.opponent import Opponent
from rex_widgets.relax.references import Reference
from rex_widgets.relax.settings import RelaxSettings
from rex_widgets.relax.similarity import similarities, similarities_to

Vector = NDArray[np.float32]
CHUNK = 32
"""Inputs of a corpus or gallery that are read and given to the encoder at once."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """Representations to compare with.

    Parameters
    ----------
    measure
        A name or a function; see `similarities`.
    embedding
        Float32 ``(D,)``, of the whole input.
    references
        Float32 ``(T, D)``: what was asked for, then the gallery's inputs.
    opposed, opposed_embedding
        Float32 ``(D2,)``: the second encoder's, where there is one, of what was asked for and of
        the whole input.
    """

    measure: Any
    embedding: Vector = field(repr=False)
    references: NDArray[np.float32] = field(repr=False)
    opposed: Vector | None = field(default=None, repr=False)
    opposed_embedding: Vector | None = field(default=None, repr=False)

    def of(
        self, rows: NDArray[np.float32], opposed_rows: NDArray[np.float32] | None = None
    ) -> tuple[NDArray[np.float64], int]:
        """Compare the representations of N masked inputs.

        Parameters
        ----------
        rows, opposed_rows
            Float32 ``(N, D)``, and ``(N, D2)`` of the second encoder.

        Returns
        -------
        similarities
            Float64 ``(N, T)``.
        undefined
            How many representations were zero vectors, for which the cosine counts as 0.
        """
        found, undefined = similarities_to(self.measure, self.references, rows)
        if self.opposed is not None and opposed_rows is not None:
            less, more_undefined = similarities(self.measure, self.opposed, opposed_rows)
            found[:, 0] -= less
            undefined += more_undefined
        return found, undefined

    def of_whole(self) -> NDArray[np.float64]:
        """Similarities of the whole input, ``(T,)``."""
        opposed = None if self.opposed_embedding is None else self.opposed_embedding[None]
        found: NDArray[np.float64] = self.of(self.embedding[None], opposed)[0][0]
        return found


def compare(
    settings: RelaxSettings,
    data: NDArray[np.float32],
    embedder: Embedder,
    opponent: Opponent | None,
) -> Generator[None, None, Comparison]:
    """Ask the encoder about the whole input, alone, and about everything it is compared with.

    Yields after every call of an encoder.

    Raises
    ------
    ModelError
        A representation is not finite, or the zero vector where the cosine needs a direction.
    """
    embedding = embedder.embed(data[None], "look")[0]
    yield
    check(embedding, "the whole input", settings)
    asked = yield from _asked(settings, embedding, embedder)
    opposed = opposed_embedding = None
    if opponent is not None:
        opposed_embedding = opponent.embedder.embed(opponent.data[None], "versus")[0]
        yield
        check(opposed_embedding, "the whole input under the encoder versus", settings)
        opposed = yield from _asked(settings, opposed_embedding, opponent.embedder, opponent)
    references = [asked]
    for batch in _chunks(iter(settings.gallery or ())):
        rows = embedder.embed(np.stack([one.data for one in batch]), "gallery")
        yield
        for one, row in zip(batch, rows, strict=True):
            check(row, one.name, settings)
            references.append(row)
    measure = settings.similarity_measure
    return Comparison(measure, embedding, np.stack(references), opposed, opposed_embedding)


def check(vector: Vector, whose: str, settings: RelaxSettings) -> None:
    """Refuse a representation that nothing can be compared with."""
    if not np.isfinite(vector).all():
        raise ModelError(
            f"The representation of {whose} holds {int((~np.isfinite(vector)).sum())} values that "
            "are not finite (NaN or infinite). Check the model, its layer and its input's range."
        )
    if settings.similarity_measure == "cosine" and not vector.any():
        raise ModelError(
            f"The representation of {whose} is the zero vector, for which the cosine is undefined. "
            "Use similarity_measure='euclidean', or another layer (such as one before its "
            "rectifier)."
        )


def _asked(
    settings: RelaxSettings,
    embedding: Vector,
    embedder: Embedder,
    opponent: Opponent | None = None,
) -> Generator[None, None, Vector]:
    """The representation that masked inputs are compared with."""
    if settings.like is not None:
        found: Vector = embedder.embed(_data(settings.like, opponent)[None], "like")[0]
        yield
        check(found, settings.like.name, settings)
        return found
    if settings.corpus is None:
        return embedding
    total = np.zeros(len(embedding), np.float64)
    for batch in _chunks(iter(settings.corpus)):
        rows = embedder.embed(np.stack([_data(one, opponent) for one in batch]), "corpus")
        total += rows.sum(axis=0, dtype=np.float64)
        yield
    mean: Vector = (total / len(settings.corpus)).astype(np.float32)
    check(mean, "the corpus (its mean)", settings)
    return mean


def _data(one: Reference, opponent: Opponent | None) -> NDArray[np.float32]:
    return one.data if opponent is None else opponent.converted(one.data)


def _chunks(references: Iterator[Reference]) -> Iterator[list[Reference]]:
    while batch := list(islice(references, CHUNK)):
        yield batch
