"""When enough masks have been evaluated: by the estimated error, or by Hoeffding's bound."""

from __future__ import annotations

from math import ceil, log

from rex_widgets.errors import SettingsError
from rex_widgets.relax.estimate import Estimate


def reached(found: Estimate, tolerance: float) -> bool:
    """Whether the map is known to the accuracy asked for.

    Parameters
    ----------
    found
        The estimate so far.
    tolerance
        The root mean square standard error of the importance's differences from its mean, as a
        share of the root mean square of those differences; positive. Relative to the importance
        itself the error would be small whatever the map shows, because all of a map is high.

    Returns
    -------
    bool
        False as long as fewer than two replicates have masks, since nothing is known of the error
        then.
    """
    return found.contrast_error <= tolerance


def hoeffding_masks(delta: float, alpha: float) -> int:
    """Masks after which the paper's bound holds at every place, whatever the encoder.

    With independent masks, N ≥ ln(2/α) / (2 δ²) keeps a mean of values in a range of length 1
    within δ of its expectation with probability 1 - α (arXiv 2112.10161, section 3.4).

    Parameters
    ----------
    delta
        Error allowed, in units of the similarity's range, above 0.
    alpha
        Probability of a larger error, between 0 and 1.

    Returns
    -------
    int
        2,952 for δ = 0.025 and α = 0.05.

    Raises
    ------
    SettingsError
        If a number is out of range.
    """
    if not 0 < delta < 1 or not 0 < alpha < 1:
        raise SettingsError(
            f"delta is {delta} and alpha is {alpha}; both have to be between 0 and 1, for example "
            "0.025 and 0.05"
        )
    return ceil(log(2 / alpha) / (2 * delta**2))
