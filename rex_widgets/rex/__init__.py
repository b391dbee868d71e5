"""ReX's own names: a ReX notebook or script runs after changing its import lines.

All names are here, and at the places that the releases 0.3 and 0.4 have them: where a script says
``from rex_xai.config import CausalArgs`` or ``from rex_xai.input.config import CausalArgs``, write
``rex_widgets.rex`` for ``rex_xai``. Behind them works the search of `rex_widgets`; what differs
from ReX is listed in ``docs/coming-from-rex.md``.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from rex_widgets.rex import places

__all__ = [
    "Args",
    "CausalArgs",
    "Data",
    "Distribution",
    "Evaluation",
    "Explanation",
    "MultiExplanation",
    "Prediction",
    "Queue",
    "ReX",
    "ReXDataError",
    "ReXError",
    "ReXMapError",
    "ReXPathError",
    "ReXScriptError",
    "ReXTomlError",
    "ResponsibilityMaps",
    "ResponsibilityStyle",
    "Setup",
    "SpatialSearch",
    "Strategy",
    "analyze",
    "calculate_responsibility",
    "context_occlusion",
    "db_to_pandas",
    "default_prediction_function",
    "from_pytorch_tensor",
    "get_device",
    "get_prediction_func_from_args",
    "get_prediction_function",
    "initialise_rex_db",
    "load_and_preprocess_data",
    "load_config",
    "load_script",
    "predict_target",
    "set_log_level",
    "spectral_occlusion",
    "try_preprocess",
    "update_database",
    "validate_args",
]

places.install(__name__)


def __getattr__(name: str) -> Any:
    """Load a name when it is first asked for, and keep it."""
    # `explanation` is a function, too, but as in ReX it lives in the module of that name
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home, attribute = places.HOMES[name]
    value = getattr(import_module(home), attribute)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the names, loaded or not, so that Tab completes them."""
    return sorted({*globals(), *__all__})
