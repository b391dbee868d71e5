"""From whatever an encoder returns to (N, D) float32, checked."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.encoders.embedding import Embedding
from rex_widgets.encoders.picking import pick_output
from rex_widgets.encoders.pooling import features_axis, pooled, pooled_size, pooling_of
from rex_widgets.errors import ModelError

LARGEST_EMBEDDING = 2**24
"""Values of one representation at most; a hundred of them in float32 take 6.7 GB."""


class EmbeddingReader:
    """Reads an encoder's outputs; what the first one looks like is kept to.

    Parameters
    ----------
    output
        Which of several outputs is meant; see `pick_output`.
    pool
        "flatten", "mean", "max" or None.
    kind
        Kind of the input, one of `rex_widgets.axes.KINDS`.
    channels_last
        Whether the model takes its input with the channels last.
    features_last
        Whether the features are the output's last axis, where the layer tells.
    where
        The layer or output that is read, as words.
    note
        What was chosen before, as a sentence.
    """

    def __init__(
        self,
        *,
        output: str | int | None = None,
        pool: str | None = None,
        kind: str = "image",
        channels_last: bool = False,
        features_last: bool | None = None,
        where: str = "",
        note: str = "",
    ) -> None:
        self.embedding: Embedding | None = None
        self._output = output
        self._pool = pool
        self._kind = kind
        self._channels_last = channels_last
        self._features_last = features_last
        self._where = where
        self._note = note
        self._choices: tuple[str, ...] = ()

    @property
    def choices(self) -> tuple[str, ...]:
        """Sentences: what was taken for the representation."""
        return self._choices

    def read(
        self, raw: Any, rows: int, used: int | None = None, finite: bool = True
    ) -> NDArray[np.float32]:
        """Return (used, D) float32.

        Parameters
        ----------
        raw
            What the model returned.
        rows
            How many inputs it was given.
        used
            How many of these are somebody's; the others fill a fixed batch. All by default.
        finite
            Whether NaN and infinities are an error; made-up inputs may well lead to them.

        Raises
        ------
        ModelError
            If the output is not one array with a row of numbers per input, is not finite, is too
            large, or has another shape than before.
        """
        value, sentence = pick_output(raw, self._output, rows)
        values = _numbers(value)
        if values.ndim == 0 or len(values) != rows:
            raise ModelError(
                f"The encoder returned an array of shape {values.shape} for a batch of {rows}; "
                f"expected one representation per input, ({rows}, …)."
            )
        shape = tuple(int(length) for length in values.shape[1:])
        axis = features_axis(values.ndim, self._kind, self._channels_last, self._features_last)
        if self.embedding is None:
            self._start(shape, axis, sentence)
        assert self.embedding is not None
        if shape != self.embedding.shape:
            raise ModelError(
                f"The encoder returned {shape} values per input, but {self.embedding.shape} "
                "before; expected the same shape for every batch."
            )
        values = values[:used]
        if finite and not np.isfinite(values).all():
            raise _not_finite(values)
        return pooled(np.asarray(values, dtype=np.float32), self._pool, axis)

    def _start(self, shape: tuple[int, ...], axis: int, sentence: str) -> None:
        size = pooled_size(shape, self._pool, axis)
        if size == 0:
            raise ModelError(
                f"The encoder returned an array of shape (N, {', '.join(map(str, shape))}); "
                "expected at least one value per input."
            )
        if size > LARGEST_EMBEDDING:
            raise ModelError(
                f"The representation of one input has {size:,} values "
                f"({'×'.join(map(str, shape))}); at most {LARGEST_EMBEDDING:,} are taken. Pool it "
                "with pool='mean' or pool='max', or choose another layer."
            )
        self.embedding = Embedding(
            shape, size, pooling_of(self._pool, len(shape) + 1, axis), self._where
        )
        told = [words for words in (self._note, sentence) if words]
        told.append(f"Representation: {self.embedding.text}.")
        if self._pool in ("mean", "max") and len(shape) < 2:
            told.append(f"pool={self._pool!r} has nothing to pool: each input gives one row.")
        if size == 1:
            told.append(
                "The representation is one value: the cosine of two numbers is 1 or -1 and tells "
                "next to nothing. Choose a layer with more values, or similarity 'euclidean'."
            )
        self._choices = tuple(told)


def _numbers(value: Any) -> NDArray[Any]:
    if hasattr(value, "detach"):
        value = value.detach()
        if value.is_complex():
            raise _no_numbers(str(value.dtype))
        if not (value.device.type == "cpu" and str(value.dtype) == "torch.float32"):
            value = value.float().cpu()
        value = value.numpy()
    values = np.asarray(value)
    if values.dtype.kind not in "fiub":
        raise _no_numbers(str(values.dtype))
    # A float64 beyond float32's range is told as an infinity, not as a warning of numpy's.
    with np.errstate(over="ignore"):
        return values.astype(np.float32, copy=False)


def _no_numbers(kind: str) -> ModelError:
    return ModelError(
        f"The encoder returned values of type {kind}; expected real numbers, (N, …). Wrap it in a "
        "function that returns these."
    )


def _not_finite(values: NDArray[Any]) -> ModelError:
    wrong = ~np.isfinite(values.reshape(len(values), -1))
    row = int(wrong.any(axis=1).argmax())
    words = "NaN" if np.isnan(values).any() else "infinite values"
    return ModelError(
        f"The encoder returned {words}: {int(wrong[row].sum())} of {wrong.shape[1]} values for "
        f"input {row} of a batch of {len(values)}. Its similarity to anything is undefined. Check "
        "the preprocessing (mean, std, scale) and the model's weights."
    )
