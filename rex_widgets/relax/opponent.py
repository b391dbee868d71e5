"""The second encoder of a comparison of two."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.classifiers.preprocessing import Preprocessing
from rex_widgets.embedder import Embedder
from rex_widgets.encoders import Encoder, as_encoder
from rex_widgets.errors import ModelError

Data = NDArray[np.float32]


class Opponent:
    """A second encoder, and the explained input as it takes it.

    Parameters
    ----------
    model
        An `Encoder`, or what `as_encoder` takes; it is then read with the first one's options.
    first
        The first encoder.
    options
        ``layer``, ``output``, ``pool`` and ``eval_mode`` of the settings.
    data
        Float32 ``(C, *space)``, the explained input as the first encoder takes it.
    batch_size
        Most inputs given to it at once.

    Raises
    ------
    ModelError
        It cannot be used, or takes inputs of another shape or kind.
    """

    def __init__(
        self,
        model: Any,
        first: Encoder,
        options: Mapping[str, Any],
        data: Data,
        *,
        batch_size: int,
    ) -> None:
        if not isinstance(model, Encoder):
            told = {name: value for name, value in options.items() if value not in (None, False)}
            try:
                model = as_encoder(model, input_shape=data.shape, **_kind(first), **told)
            except ModelError as error:
                raise ModelError(
                    f"The encoder given as versus cannot be used: {error} (An encoder made by "
                    "as_encoder may have its own layer, output and pool.)"
                ) from None
        self.encoder: Encoder = model
        self._from, self._to = first.preprocessing, model.preprocessing
        self._check(data)
        self.same = _reading(self._from) == _reading(self._to)
        self.data = self.converted(data)
        self.embedder = Embedder(model, self.data, batch_size=batch_size)

    def converted(self, data: Data) -> Data:
        """An input ``(C, *space)`` as this encoder takes it, from how the first one does."""
        if self.same:
            return data
        plain = _plain(data.astype(np.float64), self._from)
        p = self._to
        if p.channel_order != self._from.channel_order:
            plain = plain[::-1]
        made = (plain / (p.scale or 1.0) - _column(p.mean, plain)) / _column(p.std, plain)
        return np.ascontiguousarray(made, np.float32)

    def _check(self, data: Data) -> None:
        size, shape = self._to.size, data.shape[1:]
        if (size is not None and tuple(size) != shape) or self._to.channels != self._from.channels:
            takes = (self._to.channels, *(size or shape))
            raise ModelError(
                f"The encoder given as versus takes inputs of shape {takes}; expected "
                f"{data.shape}, as the first one takes them. Put a resize into the model."
            )


def _kind(first: Encoder) -> dict[str, Any]:
    modes = {"table": "tabular", "signal": "spectral", "audio": "audio", "volume": "voxel"}
    kind = first.preprocessing.kind
    return {"mode": modes[kind]} if kind in modes else {}


def _reading(p: Preprocessing) -> tuple[Any, ...]:
    return (p.mean, p.std, p.scale, p.channel_order)


def _plain(data: NDArray[np.float64], p: Preprocessing) -> NDArray[np.float64]:
    plain: NDArray[np.float64] = data * _column(p.std, data) + _column(p.mean, data)
    return plain * (p.scale or 1.0)


def _column(values: tuple[float, ...], data: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(values, np.float64).reshape(-1, *(1,) * (data.ndim - 1))
