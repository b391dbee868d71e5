"""Which panel shows a run: one for each method."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from rex_widgets.errors import InputError

if TYPE_CHECKING:
    from rex_widgets.run import Run
    from rex_widgets.widgets.run_panel import RunPanel

_LATENT = ("rex_widgets.widgets.latent_panel", "LatentPanel")

PANELS: Mapping[str, tuple[str, str]] = {
    "causal": ("rex_widgets.widgets.explain_panel", "ExplainPanel"),
    "rcsb": ("rex_widgets.widgets.rcsb_panel", "RcsbPanel"),
    "relax": ("rex_widgets.widgets.relax_panel", "RelaxPanel"),
    "dice": _LATENT,
    "dive": _LATENT,
    "xgem": _LATENT,
    "lcf": _LATENT,
    "growing_spheres": _LATENT,
    "stylex": _LATENT,
    "is": _LATENT,
}
"""Module and class of every method's panel; another method adds a line."""


def panel_for(run: Run[Any], *, written: Mapping[str, Any] | None = None) -> RunPanel:
    """Make the panel that suits a run's method.

    Parameters
    ----------
    run
        What to show and drive.
    written
        How the call was written, for "copy as code".

    Raises
    ------
    InputError
        No panel shows that method.
    """
    if run.method not in PANELS:
        raise InputError(f"No panel shows the method {run.method!r}; run.result() has its result.")
    module, name = PANELS[run.method]
    made: RunPanel = getattr(import_module(module), name)(run, written=written)
    return made
