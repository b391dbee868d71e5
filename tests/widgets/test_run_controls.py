from __future__ import annotations

from typing import Any

import pytest
import traitlets

from rex_widgets.widgets import RunControls
from rex_widgets.widgets.run_controls import ACTIONS, STATUSES


@pytest.fixture
def heard() -> list[Any]:
    """Return what happened, in order: names called back, and messages sent."""
    return []


@pytest.fixture
def controls(heard: list[Any], monkeypatch: pytest.MonkeyPatch) -> RunControls:
    made = RunControls()
    monkeypatch.setattr(made, "send", heard.append)
    return made


@pytest.mark.parametrize("action", ACTIONS)
def test_a_press_is_called_back_and_then_acknowledged(
    controls: RunControls, heard: list[Any], action: str
) -> None:
    controls.on_action(heard.append)
    controls._handle_custom_msg({"type": "action", "action": action}, [])
    assert heard == [action, {"type": "ack", "action": action}]


def test_a_press_is_acknowledged_though_a_callback_fails(
    controls: RunControls, heard: list[Any]
) -> None:
    def fail(_: str) -> None:
        raise RuntimeError

    controls.on_action(fail)
    controls._handle_custom_msg({"type": "action", "action": "stop"}, [])
    assert heard == [{"type": "ack", "action": "stop"}]


@pytest.mark.parametrize(
    "content",
    [
        None,
        "start",
        {"type": "action"},
        {"type": "action", "action": "explode"},
        {"action": "stop"},
    ],
)
def test_other_messages_are_ignored(controls: RunControls, heard: list[Any], content: Any) -> None:
    controls.on_action(heard.append)
    controls._handle_custom_msg(content, [])
    assert heard == []


def test_a_callback_can_be_taken_out(controls: RunControls, heard: list[Any]) -> None:
    controls.on_action(heard.append)
    controls.on_action(heard.append)
    controls.on_action(heard.append, remove=True)
    controls._handle_custom_msg({"type": "action", "action": "stop"}, [])
    assert heard == [{"type": "ack", "action": "stop"}]


def test_what_it_shows(controls: RunControls) -> None:
    for status in STATUSES:
        controls.status = status
    controls.seconds_left = 3
    controls.seconds_left = None
    controls.actions = ["start"]
    controls.actions = None
    controls.verified = "ok"
    assert controls.get_state("verified") == {"verified": "ok"}


@pytest.mark.parametrize(
    "traits",
    [
        {"status": "asleep"},
        {"fraction": 1.1},
        {"evaluations": -1},
        {"actions": ["explode"]},
        {"verified": "perhaps"},
    ],
)
def test_traits_are_checked(traits: dict[str, Any]) -> None:
    with pytest.raises(traitlets.TraitError):
        RunControls(**traits)
