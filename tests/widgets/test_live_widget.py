"""What a page says arrives although the page before it, and its subshell, is gone."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import ipywidgets
import pytest
from jupyter_client.blocking.client import BlockingKernelClient
from jupyter_client.manager import KernelManager

from rex_widgets.widgets.class_bars import ClassBars
from rex_widgets.widgets.live_widget import hear_every_page

SETUP = """
from rex_widgets.widgets._button import make_button
from rex_widgets.widgets.class_bars import ClassBars

heard = []
button = make_button("Run", "Ask this question")
button.on_click(lambda _button: heard.append("button"))
bars = ClassBars(classes=[{"index": 3, "label": "a", "confidence": 0.5}])
bars.on_choose(lambda index: heard.append("bars"))
print(button.comm.comm_id, bars.comm.comm_id)
"""
SPEAK = "button.description = bars.title = 'spoken last here'"
PRESSES: tuple[dict[str, Any], ...] = (
    {"event": "click"},
    {"type": "choose", "index": 3},
)


class Kernel:
    """A kernel, and a client that may speak through a subshell."""

    def __init__(self, client: BlockingKernelClient) -> None:
        self._client = client

    def run(self, code: str, subshell: str | None = None) -> str:
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        return self._say("execute_request", content, subshell)

    def press(self, comm: str, content: dict[str, Any]) -> None:
        data = {"method": "custom", "content": content}
        self._say("comm_msg", {"comm_id": comm, "data": data}, None)

    def ask(self, kind: str, **content: str) -> dict[str, Any]:
        self._client.control_channel.send(self._client.session.msg(kind, content))
        answer: dict[str, Any] = self._client.get_control_msg(timeout=60)["content"]
        assert answer["status"] == "ok"
        return answer

    def _say(self, kind: str, content: dict[str, Any], subshell: str | None) -> str:
        message = self._client.session.msg(kind, content)
        if subshell is not None:
            message["header"]["subshell_id"] = subshell
        self._client.shell_channel.send(message)
        printed = ""
        while True:
            answer = self._client.get_iopub_msg(timeout=60)
            if answer["parent_header"].get("msg_id") != message["header"]["msg_id"]:
                continue
            said = answer["content"]
            assert answer["msg_type"] != "error", said
            if answer["msg_type"] == "stream":
                printed += said["text"]
            if answer["msg_type"] == "status" and said["execution_state"] == "idle":
                return printed


@pytest.fixture
def kernel() -> Iterator[Kernel]:
    manager = KernelManager()
    # The kernel of this environment, whatever other kernels are known by the same name.
    assert manager.kernel_spec is not None
    manager.kernel_spec.argv[0] = sys.executable
    manager.start_kernel()
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        yield Kernel(client)
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def test_a_page_is_heard_after_the_one_before_it_is_gone(kernel: Kernel) -> None:
    comms = kernel.run(SETUP).split()
    gone = kernel.ask("create_subshell_request")["subshell_id"]
    kernel.run(SPEAK, subshell=gone)
    kernel.ask("delete_subshell_request", subshell_id=gone)
    for comm, content in zip(comms, PRESSES, strict=True):
        kernel.press(comm, content)
    assert kernel.run("print(*heard)").split() == ["button", "bars"]


def test_without_a_kernel_nothing_changes() -> None:
    plain = ipywidgets.Button()
    hear_every_page(plain, ClassBars())
    assert not hasattr(plain.comm, "_reply_subshell_for")
