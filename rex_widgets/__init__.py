"""Ask in a notebook why a model said what it said about one image.

In a notebook::

    %load_ext rex_widgets
    %explain "cat.png" "classifier.onnx"

In Python::

    import rex_widgets as rw

    result = rw.explain("cat.png", "classifier.onnx")

Public names are loaded when they are first asked for, so that importing this package (and loading
its magics) brings in neither torch, onnxruntime, matplotlib nor nibabel.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

    from rex_widgets import errors, metrics, plots, rex, separate, store
    from rex_widgets.analysis_settings import AnalysisSettings
    from rex_widgets.api import analyse, explain, load_run, start
    from rex_widgets.causal.settings import CausalSettings
    from rex_widgets.classifiers import Classifier, as_classifier
    from rex_widgets.config import load_settings
    from rex_widgets.encoders import Encoder, as_encoder
    from rex_widgets.files_out import save_arrays, save_json
    from rex_widgets.input_settings import InputSettings
    from rex_widgets.inputs import Sample, load_sample
    from rex_widgets.relax.explanation import RelaxExplanation
    from rex_widgets.relax.settings import RelaxSettings
    from rex_widgets.results import Explanation
    from rex_widgets.sanity import SanityCheck, sanity_check
    from rex_widgets.store import save_explanation, to_dataframe
    from rex_widgets.visual_settings import VisualSettings
    from rex_widgets.widgets import ExplainPanel, LayerView
    from rex_widgets.widgets.explain_panel import panel_of

    __version__: str

__all__ = [
    "AnalysisSettings",
    "CausalSettings",
    "Classifier",
    "Encoder",
    "ExplainPanel",
    "Explanation",
    "InputSettings",
    "LayerView",
    "RelaxExplanation",
    "RelaxSettings",
    "Sample",
    "SanityCheck",
    "VisualSettings",
    "__version__",
    "analyse",
    "as_classifier",
    "as_encoder",
    "errors",
    "explain",
    "load_ipython_extension",
    "load_run",
    "load_sample",
    "load_settings",
    "metrics",
    "panel_of",
    "plots",
    "rex",
    "sanity_check",
    "save_arrays",
    "save_explanation",
    "save_json",
    "separate",
    "start",
    "store",
    "to_dataframe",
    "unload_ipython_extension",
]

# Where each public name lives. None: the name is the module itself.
_HOMES: dict[str, tuple[str, str | None]] = {
    "AnalysisSettings": ("rex_widgets.analysis_settings", "AnalysisSettings"),
    "CausalSettings": ("rex_widgets.causal.settings", "CausalSettings"),
    "Classifier": ("rex_widgets.classifiers", "Classifier"),
    "Encoder": ("rex_widgets.encoders", "Encoder"),
    "ExplainPanel": ("rex_widgets.widgets", "ExplainPanel"),
    "Explanation": ("rex_widgets.results", "Explanation"),
    "InputSettings": ("rex_widgets.input_settings", "InputSettings"),
    "LayerView": ("rex_widgets.widgets", "LayerView"),
    "RelaxExplanation": ("rex_widgets.relax.explanation", "RelaxExplanation"),
    "RelaxSettings": ("rex_widgets.relax.settings", "RelaxSettings"),
    "Sample": ("rex_widgets.inputs", "Sample"),
    "SanityCheck": ("rex_widgets.sanity", "SanityCheck"),
    "VisualSettings": ("rex_widgets.visual_settings", "VisualSettings"),
    "analyse": ("rex_widgets.api", "analyse"),
    "as_classifier": ("rex_widgets.classifiers", "as_classifier"),
    "as_encoder": ("rex_widgets.encoders", "as_encoder"),
    "errors": ("rex_widgets.errors", None),
    "explain": ("rex_widgets.api", "explain"),
    "load_run": ("rex_widgets.api", "load_run"),
    "load_sample": ("rex_widgets.inputs", "load_sample"),
    "load_settings": ("rex_widgets.config", "load_settings"),
    "metrics": ("rex_widgets.metrics", None),
    "panel_of": ("rex_widgets.widgets.explain_panel", "panel_of"),
    "plots": ("rex_widgets.plots", None),
    "rex": ("rex_widgets.rex", None),
    "sanity_check": ("rex_widgets.sanity", "sanity_check"),
    "save_arrays": ("rex_widgets.files_out", "save_arrays"),
    "save_explanation": ("rex_widgets.store", "save_explanation"),
    "save_json": ("rex_widgets.files_out", "save_json"),
    "separate": ("rex_widgets.separate", None),
    "start": ("rex_widgets.api", "start"),
    "store": ("rex_widgets.store", None),
    "to_dataframe": ("rex_widgets.store", "to_dataframe"),
}


def load_ipython_extension(ipython: InteractiveShell) -> None:
    """Register the magics `%explain` and `%%explain`; called by ``%load_ext rex_widgets``.

    Parameters
    ----------
    ipython
        The shell that the magics are added to.
    """
    from rex_widgets import magics

    magics.load_ipython_extension(ipython)


def unload_ipython_extension(ipython: InteractiveShell) -> None:
    """Take the magics out again; called by ``%unload_ext rex_widgets``.

    Parameters
    ----------
    ipython
        The shell that the magics were added to.
    """
    from rex_widgets import magics

    magics.unload_ipython_extension(ipython)


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for, and keep it."""
    value: Any
    if name == "__version__":
        from importlib.metadata import version

        value = version("rex_widgets")
    elif name in _HOMES:
        module_name, attribute = _HOMES[name]
        module = import_module(module_name)
        value = module if attribute is None else getattr(module, attribute)
    else:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    """List the public names too, loaded or not, so that Tab completes them."""
    return sorted({*globals(), *__all__})
