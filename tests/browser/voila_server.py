"""A Voila server of the tests' own: notebooks as pages, with a kernel behind each."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from tests.browser.jupyter_server import START_SECONDS, notebook_json


@dataclass(frozen=True)
class VoilaServer:
    """A running server.

    Attributes
    ----------
    url
        Its address, without a slash at the end.
    folder
        Where it looks for notebooks.
    """

    url: str
    folder: Path

    def add_notebook(self, cells: Sequence[str]) -> str:
        """Write a notebook with these code cells; return the address of its page."""
        name = f"test-{uuid4().hex}.ipynb"
        (self.folder / name).write_text(json.dumps(notebook_json(cells)), encoding="utf-8")
        return f"{self.url}/voila/render/{name}"


@contextmanager
def serve_voila(root: Path) -> Iterator[VoilaServer]:
    """Run a server until the block ends, with all of its files below `root`."""
    folder = root / "notebooks"
    folder.mkdir()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    surroundings = dict(
        os.environ,
        IPYTHONDIR=str(root / "ipython"),
        JUPYTER_CONFIG_DIR=str(root / "config"),
        JUPYTER_DATA_DIR=str(root / "data"),
        JUPYTER_RUNTIME_DIR=str(root / "runtime"),
    )
    surroundings.pop("MPLBACKEND", None)
    command = [
        *(sys.executable, "-m", "voila", str(folder), "--no-browser"),
        *(f"--port={port}", "--Voila.ip=127.0.0.1", "--show_tracebacks=True"),
    ]
    log = root / "voila.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=surroundings, cwd=folder
        )
        try:
            server = VoilaServer(f"http://127.0.0.1:{port}", folder)
            _wait_until_up(server, process, log)
            yield server
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_until_up(server: VoilaServer, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(server.url, timeout=5).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"voila did not start:\n{log.read_text(errors='replace')}")
