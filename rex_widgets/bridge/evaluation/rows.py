"""What is written down of one question: one image, one class asked for, one region."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
import torch

from rex_widgets.bridge.evaluation.semantic import Encoder, cosine_similarity, encoded
from rex_widgets.bridge.evaluation.similarity import nearness
from rex_widgets.bridge.evaluation.transition import Answers, transition

LPIPS_SHARE = 0.5
"""Weight of LPIPS in the loss that RCSB ranks its results by."""


@dataclass(frozen=True)
class Row:
    """The samples of one question, judged. Means are over the samples.

    Parameters
    ----------
    image
        Its number in the set.
    control
        Which region: "none" for the method's own, "inverse", "random".
    source, target
        Class predicted before, and class asked for.
    area
        Share of the pixels that might change.
    samples
        How many samples there are.
    flipped, reached
        How many of them get another class, and how many the one asked for.
    second_reached, second_agreed
        How many a second classifier gives the class asked for: of all samples, and of those that
        reached it; ``None`` without one.
    p_source_before, p_target_before
        Probabilities of the image.
    p_source_after, p_target_after
        Mean probabilities of the samples.
    l1, l2, ssim
        See `rex_widgets.bridge.evaluation.similarity.Nearness`.
    lpips
        Mean LPIPS; ``None`` without a backbone.
    loss
        p(source) + 0.5 LPIPS, mean; ``None`` without a backbone.
    s3
        Mean cosine of the encoder's features before and after; ``None`` without an encoder.
    cout
        Mean COUT; ``None`` where it was left out.
    best
        The sample with the highest probability of the class asked for.
    best_reached
        Whether that one reached it.
    seconds
        Time that making the samples took.
    failure
        Why sampling ended early; empty where it did not.
    """

    image: int
    control: str
    source: int
    target: int
    area: float
    samples: int
    flipped: int
    reached: int
    second_reached: int | None
    second_agreed: int | None
    p_source_before: float
    p_target_before: float
    p_source_after: float
    p_target_after: float
    l1: float
    l2: float
    ssim: float
    lpips: float | None
    loss: float | None
    s3: float | None
    cout: float | None
    best: int
    best_reached: bool
    seconds: float
    failure: str = ""

    @property
    def as_dict(self) -> dict[str, Any]:
        """Plain values by name, in this order."""
        return asdict(self)


COLUMNS = tuple(field.name for field in fields(Row))


@dataclass(frozen=True, eq=False)
class Judges:
    """Who looks at the samples.

    Parameters
    ----------
    answers
        The model: pictures ``(B, C, H, W)`` in [0, 1] to probabilities ``(B, K)``.
    second
        Another classifier of the same kind, or ``None``.
    lpips
        Compares pictures ``(B, C, H, W)`` in [-1, 1], gives ``(B,)``; or ``None``.
    encoder
        For S³; or ``None``.
    cout_steps
        Steps of COUT; 0 leaves it out.
    """

    answers: Answers
    second: Answers | None = None
    lpips: Any = None
    encoder: Encoder | None = None
    cout_steps: int = 50


@dataclass(frozen=True)
class Question:
    """One image, one class, one region.

    Parameters
    ----------
    image
        Its number.
    control, source, target
        As in `Row`.
    """

    image: int
    control: str
    source: int
    target: int


def judged(
    question: Question,
    before: torch.Tensor,
    samples: torch.Tensor,
    judges: Judges,
    *,
    area: float,
    seconds: float = 0.0,
    failure: str = "",
) -> Row:
    """Judge the samples of a question.

    Parameters
    ----------
    question
        What was asked.
    before
        The image, float32 ``(C, H, W)`` in [0, 1].
    samples
        ``(n, C, H, W)`` in [0, 1].
    judges
        Who looks.
    area, seconds, failure
        As in `Row`.
    """
    source, target = question.source, question.target
    with torch.no_grad():
        was = judges.answers(before[None])[0].double().cpu()
        given = judges.answers(samples).double().cpu()
    classes = given.argmax(1)
    reached = classes == target
    second_reached = second_agreed = None
    if judges.second is not None:
        with torch.no_grad():
            agrees = judges.second(samples).argmax(1).cpu() == target
        second_reached, second_agreed = int(agrees.sum()), int((agrees & reached).sum())
    near = nearness(before, samples)
    perceived = _perceived(judges, before, samples)
    with torch.no_grad():
        couts = [
            transition(before, one, judges.answers, source, target, judges.cout_steps).cout
            for one in (samples if judges.cout_steps else ())
        ]
    p_source = float(given[:, source].mean())
    return Row(
        image=question.image,
        control=question.control,
        source=source,
        target=target,
        area=area,
        samples=len(samples),
        flipped=int((classes != source).sum()),
        reached=int(reached.sum()),
        second_reached=second_reached,
        second_agreed=second_agreed,
        p_source_before=float(was[source]),
        p_target_before=float(was[target]),
        p_source_after=p_source,
        p_target_after=float(given[:, target].mean()),
        l1=float(near.l1.mean()),
        l2=float(near.l2.mean()),
        ssim=float(near.ssim.mean()),
        lpips=perceived,
        loss=None if perceived is None else p_source + LPIPS_SHARE * perceived,
        s3=_semantic(judges, before, samples),
        cout=float(np.mean(couts)) if couts else None,
        best=int(given[:, target].argmax()),
        best_reached=bool(reached[given[:, target].argmax()]),
        seconds=seconds,
        failure=failure,
    )


def _perceived(judges: Judges, before: torch.Tensor, samples: torch.Tensor) -> float | None:
    if judges.lpips is None:
        return None
    with torch.no_grad():
        first = (2 * before - 1).expand_as(samples)
        return float(judges.lpips(first, 2 * samples - 1).double().mean())


def _semantic(judges: Judges, before: torch.Tensor, samples: torch.Tensor) -> float | None:
    if judges.encoder is None:
        return None
    first, second = encoded(judges.encoder, before[None]), encoded(judges.encoder, samples)
    return float(cosine_similarity(first.expand_as(second), second).mean())
