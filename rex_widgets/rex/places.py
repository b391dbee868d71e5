"""The modules that the ReX releases have their names in, as modules of this package.

They hold nothing of their own: each is made when it is first imported, and its names are those of
`rex_widgets.rex`.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

_HERE = "rex_widgets.rex"
_ERRORS = "rex_widgets.errors"

HOMES: dict[str, tuple[str, str]] = {
    "Args": (f"{_HERE}.args", "Args"),
    "CausalArgs": (f"{_HERE}.args", "CausalArgs"),
    "load_config": (f"{_HERE}.args", "load_config"),
    "validate_args": (f"{_HERE}.args", "validate_args"),
    "Data": (f"{_HERE}.data", "Data"),
    "Evaluation": (f"{_HERE}.evaluation", "Evaluation"),
    "Distribution": (f"{_HERE}.enums", "Distribution"),
    "Queue": (f"{_HERE}.enums", "Queue"),
    "ResponsibilityStyle": (f"{_HERE}.enums", "ResponsibilityStyle"),
    "Setup": (f"{_HERE}.enums", "Setup"),
    "SpatialSearch": (f"{_HERE}.enums", "SpatialSearch"),
    "Strategy": (f"{_HERE}.enums", "Strategy"),
    "Explanation": (f"{_HERE}.explaining", "Explanation"),
    "MultiExplanation": (f"{_HERE}.multi", "MultiExplanation"),
    "ResponsibilityMaps": (f"{_HERE}.maps", "ResponsibilityMaps"),
    "Prediction": (f"{_HERE}.prediction", "Prediction"),
    "default_prediction_function": (f"{_HERE}.prediction", "default_prediction_function"),
    "from_pytorch_tensor": (f"{_HERE}.prediction", "from_pytorch_tensor"),
    "context_occlusion": (f"{_HERE}.occluding", "context_occlusion"),
    "spectral_occlusion": (f"{_HERE}.occluding", "spectral_occlusion"),
    "logger": (f"{_HERE}.logger", "logger"),
    "set_log_level": (f"{_HERE}.logger", "set_log_level"),
    "get_device": (f"{_HERE}.device", "get_device"),
    "analyze": (f"{_HERE}.analysis", "analyze"),
    "calculate_responsibility": (f"{_HERE}.search", "calculate_responsibility"),
    "get_prediction_func_from_args": (f"{_HERE}.loading", "get_prediction_func_from_args"),
    "get_prediction_function": (f"{_HERE}.loading", "get_prediction_function"),
    "load_and_preprocess_data": (f"{_HERE}.loading", "load_and_preprocess_data"),
    "load_script": (f"{_HERE}.loading", "load_script"),
    "predict_target": (f"{_HERE}.loading", "predict_target"),
    "try_preprocess": (f"{_HERE}.loading", "try_preprocess"),
    "explanation": (f"{_HERE}.whole", "explanation"),
    "db_to_pandas": (f"{_HERE}.database", "db_to_pandas"),
    "initialise_rex_db": (f"{_HERE}.database", "initialise_rex_db"),
    "update_database": (f"{_HERE}.database", "update_database"),
    "ReX": (f"{_HERE}.wrapper", "ReX"),
    "ReXError": (_ERRORS, "RexWidgetsError"),
    "ReXDataError": (_ERRORS, "InputError"),
    "ReXMapError": (_ERRORS, "RexWidgetsError"),
    "ReXPathError": (_ERRORS, "SettingsError"),
    "ReXScriptError": (_ERRORS, "ModelError"),
    "ReXTomlError": (_ERRORS, "SettingsError"),
}
"""For each of ReX's names, where it is here."""

_RUN = (
    "analyze",
    "calculate_responsibility",
    "explanation",
    "get_prediction_func_from_args",
    "load_and_preprocess_data",
    "predict_target",
    "try_preprocess",
)
_CONFIG = ("Args", "CausalArgs", "load_config", "validate_args", "Queue", "Strategy")
_UTILITIES = (
    "Queue",
    "ReXDataError",
    "ReXError",
    "ReXMapError",
    "ReXPathError",
    "ReXScriptError",
    "ReXTomlError",
    "ResponsibilityStyle",
    "SpatialSearch",
    "Strategy",
    "get_device",
)
_PREDICTION = ("Prediction", "default_prediction_function", "from_pytorch_tensor")
_DATABASE = ("db_to_pandas", "initialise_rex_db", "update_database")

PLACES: dict[str, tuple[str, ...]] = {
    "_utils": _UTILITIES,
    "config": (*_CONFIG, "Distribution"),
    "distributions": ("Distribution",),
    "explanation": (*_RUN, "Explanation", "MultiExplanation"),
    "explanation.evaluation": ("Evaluation",),
    "explanation.explanation": ("Explanation",),
    "explanation.multi_explanation": ("MultiExplanation",),
    "explanation.rex": _RUN,
    "extraction": ("Explanation",),
    "input": (),
    "input.config": (*_CONFIG, "Distribution"),
    "input.input_data": ("Data", "Setup"),
    "input.onnx": ("get_prediction_function",),
    "input_data": ("Data", "Setup"),
    "lib": ("ReX",),
    "occlusions": ("context_occlusion", "spectral_occlusion"),
    "multi_explanation": ("MultiExplanation",),
    "mutants": (),
    "mutants.distributions": ("Distribution",),
    "mutants.occlusions": ("context_occlusion", "spectral_occlusion"),
    "onnx": ("get_prediction_function",),
    "output": (),
    "output.database": _DATABASE,
    "resp_maps": ("ResponsibilityMaps",),
    "responsibility": (),
    "responsibility.prediction": _PREDICTION,
    "responsibility.resp_maps": ("ResponsibilityMaps",),
    "utils": (),
    "utils._utils": _UTILITIES,
    "utils.logger": ("logger", "set_log_level"),
}
"""For each module of the releases that has no file here, the names that it holds."""


_BOTH = "explanation.explanation"
"""A function of release 0.3 and a module of release 0.4."""


class _ExplanationModule(ModuleType):
    """The module, which can be called as the function: importing it hides the function."""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        from rex_widgets.rex.whole import explanation

        return explanation(*args, **keywords)


class _Place(MetaPathFinder, Loader):
    """Makes ReX's modules out of `PLACES`."""

    def __init__(self, package: str) -> None:
        self._package = package

    def find_spec(
        self,
        fullname: str,
        path: Sequence[str] | None = None,
        target: ModuleType | None = None,
    ) -> ModuleSpec | None:
        """Say that a name is one of ReX's modules."""
        del path, target
        place = fullname.removeprefix(f"{self._package}.")
        if place == fullname or place not in PLACES:
            return None
        holds = any(other.startswith(f"{place}.") for other in PLACES)
        return ModuleSpec(fullname, self, is_package=holds)

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Make the module."""
        return _ExplanationModule(spec.name) if spec.name.endswith(_BOTH) else None

    def exec_module(self, module: ModuleType) -> None:
        """Put the names into the module."""
        place = module.__name__.removeprefix(f"{self._package}.")
        module.__doc__ = f"ReX's names of `{place}`; see `{self._package}`."
        for name in PLACES[place]:
            home, attribute = HOMES[name]
            setattr(module, name, getattr(import_module(home), attribute))


def install(package: str) -> None:
    """Let ReX's modules be imported below a package; a second call does nothing."""
    if not any(isinstance(finder, _Place) for finder in sys.meta_path):
        sys.meta_path.append(_Place(package))
