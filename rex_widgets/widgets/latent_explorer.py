"""A latent that is moved by sliders and pads, while picture and probabilities follow."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import traitlets
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.report import stills
from rex_widgets.report.bundle import bundle_text
from rex_widgets.widgets._callbacks import Callbacks
from rex_widgets.widgets._latent_answers import Answer, Asker, ClassMap
from rex_widgets.widgets._latent_space import found_model, space_of, start_of
from rex_widgets.widgets._still import StillPicture
from rex_widgets.widgets.live_widget import LiveWidget

if TYPE_CHECKING:
    from rex_widgets.latent.models import LatentModel
    from rex_widgets.latent.statistics import LatentStatistics
    from rex_widgets.run import Run

# What the browser changes while a person drags: an echo of an older value would jump back.
_IN_BROWSER = {"sync": True, "echo_update": False}

MOST_COORDINATES = 1024

STILL_SECONDS = 3.0
"""Longest wait for the models' first answer, where the notebook's file wants a picture."""


class LatentExplorer(StillPicture, LiveWidget):
    """Move a latent, and see what the generator draws and what the classifier says of it.

    There is a slider for every coordinate, a pad for every embedding whose places have names (the
    world's characters and fonts), and a map: the probability of a class along two coordinates that
    can be chosen, with the line where it is a half. The point can be dragged there, too.

    Moving happens in the browser. A thread of its own asks the models: always about the latest
    point, never about those passed over meanwhile; the map follows when the point rests. While
    the answer to a move is due, "queued…" is shown. Latents are standardised throughout.

    Parameters
    ----------
    start
        Latents ``(Z,)`` to start from, as the generator takes them; of the world an index, or
        standardised latents. The middle of the latent space if not given.
    classifier
        "world", or what gives logits for the generator's pictures.
    generator
        "world", a torch module or a function of latents ``(N, Z)``.
    statistics, latents
        Of the latent space; or training latents to compute them of. See
        `rex_widgets.latent.settings.LatentSettings`.
    labels
        Names of the classes.
    n_corr, corr_level
        Which of the world's classifiers.
    **traits
        Starting values of the traits below.

    Attributes
    ----------
    point : list of float
        The latent, standardised, ``Z`` numbers.
    axes : list of int
        The two coordinates of the map; those that change the class most from the first point,
        if not given.
    shown_class : int
        The class whose probability the map has.
    marks : list of dict
        Points with names to go back to; see `mark`.
    space : dict
        Coordinates, their ranges, and known places.
    error : str
        Why the models could not be asked; usually empty.

    Raises
    ------
    InputError, ModelError, SettingsError
        What was given cannot be used.

    Examples
    --------
    >>> LatentExplorer(17)                                        # doctest: +SKIP
    >>> LatentExplorer(z, classifier, generator=decoder)          # doctest: +SKIP
    """

    _esm = bundle_text("latent-explorer")

    space = traitlets.Dict().tag(sync=True)
    point = traitlets.List(traitlets.Float()).tag(**_IN_BROWSER)
    axes = traitlets.List(traitlets.Int(), default_value=[0, 1]).tag(**_IN_BROWSER)
    shown_class = traitlets.Int(0, min=0).tag(**_IN_BROWSER)
    marks = traitlets.List(traitlets.Dict()).tag(sync=True)
    error = traitlets.Unicode("").tag(sync=True)

    _asker: Asker | None = None  # none where what was given is refused

    def __init__(
        self,
        start: Any = None,
        classifier: Any = "world",
        *,
        generator: Any = None,
        statistics: LatentStatistics | None = None,
        latents: Any = None,
        labels: Sequence[str] | None = None,
        n_corr: int = 10,
        corr_level: float = 0.95,
        **traits: Any,
    ) -> None:
        model = found_model(
            classifier,
            generator=generator,
            statistics=statistics,
            latents=latents,
            labels=labels,
            n_corr=n_corr,
            corr_level=corr_level,
        )
        point = start_of(start, model)
        if len(point) > MOST_COORDINATES:
            raise InputError(
                f"The latents have {len(point)} coordinates; at most {MOST_COORDINATES} are shown "
                "as sliders."
            )
        if len(point) < 2:
            raise InputError("The latents have one coordinate; a map needs two.")
        self._callbacks: Callbacks[[Answer]] = Callbacks()
        self._wants_axes = "axes" not in traits
        self._model = model
        if not model.classes:
            model.probe(_row(point, model))
        known = model.of_size(len(point))
        self._ends = known.minimum.cpu().numpy(), known.maximum.cpu().numpy()
        self._asker = Asker(model, self._answered, self._mapped, self._failed, self._found_axes)
        traits.setdefault("shown_class", 1 if model.classes == 2 else 0)
        super().__init__(space=space_of(model), **{"point": point, **traits})
        self.on_msg(self._receive)
        self.observe(self._turned, "axes")
        self.observe(lambda _change: self._ask(), ["point", "axes", "shown_class"])
        self._ask()

    @classmethod
    def of(cls, run: Run[Any], sample: int = 0, which: int = -1, **traits: Any) -> LatentExplorer:
        """Explore around a run's sample, or one of its counterfactuals.

        Parameters
        ----------
        run
            A run of latent counterfactuals.
        sample, which
            Which sample, and which of its counterfactuals; −1 for the sample itself.
        **traits
            As of the class; of more than two classes the map has the one that was asked for.

        Raises
        ------
        InputError
            The run has no such sample, or no such counterfactual.
        """
        found = run.result()
        for name, given, least, most in (
            ("sample", sample, 0, found.samples - 1),
            ("which", which, -1, found.explanations - 1),
        ):
            if not least <= given <= most:
                raise InputError(f"{name} was {given}; the run has {least} to {most}.")
        latent = found.latents[sample] if which < 0 else found.counterfactuals[sample, which]
        made = cls(None, run.classifier, **{"point": _floats(latent), **traits})
        if "shown_class" not in traits:
            made.show_asked(int(found.target[sample]))
        return made

    def show_asked(self, target: int) -> None:
        """Let the map have the class asked for; of two classes it keeps the one it has.

        The map of one of two classes is that of the other with the colours exchanged, which would
        confuse from sample to sample.

        Parameters
        ----------
        target
            The class; −1 where it is unknown, which changes nothing.
        """
        if self._model.classes > 2 and target >= 0:
            self.shown_class = target

    @property
    def answer(self) -> Answer | None:
        """What the models said last: of which point, probabilities, title and picture."""
        return None if self._asker is None else self._asker.answer

    @property
    def map(self) -> ClassMap | None:
        """The last map: of which point, axes and class, and its values ``(24, 24)``."""
        return None if self._asker is None else self._asker.map

    def mark(self, points: Sequence[tuple[str, Any]]) -> None:
        """Offer points to go back to, and show them on the map.

        Parameters
        ----------
        points : sequence of (str, float array (Z,))
            Name and standardised latent of each.
        """
        self.marks = [{"name": name[:200], "point": _floats(latent)} for name, latent in points]

    def choose_axes(self) -> None:
        """Let the map lie along the two coordinates that change the class most from here."""
        self._wants_axes = True
        self._ask()

    def on_answer(self, callback: Callable[[Answer], object], remove: bool = False) -> None:
        """Call back whenever the models have said something of a point.

        Parameters
        ----------
        callback : callable
            Gets an `Answer`; called on the thread that asks the models.
        remove : bool
            Take the callback out again.
        """
        self._callbacks.register(callback, remove=remove)

    def still_png(self) -> bytes:
        """Return the picture at the point as a PNG; blank where the models have not answered."""
        answer = self._answer_here()
        blank = np.full((64, 64, 3), 255, np.uint8)
        return stills.sheet_png([("", blank if answer is None else answer.picture)])

    def still_words(self) -> str:
        """Return what the picture shows and what the classifier says of it."""
        answer = self._answer_here()
        if answer is None:
            return f"A latent of {len(self.point)} coordinates, to be moved by hand."
        said = ", ".join(
            f"{label} {100 * share:.1f} %"
            for label, share in zip(self._model.labels, answer.probabilities, strict=False)
        )
        return f"{answer.title or 'A latent'}, to be moved by hand: {said}"

    def _answer_here(self) -> Answer | None:
        """Wait a little for what the models say of the point; nothing is better than of another."""
        end = time.monotonic() + STILL_SECONDS
        while not self._is_here(self.answer) and not self.error and time.monotonic() < end:
            time.sleep(0.02)
        answer = self.answer
        return answer if self._is_here(answer) else None

    def _is_here(self, answer: Answer | None) -> bool:
        return answer is not None and answer.point == tuple(self.point)

    def close(self) -> None:
        """End the thread and take the explorer off the screen."""
        if self._asker is not None:
            self._asker.close()
        self._callbacks = Callbacks()
        super().close()

    def _ask(self) -> None:
        assert self._asker is not None
        axes = None if self._wants_axes else (self.axes[0], self.axes[1])
        self._asker.ask(tuple(self.point), axes, self.shown_class)

    def _answered(self, answer: Answer) -> None:
        if self.error:
            self.error = ""
        self._send_answer(answer)
        self._callbacks(answer)

    def _turned(self, _change: Any) -> None:
        self._wants_axes = False

    def _found_axes(self, axes: tuple[int, int]) -> None:
        if self._wants_axes:
            self._wants_axes = False
            self.axes = list(axes)

    def _mapped(self, made: ClassMap) -> None:
        content = {
            "type": "map",
            "point": list(made.point),
            "axes": list(made.axes),
            "of": made.of,
            "size": len(made.values),
        }
        self.send(content, [np.ascontiguousarray(made.values, "<f4").tobytes()])

    def _failed(self, problem: BaseException) -> None:
        words = " ".join(str(problem).split())[:500]
        self.error = f"{type(problem).__name__}: {words}"

    def _send_answer(self, answer: Answer) -> None:
        picture: NDArray[np.uint8] = answer.picture
        if bool((picture == picture[..., :1]).all()):
            picture = picture[..., :1]
        height, width, channels = picture.shape
        content = {
            "type": "answer",
            "point": list(answer.point),
            "probabilities": [float(p) for p in answer.probabilities],
            "title": answer.title,
            "height": height,
            "width": width,
            "channels": channels,
        }
        self.send(content, [np.ascontiguousarray(picture).tobytes()])

    def _receive(self, _widget: Any, content: Any, _buffers: Any) -> None:
        if isinstance(content, dict) and content.get("type") == "ready":
            if self.answer is not None:
                self._send_answer(self.answer)
            if self.map is not None:
                self._mapped(self.map)

    @traitlets.validate("point")
    def _inside(self, proposal: Any) -> list[float]:
        point = [float(value) for value in proposal["value"]]
        low, high = self._ends
        if len(point) != len(low) or not all(math.isfinite(value) for value in point):
            raise traitlets.TraitError(f"A point is {len(low)} finite numbers.")
        # A counterfactual may lie beyond the range that the sliders have.
        room = 100 * (1 + np.abs(np.concatenate((low, high))).max())
        if max(abs(value) for value in point) > room:
            raise traitlets.TraitError("The point is far outside of the latent space.")
        return point

    @traitlets.validate("axes")
    def _two(self, proposal: Any) -> list[int]:
        axes = [int(axis) for axis in proposal["value"]]
        size = len(self._ends[0])
        if len(axes) != 2 or axes[0] == axes[1] or not all(0 <= axis < size for axis in axes):
            raise traitlets.TraitError(
                f"The axes were {axes}; expected two different coordinates from 0 to {size - 1}."
            )
        return axes

    @traitlets.validate("shown_class")
    def _class(self, proposal: Any) -> int:
        index = int(proposal["value"])
        if not 0 <= index < self._model.classes:
            raise traitlets.TraitError(
                f"Class {index} was chosen; expected 0 to {self._model.classes - 1}."
            )
        return index


def _floats(latent: Any) -> list[float]:
    return [float(value) for value in np.asarray(latent, np.float64).reshape(-1)]


def _row(point: list[float], model: LatentModel) -> Any:
    import torch

    return torch.tensor([point], dtype=torch.float32, device=model.device)
