"""What is known of finished samples: each asked about alone, as it is handed out."""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray

from rex_widgets.errors import ModelError

if TYPE_CHECKING:
    from rex_widgets.bridge.models import RcsbModel

Floats = NDArray[np.float32]

ARRAYS = ("probabilities", "second", "lpips")


class Judged:
    """Answers about finished samples, in order of their numbers.

    Parameters
    ----------
    model
        Asked.
    before
        The picture, ``(C, H, W)`` in [0, 1].

    Attributes
    ----------
    probabilities, second, lpips
        One entry a sample: of the classifier ``(K,)``, of the second one ``(K',)``, and the
        distance to the picture. The last two stay empty where nobody gives them.
    counts
        Pictures given to the classifiers, by what for.
    seconds
        Time inside them.
    """

    def __init__(self, model: RcsbModel, before: Floats) -> None:
        self._model = model
        self._before = torch.tensor(before)
        self.probabilities: list[Floats] = []
        self.second: list[Floats] = []
        self.lpips: list[Floats] = []
        self.counts = {"verify": 0, "second": 0}
        self.seconds = 0.0

    @property
    def count(self) -> int:
        """Samples that were asked about."""
        return len(self.probabilities)

    def take(self, picture: torch.Tensor, lpips: Callable[..., Any] | None) -> None:
        """Ask about a sample ``(C, H, W)`` in [0, 1].

        Where a classifier gives no numbers, NaN is noted: the sample was drawn all the same.

        Raises
        ------
        ModelError
            A classifier gives something else, or the distance is no number.
        """
        begun = perf_counter()
        own = self._model.judge.probabilities(picture[None], finite=False)[0]
        self.counts["verify"] += 1
        if self._model.second is not None:
            other = self._model.second.probabilities(picture[None], finite=False)[0]
            self.second.append(other)
            self.counts["second"] += 1
        if lpips is not None:
            self.lpips.append(_distance(lpips, picture, self._before))
        # last: `count` says how many are known whole
        self.probabilities.append(own)
        self.seconds += perf_counter() - begun

    def state(self) -> tuple[dict[str, Any], dict[str, NDArray[np.generic]]]:
        """Everything that `restore` needs."""
        arrays: dict[str, NDArray[np.generic]] = {
            f"judged_{name}": np.stack(getattr(self, name))
            for name in ARRAYS
            if getattr(self, name)
        }
        return {"counts": self.counts, "seconds": self.seconds}, arrays

    def restore(self, state: Any, arrays: Any) -> None:
        """Take over what `state` gave."""
        self.counts = {str(name): int(count) for name, count in state["counts"].items()}
        self.seconds = float(state["seconds"])
        for name in ARRAYS:
            stored = arrays.get(f"judged_{name}")
            setattr(self, name, [] if stored is None else list(np.asarray(stored, np.float32)))
        for name in ("second", "lpips"):
            if len(getattr(self, name)) not in (0, self.count):
                raise ValueError(f"{name} has the wrong length")


def _distance(lpips: Callable[..., Any], picture: torch.Tensor, before: torch.Tensor) -> Floats:
    with torch.no_grad():
        found = lpips(picture[None] * 2 - 1, before[None] * 2 - 1)
    value = np.asarray(found.detach().cpu() if hasattr(found, "detach") else found, np.float32)
    if value.size != 1 or not np.isfinite(value).all():
        raise ModelError(
            f"lpips_from returned {value!r} for one pair of pictures; expected one distance."
        )
    return np.asarray(value.reshape(()), np.float32)
