"""Asking the front end's geometry: its modules bundled by esbuild and run by node."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

JS = Path(__file__).parents[2] / "js"


def bundle(folder: Path) -> Path:
    """Bundle the driver; skip the test where node is missing, unless it has to be there."""
    esbuild = JS / "node_modules" / ".bin" / "esbuild"
    if not (shutil.which("node") and esbuild.exists()):
        assert not os.environ.get("CI"), "node and js/node_modules are needed"
        pytest.skip("node or js/node_modules is missing")
    target = folder / "driver.mjs"
    command = [str(esbuild), "test/region-driver.ts", "--bundle", "--format=esm"]
    command += ["--platform=node", "--log-level=error", f"--outfile={target}"]
    subprocess.run(command, cwd=JS, check=True)
    return target


def answers(driver: Path, tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """One answer for each task: ``{"answer": ...}`` or ``{"refused": why}``."""
    done = subprocess.run(
        ["node", str(driver)], input=json.dumps(tasks), capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: list[dict[str, Any]] = json.loads(done.stdout)
    assert len(found) == len(tasks)
    return found
