from __future__ import annotations

from typing import Any

import pytest

from rex_widgets.analysis_settings import AnalysisSettings
from rex_widgets.errors import SettingsError
from rex_widgets.visual_settings import VisualSettings


@pytest.mark.parametrize(
    ("name", "given", "taken"),
    [
        ("resize", "448,300", (448, 300)),
        ("resize", [448, 300], (448, 300)),
        ("resize", True, True),
        ("resize", "false", False),
        ("grid", "7,5", (7, 5)),
        ("grid", "TRUE", True),
        ("colour", "255", 255),
        ("alpha", "0.5", 0.5),
        ("multi_style", "separate", "separate"),
    ],
)
def test_values_as_a_file_or_a_flag_has_them(name: str, given: Any, taken: Any) -> None:
    assert getattr(VisualSettings(**{name: given}), name) == taken


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("resize", 5), ("resize", "5"), ("resize", (0, 5)), ("resize", "a,b"), ("resize", None),
        ("resize", (5, 30_000)), ("grid", 7), ("grid", (1, 2, 3)), ("grid", "yes"),
        ("colour", 256), ("colour", -1), ("alpha", 1.1), ("alpha", "much"), ("dpi", 5),
        ("multi_style", "both"), ("raw", 1), ("info", "maybe"), ("heatmap_colours", 3),
    ],
)  # fmt: skip
def test_a_wrong_value_is_named(name: str, wrong: Any) -> None:
    with pytest.raises(SettingsError, match=name):
        VisualSettings(**{name: wrong})


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("insertion_step", 0), ("insertion_step", 1.5), ("normalise_curves", "no way"),
        ("robustness_backgrounds", 0), ("curve_order", "chance"),
    ],
)  # fmt: skip
def test_a_wrong_value_of_the_metrics_is_named(name: str, wrong: Any) -> None:
    with pytest.raises(SettingsError, match=name):
        AnalysisSettings(**{name: wrong})
