"""The names that ReX's releases have, recorded by `record_names`, against those that we offer."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from enum import Enum
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import rex_widgets.rex as ours

RECORDED = json.loads(Path(__file__).with_name("names.json").read_text())

NOT_OFFERED = {
    "Base", "DataBaseEntry", "NumpyType", "add_to_database", "process_mask_column",
    "process_responsibility_column",
    "Axes", "Box", "BoxInternal", "average_box_size", "box_dimensions",
    "boxes_name_and_dimensions", "initialise_tree", "show_tree",
    "Mutant", "get_combinations", "causal_explanation", "prune", "subbox", "update_depth_reached",
    "random_coords", "str2distribution", "OnnxRunner", "validate_shape", "main",
    "apply_dict_to_args", "cmdargs", "cmdargs_parser", "find_config_path", "get_all_args",
    "match_queue_style", "match_strategy", "match_resposnibility_style", "process_cmd_args",
    "process_config_dict", "process_custom_script", "read_config_file", "rex_ascii", "shared_args",
    "validate_numeric_arg_more_than", "validate_numeric_arg_within_bounds",
    "add_boundaries", "clause_area", "ff", "get_map_locations", "powerset",
    "set_boolean_mask_value", "version", "xlogx", "ReXPositions", "find_complete_prediction",
    "find_required_prediction", "one_d_permute", "try_detach", "try_rounding", "update_mask_shape",
}  # fmt: skip
"""Inner workings of ReX, which no script in its documentation uses. So is all of its module
visualisation: explanations draw themselves."""

NOT_OFFERED_METHODS = {
    "ResponsibilityMaps": {"new_map", "responsibility", "update_maps"},
    "Explanation": {"compute_masked_responsibility", "set_to_true"},
    "MultiExplanation": {"compute_masked_responsibility", "set_to_true", "spotlight_search"},
}

MADE_BY_US = {"ResponsibilityMaps"}
"""Classes that scripts are given and do not make."""

OTHER_DEFAULTS = {
    "batch_size": "one mutant at a time is slow and changes nothing else",
    "responsibility_style": "additive in 0.3, multiplicative in 0.4; the seed of both is 0.3",
}


def names() -> Iterator[Any]:
    for release, recorded in sorted(RECORDED.items()):
        for module, found in recorded["names"].items():
            for name, said in found.items():
                inner = name in NOT_OFFERED or "visualisation" in module
                if not inner:
                    yield pytest.param(module, name, said, id=f"{release}-{module}.{name}")


def calls(parameters: list[list[Any]]) -> Iterator[tuple[list[str], dict[str, str]]]:
    """Ways to call a function: all by place, the needed ones by place, all by name."""
    yield [name for name, _ in parameters], {}
    yield [name for name, has_default in parameters if not has_default], {}
    yield [], {name: name for name, _ in parameters}


def accepts(function: Any, parameters: list[list[Any]], skip: int = 0) -> None:
    signature = inspect.signature(function)
    for places, keywords in calls(parameters):
        signature.bind(*["self"] * skip, *places, **keywords)


@pytest.mark.parametrize(("module", "name", "said"), list(names()))
def test_a_name_of_rex_is_at_its_place_and_takes_the_same_arguments(
    module: str, name: str, said: dict[str, Any]
) -> None:
    offered = getattr(import_module(f"rex_widgets.rex.{module}"), name)
    if "members" in said:
        assert issubclass(offered, Enum)
        assert [m.name for m in offered] == said["members"]
        return
    if name.endswith("Error"):
        assert issubclass(offered, Exception)
        return
    if name not in MADE_BY_US:
        accepts(offered, said["parameters"])
    for method, parameters in said.get("methods", {}).items():
        if method not in NOT_OFFERED_METHODS.get(name, ()):
            accepts(getattr(offered, method), parameters, skip=1)


@pytest.mark.parametrize("release", sorted(RECORDED))
def test_every_argument_of_rex_is_there_with_its_default(release: str) -> None:
    args = ours.CausalArgs()
    for name, default in RECORDED[release]["arguments"].items():
        assert hasattr(args, name), name
        if name not in OTHER_DEFAULTS:
            assert str(getattr(args, name)) == default, name


def test_a_name_that_is_a_function_and_a_module_is_both() -> None:
    """``rex_xai.explanation.explanation``: a function in 0.3, a module in 0.4."""
    older = import_module("rex_widgets.rex.explanation")
    newer = import_module("rex_widgets.rex.explanation.explanation")
    assert newer.Explanation is ours.Explanation
    with pytest.raises(ours.ReXScriptError, match="Neither"):
        older.explanation(ours.CausalArgs(), "cpu")


def test_every_name_can_be_imported_from_the_package() -> None:
    for name in ours.__all__:
        assert getattr(ours, name) is not None
    assert set(ours.__all__) <= set(dir(ours))
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        getattr(ours, "nonsense")  # noqa: B009 - the name must not be checked before


def test_there_is_no_place_that_rex_does_not_have() -> None:
    from rex_widgets.rex.places import PLACES

    known = {m for recorded in RECORDED.values() for m in recorded["names"]}
    packages = {m.rsplit(".", 1)[0] for m in known if "." in m}
    assert set(PLACES) <= known | packages
    with pytest.raises(ModuleNotFoundError):
        import_module("rex_widgets.rex.input.nonsense")
