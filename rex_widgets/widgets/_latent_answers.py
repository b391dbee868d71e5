"""The thread that asks the models about an explorer's points: the latest one, never a queue."""

from __future__ import annotations

import threading
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.widgets._counterfactual_table import small
from rex_widgets.widgets.turns import turns_at

if TYPE_CHECKING:
    from rex_widgets.latent.models import LatentModel

SIZE = 24
"""Points along each side of a map."""

REST_SECONDS = 0.15
"""How long a point stays before the map is computed around it."""

LEAST_SECONDS = 0.03
"""Shortest time between two answers."""

MOST_SIDE = 256
_ROWS_AT_ONCE = 4
_TRIED, _MOST_TRIED = 9, 32
_IDLE_SECONDS = 2.0


@dataclass(frozen=True)
class Answer:
    """What the models say of a point.

    Parameters
    ----------
    point
        Standardised latent.
    probabilities
        One a class, adding up to 1.
    title
        What the picture shows, where that is known; else empty.
    picture
        uint8 ``(H, W, 3)``, at most 256 pixels a side.
    """

    point: tuple[float, ...]
    probabilities: tuple[float, ...]
    title: str
    picture: NDArray[np.uint8] = field(repr=False, compare=False)


@dataclass(frozen=True, eq=False)
class ClassMap:
    """Probability of a class along two coordinates of a point.

    Parameters
    ----------
    point
        The others stay what they are there.
    axes
        Across and up.
    of
        The class.
    values
        Float32 ``(24, 24)``; rows go from the least value of the second coordinate to its largest.
    """

    point: tuple[float, ...]
    axes: tuple[int, int]
    of: int
    values: NDArray[np.float32] = field(repr=False)

    def holds(self, point: tuple[float, ...], axes: tuple[int, int], of: int) -> bool:
        """Whether this is the map of that point, too."""
        alike = all(
            one == other or number in axes
            for number, (one, other) in enumerate(zip(self.point, point, strict=True))
        )
        return self.axes == axes and self.of == of and alike


Wish = tuple[tuple[float, ...], tuple[int, int] | None, int]


class Asker:
    """Asks about the latest point on a thread of its own, which ends when nothing is asked.

    Parameters
    ----------
    model
        Generator and classifier.
    answered, mapped, failed, told
        Bound methods, kept by weak references; called on the thread with an `Answer`, a
        `ClassMap`, what the models raised, and the two coordinates that tell most.

    Attributes
    ----------
    answer, map
        The last of each; ``None`` before.
    """

    def __init__(
        self,
        model: LatentModel,
        answered: Callable[[Answer], object],
        mapped: Callable[[ClassMap], object],
        failed: Callable[[BaseException], object],
        told: Callable[[tuple[int, int]], object],
    ) -> None:
        self._model = model
        self._tell = [weakref.WeakMethod(one) for one in (answered, mapped, failed, told)]
        self._changed = threading.Condition()
        self._wish: Wish | None = None
        self._thread: threading.Thread | None = None
        self._closed = False
        self.answer: Answer | None = None
        self.map: ClassMap | None = None

    def ask(self, point: tuple[float, ...], axes: tuple[int, int] | None, of: int) -> None:
        """Ask about this point; what was asked before and is not answered yet is forgotten.

        Without ``axes``, the two coordinates are found along which the class changes most.
        """
        with self._changed:
            if self._closed:
                return
            self._wish = (point, axes, of)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(
                    target=self._work, name="rex_widgets explorer", daemon=True
                )
                self._thread.start()

    def close(self) -> None:
        """Ask nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _work(self) -> None:
        while True:
            with self._changed:
                if self._wish is None:
                    self._changed.wait(_IDLE_SECONDS)
                if self._closed or self._wish is None:
                    self._thread = None
                    return
                wish, self._wish = self._wish, None
            try:
                self._carry_out(wish)
            except Exception as problem:
                self._say(2, problem)

    def _carry_out(self, wish: Wish) -> None:
        point, axes, of = wish
        if self.answer is None or self.answer.point != point:
            started = time.monotonic()
            self.answer = self._answer_to(point)
            self._say(0, self.answer)
            time.sleep(max(0.0, LEAST_SECONDS - (time.monotonic() - started)))
        if not self._rests():
            return
        if axes is None:
            axes = self._telling(point, of)
            self._say(3, axes)
        if not (self.map and self.map.holds(point, axes, of)):
            made = self._map_of(point, axes, of)
            if made is not None:
                self.map = made
                self._say(1, made)

    def _rests(self) -> bool:
        """Wait a little; whether nothing else was asked meanwhile."""
        with self._changed:
            return not self._changed.wait_for(
                lambda: self._wish is not None or self._closed, REST_SECONDS
            )

    def _answer_to(self, point: tuple[float, ...]) -> Answer:
        import torch

        latents = torch.tensor([point], dtype=torch.float32, device=self._model.device)
        with torch.no_grad(), turns_at(self._model).mine():
            pictures = self._model.generate(latents)
            said = self._model.classify(pictures).softmax(1)[0]
        world = self._model.world
        title = "" if world is None else world.names_of(latents.cpu())[0]
        picture = small(self._model.picture(pictures)[0], MOST_SIDE)
        return Answer(point, tuple(float(p) for p in said), title, picture)

    def _telling(self, point: tuple[float, ...], of: int) -> tuple[int, int]:
        """Return the two coordinates along whose ranges the probability changes most."""
        import torch

        known = self._model.statistics
        assert known is not None
        size = min(len(point), _MOST_TRIED)
        shares = torch.linspace(0, 1, _TRIED)
        lines = torch.tensor(point, dtype=torch.float32).repeat(size, _TRIED, 1)
        for axis in range(size):
            low, high = known.minimum[axis].cpu(), known.maximum[axis].cpu()
            lines[axis, :, axis] = low + shares * (high - low)
        with torch.no_grad(), turns_at(self._model).mine():
            flat = lines.flatten(0, 1).to(self._model.device)
            logits = self._model.classify(self._model.generate(flat))
        along = logits.softmax(1)[:, of].reshape(size, _TRIED)
        spread = along.amax(1) - along.amin(1)
        first, second = sorted(spread.topk(2).indices.tolist())
        return int(first), int(second)

    def _map_of(self, point: tuple[float, ...], axes: tuple[int, int], of: int) -> ClassMap | None:
        """Ask row by row; ``None`` where another point was asked about meanwhile."""
        import torch

        known = self._model.statistics
        assert known is not None
        across, up = (
            torch.linspace(float(known.minimum[axis]), float(known.maximum[axis]), SIZE)
            for axis in axes
        )
        grid = torch.tensor(point, dtype=torch.float32).repeat(SIZE, SIZE, 1)
        grid[..., axes[0]] = across[None, :]
        grid[..., axes[1]] = up[:, None]
        rows = []
        for part in grid.to(self._model.device).split(_ROWS_AT_ONCE):
            if self._wish is not None or self._closed:
                return None
            with torch.no_grad(), turns_at(self._model).mine():
                logits = self._model.classify(self._model.generate(part.flatten(0, 1)))
            rows.append(logits.softmax(1)[:, of].reshape(-1, SIZE))
        values = torch.cat(rows).float().cpu().numpy()
        return ClassMap(point, axes, of, values)

    def _say(self, number: int, news: Any) -> None:
        heard = self._tell[number]()
        if heard is not None and not self._closed:
            heard(news)
