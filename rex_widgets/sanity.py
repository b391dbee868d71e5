"""A sanity check of maps: they should change when the model's weights are shuffled.

The model parameter randomisation test of Adebayo et al. 2018, "Sanity Checks for
Saliency Maps" (arXiv 1810.03292, section 3.1, all layers at once): a map that
looks the same for a model that has forgotten everything tells of the picture,
not of the model. Always on a copy: the model that is given is never changed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rex_widgets.api import explain
from rex_widgets.errors import InputError, ModelError, SettingsError
from rex_widgets.results import Explanation

LIMIT = 0.5
"""Rank correlation (of either sign) up to which two maps count as different."""

NOTHING = (
    " The shuffled model's map is the same everywhere (it gives its class whatever is shown), so "
    "that this says little: try another seed."
)

SSIM_WINDOW = 7


@dataclass(frozen=True, eq=False)
class SanityCheck:
    """The outcome of `sanity_check`.

    Parameters
    ----------
    rank_correlation
        Spearman's, between the maps of the model and of its shuffled copy, in
        [−1, 1]; 0 if one of the maps is constant.
    similarity
        Structural similarity of the two maps, each scaled to 0 to 1, in [−1, 1]
        (1: the same); NaN for inputs less than 3 long along an axis.
    reference
        Spearman's correlation of two maps of the model itself with different
        seeds: how much of a map the seed alone changes.
    passed
        The map changed more by shuffling than by another seed, and to a
        correlation of at most 0.5 in size.
    told
        The shuffled copy has a map that is not the same everywhere, so that
        there is something to compare.
    before, after, again
        The three explanations: of the model, of its shuffled copy (which
        explains the copy's own answer), and of the model with the next seed.
    """

    rank_correlation: float
    similarity: float
    reference: float
    passed: bool
    before: Explanation = field(repr=False)
    after: Explanation = field(repr=False)
    again: Explanation = field(repr=False)
    told: bool = True

    @property
    def text(self) -> str:
        """Two sentences for a person."""
        if self.passed:
            verdict = "The map depends on the model: it changed when the weights were shuffled"
        elif self.reference <= LIMIT:
            verdict = (
                "This does not tell: two seeds of the model itself give maps that differ as much, "
                "so more iterations are needed"
            )
        else:
            verdict = "The map was not shown to depend on the model's weights"
        return (
            f"{verdict}. Rank correlation with the shuffled model's map: "
            f"{self.rank_correlation:.2f} (at most {LIMIT} in size counts as changed); between "
            f"two seeds of the model itself: {self.reference:.2f}; structural similarity with the "
            f"shuffled model's map: {self.similarity:.2f}.{'' if self.told else NOTHING}"
        )

    def __str__(self) -> str:
        return self.text


def sanity_check(
    image: Any, model: Any, *, of: Literal["map", "ranking"] = "map", seed: int = 0, **options: Any
) -> SanityCheck:
    """See whether the map changes when the model's weights are shuffled.

    Every parameter tensor of a copy of the model has its values permuted; the
    model itself is left alone. The map is made three times: for the model, for
    the shuffled copy (of the copy's own answer, since it hardly ever gives the
    model's), and for the model again with another seed; so it takes the time of
    three searches.

    Parameters
    ----------
    image
        As for `explain`.
    model
        A ``torch.nn.Module``, the path of an ONNX file, or an ``onnx.ModelProto``.
    of
        ``map`` compares the responsibility maps, ``ranking`` what the extraction goes by.
    seed
        Of the permutations and of the first search; the repeated search takes ``seed + 1``.
    **options
        As for `explain`, without ``seed``.

    Returns
    -------
    SanityCheck
        ``.passed``, ``.text`` and the numbers behind them.

    Raises
    ------
    ModelError
        The model is of a kind whose weights cannot be reached (a function, a script, a
        session), or has none.
    SettingsError
        ``of`` is neither ``map`` nor ``ranking``.

    Examples
    --------
    >>> check = sanity_check("cat.png", module)  # doctest: +SKIP
    >>> print(check.text)  # doctest: +SKIP
    """
    if of not in ("map", "ranking"):
        raise SettingsError(f"of was {of!r}; expected 'map' or 'ranking'.")
    if not isinstance(seed, int) or isinstance(seed, bool) or seed < 0:
        raise SettingsError(f"seed was {seed!r}; expected a whole number of at least 0.")
    options = {"no_extract": True, "progress": False, **options}
    generator = np.random.default_rng(seed)
    with tempfile.TemporaryDirectory(prefix="rex-sanity-") as folder:
        shuffled = _shuffled(model, generator, Path(folder))
        before = explain(image, _usable(model, Path(folder)), seed=seed, **options)
        again = explain(image, _usable(model, Path(folder)), seed=seed + 1, **options)
        after = explain(image, shuffled, seed=seed, **{**options, "target": None})
    maps = [_chosen(one, of) for one in (before, after, again)]
    correlation = rank_correlation(maps[0], maps[1])
    reference = rank_correlation(maps[0], maps[2])
    told = bool(np.ptp(maps[1]) > 0)
    return SanityCheck(
        rank_correlation=correlation,
        similarity=structural_similarity(maps[0], maps[1]),
        reference=reference,
        passed=abs(correlation) <= LIMIT and correlation < reference,
        told=told,
        before=before,
        after=after,
        again=again,
    )


def rank_correlation(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Spearman's rank correlation of two maps, ties by their mean rank; 0 if one is constant."""
    from scipy.stats import rankdata

    a, b = (rankdata(np.asarray(one, np.float64).reshape(-1)) for one in (first, second))
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def structural_similarity(first: NDArray[Any], second: NDArray[Any]) -> float:
    """Structural similarity (Wang et al. 2004) of two maps, each scaled to 0 to 1.

    Windows of 7 places, or the largest odd number that fits; NaN where 3 do not.
    """
    from skimage import metrics

    similarity: Any = metrics.structural_similarity
    window = min(SSIM_WINDOW, *first.shape)
    window -= 1 - window % 2
    if window < 3:
        return float("nan")
    return float(similarity(_unit(first), _unit(second), win_size=window, data_range=1.0))


def _chosen(explanation: Explanation, of: str) -> NDArray[np.float32]:
    if of == "ranking" and explanation.ranking is not None:
        return explanation.ranking
    return explanation.map


def _unit(values: NDArray[Any]) -> NDArray[np.float64]:
    values = np.asarray(values, np.float64)
    span = np.ptp(values)
    return (values - values.min()) / span if span > 0 else np.zeros_like(values)


def _is_module(model: Any) -> bool:
    kinds = {f"{kind.__module__}.{kind.__qualname__}" for kind in type(model).__mro__}
    return "torch.nn.modules.module.Module" in kinds


def _is_proto(model: Any) -> bool:
    return hasattr(model, "graph") and hasattr(model, "SerializeToString")


def _usable(model: Any, folder: Path) -> Any:
    """The model in a form that `explain` takes: a proto becomes a file."""
    if not _is_proto(model):
        return model
    path = folder / "given.onnx"
    if not path.exists():
        path.write_bytes(model.SerializeToString())
    return str(path)


def _shuffled(model: Any, generator: np.random.Generator, folder: Path) -> Any:
    """A copy of the model with permuted weights."""
    if _is_module(model):
        return _shuffled_module(model, generator)
    if _is_proto(model) or (
        isinstance(model, str | PathLike) and str(model).lower().endswith(".onnx")
    ):
        return _shuffled_onnx(model, generator, folder)
    raise ModelError(
        f"The model is a {type(model).__name__}, whose weights cannot be reached; expected a "
        "torch.nn.Module, the path of an .onnx file, or an onnx.ModelProto. Give the model itself "
        "rather than a function or a session around it."
    )


def _shuffled_module(module: Any, generator: np.random.Generator) -> Any:
    import copy

    import torch

    changed = copy.deepcopy(module)
    with torch.no_grad():
        count = sum(
            _permute(parameter, lambda n: torch.from_numpy(generator.permutation(n)))
            for parameter in changed.parameters()
        )
    _check(count)
    return changed


def _permute(parameter: Any, order: Callable[[int], Any]) -> int:
    """Permute a parameter's values in place; 1 if there was more than one."""
    size = parameter.numel()
    if size < 2:
        return 0
    flat = parameter.detach().reshape(-1)
    parameter.copy_(flat[order(size).to(flat.device)].reshape(parameter.shape))
    return 1


def _shuffled_onnx(model: Any, generator: np.random.Generator, folder: Path) -> str:
    import onnx
    from onnx import numpy_helper

    if not _is_proto(model) and not Path(model).is_file():
        raise InputError(f"There is no file {str(model)!r}. Give the path of an .onnx file.")
    proto = onnx.load_model(str(model)) if not _is_proto(model) else type(model)()
    if _is_proto(model):
        proto.CopyFrom(model)
    count = 0
    for initializer in proto.graph.initializer:
        values = numpy_helper.to_array(initializer)
        if values.size > 1 and np.issubdtype(values.dtype, np.floating):
            permuted = generator.permutation(values.reshape(-1)).reshape(values.shape)
            initializer.CopyFrom(numpy_helper.from_array(permuted, initializer.name))
            count += 1
    _check(count)
    path = folder / "shuffled.onnx"
    onnx.save_model(proto, str(path))
    return str(path)


def _check(count: int) -> None:
    if not count:
        raise ModelError(
            "The model has no weights that could be shuffled: no parameter (or floating "
            "initialiser) has more than one value. Give a model with trained weights."
        )
