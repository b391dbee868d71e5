"""The evaluation's door: images, a model, and what to judge by."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from rex_widgets.bridge.evaluation.asking import Targets, answers_of, pictured, pictures_of
from rex_widgets.bridge.evaluation.evaluating import (
    CONTROLS,
    EvaluationRun,
    Progress,
    finished,
)
from rex_widgets.bridge.evaluation.evaluation import Evaluation
from rex_widgets.bridge.evaluation.making import Making, Regions
from rex_widgets.bridge.evaluation.rows import Judges
from rex_widgets.bridge.evaluation.semantic import Encoder
from rex_widgets.bridge.evaluation.transition import STEPS
from rex_widgets.bridge.network import BridgeNetwork
from rex_widgets.bridge.packaged import PACKAGED
from rex_widgets.bridge.settings import RcsbSettings
from rex_widgets.errors import SettingsError


def start_evaluation(
    images: Any,
    model: Any,
    *,
    targets: Targets = "each other",
    settings: RcsbSettings | None = None,
    controls: Sequence[str] = CONTROLS,
    network: BridgeNetwork | None = None,
    regions: Regions | None = None,
    encoder: Encoder | None = None,
    features: Encoder | None = None,
    lpips: Any = None,
    second: Any = None,
    cout_steps: int = STEPS,
    path: str | Path | None = None,
    resume: bool = True,
) -> EvaluationRun:
    """Prepare an evaluation; iterate over what is returned to do it, question by question.

    Parameters
    ----------
    images
        ``(N, H, W)``, ``(N, C, H, W)`` or ``(N, H, W, C)``, C 1 or 3, bytes or numbers in [0, 1],
        of the size that the network takes.
    model
        A torch module that gives logits ``(B, K)`` for pictures ``(B, C, H, W)`` in [0, 1]; what
        `rex_widgets.as_classifier` makes, or the path of a model; another callable that gives
        probabilities of such pictures; or ``"digits"`` or ``"characters"``, the classifiers that
        come with the package. Those without a gradient need ``settings.guidance`` ``"best_of"``
        (and ``regions``, or an attribution that needs none).
    targets
        Classes asked for: ``"each other"`` (every class but the predicted one), ``"second"`` (the
        second most probable), a class, or a list with a class or several for each image.
    settings
        Of the method, `RcsbSettings`; target, region and control are not read from them.
    controls
        Regions, in the order of the table: ``"none"`` is the method's own; ``"inverse"``;
        ``"random"``, of the same area. All start from the same noise.
    network
        The bridge's; that of the same world where the model is one of the package.
    regions
        Own regions, instead of those found by the settings: bool ``(H, W)``, ``(N, H, W)``, or a
        function of an image ``(C, H, W)`` in [0, 1] and its class.
    encoder
        For S³: pictures ``(B, C, H, W)`` in [0, 1] to ``(B, D)``.
    features
        For FID and sFID: as ``encoder``. The best sample of every question is described.
    lpips
        Of pictures in [-1, 1], such as `rex_widgets.bridge.evaluation.perceptual.Lpips`; the
        settings' ``lpips_from`` if not given.
    second
        Another classifier, of the same kinds as ``model``.
    cout_steps
        Steps of COUT; 0 leaves it out.
    path
        File to keep finished rows in; the same call goes on from it after a stop.
    resume
        Whether to go on from that file.

    Raises
    ------
    InputError, ModelError, SettingsError
        Something given is not what is expected.
    SavedRunError
        The file belongs to another evaluation.
    """
    settings = RcsbSettings() if settings is None else settings
    model, second, network = _of_package(model, second, network)
    model, second = pictured(model), pictured(second)
    if network is None:
        raise SettingsError(
            "No network was given; expected network= a bridge's network, such as "
            "rex_widgets.bridge.checkpoints.open_network gives, or the model 'digits'."
        )
    lpips = settings.lpips_from if lpips is None else lpips
    judges = Judges(
        answers_of(model),
        None if second is None else answers_of(second),
        lpips,
        encoder,
        cout_steps,
    )
    return EvaluationRun(
        pictures_of(images),
        Making(model, network, settings, regions=regions, lpips=lpips),
        judges,
        targets=targets,
        controls=controls,
        features=features,
        path=path,
        resume=resume,
    )


def evaluate(
    images: Any,
    model: Any,
    *,
    progress: Callable[[Progress], bool | None] | None = None,
    **given: Any,
) -> Evaluation:
    """Make and judge counterfactuals for a set of images.

    Parameters
    ----------
    images, model
        As of `start_evaluation`, which says what else can be given.
    progress
        Called after every question; evaluation stops early where it returns False, and what is
        done is returned.
    **given
        The keywords of `start_evaluation`.

    Returns
    -------
    Evaluation
        Tables of rows and means.
    """
    return finished(start_evaluation(images, model, **given), progress)


def _of_package(model: Any, second: Any, network: Any) -> tuple[Any, Any, Any]:
    """Exchange the names of the package's worlds for what they name."""
    of_model, of_second, of_network = (
        PACKAGED.get(given) if isinstance(given, str) else None
        for given in (model, second, network)
    )
    if of_network is None and network is None:
        of_network = of_model
    return (
        model if of_model is None else of_model.load().classifier,
        second if of_second is None else of_second.load().second_classifier,
        network if of_network is None else of_network.load().network,
    )
