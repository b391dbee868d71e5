"""How much an explanation leaves out, and how sharp a map is, in bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rex_widgets.errors import InputError
from rex_widgets.metrics.sizes import boolean_mask

_FLAT = 1e-20
"""Power, relative to that of the map itself, below which a map has no spectrum but rounding."""


def image_entropy(picture: NDArray[np.uint8], mask: NDArray[np.bool_], *, hidden: int = 0) -> float:
    """Shannon entropy of an 8-bit input minus that of its explanation.

    Parameters
    ----------
    picture
        uint8, the shape of ``mask`` followed by an axis of channels, or without one.
    mask
        Bool, the explanation.
    hidden
        Grey level, 0 to 255, that hidden places become.

    Returns
    -------
    float
        Bits, from −8 to 8: how much simpler the explanation is than the input. All values of all
        channels go into one histogram of 256 levels.

    Raises
    ------
    InputError
        If the picture is not uint8 or does not fit the mask.

    Notes
    -----
    What ReX 0.3.1 calls entropy (``Evaluation.entropy_loss``).
    """
    kept = boolean_mask(mask)
    values = np.asarray(picture)
    if values.dtype != np.uint8:
        raise InputError(f"The picture has values of type {values.dtype}; expected uint8.")
    if values.shape[: kept.ndim] != kept.shape or values.ndim > kept.ndim + 1:
        raise InputError(
            f"The picture has shape {values.shape}; expected {kept.shape}, "
            "with or without channels as the last axis."
        )
    if values.ndim > kept.ndim:
        kept = kept[..., None]
    return _shannon(values) - _shannon(np.where(kept, values, np.uint8(hidden)))


def map_entropy(values: NDArray[np.floating[Any]], *, added: float | None = None) -> float:
    """Relative entropy of the uniform distribution from a map: how far from flat it is.

    Parameters
    ----------
    values
        The map, at least 0 everywhere, any number of axes.
    added
        What is added to every value first; by default the smallest positive value of the map,
        without which a single zero would make the result infinite. 0 gives what rex-xai 0.4.1
        computes.

    Returns
    -------
    float
        Bits, at least 0; 0 for a flat map, infinite if a zero remains, NaN for a map that is
        zero everywhere.

    Raises
    ------
    InputError
        If a value is negative, NaN or infinite.

    Notes
    -----
    Σ u log₂(u / q) over all places, with u = 1 / n and q the map divided by its sum (rex-xai
    0.4.1, ``Evaluation.responsibility_entropy``; S. Kullback and R. A. Leibler, On information
    and sufficiency, Ann. Math. Statist. 22 (1951) 79).
    """
    flat = _checked_map(values).reshape(-1)
    if flat.min() < 0:
        raise InputError("The map has negative values; expected 0 or more everywhere.")
    positive = flat[flat > 0]
    if not positive.size:
        return math.nan
    flat = flat + (positive.min() if added is None else added)
    if flat.min() == 0:
        return math.inf
    share = flat / flat.sum()
    return max(0.0, float(-np.mean(np.log2(share * flat.size))))


def spectral_entropy(values: NDArray[np.floating[Any]]) -> tuple[float, float]:
    """Entropy of a map's periodogram: low for one smooth hill, high for noise.

    Parameters
    ----------
    values
        The map. Of several axes every line along the last one has its own periodogram; all
        together are normalised to one distribution.

    Returns
    -------
    entropy, maximum : float
        In bits; the maximum is log₂ of the number of frequencies (times the number of lines).
        The entropy is NaN where the map is constant along every line.

    Raises
    ------
    InputError
        If a value is NaN or infinite.

    Notes
    -----
    The periodogram is `scipy.signal.periodogram` with its defaults: the mean is subtracted, one
    side. For one axis this is what rex-xai 0.4.1 computes; T. Inouye et al., Quantification of
    EEG irregularity by use of the entropy of the power spectrum, Electroencephalogr. Clin.
    Neurophysiol. 79 (1991) 204.
    """
    from scipy.signal import periodogram

    checked = _checked_map(values)
    if checked.shape[-1] < 2:
        return math.nan, 0.0
    _, power = periodogram(checked)
    maximum = math.log2(power.size)
    total = float(power.sum())
    if total <= _FLAT * float((checked**2).sum()):
        return math.nan, maximum
    share = power[power > 0] / total
    return max(0.0, float(-(share * np.log2(share)).sum())), maximum


def _shannon(values: NDArray[np.uint8]) -> float:
    counts = np.bincount(values.reshape(-1), minlength=256)
    share = counts[counts > 0] / values.size
    return float(-(share * np.log2(share)).sum())


def _checked_map(values: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    array = np.asarray(values, np.float64)
    if array.ndim == 0 or array.size == 0:
        raise InputError(f"The map has shape {array.shape}; expected at least one place.")
    if not np.isfinite(array).all():
        raise InputError("The map has NaN or infinite values; expected finite numbers.")
    return array
