"""A Jupyter server of the tests' own: JupyterLab or Notebook 7 on a free port."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from uuid import uuid4

TOKEN = "only-for-tests"
START_SECONDS = 90

# The question whether to fetch news covers the notebook until it is answered.
_QUIET = {"fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True}
_QUIET_FILE = "@jupyterlab/apputils-extension/notification.jupyterlab-settings"


@dataclass(frozen=True)
class JupyterServer:
    """A running server.

    Attributes
    ----------
    app
        Which front end it serves.
    url
        Its address, without a slash at the end.
    folder
        Where it looks for notebooks; kernels start here.
    """

    app: Literal["lab", "notebook"]
    url: str
    folder: Path

    def add_notebook(self, cells: Sequence[str]) -> str:
        """Write a notebook with these code cells; return its page's address.

        Every notebook gets a name of its own, because two pages of the same file share a kernel.
        """
        name = f"test-{uuid4().hex}.ipynb"
        (self.folder / name).write_text(json.dumps(notebook_json(cells)), encoding="utf-8")
        if self.app == "lab":
            # `reset` drops the workspace, in which an earlier test's tabs are still open.
            return f"{self.url}/lab/tree/{name}?token={TOKEN}&reset"
        return f"{self.url}/notebooks/{name}?token={TOKEN}"

    def end_kernels(self) -> None:
        """End every kernel: one that has loaded torch holds half a gigabyte."""
        for session in json.loads(self._ask("GET", "/api/sessions")):
            self._ask("DELETE", f"/api/sessions/{session['id']}")

    def _ask(self, verb: str, path: str) -> bytes:
        request = urllib.request.Request(
            self.url + path, method=verb, headers={"Authorization": f"token {TOKEN}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return bytes(answer.read())


def notebook_json(cells: Sequence[str]) -> dict[str, Any]:
    """Return a notebook with these code cells, as its file holds it."""
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": {
                "name": "python3",
                "display_name": "Python 3",
                "language": "python",
            }
        },
        "cells": [
            {
                "cell_type": "code",
                "id": f"cell-{index}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for index, source in enumerate(cells)
        ],
    }


@contextmanager
def serve(app: Literal["lab", "notebook"], root: Path) -> Iterator[JupyterServer]:
    """Run a server until the block ends, with all of its files below `root`."""
    folder = root / "notebooks"
    folder.mkdir()
    quiet = root / "settings" / _QUIET_FILE
    quiet.parent.mkdir(parents=True)
    quiet.write_text(json.dumps(_QUIET), encoding="utf-8")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    surroundings = dict(
        os.environ,
        IPYTHONDIR=str(root / "ipython"),
        JUPYTER_CONFIG_DIR=str(root / "config"),
        JUPYTER_DATA_DIR=str(root / "data"),
        JUPYTER_RUNTIME_DIR=str(root / "runtime"),
        JUPYTERLAB_SETTINGS_DIR=str(root / "settings"),
        JUPYTERLAB_WORKSPACES_DIR=str(root / "workspaces"),
    )
    # A kernel chooses its own backend; the tests' choice would hide pictures from the notebook.
    surroundings.pop("MPLBACKEND", None)
    command = [
        *(sys.executable, "-m", "jupyter", app),
        *("--no-browser", "--allow-root", "--expose-app-in-browser"),
        *("--ip=127.0.0.1", f"--port={port}", "--ServerApp.port_retries=0"),
        *(f"--IdentityProvider.token={TOKEN}", f"--ServerApp.root_dir={folder}"),
    ]
    log = root / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=surroundings, cwd=folder
        )
        try:
            server = JupyterServer(app, f"http://127.0.0.1:{port}", folder)
            _wait_until_up(server, process, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_up(server: JupyterServer, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            server._ask("GET", "/api/status")
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"jupyter {server.app} did not start:\n{log.read_text(errors='replace')}")
