"""What "copy as code" writes is read back as the same settings, for every setting."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rex_widgets.causal.settings import CausalSettings
from rex_widgets.flags import flags_of
from rex_widgets.input_settings import InputSettings
from rex_widgets.magics.arguments import Call, parse
from rex_widgets.magics.explain import _written
from rex_widgets.model_settings import ModelSettings
from rex_widgets.widgets.command_line import explain_line
from tests.cli.values import WITH, value_of

FLAGS = {
    flag.name: flag
    for flag in flags_of("causal").values()
    if flag.owner in (CausalSettings, InputSettings, ModelSettings)
    and flag.key not in ("processor", "weights")
}
NAMES: dict[str, Any] = {"img": np.zeros((8, 8, 3), np.uint8), "model": np.mean, "grey": np.ones(3)}


def _again(call: Call) -> Call:
    written = _written(call)
    line = explain_line(call.settings, **written)
    assert line.startswith("%explain ")
    return parse(line.removeprefix("%explain "), None, NAMES)


@pytest.mark.parametrize("name", FLAGS)
def test_every_setting_is_copied(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    flag = FLAGS[name]
    value = "" if flag.stands_for not in (None, "true") else value_of(flag)
    words = " ".join(["img model", name, value, *WITH.get(flag.key, []), "--config none"])
    call = parse(words, None, NAMES)
    again = _again(call)
    assert again.settings == call.settings
    assert again.model_settings == call.model_settings
    assert again.input_settings == call.input_settings


def test_what_a_cell_says_and_variables_are_copied() -> None:
    body = "[rex]\nmode = 'L'\ncontext = 'a b.png'\n[rex.onnx]\nmeans = [0.5]\nnorm = 1.0"
    call = parse("img model --labels names --mask-value grey", None, {**NAMES, "names": ["a"]})
    assert "--mask-value grey" in explain_line(call.settings, **_written(call))
    call = parse("img model --processed --config none", body, NAMES)
    again = _again(call)
    assert again.settings == call.settings
    assert again.model_settings == call.model_settings
    assert again.input_settings == call.input_settings
    assert again.input_settings.processed and again.input_settings.mode == "L"
